//! Two pools that feed each other by links with next to no room, on many schedules with faults.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::marker::PhantomData;
use std::time::Duration;

use windlass_pool::{
    Batch, Builder, Context, Faults, Init, Poison, Pool, PoolLink, QosLevel, Report, Restart,
    Sender, Shutdown, Simulation, Slot, Worker,
};
use windlass_sync::sync::{Arc, Mutex, lock};

const LONG: Duration = Duration::from_secs(3_600);
const KEYS: u64 = 5;
/// Clients outside of the pools have the numbers below.
const CLIENTS: u64 = 2;
const SEEDS: u64 = if cfg!(miri) { 4 } else { 4_000 };

/// A message: the `n`th of all; this client sent it for this key. It is sent on so often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Msg {
    client: u64,
    key: u64,
    n: u64,
    hops: u64,
}

thread_local! {
    static DID: RefCell<Did> = RefCell::default();
}

/// What was done, by side.
#[derive(Default)]
struct Did {
    /// By key, what was handled there.
    handled: [BTreeMap<u64, Vec<Msg>>; 2],
    /// What that pool and links to it accepted.
    accepted: [Vec<Msg>; 2],
    /// What came back from links to there.
    unsent: [Vec<Msg>; 2],
    /// Who sends, by worker: one that is built anew is still the same.
    clients: [HashMap<usize, u64>; 2],
    last_client: u64,
    last_n: u64,
    no_room: u64,
}

/// A message that was not there before.
fn message(client: u64, key: u64, hops: u64) -> Msg {
    DID.with_borrow_mut(|did| {
        did.last_n += 1;
        Msg { client, key, n: did.last_n, hops }
    })
}

/// One of the two pools.
trait Side: Sized + 'static {
    type Other: Side;
    const NUMBER: usize;

    fn door(table: &Table) -> &Mutex<Option<Sender<Player<Self>>>>;
}

struct Left;
struct Right;

impl Side for Left {
    type Other = Right;
    const NUMBER: usize = 0;

    fn door(table: &Table) -> &Mutex<Option<Sender<Player<Self>>>> {
        &table.left
    }
}

impl Side for Right {
    type Other = Left;
    const NUMBER: usize = 1;

    fn door(table: &Table) -> &Mutex<Option<Sender<Player<Self>>>> {
        &table.right
    }
}

/// What both know.
#[derive(Default)]
struct Table {
    left: Mutex<Option<Sender<Player<Left>>>>,
    right: Mutex<Option<Sender<Player<Right>>>>,
    outbox: usize,
    /// Who takes no more while there is no room.
    is_patient: [bool; 2],
}

type ToOther<S> = PoolLink<Player<<S as Side>::Other>>;

/// Sends to the other side what it gets, once or twice.
struct Player<S: Side> {
    client: u64,
    table: Arc<Table>,
    link: Option<ToOther<S>>,
    of: PhantomData<S>,
}

impl<S: Side> Player<S> {
    fn new(init: &Init, table: &Arc<Table>) -> Self {
        let client = DID.with_borrow_mut(|did| {
            if init.restarts == 0 {
                did.last_client += 1;
                did.clients[S::NUMBER].insert(init.worker, CLIENTS + did.last_client);
            }
            did.clients[S::NUMBER][&init.worker]
        });
        let table = Arc::clone(table);
        let mut this = Self { client, table, link: None, of: PhantomData };
        this.link = this.sender().map(|sender| this.wire(init.link(sender)));
        this
    }

    fn sender(&self) -> Option<Sender<Player<S::Other>>> {
        lock(S::Other::door(&self.table)).as_ref()?.try_clone().ok()
    }

    fn wire(&self, link: ToOther<S>) -> ToOther<S> {
        let to = S::Other::NUMBER;
        link.outbox(self.table.outbox)
            .on_unsent(move |message| DID.with_borrow_mut(|did| did.unsent[to].push(message)))
    }

    fn pass_on(&mut self, cx: &mut Context<'_, Self>, last: Msg) {
        if self.link.is_none() {
            self.link = self.sender().map(|sender| self.wire(cx.link(sender)));
        }
        let Some(link) = &mut self.link else { return };
        let times = if last.n.is_multiple_of(3) { 2 } else { 1 };
        for time in 0..times {
            let message = message(self.client, (last.key + last.n + time) % KEYS, last.hops - 1);
            let room = link.room();
            let sent = match message.n % 2 {
                0 => link.send(&message.key, message),
                _ => link.send_slot(Slot::of_key(&message.key), message),
            };
            match sent {
                Ok(()) => DID.with_borrow_mut(|did| did.accepted[S::Other::NUMBER].push(message)),
                Err(refused) => {
                    let is_full = refused.is_full();
                    assert_eq!(refused.into_inner(), message, "it comes back");
                    assert!(!is_full || room == 0, "it said that there is room");
                    DID.with_borrow_mut(|did| did.no_room += u64::from(is_full));
                }
            }
        }
    }
}

impl<S: Side> Worker for Player<S> {
    type Message = Msg;
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, cx: &mut Context<'_, Self>, message: Msg) {
        if 0 < message.hops {
            self.pass_on(cx, message);
        }
        DID.with_borrow_mut(|did| {
            did.handled[S::NUMBER].entry(message.key).or_default().push(message);
        });
    }

    fn on_batch(&mut self, cx: &mut Context<'_, Self>, batch: &mut Batch<'_, Self>) {
        let is_patient = self.table.is_patient[S::NUMBER];
        let may_take = |this: &Self| {
            !is_patient
                || this.link.as_ref().is_none_or(|link| this.table.outbox.min(2) <= link.room())
        };
        while may_take(self)
            && let Some(message) = batch.next()
        {
            self.on_message(cx, message);
        }
    }

    fn keep(message: &Msg) -> Option<Msg> {
        Some(*message)
    }
}

fn chosen<const N: usize, T: Copy>(sim: &Simulation, of: [T; N]) -> T {
    of[usize::try_from(sim.below(N as u64)).unwrap()]
}

fn small(sim: &Simulation, most: u64) -> usize {
    usize::try_from(1 + sim.below(most)).unwrap()
}

fn pool<S: Side>(sim: &Simulation, table: &Arc<Table>) -> Pool<Player<S>> {
    let for_workers = Arc::clone(table);
    let builder: Builder<Player<S>> =
        Pool::builder(move |init| Player::new(init, &for_workers)).simulate(sim);
    let restart = match sim.below(4) {
        0 => Restart::on_panic().max(1, LONG),
        _ => Restart::on_panic().max(1_000, LONG),
    };
    let builder =
        builder.restart(restart).poison(chosen(sim, [Poison::DeadLetter, Poison::Retry(2)]));
    let builder = builder.workers(small(sim, 3)).max_workers(3).senders(64).dead_letters(1 << 16);
    let builder = builder.mailbox(QosLevel::Guaranteed, small(sim, 3)).batch(small(sim, 4));
    let pool = builder.build().unwrap();
    *lock(S::door(table)) = Some(pool.sender().unwrap());
    pool
}

/// Sends to one side, and does not wait for long.
fn client<S: Side>(sim: &Simulation, number: u64, pool: &Pool<Player<S>>) {
    let mut tx = pool.sender().unwrap();
    let (sends, chance) = (sim.below(30), sim.below(1_000));
    sim.spawn(async move {
        for at in 0..sends {
            Simulation::turn().await;
            let key = (chance + at * at) % KEYS;
            let message = message(number, key, (chance + at) % 6);
            if tx.try_send(&key, message).is_ok() {
                DID.with_borrow_mut(|did| did.accepted[S::NUMBER].push(message));
            }
        }
    });
}

/// Something that an operator does; each may be refused or not done in time.
fn operate<S: Side>(sim: &Simulation, pool: &Pool<Player<S>>) {
    let (worker, wait) = (small(sim, 3) - 1, Duration::from_micros(sim.below(2_000)));
    match sim.below(6) {
        0 => drop(pool.resize(worker + 1, wait)),
        1 => drop(pool.move_slot(Slot::of_key(&sim.below(KEYS)).index(), worker, wait)),
        2 => drop(pool.restart(worker)),
        3 => drop(pool.pause(worker)),
        4 => (0..3).for_each(|worker| drop(pool.resume(worker))),
        _ => sim.advance(wait),
    }
}

fn end<S: Side>(sim: &Simulation, pool: Pool<Player<S>>) -> Report<Msg> {
    let how = match sim.below(4) {
        0 => Shutdown::drain().then_abort(),
        1 => Shutdown::drain_for(Duration::from_micros(sim.below(500))),
        _ => Shutdown::drain(),
    };
    pool.shutdown(how.abort_wait(LONG))
}

fn check(side: usize, report: &Report<Msg>, other: &Report<Msg>, did: &Did) {
    assert!(report.is_balanced(), "{report:?}");
    assert_eq!(report.stragglers, [0_usize; 0], "all ended");
    assert_eq!(other.unsent, did.unsent[side].len() as u64, "each is told and counted");
    let handled = did.handled[side].values().flatten().copied();
    let dead = report.dead_letters.iter().map(|letter| letter.message.unwrap());
    let places = handled.chain(dead).chain(report.undelivered.iter().copied());
    let mut places: Vec<Msg> = places.chain(did.unsent[side].iter().copied()).collect();
    let mut accepted = did.accepted[side].clone();
    places.sort_unstable();
    accepted.sort_unstable();
    assert_eq!(places, accepted, "what was accepted is in one place, with what is unsent");
    for (key, messages) in &did.handled[side] {
        let mut last: HashMap<u64, u64> = HashMap::new();
        for message in messages {
            let before = last.insert(message.client, message.n);
            assert!(before.is_none_or(|before| before < message.n), "key {key}: {messages:?}");
        }
    }
}

/// Returns how many came by links, and how often one had no room.
fn scenario(sim: &Simulation) -> (u64, u64) {
    let panics = chosen(sim, [0.0, 2.0, 20.0]);
    let builds = chosen(sim, [0.0, 0.0, 0.0, 30.0]);
    let faults = Faults::none().panics(panics).failing_builds(builds);
    sim.faults(faults.delays(10.0, Duration::from_millis(1)));
    let is_patient = [sim.below(2) == 0, sim.below(2) == 0];
    let table = Arc::new(Table { outbox: small(sim, 4), is_patient, ..Table::default() });
    let (left, right) = (pool::<Left>(sim, &table), pool::<Right>(sim, &table));
    client(sim, 0, &left);
    client(sim, 1, &right);
    for _ in 0..sim.below(12) {
        sim.yield_now();
        if sim.below(2) == 0 { operate(sim, &left) } else { operate(sim, &right) }
    }
    // One that is paused would hold up the end of the other pool.
    for worker in 0..3 {
        let _they_may_be_gone = (left.resume(worker), right.resume(worker));
    }
    let (left, right) = (end(sim, left), end(sim, right));
    // Clients that are still there are refused.
    sim.run();
    (*lock(&table.left), *lock(&table.right)) = (None, None);
    let did = DID.take();
    check(0, &left, &right, &did);
    check(1, &right, &left, &did);
    let by_links = did.accepted.iter().flatten().filter(|message| CLIENTS <= message.client);
    (by_links.count() as u64, did.no_room)
}

#[test]
fn pools_that_feed_each_other_keep_the_promises_on_every_schedule() {
    // Each thread has simulations of its own.
    let part = |from: u64| {
        move || {
            let sums = Cell::new((0, 0));
            Simulation::for_each(from..from + SEEDS / 2, |sim| {
                let ((by_links, no_room), sum) = (scenario(sim), sums.get());
                sums.set((sum.0 + by_links, sum.1 + no_room));
            });
            sums.get()
        }
    };
    let second = windlass_sync::thread::spawn(part(SEEDS / 2));
    let first = part(0)();
    let second = second.join().unwrap();
    let (by_links, no_room) = (first.0 + second.0, first.1 + second.1);
    // A seed that runs alone may be one without.
    if std::env::var_os("WINDLASS_SEED").is_none() {
        assert!(SEEDS < by_links && 0 < no_room, "they were used, and full: {by_links}, {no_room}");
    }
}
