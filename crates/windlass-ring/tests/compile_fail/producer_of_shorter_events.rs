//! A producer of `&'static str` is no producer of shorter-lived ones.

use windlass_ring::Producer;

fn shorten<'e>(producer: Producer<&'static str>) -> Producer<&'e str> {
    producer
}

fn main() {
    let _shorten = shorten;
}
