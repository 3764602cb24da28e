//! Messages go to another thread.

use std::rc::Rc;

fn main() {
    let (mut tx, _rx) = windlass_qos::best_effort(8).unwrap();
    tx.send(Rc::new(1)).unwrap();
}
