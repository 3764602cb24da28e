//! A message outlives the buffer.

fn main() {
    let (mut tx, mut rx) = windlass_qos::guaranteed(8).unwrap();
    {
        let text = String::from("hello");
        tx.send(text.as_str()).unwrap();
    }
    let _text = rx.recv();
}
