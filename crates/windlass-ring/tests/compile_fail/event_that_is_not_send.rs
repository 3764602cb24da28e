//! Events go from thread to thread.

use std::rc::Rc;

fn main() {
    let _ring = windlass_ring::one_to_one(8, || Rc::new(0));
}
