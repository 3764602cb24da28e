use std::cell::Cell;

fn shared<T: Sync>(_: &T) {}

fn main() {
    let (_writer, reader) = windlass_qos::latest::channel::<Cell<u64>>();
    shared(&reader);
}
