//! A shared poller lends no `&mut`.

use windlass_ring::Builder;

fn main() {
    let builder = Builder::new(8, || 0_u64).stage("polls").poller();
    let (_producer, mut ring) = builder.start().unwrap();
    let mut poller = ring.poller("polls").unwrap();
    let _event = poller.poll().unwrap().next_mut();
}
