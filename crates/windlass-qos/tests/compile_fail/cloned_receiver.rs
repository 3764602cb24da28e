//! A receiver of a many-to-one buffer is the only one.

use windlass_qos::{Builder, Reliable};

fn main() {
    let (_tx, rx) = Builder::<u64, _>::new(Reliable, 8).many_senders(2).build().unwrap();
    let _second = rx.clone();
}
