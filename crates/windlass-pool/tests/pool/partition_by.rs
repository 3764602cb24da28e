//! Keys that go by a rule of the user's own.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use crate::support::{LONG, SHORT};
use windlass_partition::{Custom, Members, Range, SlotTable};
use windlass_pool::{
    Arrived, Balance, BuildError, Context, Faults, Pool, QosLevel, SenderBy, Shutdown, Simulation,
    Slot, TrySendError, Worker,
};

thread_local! {
    /// What workers did, on the one thread of a simulation.
    static DID: RefCell<Vec<Did>> = RefCell::default();
}

#[derive(Debug, Clone, PartialEq)]
enum Did {
    Got(usize, &'static str, u64, u32),
    Out(usize, Slot),
    In(usize, Slot),
}

/// A message: the name that is its key, who sent it, and which of that one's messages for this name it is.
type Told = (&'static str, u64, u32);

struct Teller(usize);

impl Worker for Teller {
    type Message = Told;
    type Control = ();
    type Slot = u32;

    fn on_message(&mut self, _: &mut Context<'_, Self>, (name, client, n): Told) {
        DID.with_borrow_mut(|did| did.push(Did::Got(self.0, name, client, n)));
    }

    fn slot_out(&mut self, slot: Slot) -> Option<u32> {
        DID.with_borrow_mut(|did| did.push(Did::Out(self.0, slot)));
        Some(0)
    }

    fn slot_in(&mut self, slot: Slot, _: Arrived<u32>) {
        DID.with_borrow_mut(|did| did.push(Did::In(self.0, slot)));
    }
}

const NAMES: [&str; 7] = ["anna", "berta", "gustav", "nora", "otto", "theo", "zoe"];

/// Sends so many messages for each name, also while slots move. Those that were sent then are counted.
async fn send_all(
    mut tx: SenderBy<Teller, str>,
    client: u64,
    each: u32,
    moving: Rc<Cell<bool>>,
    sent_meanwhile: Rc<Cell<u64>>,
) {
    for n in 0..each {
        for name in NAMES {
            let mut message = (name, client, n);
            while let Err(refused) = tx.try_send(name, message) {
                message = refused.into_inner();
                Simulation::turn().await;
            }
            sent_meanwhile.set(sent_meanwhile.get() + u64::from(moving.get()));
            if (u64::from(n) + client).is_multiple_of(3) {
                Simulation::turn().await;
            }
        }
    }
}

/// Senders, and an operator who moves slots in every way. Returns how many messages were sent while slots moved.
fn moves_while_others_send(sim: &Simulation) -> u64 {
    const EACH: u32 = 20;
    sim.faults(Faults::none().delays(20.0, Duration::from_micros(500)));
    let by_range = Range::new(vec!["g".to_owned(), "n".to_owned(), "t".to_owned()]).unwrap();
    let pool = Pool::builder(|init| Teller(init.worker)).workers(2).partition_by::<str>(by_range);
    let capacity = 1 + usize::try_from(sim.below(8)).unwrap();
    let pool = pool.mailbox(QosLevel::Guaranteed, capacity).simulate(sim).build().unwrap();
    let tx = pool.sender_by::<str>().unwrap();
    let slots: BTreeSet<Slot> = NAMES.iter().map(|name| tx.slot(name)).collect();
    assert_eq!(slots.len(), 4, "a slot for each range");
    assert_eq!(tx.slot("anna"), tx.slot("berta"), "the same range");
    let (moving, sent_meanwhile) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(0)));
    for client in 0..2 {
        let tx = tx.try_clone().unwrap();
        sim.spawn(send_all(tx, client, EACH, Rc::clone(&moving), Rc::clone(&sent_meanwhile)));
    }
    for _ in 0..8 {
        (0..4).for_each(|_| sim.yield_now());
        moving.set(true);
        let worker = usize::try_from(sim.below(4)).unwrap();
        let name = NAMES[usize::try_from(sim.below(7)).unwrap()];
        match sim.below(4) {
            0 | 1 => pool.resize(worker + 1, LONG).unwrap(),
            2 => {
                let worker = worker % pool.workers();
                pool.move_slot(tx.slot(name).index(), worker, LONG).unwrap();
            }
            _ => drop(pool.rebalance(Balance::default().least(1).above(1.0), LONG).unwrap()),
        }
        moving.set(false);
    }
    sim.run();
    let slot_of = NAMES.map(|name| (name, tx.slot(name)));
    let report = pool.shutdown(Shutdown::drain());
    sim.run();
    let did = DID.take();
    check_keys(&did, &slot_of, EACH);
    assert!(report.is_balanced() && report.handled == 14 * u64::from(EACH), "{report:?}");
    sent_meanwhile.get()
}

/// Each message was handled once, in its order, by whoever had its slot then.
fn check_keys(did: &[Did], slot_of: &[(&str, Slot)], each: u32) {
    let slot_of: BTreeMap<&str, Slot> = slot_of.iter().copied().collect();
    let table = SlotTable::new(&Members::count(2).unwrap()).unwrap();
    let first = |slot: &Slot| usize::from(table.owners()[slot.index()]);
    let mut owner: BTreeMap<Slot, Option<usize>> =
        slot_of.values().map(|slot| (*slot, Some(first(slot)))).collect();
    let mut next: BTreeMap<(&str, u64), u32> = BTreeMap::new();
    for one in did {
        match one {
            Did::Out(worker, slot) => {
                let had = owner.insert(*slot, None);
                assert!(had.is_none_or(|had| had == Some(*worker)), "{slot:?} was its own");
            }
            Did::In(worker, slot) => {
                let had = owner.insert(*slot, Some(*worker));
                assert!(had.is_none_or(|had| had.is_none()), "{slot:?} was nobody's");
            }
            Did::Got(worker, name, client, n) => {
                assert_eq!(owner[&slot_of[name]], Some(*worker), "{name} at whoever has its slot");
                let next = next.entry((name, *client)).or_default();
                assert_eq!(n, next, "{name} of {client} in order, none lost and none twice");
                *next += 1;
            }
        }
    }
    assert!(next.len() == 14 && next.values().all(|n| *n == each), "all of them: {next:?}");
}

#[test]
fn keys_of_a_rule_stay_together_and_in_order_while_slots_move() {
    let sent = Cell::new(0);
    Simulation::for_each(0..if cfg!(miri) { 2 } else { 300 }, |sim| {
        sent.set(sent.get() + moves_while_others_send(sim));
    });
    assert!(0 < sent.get(), "some were sent while slots moved");
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
