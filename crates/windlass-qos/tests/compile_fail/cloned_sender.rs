//! A sender of a one-to-one buffer is the only one.

fn main() {
    let (tx, _rx) = windlass_qos::guaranteed::<u64>(8).unwrap();
    let _second = tx.clone();
}
