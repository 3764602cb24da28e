//! Copies that say how far they have come, and a log that is read from there on.

use std::collections::BTreeMap;

use windlass_pool::{Arrived, Context, Pool, Restart, Shutdown, Slot, Snapshot, Worker};
use windlass_sync::atomic::{AtomicBool, Ordering};
use windlass_sync::sync::Arc;

use crate::support::{LONG, SHORT, slot_of};

/// Adds up a log by slot, and knows of each slot how far it has come.
struct Replayed {
    log: Arc<Vec<u64>>,
    slots: BTreeMap<usize, (usize, u64)>,
    panics: Arc<Vec<AtomicBool>>,
}

impl Worker for Replayed {
    /// The slot, and the entry of the log up to which it may go.
    type Message = (usize, usize);
    type Control = ();
    type Slot = (usize, u64);

    fn on_message(&mut self, _: &mut Context<'_, Self>, (slot, end): (usize, usize)) {
        let (next, sum) = self.slots.entry(slot).or_default();
        for n in self.log.iter().take(end + 1).skip(*next).filter(|n| slot_of(**n) == slot) {
            *sum += n;
        }
        *next = (*next).max(end + 1);
        let panics = self.panics.get(end);
        let panics = panics.is_some_and(|panics| panics.swap(false, Ordering::Relaxed));
        assert!(!panics, "as it was told");
    }

    fn slot_out(&mut self, slot: Slot) -> Option<(usize, u64)> {
        self.slots.remove(&slot.index())
    }

    fn slot_in(&mut self, slot: Slot, state: Arrived<(usize, u64)>) {
        if let Arrived::State(state) = state {
            self.slots.insert(slot.index(), state);
        }
    }
}

impl Snapshot for Replayed {
    fn slot_copy(&self, slot: Slot) -> Option<(usize, u64)> {
        self.slots.get(&slot.index()).copied()
    }
}

#[test]
fn whoever_reads_the_log_from_the_number_in_the_copy_on_loses_nothing() {
    let log: Arc<Vec<u64>> = Arc::new((0..3_000).map(|n| n % 50).collect());
    for every in [1, 7, 1_000_000] {
        let panics = (0..log.len()).map(|n| AtomicBool::new(n % 299 == 298)).collect();
        let (entries, panics) = (Arc::clone(&log), Arc::new(panics));
        let builder = Pool::builder(move |_| Replayed {
            log: Arc::clone(&entries),
            slots: BTreeMap::new(),
            panics: Arc::clone(&panics),
        });
        let often = Restart::on_panic().max(100, LONG).backoff(SHORT / 1_000..SHORT / 100);
        let builder = builder.workers(2).batch(4).restart(often);
        let pool = builder.snapshots(every).build().unwrap();
        let mut tx = pool.sender().unwrap();
        for (at, n) in log.iter().enumerate() {
            tx.send(n, (slot_of(*n), at)).unwrap();
            if at == 1_000 {
                pool.resize(3, LONG).unwrap();
            }
        }
        for n in 0..50_u64 {
            tx.send(&n, (slot_of(n), log.len())).unwrap();
        }
        let all = |pool: &Pool<Replayed>| {
            pool.stats().iter().map(|stats| stats.handled + stats.panics).sum::<u64>()
        };
        while all(&pool) < 3_050 {
            windlass_sync::thread::yield_now();
        }
        let sums = pool.snapshot(LONG).slots;
        let sum: u64 = sums.iter().map(|(_, (_, sum))| sum).sum();
        assert_eq!(sum, log.iter().sum::<u64>(), "copies every {every} batches");
        drop(tx);
        let report = pool.shutdown(Shutdown::drain());
        assert_eq!((report.panics, report.is_balanced()), (10, true), "it panicked");
    }
}
