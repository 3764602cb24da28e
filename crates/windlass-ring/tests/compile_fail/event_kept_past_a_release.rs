//! Releasing in the middle of a batch gives events back that must not be held any more.

fn main() {
    let (_producer, mut poller) = windlass_ring::one_to_one(8, || 0_u64).unwrap();
    let mut batch = poller.poll().unwrap();
    let kept = batch.next_run();
    batch.release();
    println!("{kept:?}");
}
