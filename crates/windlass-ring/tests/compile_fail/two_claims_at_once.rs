//! A producer holds one claim at a time.

fn main() {
    let (mut producer, _poller) = windlass_ring::one_to_one(8, || 0_u64).unwrap();
    let first = producer.claim(1).unwrap();
    let second = producer.claim(1).unwrap();
    second.publish();
    first.publish();
}
