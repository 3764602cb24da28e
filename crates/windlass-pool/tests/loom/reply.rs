//! Asks: one outcome, no lost wake-up, no answer for the wrong asker.

use core::time::Duration;

use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, Ordering::Relaxed};
use loom::thread;
use windlass_pool::reply::{AskError, Book, Pending, ReplyTo};
use windlass_ring::{Deadline, Wait};

use crate::support::{model, run};

/// A book for one question whose asker sleeps while it waits.
fn book<R>() -> Book<R> {
    Book::with_wait(1, Wait::blocking(), 2)
}

fn ask<R>(book: &mut Book<R>) -> (ReplyTo<R>, Pending<R>) {
    book.open(Deadline::never()).expect("the window has room")
}

/// Under the model a deadline has passed when it is made.
fn passed() -> Deadline {
    Deadline::after(Duration::ZERO)
}

/// Edge `event_count`: an asker that sleeps is woken by its answer.
#[test]
fn a_sleeping_asker_is_woken_by_its_answer() {
    model(|| {
        let (reply, pending) = ask(&mut book());
        let worker = thread::spawn(move || reply.send(7));
        assert_eq!(pending.wait(), Ok(7), "woken");
        assert_eq!(worker.join().unwrap(), Ok(()), "wanted");
    });
}

/// Edge `event_count`: an asker that sleeps is woken when the port is dropped.
#[test]
fn a_sleeping_asker_is_woken_by_the_end_of_the_port() {
    model(|| {
        let (reply, pending) = ask::<u8>(&mut book());
        let worker = thread::spawn(move || drop(reply));
        assert_eq!(pending.wait(), Err(AskError::Gone), "woken");
        worker.join().unwrap();
    });
}

/// A task is woken, whether it registers before or after the answer.
#[test]
fn a_task_is_woken_by_its_answer() {
    model(|| {
        let (reply, pending) = ask(&mut book());
        let worker = thread::spawn(move || reply.send(7));
        assert_eq!(run(pending), Ok(7), "woken");
        assert_eq!(worker.join().unwrap(), Ok(()), "wanted");
    });
}

/// Either the asker has the answer or the worker has it back.
#[test]
fn an_answer_meets_a_cancellation() {
    model(|| {
        let (reply, mut pending) = ask(&mut book());
        let worker = thread::spawn(move || reply.send(7));
        let cancelled = pending.cancel();
        let taken = pending.wait();
        let expected = if cancelled { Err(AskError::Cancelled) } else { Ok(7) };
        assert_eq!(taken, expected, "what cancelling said");
        assert_eq!(worker.join().unwrap().is_err(), cancelled, "the other has the answer");
    });
}

/// The same when the asker is dropped; the answer is dropped by one of them, once.
#[test]
fn an_answer_meets_an_asker_that_leaves() {
    model(|| {
        let (reply, pending) = ask(&mut book());
        let value = Arc::new(7);
        let answer = Arc::clone(&value);
        let worker = thread::spawn(move || reply.send(answer).is_ok());
        drop(pending);
        worker.join().unwrap();
        assert_eq!(Arc::strong_count(&value), 1, "dropped by whoever had it");
    });
}

/// Either the asker that runs out of time has the answer or the worker has it back.
#[test]
fn an_answer_meets_a_look_behind_the_deadline() {
    model(|| {
        let (reply, mut pending) = book().open(passed()).expect("the window has room");
        let worker = thread::spawn(move || reply.send(7));
        let outcome = pending.try_take().expect("the deadline has passed");
        let back = worker.join().unwrap();
        match outcome {
            Ok(7) => assert_eq!(back, Ok(()), "one of them"),
            Err(AskError::Timeout) => assert_eq!(back, Err(7), "one of them"),
            other => panic!("{other:?}"),
        }
    });
}

/// The same for a wait that registers, looks and leaves at its deadline.
#[test]
fn an_answer_meets_a_wait_that_ends() {
    model(|| {
        let (reply, pending) = book().open(passed()).expect("the window has room");
        let worker = thread::spawn(move || reply.send(7));
        let outcome = pending.wait();
        let back = worker.join().unwrap();
        assert!(
            matches!((outcome, back), (Ok(7), Ok(())) | (Err(AskError::Timeout), Err(7))),
            "one of them: {outcome:?}, {back:?}"
        );
    });
}

/// An answer to a question that was given up does not reach the next one, which has its own.
#[test]
fn a_late_answer_does_not_reach_the_next_asker() {
    model(|| {
        let mut book = book();
        let (late, pending) = ask(&mut book);
        let worker = thread::spawn(move || late.send(1).is_ok());
        drop(pending);
        // In the same cell or in another, as far as the worker is.
        let (reply, mut pending) = ask(&mut book);
        assert_eq!(pending.try_take(), None, "nobody has answered this one");
        assert_eq!(reply.send(2), Ok(()), "wanted");
        assert_eq!(pending.wait(), Ok(2), "its own");
        worker.join().unwrap();
    });
}

/// A cell is used again only when all that the worker did with it is over.
#[test]
fn the_next_question_comes_behind_the_last_port() {
    model(|| {
        let mut book = book();
        let (reply, pending) = ask(&mut book);
        let first = thread::spawn(move || reply.send(1).is_ok());
        assert_eq!(pending.wait(), Ok(1), "answered");
        // The port of the first may still be at work on its cell.
        let (reply, mut pending) = ask(&mut book);
        assert_eq!(pending.try_take(), None, "open");
        assert!(reply.is_wanted(), "open");
        drop(reply);
        assert_eq!(pending.wait(), Err(AskError::Gone), "no answer is left from before");
        first.join().unwrap();
    });
}

/// What the worker did before it answered is seen by the asker.
#[test]
fn an_answer_brings_what_was_done_before_it() {
    model(|| {
        let work = Arc::new(AtomicU64::new(0));
        let (reply, mut pending) = ask(&mut book());
        let worker = {
            let work = Arc::clone(&work);
            thread::spawn(move || {
                work.store(7, Relaxed);
                reply.send(())
            })
        };
        thread::yield_now();
        if let Some(outcome) = pending.try_take() {
            assert_eq!(outcome, Ok(()), "answered");
            assert_eq!(work.load(Relaxed), 7, "done before");
        }
        drop(pending);
        worker.join().unwrap().ok();
    });
}

/// A message that is refused is told as refused, though its port is dropped with it elsewhere.
#[test]
fn a_refusal_meets_the_end_of_the_port() {
    model(|| {
        let (reply, mut pending) = ask::<u8>(&mut book());
        let worker = thread::spawn(move || drop(reply));
        let refused = pending.reject();
        let expected = if refused { AskError::Rejected } else { AskError::Gone };
        assert_eq!(pending.wait(), Err(expected), "what came first");
        worker.join().unwrap();
    });
}
