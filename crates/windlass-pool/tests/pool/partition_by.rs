//! Keys that go by a rule of the user's own.

use std::collections::BTreeSet;
use std::sync::mpsc::channel;

use crate::support::{LONG, SHORT};
use windlass_partition::{Custom, Range};
use windlass_pool::{Arrived, BuildError, Context, Pool, Shutdown, Slot, TrySendError, Worker};

#[derive(Debug, PartialEq)]
enum Did {
    Got(usize, String, u32),
    Out(usize, Slot),
    In(usize, Slot),
}

struct Teller(usize, std::sync::mpsc::Sender<Did>);

impl Worker for Teller {
    type Message = (String, u32);
    type Control = ();
    type Slot = u32;

    fn on_message(&mut self, _: &mut Context<'_, Self>, (key, n): (String, u32)) {
        self.1.send(Did::Got(self.0, key, n)).unwrap();
    }

    fn slot_out(&mut self, slot: Slot) -> Option<u32> {
        self.1.send(Did::Out(self.0, slot)).unwrap();
        Some(0)
    }

    fn slot_in(&mut self, slot: Slot, _: Arrived<u32>) {
        self.1.send(Did::In(self.0, slot)).unwrap();
    }
}

#[test]
fn keys_of_a_rule_stay_together_and_in_order_while_slots_move() {
    let (tell, did) = channel();
    let by_range = Range::new(vec!["g".to_owned(), "n".to_owned(), "t".to_owned()]).unwrap();
    let pool = Pool::builder(move |init| Teller(init.worker, tell.clone()))
        .workers(2)
        .partition_by::<str>(by_range)
        .build()
        .unwrap();
    let mut tx = pool.sender_by::<str>().unwrap();
    let names = ["anna", "berta", "gustav", "nora", "otto", "theo", "zoe"];
    let slots: BTreeSet<Slot> = names.iter().map(|name| tx.slot(name)).collect();
    assert_eq!(slots.len(), 4, "a slot for each range");
    assert_eq!(tx.slot("anna"), tx.slot("berta"), "the same range");
    for n in 0..100 {
        names.iter().for_each(|name| tx.send(name, ((*name).to_owned(), n)).unwrap());
        if n % 10 == 0 {
            pool.resize(1 + (n as usize / 10) % 4, LONG).unwrap();
        }
    }
    let slot = tx.slot("anna");
    pool.resize(2, LONG).unwrap();
    for to in [1, 0] {
        pool.move_slot(slot.index(), to, LONG).unwrap();
        tx.send("anna", ("anna".to_owned(), 100 + u32::try_from(to).unwrap())).unwrap();
        tx.try_send("berta", ("berta".to_owned(), 100)).unwrap();
    }
    let report = pool.shutdown(Shutdown::drain());
    assert!(report.is_balanced() && report.handled == 704, "{report:?}");
    let did: Vec<Did> = did.try_iter().collect();
    for name in names {
        let of = |did: &Did| match did {
            Did::Got(_, key, n) if key == name => Some(*n),
            _ => None,
        };
        let first: Vec<u32> = did.iter().filter_map(of).take(100).collect();
        assert!(first.iter().copied().eq(0..100), "{name} in order: {first:?}");
    }
    for to in [1, 0] {
        let got = Did::Got(to, "anna".to_owned(), 100 + u32::try_from(to).unwrap());
        assert!(did.contains(&got), "at the worker that has its slot");
    }
    // What one has is what it was given last, whatever moved.
    let mut owner = std::collections::BTreeMap::new();
    for one in &did {
        match one {
            Did::Out(_, slot) => drop(owner.remove(slot)),
            Did::In(worker, slot) => drop(owner.insert(*slot, *worker)),
            Did::Got(..) => {}
        }
    }
    assert_eq!(owner.get(&slot), Some(&0), "handed over");
}

#[test]
fn a_sender_goes_by_a_rule_that_the_pool_has_only() {
    let pool = Pool::each(|_| |_: u64| {}).build().unwrap();
    assert_eq!(pool.sender_by::<str>().unwrap_err(), BuildError::NoPartitioner, "none at all");
    let parity = Custom::new(2, |key: &u64| *key).unwrap();
    let pool = Pool::each(|_| |_: u64| {}).partition_by::<u64>(parity).build().unwrap();
    assert_eq!(pool.sender_by::<str>().unwrap_err(), BuildError::NoPartitioner, "for other keys");
    let mut tx = pool.sender_by::<u64>().unwrap();
    assert_eq!(tx.slot(&2), tx.slot(&4), "both are even");
    assert_ne!(tx.slot(&2), tx.slot(&3), "not both");
    let slot = tx.slot(&3);
    tx.send_timeout(&1, 1, SHORT).unwrap();
    tx.send_high(&1, 1).unwrap();
    tx.sender().send_slot(slot, 1).unwrap();
    tx.try_clone().unwrap().sender().try_send_slot(slot, 1).unwrap();
    assert_eq!(pool.shutdown(Shutdown::drain()).handled, 4, "all of them");
    assert_eq!(tx.try_send(&1, 1), Err(TrySendError::Closed(1)), "refused, and comes back");
}

#[test]
fn a_rule_with_more_partitions_than_slots_is_refused() {
    let rule = Custom::new(4097, |key: &u64| *key).unwrap();
    let built = Pool::each(|_| |_: u64| {}).partition_by::<u64>(rule).build();
    let expected = BuildError::TooManyPartitions { partitions: 4097, max: 4096 };
    assert_eq!(built.unwrap_err(), expected);
}

#[test]
#[cfg(target_os = "linux")]
fn the_stack_of_workers_is_as_large_as_was_asked_for() {
    fn deep(n: u64) -> u64 {
        let room = std::hint::black_box([n; 128]);
        if n == 0 { room[0] } else { deep(n - 1) + room[127] }
    }
    // 5 MB and more, where threads have 2 by default.
    let pool = Pool::each(|_| |n: u64| assert!(std::hint::black_box(deep(n)) < u64::MAX))
        .stack_size(64 << 20)
        .build()
        .unwrap();
    pool.sender().unwrap().send(&1, 5_000).unwrap();
    assert_eq!(pool.shutdown(Shutdown::drain()).handled, 1, "it had room");
}
