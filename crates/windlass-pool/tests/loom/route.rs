//! Sections of senders against a change of owners.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use loom::thread;
use windlass_pool::model::Table;

/// Runs a model in every interleaving with few switches of thread; `LOOM_MAX_PREEMPTIONS` says how few, and
/// three at least: with two, a section that is seen only by the next one does not come about.
fn model(body: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = model.preemption_bound.max(Some(3));
    model.max_branches = 20_000;
    model.check(body);
}

/// Mailboxes of two owners, without any edge of their own: what is seen of them is by the sections.
struct Boxes([AtomicU64; 2]);

impl Boxes {
    fn new() -> Arc<Self> {
        Arc::new(Self([AtomicU64::new(0), AtomicU64::new(0)]))
    }

    fn put(&self, owner: usize) {
        let one = &self.0[owner];
        // One sender puts something in, so this needs no exchange, which would see the newest.
        one.store(one.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    fn held(&self, owner: usize) -> u64 {
        self.0[owner].load(Ordering::Relaxed)
    }
}

#[test]
fn nothing_comes_behind_the_fence() {
    model(|| {
        let table = Arc::new(Table::new());
        let boxes = Boxes::new();
        let mut tx = Table::sender(&table);
        let sender = {
            let boxes = Arc::clone(&boxes);
            thread::spawn(move || {
                for _ in 0..2 {
                    tx.send(|owner| {
                        boxes.put(owner);
                        true
                    });
                }
                tx
            })
        };
        table.change(1);
        let at_the_fence = boxes.held(0);
        let tx = sender.join().unwrap();
        assert_eq!(boxes.held(0), at_the_fence, "all that ever comes was there");
        assert_eq!(boxes.held(0) + boxes.held(1), 2, "each once");
        assert_eq!(table.accepted(), 2, "and counted");
        drop(tx);
        assert_eq!(table.accepted(), 2, "also when the sender is gone");
    });
}

#[test]
fn a_new_sender_goes_by_the_new_table_or_is_waited_for() {
    model(|| {
        let table = Arc::new(Table::new());
        let boxes = Boxes::new();
        let sender = {
            let (table, boxes) = (Arc::clone(&table), Arc::clone(&boxes));
            thread::spawn(move || {
                let mut tx = Table::sender(&table);
                tx.send(|owner| {
                    boxes.put(owner);
                    true
                });
            })
        };
        table.change(1);
        let at_the_fence = boxes.held(0);
        sender.join().unwrap();
        assert_eq!(boxes.held(0), at_the_fence, "all that ever comes was there");
    });
}

#[test]
fn a_sender_that_finds_no_room_does_not_hold_a_change_up() {
    model(|| {
        let table = Arc::new(Table::new());
        let has_room = Arc::new(AtomicBool::new(false));
        let mut tx = Table::sender(&table);
        let sender = {
            let has_room = Arc::clone(&has_room);
            thread::spawn(move || {
                // The first owner never has room; the second one does when the change is done.
                while !tx.send(|owner| owner == 1 && has_room.load(Ordering::Acquire)) {
                    thread::yield_now();
                }
            })
        };
        table.change(1);
        has_room.store(true, Ordering::Release);
        sender.join().unwrap();
        assert_eq!(table.accepted(), 1, "once");
    });
}

#[test]
fn what_was_put_in_before_a_close_is_counted_behind_the_sections() {
    model(|| {
        let table = Arc::new(Table::new());
        let lane = Arc::new(AtomicU64::new(0));
        let mut tx = Table::sender(&table);
        let sender = {
            let lane = Arc::clone(&lane);
            // A lane whose close is exact: an odd number is closed.
            thread::spawn(move || {
                tx.send(|_| lane.fetch_add(2, Ordering::AcqRel) % 2 == 0);
                tx
            })
        };
        let accepted = lane.fetch_add(1, Ordering::AcqRel) / 2;
        table.wait_for_senders();
        assert_eq!(table.accepted(), accepted, "what was accepted, and nothing else");
        drop(sender.join().unwrap());
        assert_eq!(table.accepted(), accepted, "nor later");
    });
}
