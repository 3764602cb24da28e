//! The promises of a pool, in simulations of it.

mod schedules;
mod world;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use windlass_pool::{
    Arrived, Batch, Builder, Context, DeadReason, Init, Pool, Report, Simulation, Slot, Snapshot,
    Worker,
};

const LONG: Duration = Duration::from_secs(3_600);
/// Clients outside of the pool have the numbers below.
const CLIENTS: u64 = 3;
/// And those whose messages come later, without a key, the numbers from here.
const LATER: u64 = 1_000;

/// A message: the `n`th that this client sent for this key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Msg {
    client: u64,
    key: u64,
    n: u64,
}

thread_local! {
    /// What workers did, on the one thread that there is.
    static DID: RefCell<Did> = RefCell::default();
}

#[derive(Default)]
struct Did {
    /// By key, what was handled, in order.
    handled: BTreeMap<u64, Vec<Msg>>,
    /// By worker as it was built, what it was told.
    told: HashMap<u64, Vec<u64>>,
    /// Workers that were built.
    built: u64,
    ticks: u64,
    /// Slots of which something was handled before they came.
    too_early: u64,
    /// What was told to nobody, since somebody was behind.
    refused: Vec<u64>,
    /// Accepted from workers.
    accepted: Vec<Msg>,
    /// Messages that workers sent.
    passed_on: u64,
}

/// A worker sends something to another key, or to itself for later.
fn pass_on(cx: &mut Context<'_, Clerk>, message: Msg) {
    let (worker, now) = (cx.worker() as u64, message.n % 5);
    let n = DID.with_borrow_mut(|did| {
        did.passed_on += 1;
        did.passed_on
    });
    let key = (message.key + 1) % 5;
    let (sent, message) = match now {
        0 => {
            let message = Msg { client: CLIENTS + worker, key, n };
            (cx.send(&key, message).is_ok(), message)
        }
        1 => {
            // It waits with the worker and not with the key, so each is a client of its own.
            let message = Msg { client: LATER + n, key, n };
            (cx.after(Duration::from_micros(n % 3_000), message).is_ok(), message)
        }
        _ => return,
    };
    if sent {
        DID.with_borrow_mut(|did| did.accepted.push(message));
    }
}

/// Counts the messages of each slot that it has.
struct Clerk {
    worker: usize,
    /// Tells it from all that were built before.
    me: u64,
    counts: HashMap<usize, u64>,
}

impl Clerk {
    fn new(init: &Init) -> Self {
        let me = DID.with_borrow_mut(|did| {
            did.built += 1;
            did.built
        });
        Self { worker: init.worker, me, counts: HashMap::new() }
    }
}

impl Worker for Clerk {
    type Message = Msg;
    type Control = u64;
    type Slot = u64;

    fn on_message(&mut self, cx: &mut Context<'_, Self>, message: Msg) {
        if message.client < CLIENTS {
            pass_on(cx, message);
        }
        if message.client < LATER {
            *self.counts.entry(Slot::of_key(&message.key).index()).or_default() += 1;
        }
        DID.with_borrow_mut(|did| did.handled.entry(message.key).or_default().push(message));
    }

    /// Leaves some for the next batch now and then.
    fn on_batch(&mut self, cx: &mut Context<'_, Self>, batch: &mut Batch<'_, Self>) {
        while let Some(message) = batch.next() {
            self.on_message(cx, message);
            if message.n % 7 == 3 {
                return;
            }
        }
    }

    fn on_control(&mut self, _: &mut Context<'_, Self>, n: u64) {
        DID.with_borrow_mut(|did| did.told.entry(self.me).or_default().push(n));
    }

    fn on_tick(&mut self, _: &mut Context<'_, Self>) {
        DID.with_borrow_mut(|did| did.ticks += 1);
    }

    fn slot_out(&mut self, slot: Slot) -> Option<u64> {
        self.counts.remove(&slot.index())
    }

    fn slot_in(&mut self, slot: Slot, state: Arrived<u64>) {
        if let Arrived::State(count) = state {
            let before = self.counts.insert(slot.index(), count);
            // A panic would only restart the worker.
            DID.with_borrow_mut(|did| did.too_early += u64::from(before.is_some()));
        }
    }

    fn keep(message: &Msg) -> Option<Msg> {
        Some(*message)
    }
}

impl Snapshot for Clerk {
    fn slot_copy(&self, slot: Slot) -> Option<u64> {
        self.counts.get(&slot.index()).copied()
    }
}

fn clerks(sim: &Simulation) -> Builder<Clerk> {
    Pool::builder(Clerk::new).simulate(sim)
}

/// What there is to say of any run.
fn check(report: &Report<Msg>, accepted: &[Msg]) {
    assert!(report.is_balanced(), "{report:?}");
    assert_eq!(report.stragglers, [0_usize; 0], "all ended");
    assert_eq!(report.dead_letters.len() as u64, report.dead.total(), "all were kept");
    assert_eq!(
        report.dead.of(DeadReason::Moved),
        0,
        "nothing came to a worker that had not the slot"
    );
    let did = DID.take();
    assert_eq!(did.too_early, 0, "nothing was handled for a slot before it came");
    let handled: Vec<Msg> = did.handled.values().flatten().copied().collect();
    let dead = report.dead_letters.iter().map(|letter| letter.message.unwrap());
    let mut places: Vec<Msg> =
        handled.iter().copied().chain(dead).chain(report.undelivered.iter().copied()).collect();
    let mut expected = [accepted, &did.accepted].concat();
    places.sort_unstable();
    expected.sort_unstable();
    assert_eq!(places, expected, "each message that was accepted is in one place");
    for (key, messages) in &did.handled {
        let mut last: HashMap<u64, u64> = HashMap::new();
        for message in messages {
            let last = last.entry(message.client).or_default();
            assert!(*last < message.n, "key {key}: {messages:?}");
            *last = message.n;
        }
    }
    for told in did.told.values() {
        assert!(told.is_sorted(), "in the order in which it was said: {told:?}");
        let refused = told.iter().find(|n| did.refused.contains(n));
        assert_eq!(refused, None, "what one has no room for reaches nobody");
        for pair in told.windows(2) {
            let missing = (pair[0] + 1..pair[1]).find(|n| !did.refused.contains(n));
            assert_eq!(missing, None, "what reaches one reaches all that are there: {told:?}");
        }
    }
}
