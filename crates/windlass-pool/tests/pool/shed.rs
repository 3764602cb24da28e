//! Messages that come too late.

use std::time::Duration;

use crate::support::{LONG, actors, balanced, note};
use windlass_pool::{DeadReason, QosLevel, Shed, Shutdown};

#[test]
fn what_waited_too_long_is_dead_and_what_is_high_is_handled() {
    let (builder, mut seen) = actors();
    let pool = builder.shed(Shed::older_than(Duration::ZERO)).build().unwrap();
    let mut tx = pool.sender().unwrap();
    for n in 0..10 {
        tx.send(&n, note(n)).unwrap();
        tx.send_high(&n, note(100 + n)).unwrap();
    }
    assert_eq!(tx.send_batch((10..20).map(|n| (n, note(n)))).unwrap(), 10, "accepted");
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!((report.handled, report.dead.of(DeadReason::Expired)), (10, 20), "{report:?}");
    let kept = report.dead_letters.iter().filter_map(|letter| letter.message.as_ref());
    assert!(kept.map(|message| message.n).eq(0..20), "with the messages, in order");
    drop(tx);
    seen.until_the_end();
    assert!(seen.notes_of(0).into_iter().eq(100..110), "what is high");
}

#[test]
fn what_came_in_time_is_handled() {
    let (builder, _seen) = actors();
    let pool = builder.shed(Shed::older_than(LONG).high_older_than(LONG)).build().unwrap();
    let mut tx = pool.sender().unwrap();
    for n in 0..10 {
        tx.send(&n, note(n)).unwrap();
        tx.send_high(&n, note(n)).unwrap();
    }
    let report = pool.shutdown(Shutdown::drain());
    assert_eq!((report.handled, report.dead.total()), (20, 0), "{report:?}");
}

#[test]
fn nothing_is_shed_without_pressure() {
    let (builder, _seen) = actors();
    let shed = Shed::older_than(Duration::ZERO).above(50);
    let builder = builder.mailbox(QosLevel::Guaranteed, 16).batch(4);
    let pool = builder.shed(shed).build().unwrap();
    let mut tx = pool.sender().unwrap();
    pool.pause(0).unwrap();
    // Behind the pause, since the order is heard between two batches.
    drop(pool.gather(|_| (), LONG));
    (0..16).try_for_each(|n| tx.send(&n, note(n))).unwrap();
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    // In four batches, of which the first two find more than eight in the mailbox.
    let expired = report.dead.of(DeadReason::Expired);
    assert!((1..16).contains(&expired), "above the mark only: {report:?}");
    assert_eq!(report.handled, 16 - expired, "the others");
    assert!(8 <= report.handled, "what is at the mark is handled: {report:?}");
}
