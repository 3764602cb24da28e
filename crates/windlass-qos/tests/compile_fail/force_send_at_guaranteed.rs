//! Guaranteed loses nothing, not even by force.

fn main() {
    let (mut tx, _rx) = windlass_qos::guaranteed(8).unwrap();
    tx.force_send(1).unwrap();
}
