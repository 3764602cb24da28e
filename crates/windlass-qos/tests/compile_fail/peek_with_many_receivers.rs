//! With several receivers another one may take the message.

use windlass_qos::{Builder, Reliable};

fn main() {
    let (_tx, mut rx) = Builder::<u64, _>::new(Reliable, 8).many_receivers(2).build().unwrap();
    let _first = rx.peek();
}
