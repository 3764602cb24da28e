//! Both halves together.

use alloc::sync::Arc;
use alloc::task::Wake;
use core::future::Future;
use core::mem;
use core::panic::AssertUnwindSafe;
use core::pin::Pin;
use core::sync::atomic::Ordering::Relaxed;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::panic::catch_unwind;

use windlass_ring::{Deadline, Wait};
use windlass_sync::atomic::AtomicUsize;
use windlass_sync::thread;

use super::*;

const NEVER: Deadline = Deadline::never();

/// Long enough that nobody sees it pass.
fn far() -> Deadline {
    Deadline::after(Duration::from_secs(3_600))
}

fn past() -> Deadline {
    Deadline::after(Duration::ZERO)
}

fn open<R>(book: &mut Book<R>) -> (ReplyTo<R>, Pending<R>) {
    book.open(NEVER).expect("the window has room")
}

/// Counts how often it is woken.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// A value that counts its drops, and panics in them if it is told to.
struct Loud(Arc<AtomicUsize>, bool);

impl Drop for Loud {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
        assert!(!self.1, "a drop that panics");
    }
}

fn poll<R>(pending: &mut Pending<R>, waker: &Waker) -> Poll<Result<R, AskError>> {
    Pin::new(pending).poll(&mut Context::from_waker(waker))
}

#[test]
fn a_question_resolves_once() {
    let (reply, mut pending) = pair(far());
    assert_eq!(pending.try_take(), None, "open");
    assert_eq!(reply.send(7), Ok(()), "wanted");
    assert_eq!(pending.try_take(), Some(Ok(7)), "answered");
    assert_eq!(pending.try_take(), Some(Err(AskError::Cancelled)), "once");
    assert_eq!(poll(&mut pending, Waker::noop()), Poll::Ready(Err(AskError::Cancelled)), "once");
    assert!(!pending.cancel() && !pending.reject(), "too late");
    assert_eq!(pending.wait(), Err(AskError::Cancelled), "once");
}

#[test]
fn a_port_that_is_dropped_or_rejects_resolves_the_asker() {
    let (reply, pending) = pair::<u8>(NEVER);
    drop(reply);
    assert_eq!(pending.wait(), Err(AskError::Gone), "dropped");
    let (reply, pending) = pair::<u8>(NEVER);
    reply.reject();
    assert_eq!(pending.wait(), Err(AskError::Rejected), "by the worker");
    let (reply, mut pending) = pair::<u8>(NEVER);
    assert!(pending.reject(), "in time");
    drop(reply);
    assert_eq!(pending.wait(), Err(AskError::Rejected), "by whoever sends, and not gone");
}

#[test]
fn a_worker_that_panics_resolves_the_asker() {
    let (reply, pending) = pair::<u8>(NEVER);
    let worker = thread::spawn(move || {
        let _reply = reply;
        panic!("before it answers");
    });
    assert_eq!(pending.wait(), Err(AskError::Gone), "the port went with the worker");
    assert!(worker.join().is_err(), "it panicked");
}

#[test]
fn an_answer_that_nobody_wants_comes_back() {
    let (reply, mut pending) = pair(far());
    assert!(reply.is_wanted(), "so far");
    assert!(pending.cancel(), "in time");
    assert!(!reply.is_wanted(), "taken back");
    assert_eq!(reply.send(7), Err(7), "cancelled");
    assert_eq!(pending.try_take(), Some(Err(AskError::Cancelled)), "as asked");

    let (reply, pending) = pair(far());
    drop(pending);
    assert!(!reply.is_wanted(), "dropped");
    assert_eq!(reply.send(7), Err(7), "nobody is there");

    let (reply, mut pending) = pair(past());
    assert_eq!(pending.try_take(), Some(Err(AskError::Timeout)), "at once");
    assert_eq!(reply.send(7), Err(7), "out of time");
}

#[test]
fn an_answer_that_came_before_the_cancellation_stays() {
    let (reply, mut pending) = pair(NEVER);
    assert_eq!(reply.send(7), Ok(()), "wanted");
    assert!(!pending.cancel(), "too late");
    assert_eq!(pending.wait(), Ok(7), "it was there");
}

#[test]
fn a_deadline_in_the_past_times_out_and_an_answer_that_is_there_wins() {
    let (reply, pending) = pair::<u8>(past());
    assert!(reply.deadline().has_passed() && pending.deadline().has_passed(), "both know");
    assert!(!reply.is_wanted(), "nobody will wait");
    assert_eq!(pending.wait(), Err(AskError::Timeout), "not waited");
    let (reply, pending) = pair(past());
    assert_eq!(reply.send(7), Ok(()), "the asker has not looked");
    assert_eq!(pending.wait(), Ok(7), "it was there");
}

#[test]
#[expect(clippy::mem_forget, reason = "what a careless worker does")]
fn a_forgotten_port_leaves_the_asker_to_its_deadline_and_the_window_its_places() {
    let mut book = Book::<u8>::new(2);
    for _ in 0..20 {
        let soon = Deadline::after(Duration::from_millis(1));
        let (reply, pending) = book.open(soon).expect("the window has room");
        mem::forget(reply);
        assert_eq!(pending.wait(), Err(AskError::Timeout), "by itself");
    }
}

#[test]
fn a_thread_waits_by_any_strategy() {
    let soon = Duration::from_micros(20);
    let phased = Wait::phased(soon, soon, Wait::blocking());
    for wait in [Wait::blocking(), Wait::yielding(), Wait::adaptive(), Wait::sleeping(), phased] {
        let mut book = Book::with_wait(1, wait, 2);
        for n in 0..if cfg!(miri) { 3 } else { 200 } {
            let (reply, pending) = open(&mut book);
            let worker = thread::spawn(move || reply.send(n));
            assert_eq!(pending.wait(), Ok(n), "answered");
            assert_eq!(worker.join().unwrap(), Ok(()), "wanted");
        }
    }
}

#[test]
fn a_task_is_woken_by_whatever_ends_its_question() {
    let ends: [fn(ReplyTo<u8>); 3] = [|r| r.send(7).unwrap(), drop, ReplyTo::reject];
    let outcomes = [Ok(7), Err(AskError::Gone), Err(AskError::Rejected)];
    for (end, outcome) in ends.into_iter().zip(outcomes) {
        let (old, new) = (Arc::new(Wakes::default()), Arc::new(Wakes::default()));
        let (reply, mut pending) = pair(far());
        assert_eq!(poll(&mut pending, &Waker::from(Arc::clone(&old))), Poll::Pending, "open");
        assert_eq!(poll(&mut pending, &Waker::from(Arc::clone(&new))), Poll::Pending, "open");
        assert_eq!(Arc::strong_count(&old), 1, "the first waker was replaced");
        end(reply);
        assert_eq!((old.0.load(Relaxed), new.0.load(Relaxed)), (0, 1), "the last one, once");
        assert_eq!(poll(&mut pending, Waker::noop()), Poll::Ready(outcome), "resolved");
    }
}

#[test]
fn a_task_finds_its_deadline_and_leaves_no_waker_behind() {
    let (_reply, mut pending) = pair::<u8>(past());
    assert_eq!(poll(&mut pending, Waker::noop()), Poll::Ready(Err(AskError::Timeout)), "found");
    let wakes = Arc::new(Wakes::default());
    let (_reply, mut pending) = pair::<u8>(far());
    assert_eq!(poll(&mut pending, &Waker::from(Arc::clone(&wakes))), Poll::Pending, "open");
    assert_eq!(Arc::strong_count(&wakes), 2, "registered");
    drop(pending);
    assert_eq!(Arc::strong_count(&wakes), 1, "gone with the question");
}

#[test]
fn a_window_is_exact_whatever_becomes_of_the_ports() {
    let mut book = Book::<usize>::new(3);
    assert_eq!(book.window(), 3, "as built");
    let mut ports = Vec::new();
    for _ in 0..20 {
        let mut kept = Vec::new();
        for _ in 0..3 {
            let (reply, pending) = open(&mut book);
            ports.push(reply);
            kept.push(pending);
        }
        assert!(book.open(NEVER).is_none(), "full");
        drop(kept.remove(1));
        let (reply, pending) = open(&mut book);
        assert!(book.open(NEVER).is_none(), "one place only");
        drop((reply, pending));
    }
    let late = ports.into_iter().enumerate().map(|(n, port)| port.send(n));
    assert_eq!(late.filter(Result::is_err).count(), 60, "nobody wants them");
}

#[test]
fn a_late_answer_does_not_reach_the_next_asker() {
    let mut book = Book::new(1);
    let mut late = Vec::new();
    for n in 0..100 {
        let (reply, mut pending) = open(&mut book);
        if n % 3 == 0 {
            late.push(reply);
            drop(pending);
            continue;
        }
        for reply in late.drain(..) {
            assert_eq!(reply.send(0), Err(0), "of an older question");
        }
        assert_eq!(pending.try_take(), None, "not answered by them");
        reply.send(n).unwrap();
        assert_eq!(pending.wait(), Ok(n), "its own");
    }
}

#[test]
fn every_answer_is_dropped_once() {
    let drops = Arc::new(AtomicUsize::new(0));
    let loud = || Loud(Arc::clone(&drops), false);
    let mut book = Book::new(1);
    let (reply, pending) = open(&mut book);
    drop(reply.send(loud()));
    drop(pending);
    assert_eq!(drops.load(Relaxed), 1, "not taken");
    let (reply, pending) = open(&mut book);
    drop(pending);
    drop(reply.send(loud()));
    assert_eq!(drops.load(Relaxed), 2, "given back");
    let (reply, pending) = open(&mut book);
    drop(reply.send(loud()));
    drop(pending.wait());
    assert_eq!(drops.load(Relaxed), 3, "taken");
}

#[test]
fn an_answer_whose_drop_panics_costs_its_asker_only() {
    let drops = Arc::new(AtomicUsize::new(0));
    let mut book = Book::new(1);
    for n in 1..10 {
        let (reply, pending) = open(&mut book);
        reply.send(Loud(Arc::clone(&drops), true)).ok().unwrap();
        let dropping = AssertUnwindSafe(|| drop(pending));
        assert!(catch_unwind(dropping).is_err(), "out of the drop");
        assert_eq!(drops.load(Relaxed), n, "once");
        let next = open(&mut book);
        drop(next);
    }
}

#[test]
fn halves_cross_threads_and_outlive_their_book() {
    fn sent<T: Send>(_: &T) {}
    let mut book = Book::<core::cell::Cell<u8>>::new(1);
    let (reply, pending) = open(&mut book);
    sent(&book);
    sent(&reply);
    sent(&pending);
    drop(book);
    reply.send(core::cell::Cell::new(7)).unwrap();
    assert_eq!(pending.wait().unwrap().get(), 7, "not a Sync type either");
    assert_eq!(size_of::<Option<ReplyTo<u8>>>(), size_of::<usize>(), "one word in a message");
}

#[test]
fn nothing_prints_an_answer_and_errors_say_what_happened() {
    struct Mute;
    let mut book = Book::<Mute>::new(1);
    let (reply, pending) = open(&mut book);
    let text = alloc::format!("{book:?} {reply:?} {pending:?}");
    assert!(text.contains("window: 1") && text.contains("ReplyTo {"), "{text}");
    use AskError::{Cancelled, Gone, Rejected, Timeout};
    for error in [Cancelled, Gone, Rejected, Timeout] {
        assert!(error.to_string().len() > 10, "{error}");
    }
}

#[test]
fn a_window_of_nothing_and_one_without_end_are_refused() {
    for window in [0, usize::MAX] {
        let built = catch_unwind(|| Book::<u8>::new(window));
        assert!(built.is_err(), "a window of {window}");
    }
}
