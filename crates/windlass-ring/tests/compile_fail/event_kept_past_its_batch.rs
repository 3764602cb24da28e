//! An event is lent by its batch.

fn main() {
    let (_producer, mut poller) = windlass_ring::one_to_one(8, || 0_u64).unwrap();
    let mut batch = poller.poll().unwrap();
    let kept = batch.next();
    drop(batch);
    println!("{kept:?}");
}
