//! A slot is lent for the time of the closure, and then belongs to the consumers.

fn main() {
    let (mut producer, _poller) = windlass_ring::one_to_one(8, || 0_u64).unwrap();
    let mut kept = Vec::new();
    producer.publish_batch(3, |mut slots| kept.extend(slots.iter_mut())).unwrap();
}
