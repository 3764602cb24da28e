//! What a pool promises, one by one.

use std::collections::HashMap;
use std::time::Duration;

use windlass_pool::reply::{AskError, Book, ReplyTo};
use windlass_pool::{
    Arrived, Breaker, BuildError, Context, Init, Placement, Pool, QosLevel, Shutdown, Slot, Worker,
};
use windlass_ring::{Pause, Wait};
use windlass_sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_sync::thread;
use windlass_testkit::block_on;

const LONG: Duration = Duration::from_secs(60);

type Seen = Arc<Mutex<Vec<(u64, u64)>>>;

/// Keeps the last number of each key, and checks that they come in order.
struct Keys {
    last: HashMap<u64, u64>,
    seen: Seen,
}

impl Worker for Keys {
    type Message = (u64, u64);
    type Control = u64;
    type Slot = Vec<(u64, u64)>;

    fn on_message(&mut self, _: &mut Context<'_, Self>, (key, n): (u64, u64)) {
        let last = self.last.insert(key, n);
        assert!(n == 0 || last == Some(n - 1), "key {key}: {n} came behind {last:?}");
        lock(&self.seen).push((key, n));
    }

    fn slot_out(&mut self, slot: Slot) -> Option<Self::Slot> {
        let of = |key: &u64| Slot::of_key(key) == slot;
        let keys: Vec<u64> = self.last.keys().copied().filter(of).collect();
        let state: Vec<_> =
            keys.into_iter().map(|key| (key, self.last.remove(&key).unwrap())).collect();
        (!state.is_empty()).then_some(state)
    }

    fn slot_in(&mut self, _: Slot, state: Arrived<Self::Slot>) {
        match state {
            Arrived::State(state) => self.last.extend(state),
            Arrived::Nothing => {}
            Arrived::Lost => panic!("nobody was lost"),
        }
    }
}

#[test]
fn keys_stay_in_order_while_workers_come_and_go() {
    const KEYS: u64 = 200;
    const EACH: u64 = if cfg!(miri) { 5 } else { 2_000 };
    let seen = Seen::default();
    let for_workers = Arc::clone(&seen);
    let pool =
        Pool::builder(move |_| Keys { last: HashMap::new(), seen: Arc::clone(&for_workers) })
            .workers(1)
            .max_workers(8)
            .build()
            .unwrap();
    let senders: Vec<_> = (0..2)
        .map(|half| {
            let mut tx = pool.sender().unwrap();
            thread::spawn(move || {
                for n in 0..EACH {
                    let keys = (0..KEYS).filter(|key| key % 2 == half);
                    if half == 0 {
                        keys.for_each(|key| tx.send(&key, (key, n)).unwrap());
                    } else {
                        tx.send_batch(keys.map(|key| (key, (key, n)))).unwrap();
                    }
                }
            })
        })
        .collect();
    for workers in [8, 3, 5, 1, 4] {
        pool.resize(workers, LONG).unwrap();
        assert_eq!(pool.workers(), workers, "as asked");
    }
    senders.into_iter().for_each(|sender| sender.join().unwrap());
    let report = pool.shutdown(Shutdown::drain());
    assert_eq!(report.panics, 0, "in order");
    assert!(report.is_balanced(), "{report:?}");
    assert_eq!(report.handled, KEYS * EACH, "all of them");
    assert_eq!(lock(&seen).len() as u64, KEYS * EACH, "each once");
}

#[test]
fn a_worker_hears_of_itself_later_and_in_order() {
    struct Later(Seen);

    impl Worker for Later {
        type Message = (u64, u64);
        type Control = ();
        type Slot = ();

        fn on_message(&mut self, cx: &mut Context<'_, Self>, message: (u64, u64)) {
            lock(&self.0).push(message);
            if message.0 == 0 {
                cx.after(Duration::from_millis(2), (2, 0)).unwrap();
                cx.after(Duration::from_millis(1), (1, 0)).unwrap();
                let full = cx.after(LONG, (3, 0)).unwrap_err();
                assert_eq!(full.into_inner(), (3, 0), "the limit");
            }
            if message.0 == 2 {
                let cancelled = cx.after(LONG, (5, 0)).unwrap();
                assert_eq!(cx.cancel(cancelled), Some((5, 0)), "it has not come");
                assert_eq!(cx.cancel(cancelled), None, "once");
                cx.after(LONG, (4, 0)).unwrap();
            }
        }
    }

    let seen = Seen::default();
    let for_worker = Arc::clone(&seen);
    let pool = Pool::builder(move |_| Later(Arc::clone(&for_worker))).timers(2).build().unwrap();
    pool.sender().unwrap().send_any((0, 0)).unwrap();
    while lock(&seen).len() < 3 {
        thread::yield_now();
    }
    let report = pool.shutdown(Shutdown::drain());
    assert_eq!(*lock(&seen), [(0, 0), (1, 0), (2, 0)], "by when they are due");
    assert_eq!(report.undelivered, [(4, 0)], "what has not come");
    assert!(report.is_balanced(), "{report:?}");
}

#[test]
fn questions_resolve_whatever_becomes_of_them() {
    enum Ask {
        Double(u64, ReplyTo<u64>),
        Drop(ReplyTo<u64>),
        Panic { _reply: ReplyTo<u64> },
    }

    let answer = |_: &Init| {
        |ask: Ask| match ask {
            Ask::Double(n, reply) => drop(reply.send(2 * n)),
            Ask::Drop(reply) => drop(reply),
            Ask::Panic { .. } => panic!("on purpose"),
        }
    };
    let pool = Pool::each(answer).workers(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    assert_eq!(tx.ask(&1, LONG, |reply| Ask::Double(1, reply)).wait(), Ok(2), "an answer");
    assert_eq!(tx.ask(&1, LONG, Ask::Drop).wait(), Err(AskError::Gone), "no answer");
    assert_eq!(
        tx.ask(&1, LONG, |_reply| Ask::Panic { _reply }).wait(),
        Err(AskError::Gone),
        "a panic"
    );
    let unknown = tx.ask_worker(9, LONG, |reply| Ask::Double(1, reply));
    assert_eq!(unknown.wait(), Err(AskError::Rejected), "no such worker");
    let mut book = Book::new(1);
    for n in 0..5 {
        let answer = tx.ask_from(&mut book, &n, LONG, |reply| Ask::Double(n, reply)).unwrap();
        assert!(tx.ask_from(&mut book, &n, LONG, Ask::Drop).is_none(), "the window");
        assert_eq!(block_on(answer), Ok(2 * n), "awaited");
    }
    let report = pool.shutdown(Shutdown::drain());
    assert!(report.is_balanced(), "{report:?}");
    assert_eq!(tx.ask(&1, LONG, Ask::Drop).wait(), Err(AskError::Rejected), "closed");
}

#[test]
fn a_sender_leaves_a_worker_alone_that_refused_too_often() {
    let breaker = Breaker::after(2, LONG).cool_down(LONG);
    let builder = Pool::each(|_| |_: u64| {}).mailbox(QosLevel::Guaranteed, 1).breaker(breaker);
    let pool = builder.build().unwrap();
    let mut tx = pool.sender().unwrap();
    pool.pause(0).unwrap();
    // Between two of its looks it may take one more.
    while tx.try_send(&1, 1).is_ok() {}
    assert!(tx.try_send(&1, 2).unwrap_err().is_full(), "the second refusal opens");
    pool.resume(0).unwrap();
    while pool.stats()[0].held != 0 {
        thread::yield_now();
    }
    assert!(tx.try_send(&1, 3).unwrap_err().is_full(), "not tried, though there is room");
    tx.send(&1, 4).unwrap();
    let report = pool.shutdown(Shutdown::drain());
    assert!(report.is_balanced(), "{report:?}");
}

#[test]
fn workers_run_where_they_are_placed_or_not_at_all() {
    let each = || Pool::each(|_| |_: u64| {});
    let nowhere = each().placement(Placement::Cores(vec![usize::MAX])).build();
    assert!(matches!(nowhere, Err(BuildError::Placement(_))), "{nowhere:?}");
    match each().placement(Placement::Compact).build() {
        Ok(pool) => assert_eq!(pool.shutdown(Shutdown::drain()).stragglers, [0; 0], "it runs"),
        Err(error) => assert!(matches!(error, BuildError::Placement(_)), "{error}"),
    }
}

#[test]
fn a_wait_of_a_pool_counts_its_workers_and_its_senders() {
    // What the last wait of the worker was told, and how many there were.
    let told = Arc::new((AtomicBool::new(true), AtomicUsize::new(0)));
    let seen = Arc::clone(&told);
    let wait = Wait::custom(move |round| {
        if round.number == 0 {
            seen.0.store(round.crowded, Ordering::Relaxed);
            seen.1.fetch_add(1, Ordering::Release);
        }
        Pause::Yield
    });
    let cores = thread::cores();
    let pool = Pool::each(|_| |_: u64| {}).wait(wait).senders(cores + 1).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let mut crowded = || {
        let waits = told.1.load(Ordering::Acquire);
        tx.send(&0, 0).unwrap();
        while told.1.load(Ordering::Acquire) == waits {
            thread::yield_now();
        }
        told.0.load(Ordering::Relaxed)
    };
    assert_eq!(crowded(), cores < 2, "a worker and a sender");
    let others: Vec<_> = (0..cores).map(|_| pool.sender().unwrap()).collect();
    assert!(crowded(), "one thread more than there are cores, and another one");
    drop(others);
    assert_eq!(crowded(), cores < 2, "the others are gone");
    assert!(pool.shutdown(Shutdown::drain()).is_balanced());
}
