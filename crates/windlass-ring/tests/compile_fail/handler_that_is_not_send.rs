//! A handler that exists already moves to the thread of its stage.

use std::rc::Rc;

use windlass_ring::Builder;

fn main() {
    let count = Rc::new(0);
    let _ring = Builder::new(8, || 0_u64).stage("counts").each(move |_, _| drop(count.clone()));
}
