//! A claim of `&'static str` is no claim of shorter-lived ones.

use windlass_ring::{Claim, Single};

fn shorten<'a, 'e>(claim: Claim<'a, &'static str, Single>) -> Claim<'a, &'e str, Single> {
    claim
}

fn main() {
    let _shorten = shorten;
}
