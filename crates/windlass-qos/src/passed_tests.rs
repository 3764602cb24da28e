//! What a receiver went past when it was overtaken reaches the callback when the receiver is dropped, not
//! when the last handle is.

use alloc::vec;
use alloc::vec::Vec;

use windlass_sync::sync::{Arc, Mutex, lock};

use crate::halt::{Place, halt_at};
use crate::lanes::{self, Lane};
use crate::{BestEffort, DropReason, QosLevel};

type Dropped = Arc<Mutex<Vec<(u64, DropReason)>>>;

fn note(dropped: &Dropped) -> impl Fn(u64, DropReason) + Send + Sync + 'static {
    let dropped = Arc::clone(dropped);
    move |message, reason| lock(&dropped).push((message, reason))
}

/// Messages 0 to 6 through 4 cells, of which 3 is gone past.
fn check(dropped: &Dropped, received: &[u64]) {
    assert_eq!(received, [4, 5, 6], "3 is there, and behind it");
    let mut all = lock(dropped).clone();
    all.sort_by_key(|(message, _)| *message);
    let overwritten: Vec<_> = (0..4).map(|n| (n, DropReason::Overwritten)).collect();
    assert_eq!(all, overwritten, "while the sender is still there");
}

#[test]
fn of_a_buffer() {
    let dropped = Dropped::default();
    let builder = crate::Builder::new(BestEffort, 4).on_drop(note(&dropped));
    let (mut tx, mut rx) = builder.build().expect("there is memory");
    (0..6).for_each(|n| tx.send(n).expect("open"));
    let tx = Arc::new(Mutex::new(tx));
    let other = Arc::clone(&tx);
    halt_at(Place::Found, move || lock(&other).send(6).expect("open"));
    let received: Vec<_> = rx.try_iter().collect();
    drop(rx);
    check(&dropped, &received);
    drop(tx);
}

#[test]
fn of_a_lane() {
    let dropped = Dropped::default();
    let builder = lanes::Builder::new().lane(Lane::new(QosLevel::BestEffort, 4));
    let (senders, mut rx) = builder.on_drop(note(&dropped)).build().expect("there is memory");
    let senders = Arc::new(Mutex::new(senders));
    let send =
        |senders: &Mutex<Vec<lanes::Sender<u64>>>, n| lock(senders)[0].send(n).expect("open");
    (0..6).for_each(|n| send(&senders, n));
    let other = Arc::clone(&senders);
    halt_at(Place::Found, move || send(&other, 6));
    let mut received = vec![];
    received.extend(rx.try_iter().map(|(_, n)| n));
    drop(rx);
    check(&dropped, &received);
    drop(senders);
}
