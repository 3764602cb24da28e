//! A stage with shared access may run beside others, which then hold the same event.

use std::cell::Cell;

use windlass_ring::Builder;

fn main() {
    let _ring = Builder::new(8, || Cell::new(0)).stage("reads").each(|event, _| event.set(1));
}
