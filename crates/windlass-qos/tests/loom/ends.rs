//! The handles: waking, closing, and who is the last to leave.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Wake, Waker};

use loom::thread;
use windlass_qos::{
    Builder, Closed, Guaranteed, Level, ManyToOne, OneToOne, Paths, Receiver, RecvError, Reliable,
    Sender, Wait,
};
use windlass_sync::thread::{Thread, current, park};

/// Runs a model in every interleaving with few switches of thread; `LOOM_MAX_PREEMPTIONS` says how few.
fn model(body: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound.get_or_insert(2);
    model.max_branches = 20_000;
    model.check(body);
}

type Ends<L, P> = (Sender<u64, L, P>, Receiver<u64, L, P>);

/// A buffer whose parties sleep while they wait.
fn one_to_one<L: Level>(level: L, capacity: usize) -> Ends<L, OneToOne> {
    let builder = Builder::new(level, capacity);
    builder.wait(Wait::blocking()).sender_wait(Wait::blocking()).build().unwrap()
}

/// The same for two senders.
fn many_to_one<L: Level>(level: L, capacity: usize) -> Ends<L, ManyToOne> {
    let builder = Builder::new(level, capacity).many_senders(2);
    builder.wait(Wait::blocking()).sender_wait(Wait::blocking()).build().unwrap()
}

/// All messages to the end, asleep while there is none; reports are left out.
fn all<L: Level, P: Paths>(rx: &mut Receiver<u64, L, P>) -> Vec<u64> {
    rx.iter().collect()
}

/// Wakes the thread that runs the task.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a task on this thread, asleep while it waits. A wake-up that is lost is a deadlock.
fn run<F: Future>(task: F) -> F::Output {
    let waker = Waker::from(std::sync::Arc::new(Unpark(current())));
    let mut task = pin!(task);
    loop {
        if let Poll::Ready(done) = task.as_mut().poll(&mut Context::from_waker(&waker)) {
            return done;
        }
        park();
    }
}

/// Edge `event_count`: a receiver that sleeps is woken by a message, at a level that overwrites.
#[test]
fn a_sleeping_receiver_is_woken_by_a_message() {
    model(|| {
        let (mut tx, mut rx) = one_to_one(Reliable, 1);
        let sending = thread::spawn(move || {
            tx.send(1).unwrap();
            tx
        });
        assert_eq!(rx.recv(), Ok(1), "woken");
        sending.join().unwrap();
    });
}

/// Edge `event_count`: a sender that sleeps is woken by a message that is taken, and the receiver by
/// what it then sends.
#[test]
fn a_sleeping_sender_is_woken_by_a_take() {
    model(|| {
        let (mut tx, mut rx) = one_to_one(Guaranteed, 1);
        tx.send(1).unwrap();
        let sending = thread::spawn(move || {
            tx.send(2).unwrap();
            tx
        });
        assert_eq!(rx.recv(), Ok(1), "which makes room");
        assert_eq!(rx.recv(), Ok(2), "woken");
        sending.join().unwrap();
    });
}

/// Edge `event_count`: a close wakes a receiver that sleeps.
#[test]
fn a_close_wakes_a_receiver() {
    model(|| {
        let (tx, mut rx) = one_to_one(Reliable, 1);
        let closing = thread::spawn(move || {
            tx.close();
            tx
        });
        assert_eq!(rx.recv(), Err(RecvError::Closed), "woken");
        closing.join().unwrap();
    });
}

/// Edge `event_count`: a close wakes a sender that sleeps, and what was accepted stays.
#[test]
fn a_close_wakes_a_sender() {
    model(|| {
        let (mut tx, rx) = one_to_one(Guaranteed, 1);
        tx.send(1).unwrap();
        let closing = thread::spawn(move || {
            rx.close();
            rx
        });
        assert_eq!(tx.send(2), Err(Closed(2)), "nobody makes room");
        let mut rx = closing.join().unwrap();
        assert_eq!(all(&mut rx), [1], "what was accepted");
    });
}

/// Edges `qos_left`, `event_count`: what each of two senders sent is seen before the end, whichever
/// of them is the last to leave.
#[test]
fn the_end_comes_behind_the_last_message() {
    model(|| {
        let (mut tx, mut rx) = many_to_one(Guaranteed, 2);
        let mut other = tx.clone();
        let sending = thread::spawn(move || {
            other.send(2).unwrap();
        });
        tx.send(1).unwrap();
        drop(tx);
        let mut seen = all(&mut rx);
        seen.sort_unstable();
        assert_eq!(seen, [1, 2], "both, and then the end");
        sending.join().unwrap();
    });
}

/// Edge `qos_left`: a receiver that looks now and then, and sees the end, has seen all messages.
#[test]
fn who_sees_the_end_has_seen_all() {
    model(|| {
        let (mut tx, mut rx) = many_to_one(Guaranteed, 2);
        let mut other = tx.clone();
        let first = thread::spawn(move || {
            other.send(2).unwrap();
        });
        let second = thread::spawn(move || {
            tx.send(1).unwrap();
        });
        let mut seen = Vec::new();
        loop {
            match rx.try_recv() {
                Ok(message) => seen.push(message),
                Err(windlass_qos::TryRecvError::Closed) => break,
                Err(_) => thread::yield_now(),
            }
        }
        seen.sort_unstable();
        assert_eq!(seen, [1, 2], "both before the end");
        first.join().unwrap();
        second.join().unwrap();
    });
}

/// The last receiver that leaves wakes a sender that sleeps, and takes nothing that was refused.
#[test]
fn the_last_receiver_wakes_a_sender() {
    model(|| {
        let (mut tx, rx) = one_to_one(Guaranteed, 1);
        tx.send(1).unwrap();
        let leaving = thread::spawn(move || drop(rx));
        if let Err(Closed(message)) = tx.send(2) {
            assert_eq!(message, 2, "given back");
        }
        leaving.join().unwrap();
        let stats = tx.stats();
        assert_eq!(stats.accepted, stats.dropped() + stats.held, "accounted for: {stats:?}");
    });
}

/// A weak sender becomes a sender, or finds the buffer closed; nothing in between.
#[test]
fn a_weak_sender_meets_the_last_one_that_leaves() {
    model(|| {
        let (tx, mut rx) = many_to_one(Guaranteed, 1);
        let weak = tx.downgrade();
        let leaving = thread::spawn(move || drop(tx));
        let sent = weak.upgrade().is_some_and(|mut tx| tx.send(1).is_ok());
        leaving.join().unwrap();
        assert!(weak.upgrade().is_none(), "nobody is left");
        assert_eq!(all(&mut rx).len(), usize::from(sent), "sent, or closed before");
    });
}

/// Edge `event_count`: a task that receives is woken by a message and by the end.
#[test]
fn a_task_is_woken_by_a_message_and_by_the_end() {
    model(|| {
        let (mut tx, mut rx) = one_to_one(Reliable, 1);
        let sending = thread::spawn(move || {
            tx.send(1).unwrap();
        });
        assert_eq!(run(rx.recv_async()), Ok(1), "woken");
        assert_eq!(run(rx.recv_async()), Err(RecvError::Closed), "woken");
        sending.join().unwrap();
    });
}

/// Edge `event_count`: a task that sends is woken by room.
#[test]
fn a_task_is_woken_by_room() {
    model(|| {
        let (mut tx, mut rx) = one_to_one(Guaranteed, 1);
        tx.send(1).unwrap();
        let receiving = thread::spawn(move || (rx.recv(), rx.recv()));
        assert_eq!(run(tx.send_async(2)), Ok(()), "woken");
        assert_eq!(receiving.join().unwrap(), (Ok(1), Ok(2)), "both");
    });
}

/// Edge `event_count`: a task that sends is woken by a close, and has its message back.
#[test]
fn a_task_that_sends_is_refused_at_the_close() {
    model(|| {
        let (mut tx, rx) = one_to_one(Guaranteed, 1);
        tx.send(1).unwrap();
        let leaving = thread::spawn(move || drop(rx));
        if let Err(Closed(message)) = run(tx.send_async(2)) {
            assert_eq!(message, 2, "given back");
        }
        leaving.join().unwrap();
    });
}

/// A future that is dropped leaves nothing behind that would keep another wait from being woken.
#[test]
fn a_dropped_future_leaves_no_sleeper() {
    model(|| {
        let (mut tx, mut rx) = one_to_one(Reliable, 2);
        let sending = thread::spawn(move || {
            tx.send(1).unwrap();
        });
        let mut seen = Vec::new();
        {
            let waker = Waker::from(std::sync::Arc::new(Unpark(current())));
            let once = pin!(rx.recv_async()).poll(&mut Context::from_waker(&waker));
            if let Poll::Ready(Ok(message)) = once {
                seen.push(message);
            }
        }
        seen.extend(all(&mut rx));
        assert_eq!(seen, [1], "the message and the end");
        sending.join().unwrap();
    });
}

/// Edge `event_count`: a receiver that slept itself wakes the sender that waits for what it took.
#[test]
fn a_receiver_that_slept_wakes_the_sender() {
    model(|| {
        let (mut tx, mut rx) = one_to_one(Guaranteed, 1);
        let sending = thread::spawn(move || {
            tx.send(1).unwrap();
            tx.send(2).unwrap();
        });
        assert_eq!((rx.recv(), rx.recv()), (Ok(1), Ok(2)), "both were awake in the end");
        sending.join().unwrap();
    });
}

/// Edge `event_count`: a receiver that saw a message on its way, which is then refused, is woken for the end.
#[test]
fn a_refusal_wakes_a_receiver_that_waits_for_the_end() {
    model(|| {
        let (mut tx, mut rx) = one_to_one(Guaranteed, 1);
        let sending = thread::spawn(move || {
            let sent = tx.send(1).is_ok();
            (tx, sent)
        });
        rx.close();
        let seen = all(&mut rx);
        let (_tx, sent) = sending.join().unwrap();
        assert_eq!(seen.len(), usize::from(sent), "sent, or refused");
    });
}
