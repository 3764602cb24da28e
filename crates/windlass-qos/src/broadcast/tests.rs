//! Broadcast on one thread, and with one side stopped in the middle of what it does.
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    clippy::missing_assert_message,
    reason = "tests have std, and fail by panicking"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use windlass_testkit::{Wakes, poll_once};

use super::*;
use crate::{BuildError, Closed, RecvError, TryRecvError};

fn three<T: Send + Sync>() -> (Sender<T>, Readers<T>) {
    Builder::new(3).readers(3).build().unwrap()
}

#[test]
fn every_reader_gets_every_message_in_order() {
    let (mut tx, readers) = three();
    let mut both = [readers.subscribe(From::Next).unwrap(), readers.subscribe(From::Next).unwrap()];
    for round in 0..10_u64 {
        tx.send(Box::new(round)).unwrap();
        tx.send(Box::new(round + 100)).unwrap();
        for reader in &mut both {
            assert_eq!(**reader.try_recv().unwrap(), round);
            assert_eq!(**reader.recv().unwrap(), round + 100);
            assert_eq!(reader.try_recv().err(), Some(TryRecvError::Empty));
        }
    }
    assert_eq!(tx.stats(), BroadcastStats { sent: 20, delivered: 40, lagged: 0, passed_over: 0 });
}

#[test]
fn who_is_overtaken_is_told_exactly_how_many_it_missed() {
    let (mut tx, readers) = three();
    let mut reader = readers.subscribe(From::Next).unwrap();
    for i in 1..=5 {
        tx.send(i).unwrap();
    }
    assert_eq!((reader.lag(), reader.len()), (5, 3));
    assert_eq!(reader.recv().err(), Some(RecvError::Lagged(2)));
    assert_eq!([3, 4, 5].map(|_| reader.recv_cloned().unwrap()), [3, 4, 5]);
    assert_eq!(reader.stats(), ReaderStats { delivered: 3, lagged: 2, passed_over: 0 });
    assert!(reader.is_empty());
}

#[test]
fn who_comes_late_begins_with_what_is_kept() {
    let (mut tx, readers) = three();
    assert_eq!(
        readers.subscribe(From::Oldest).unwrap().try_recv().err(),
        Some(TryRecvError::Empty)
    );
    tx.send(1).unwrap();
    assert_eq!(readers.subscribe(From::Oldest).unwrap().recv_cloned(), Ok(1));
    for i in 2..=5 {
        tx.send(i).unwrap();
    }
    let mut late = readers.subscribe(From::Oldest).unwrap();
    let mut next = readers.subscribe(From::Next).unwrap();
    assert_eq!(late.recv_cloned(), Ok(3));
    let mut another = late.another().unwrap();
    assert_eq!((late.recv_cloned(), another.recv_cloned()), (Ok(4), Ok(4)), "from the same place");
    assert_eq!(next.try_recv().err(), Some(TryRecvError::Empty));
    assert!(readers.subscribe(From::Next).is_err() && late.another().is_err(), "three at most");
    drop(next);
    assert!(readers.subscribe(From::Next).is_ok(), "a seat that was left can be taken");
}

#[test]
fn the_latest_is_the_newest_and_counts_what_it_passes_over() {
    let (mut tx, readers) = three();
    let mut reader = readers.subscribe(From::Next).unwrap();
    assert_eq!(reader.latest().err(), Some(TryRecvError::Empty));
    for i in 1..=5 {
        tx.send(i).unwrap();
    }
    assert_eq!(*reader.latest().unwrap(), 5);
    assert_eq!(reader.latest().err(), Some(TryRecvError::Empty));
    assert_eq!(reader.stats(), ReaderStats { delivered: 1, lagged: 0, passed_over: 4 });
    tx.send(6).unwrap();
    tx.close();
    assert_eq!(*reader.latest().unwrap(), 6);
    assert_eq!(reader.latest().err(), Some(TryRecvError::Closed));
}

#[test]
fn close_refuses_and_what_is_kept_is_read() {
    let (mut tx, readers) = three();
    let mut reader = readers.subscribe(From::Next).unwrap();
    for i in 1..=3 {
        tx.send(i).unwrap();
    }
    tx.close();
    assert_eq!(tx.send(4), Err(Closed(4)));
    assert!(tx.is_closed() && reader.is_closed());
    drop(tx);
    assert_eq!([1, 2, 3].map(|_| reader.recv_cloned().unwrap()), [1, 2, 3]);
    assert_eq!(reader.recv().err(), Some(RecvError::Closed));
    assert_eq!(
        *readers.subscribe(From::Oldest).unwrap().latest().unwrap(),
        3,
        "the last one stays"
    );
}

#[test]
fn a_message_comes_back_when_nobody_will_ever_read() {
    let (mut tx, readers) = three();
    let reader = readers.clone().subscribe(From::Next).unwrap();
    drop(readers);
    assert_eq!(tx.send(1), Ok(()), "there is a reader");
    drop(reader);
    assert_eq!(tx.send(2), Err(Closed(2)));
    assert!(tx.is_closed());
}

#[test]
fn bad_sizes_are_refused() {
    let build = |capacity, readers| Builder::new(capacity).readers(readers).build::<u8>().err();
    assert_eq!(build(0, 1), Some(BuildError::NoCapacity));
    assert_eq!(build(1, 0), Some(BuildError::NoHandles));
    let max = 1_000_000;
    assert_eq!(build(max + 1, 1), Some(BuildError::CapacityTooLarge { capacity: max + 1, max }));
    let max = 65_536;
    assert_eq!(build(1, max + 1), Some(BuildError::TooManyHandles { handles: max + 1, max }));
    assert_eq!(build(7, 1), None);
}

/// Counts its drops.
struct Counted(#[expect(dead_code, reason = "its count tells")] Arc<()>, u64);

#[test]
fn a_sender_laps_readers_that_hold_on_and_every_message_is_dropped_once() {
    let alive = Arc::new(());
    let (mut tx, readers) = three();
    let mut held: [_; 3] = std::array::from_fn(|_| readers.subscribe(From::Next).unwrap());
    let mut send = |n| tx.send(Counted(Arc::clone(&alive), n)).ok().unwrap();
    send(0);
    let refs: Vec<_> = held.iter_mut().map(|reader| reader.recv().unwrap()).collect();
    for n in 1..=30 {
        send(n);
        assert!(refs.iter().all(|message| message.1 == 0), "it stays while it is read");
        assert!(Arc::strong_count(&alive) <= 1 + 3 + 2, "one busy slot for all, one being swept");
    }
    drop(refs);
    send(31);
    send(32);
    assert_eq!(Arc::strong_count(&alive), 1 + 3, "what is kept, and nothing else");
    assert_eq!(held[0].try_recv().err(), Some(TryRecvError::Lagged(29)));
    drop((tx, readers));
    assert_eq!(Arc::strong_count(&alive), 1 + 3);
    drop(held);
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[test]
fn readers_that_hold_different_messages_keep_a_slot_each() {
    let alive = Arc::new(());
    let (mut tx, readers) = Builder::new(1).readers(3).build().unwrap();
    let mut held: [_; 3] = std::array::from_fn(|_| readers.subscribe(From::Next).unwrap());
    let mut refs = Vec::new();
    for (n, reader) in held.iter_mut().enumerate() {
        tx.send(Counted(Arc::clone(&alive), n as u64)).ok().unwrap();
        refs.push(reader.latest().unwrap());
    }
    for n in 3..30 {
        tx.send(Counted(Arc::clone(&alive), n)).ok().unwrap();
        assert_eq!(refs.iter().map(|message| message.1).collect::<Vec<_>>(), [0, 1, 2]);
    }
    refs.swap_remove(1);
    for n in 30..33 {
        tx.send(Counted(Arc::clone(&alive), n)).ok().unwrap();
    }
    assert_eq!(Arc::strong_count(&alive), 1 + 1 + 2, "one kept, two read");
}

#[test]
#[expect(clippy::mem_forget, reason = "that is what it is about")]
fn a_forgotten_message_costs_one_slot_until_the_next_call() {
    let alive = Arc::new(());
    let (mut tx, readers) = three();
    let mut reader = readers.subscribe(From::Next).unwrap();
    let mut send = |n| tx.send(Counted(Arc::clone(&alive), n)).ok().unwrap();
    for lap in 0..10 {
        send(lap);
        std::mem::forget(reader.latest());
        (0..5).for_each(&mut send);
        assert!(Arc::strong_count(&alive) <= 1 + 3 + 1, "no more than one");
    }
    assert!(reader.try_recv().is_err(), "it lagged, and gave back");
    send(1);
    send(1);
    assert_eq!(Arc::strong_count(&alive), 1 + 3);
    std::mem::forget(reader.latest());
    drop(reader);
    (0..5).for_each(&mut send);
    assert_eq!(Arc::strong_count(&alive), 1 + 3, "a reader that leaves gives back");
}

#[test]
fn messages_whose_drop_panics_cost_nobody_else_anything() {
    static DROPS: windlass_sync::atomic::AtomicU32 = windlass_sync::atomic::AtomicU32::new(0);
    struct Loud(u32);
    impl Drop for Loud {
        fn drop(&mut self) {
            DROPS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            assert!(self.0 != 1, "this one explodes");
        }
    }
    let (mut tx, readers) = Builder::new(1).build().unwrap();
    let mut reader = readers.subscribe(From::Next).unwrap();
    tx.send(Loud(1)).ok().unwrap();
    let result = catch_unwind(AssertUnwindSafe(|| tx.send(Loud(2)).is_ok()));
    assert!(result.is_err(), "the drop of the old one");
    assert!(matches!(reader.recv(), Err(RecvError::Lagged(1))));
    assert_eq!(reader.recv().unwrap().0, 2, "and the new one was sent");
    for n in 3..9 {
        tx.send(Loud(n)).ok().unwrap();
    }
    assert_eq!(reader.latest().unwrap().0, 8);
    drop((tx, readers, reader));
    assert_eq!(DROPS.load(std::sync::atomic::Ordering::Relaxed), 8, "each once");
}

#[test]
fn a_sender_that_stopped_in_the_middle_of_a_send_stops_nobody() {
    let (mut tx, readers) = three();
    let mut reader = readers.subscribe(From::Next).unwrap();
    for i in 0..3 {
        tx.send(i).unwrap();
    }
    // The fourth message is in its cell, over the first one, and nobody was told.
    assert_eq!(tx.put(3), None);
    assert_eq!(reader.try_recv().err(), Some(TryRecvError::Lagged(1)), "the first one is gone");
    assert_eq!([1, 2].map(|_| reader.recv_cloned().unwrap()), [1, 2]);
    assert!(reader.try_recv().is_ok_and(|message| *message == 3), "it had seen it by chance");
    assert_eq!(reader.latest().err(), Some(TryRecvError::Empty));
    let mut late = readers.subscribe(From::Oldest).unwrap();
    assert_eq!(late.try_recv().err(), Some(TryRecvError::Lagged(1)));
    assert_eq!(*late.latest().unwrap(), 2, "the newest that was announced");
}

#[test]
fn waiting_ends_at_the_deadline() {
    let (mut tx, readers) = three();
    let mut reader = readers.subscribe(From::Next).unwrap();
    let zero = std::time::Duration::ZERO;
    assert_eq!(reader.recv_timeout(zero).err(), Some(crate::RecvTimeoutError::Timeout));
    tx.send(1).unwrap();
    assert_eq!(*reader.recv_timeout(zero).unwrap(), 1);
}

#[test]
fn a_task_is_woken_and_a_future_that_is_dropped_leaves_no_waker() {
    use std::future::Future as _;
    use std::task::{Context, Poll, Wake, Waker};
    struct Woken(windlass_sync::atomic::AtomicU32);
    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }
    let woken = Arc::new(Woken(windlass_sync::atomic::AtomicU32::new(0)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut cx = Context::from_waker(&waker);
    let (mut tx, readers) = three();
    let mut reader = readers.subscribe(From::Next).unwrap();
    {
        let mut future = Box::pin(reader.recv_async());
        assert!(future.as_mut().poll(&mut cx).is_pending());
        tx.send(5).unwrap();
        assert_eq!(woken.0.load(std::sync::atomic::Ordering::Relaxed), 1);
        assert!(matches!(future.as_mut().poll(&mut cx), Poll::Ready(Ok(message)) if *message == 5));
    }
    let before = Arc::strong_count(&woken);
    let mut future = Box::pin(reader.recv_async());
    assert!(future.as_mut().poll(&mut cx).is_pending());
    drop(future);
    assert_eq!(Arc::strong_count(&woken), before);
    tx.close();
    assert!(matches!(
        Box::pin(reader.recv_async()).as_mut().poll(&mut cx),
        Poll::Ready(Err(RecvError::Closed))
    ));
}

#[test]
fn each_reader_that_waits_is_woken() {
    let wakes = [Wakes::new(), Wakes::new(), Wakes::new()];
    let (mut tx, readers) = three();
    let first = readers.subscribe(From::Next).unwrap();
    let another = first.another().unwrap();
    let mut all = [first, another, readers.subscribe(From::Next).unwrap()];
    for round in 1..=2 {
        let mut waiting = Vec::new();
        for (reader, wakes) in all.iter_mut().zip(&wakes) {
            waiting.push(Box::pin(reader.recv_async()));
            assert!(poll_once(waiting.last_mut().unwrap().as_mut(), wakes).is_pending());
        }
        tx.send(round).unwrap();
        assert_eq!(wakes.each_ref().map(Wakes::count), [round; 3]);
        for (waits, wakes) in waiting.iter_mut().zip(&wakes) {
            assert!(poll_once(waits.as_mut(), wakes).is_ready());
        }
    }
}
