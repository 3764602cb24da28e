use windlass_qos::broadcast::{Builder, From};

fn main() {
    let (mut tx, readers) = Builder::new(2).build::<u64>().unwrap();
    let mut reader = readers.subscribe(From::Next).unwrap();
    tx.send(1).unwrap();
    let first = reader.recv().unwrap();
    let second = reader.recv();
    assert_eq!(*first, 1);
    drop(second);
}
