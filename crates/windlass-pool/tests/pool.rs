//! What a pool promises, one by one.
#![cfg(not(loom))]
#![allow(
    missing_docs,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    reason = "tests have std, and fail by panicking"
)]

use std::collections::HashMap;
use std::time::Duration;

use windlass_pool::{Arrived, Context, Pool, Shutdown, Slot, Worker};
use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_sync::thread;

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
