//! Where the oldest makes room there is nothing to wait for.

use std::time::Duration;

fn main() {
    let (mut tx, _rx) = windlass_qos::real_time(8).unwrap();
    tx.send_timeout(1, Duration::ZERO).unwrap();
}
