//! A message that was looked at may be gone after the next receive.

fn main() {
    let (_tx, mut rx) = windlass_qos::guaranteed::<String>(8).unwrap();
    let first = rx.peek().unwrap();
    let _taken = rx.recv();
    assert_eq!(first, "");
}
