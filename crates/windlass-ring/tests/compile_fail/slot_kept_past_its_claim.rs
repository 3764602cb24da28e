//! Publishing a claim ends the borrows of its slots.

fn main() {
    let (mut producer, _poller) = windlass_ring::one_to_one(8, || 0_u64).unwrap();
    let mut claim = producer.claim(3).unwrap();
    let kept = claim.get_mut(0);
    claim.publish();
    println!("{kept:?}");
}
