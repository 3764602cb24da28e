//! A batch that may be changed holds the very events of the ring, not shorter-lived ones.

use windlass_ring::{Batch, Exclusive};

fn shorten<'a, 'e>(batch: Batch<'a, &'static str, Exclusive>) -> Batch<'a, &'e str, Exclusive> {
    batch
}

fn main() {
    let _shorten = shorten;
}
