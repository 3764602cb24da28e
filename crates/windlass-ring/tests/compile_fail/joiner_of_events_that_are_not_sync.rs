//! A joiner may run beside others, which then hold the same event.

use std::cell::Cell;

use windlass_ring::{Builder, JoinFrom};

fn main() {
    let (_producer, ring) = Builder::new(8, || Cell::new(0)).joiners(1).start().unwrap();
    let _joined = ring.join(JoinFrom::Next);
}
