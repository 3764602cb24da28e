//! The only producer of a ring cannot be two.

fn main() {
    let (producer, _poller) = windlass_ring::one_to_one(8, || 0_u64).unwrap();
    let _second = producer.clone();
}
