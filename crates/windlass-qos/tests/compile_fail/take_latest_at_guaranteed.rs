//! Guaranteed passes over nothing.

fn main() {
    let (_tx, mut rx) = windlass_qos::guaranteed::<u64>(8).unwrap();
    rx.take_latest().unwrap();
}
