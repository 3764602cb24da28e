//! The only producer of a ring cannot be used by two threads at once.

fn main() {
    let (mut producer, _poller) = windlass_ring::one_to_one(8, || 0_u64).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| producer.publish(|event| *event = 1));
        scope.spawn(|| producer.publish(|event| *event = 2));
    });
}
