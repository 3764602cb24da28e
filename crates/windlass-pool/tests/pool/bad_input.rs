//! What cannot work is refused, and what is refused comes back.

use crate::support::{Act, Actor, Bomb, LONG, Msg, SHORT, actors, balanced, hold_up, note};
use windlass_pool::{
    BuildError, Builder, ChangeError, ControlError, DeadReason, QosLevel, SendTimeoutError,
    Shutdown, TrySendError,
};
use windlass_sync::thread;

#[test]
fn a_pool_that_cannot_work_is_refused() {
    type Change = fn(Builder<Actor>) -> Builder<Actor>;
    let build = |change: Change| {
        let (builder, _seen) = actors();
        change(builder).build().map(drop)
    };
    assert_eq!(build(|b| b.workers(0)), Err(BuildError::NoWorkers), "no workers");
    let refused = build(|b| b.workers(3).max_workers(2));
    assert_eq!(refused, Err(BuildError::TooManyWorkers { workers: 3, max: 2 }), "too many");
    let refused = build(|b| b.workers(usize::MAX));
    assert!(matches!(refused, Err(BuildError::TooManyWorkers { .. })), "{refused:?}");
    assert_eq!(build(|b| b.batch(0)), Err(BuildError::NoBatch), "no batch");
    let too_many = Err(BuildError::TooManyTimers { timers: 1_000_001, max: 1_000_000 });
    assert_eq!(build(|b| b.timers(1_000_001)), too_many, "timers of a worker");
    assert_eq!(build(|b| b.scheduled(1_000_001)), too_many, "timers of senders");
    let refused = build(|b| b.mailbox(QosLevel::Guaranteed, 0));
    assert!(matches!(refused, Err(BuildError::Mailbox(_))), "no capacity: {refused:?}");
    let refused = build(|b| b.mailbox(QosLevel::Reliable, usize::MAX));
    assert!(matches!(refused, Err(BuildError::Mailbox(_))), "{refused:?}");
    let refused = build(|b| b.control_capacity(0));
    assert!(matches!(refused, Err(BuildError::Mailbox(_))), "{refused:?}");
    let refused = build(|b| b.budgets(1, 0, 1));
    assert!(matches!(refused, Err(BuildError::Mailbox(_))), "no budget: {refused:?}");
    let refused = build(|b| b.senders(usize::MAX));
    assert!(matches!(refused, Err(BuildError::Mailbox(_))), "{refused:?}");
    let refused = build(|b| b.name("a\0b"));
    assert!(matches!(refused, Err(BuildError::Spawn { worker: 0, .. })), "{refused:?}");
    assert_eq!(build(|b| b.batch(usize::MAX)), Ok(()), "as much as there is");
    assert_eq!(build(|b| b.outbox(usize::MAX).dead_letters(usize::MAX)), Ok(()), "on demand");
}

#[test]
fn a_change_that_cannot_be_is_refused_and_changes_nothing() {
    let (builder, _seen) = actors();
    let pool = builder.workers(2).max_workers(3).build().unwrap();
    assert_eq!(pool.resize(0, LONG), Err(ChangeError::Build(BuildError::NoWorkers)), "none");
    let too_many = BuildError::TooManyWorkers { workers: 4, max: 3 };
    assert_eq!(pool.resize(4, LONG), Err(ChangeError::Build(too_many)), "too many");
    let nobody = |worker| Err(ChangeError::NoSuchWorker { worker });
    assert_eq!(pool.move_slot(0, 2, LONG), nobody(2), "no such worker");
    assert_eq!(pool.move_slot(4_096, 1, LONG), nobody(1), "no such slot");
    assert_eq!(pool.pause(2), nobody(2), "no such worker");
    assert_eq!(pool.restart(usize::MAX), nobody(usize::MAX), "no such worker");
    let refused = pool.control(2, 5).unwrap_err();
    assert_eq!(refused, ControlError::NoSuchWorker { worker: 2, control: 5 }, "it comes back");
    assert_eq!(pool.workers(), 2, "as before");
    assert_eq!(pool.settle(LONG), Ok(()), "nothing is under way");
}

#[test]
fn a_factory_that_fails_fails_the_change_and_the_pool_is_as_before() {
    let (builder, mut seen) = crate::support::actors_by(
        |init| if init.worker == 3 { Err("no".into()) } else { Ok(()) },
        false,
    );
    let pool = builder.workers(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let error = BuildError::Init { worker: 3, reason: "no".into() };
    assert_eq!(pool.resize(4, LONG), Err(ChangeError::Build(error)), "which and why");
    assert_eq!((pool.workers(), pool.stats().len()), (2, 2), "as before");
    pool.resize(3, LONG).unwrap();
    (0..100).for_each(|n| tx.send(&n, note(n)).unwrap());
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!(report.handled, 100, "all");
    drop(tx);
    seen.until_the_end();
}

#[test]
fn whoever_sends_after_the_end_gets_the_message_back() {
    let (builder, _seen) = actors();
    let pool = builder.build().unwrap();
    let mut tx = pool.sender().unwrap();
    drop(pool.shutdown(Shutdown::drain()));
    assert_eq!(tx.send(&0, note(1)).unwrap_err().into_inner().n, 1, "send");
    assert_eq!(tx.send_to(0, note(2)).unwrap_err().into_inner().n, 2, "send_to");
    assert_eq!(tx.send_any(note(3)).unwrap_err().into_inner().n, 3, "send_any");
    let refused = tx.try_send(&0, note(4)).unwrap_err();
    assert!(matches!(refused, TrySendError::Closed(Msg { n: 4, .. })), "try_send");
    let refused = tx.send_timeout(&0, note(5), LONG).unwrap_err();
    assert!(matches!(refused, SendTimeoutError::Closed(Msg { n: 5, .. })), "send_timeout");
    let refused = windlass_testkit::block_on(tx.send_async(&0, note(6))).unwrap_err();
    assert_eq!(refused.into_inner().n, 6, "send_async");
    let mut another = tx.try_clone().unwrap();
    assert_eq!(another.send(&0, note(7)).unwrap_err().into_inner().n, 7, "a new sender");
}

#[test]
fn a_full_mailbox_refuses_or_lets_wait() {
    let (builder, _seen) = actors();
    let pool = builder.mailbox(QosLevel::Guaranteed, 2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = hold_up(&mut tx, 0);
    let mut accepted = 1;
    while tx.try_send(&0, note(1)).is_ok() {
        accepted += 1;
    }
    let refused = tx.try_send(&0, note(2)).unwrap_err();
    assert!(matches!(refused, TrySendError::Full(Msg { n: 2, .. })), "at once");
    let refused = tx.send_timeout(&0, note(3), SHORT).unwrap_err();
    assert!(matches!(refused, SendTimeoutError::Timeout(Msg { n: 3, .. })), "in the end");
    let waiting = thread::spawn(move || {
        windlass_testkit::block_on(tx.send_async(&0, note(4))).unwrap();
        tx.send(&0, note(5)).unwrap();
    });
    key.open();
    waiting.join().unwrap();
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!(report.handled, accepted + 2, "what was refused was not accepted");
}

#[test]
fn too_many_senders_are_refused_until_one_is_gone() {
    let (builder, _seen) = actors();
    let pool = builder.senders(2).build().unwrap();
    let (one, two) = (pool.sender().unwrap(), pool.sender().unwrap());
    assert_eq!(pool.sender().unwrap_err(), BuildError::TooManySenders { max: 2 }, "a third");
    assert_eq!(one.try_clone().unwrap_err(), BuildError::TooManySenders { max: 2 }, "a clone");
    drop(two);
    let mut two = one.try_clone().unwrap();
    two.send(&0, note(0)).unwrap();
    drop(pool.shutdown(Shutdown::drain()));
}

#[test]
fn a_worker_that_does_not_exist_gets_nothing() {
    let (builder, _seen) = actors();
    let pool = builder.workers(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    for worker in [2, 65_535, 65_536, usize::MAX] {
        let refused = tx.send_to(worker, note(7)).unwrap_err();
        assert_eq!(refused.into_inner().n, 7, "it comes back");
    }
    let report = pool.shutdown(Shutdown::drain());
    assert_eq!(report.accepted, 0, "nothing was accepted");
}

#[test]
fn a_message_that_makes_room_and_panics_when_it_is_dropped_does_no_harm() {
    let (builder, _seen) = actors();
    let pool = builder.mailbox(QosLevel::BestEffort, 2).dead_letters(0).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let key = hold_up(&mut tx, 0);
    for n in 1..10 {
        tx.send(&0, Msg { n, act: Act::Bomb(Bomb(true)) }).unwrap();
    }
    // Also to a change: the sender is in no section any more.
    assert!(pool.resize(2, SHORT).is_err(), "it is busy");
    key.open();
    pool.settle(LONG).unwrap();
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert!(0 < report.dead.of(DeadReason::Overwritten), "they made room");
}
