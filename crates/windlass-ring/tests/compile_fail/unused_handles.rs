//! Handles that mean something by being dropped are not dropped unseen.
#![deny(unused_must_use)]

fn main() {
    let (mut producer, mut poller) = windlass_ring::one_to_one(8, || 0_u64).unwrap();
    producer.claim(1).unwrap();
    poller.poll().unwrap();
    let builder = windlass_ring::Builder::new(8, || 0_u64).gate("synced").stage("look").poller();
    let (_producer, mut ring) = builder.start().unwrap();
    ring.gate("synced").unwrap();
    ring.poller("look").unwrap();
}
