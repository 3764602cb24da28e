//! A worker that does what its messages say, and tells what it did.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use windlass_pool::{
    Arrived, Builder, ChangeError, Context, Init, Pool, QosLevel, Report, Slot, Snapshot,
    StopReason, Worker,
};
use windlass_sync::atomic::{AtomicU32, Ordering};
use windlass_sync::sync::Arc;

/// Far longer than anything takes; a test that runs into it has failed.
pub(crate) const LONG: Duration = Duration::from_secs(60);
/// For what is expected not to happen in time.
pub(crate) const SHORT: Duration = Duration::from_millis(5);

/// What a worker is sent.
pub(crate) struct Msg {
    pub(crate) n: u64,
    pub(crate) act: Act,
}

pub(crate) enum Act {
    Note,
    Panic,
    /// Panics so often, then is noted.
    PanicTimes(Arc<AtomicU32>),
    Stop,
    Gate(Gate),
    /// Sends the number on, so often, to a worker.
    Pass(usize, u32),
    /// Panics when it is dropped.
    Bomb(Bomb),
}

pub(crate) fn note(n: u64) -> Msg {
    Msg { n, act: Act::Note }
}

pub(crate) fn panics(n: u64) -> Msg {
    Msg { n, act: Act::Panic }
}

/// Goes off when it is dropped and was not made safe before.
pub(crate) struct Bomb(pub(crate) bool);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.0 && !std::thread::panicking() {
            panic!("a message whose drop panics");
        }
    }
}

/// Holds a worker up inside of a handler.
pub(crate) struct Gate {
    entered: Sender<()>,
    go: Receiver<()>,
}

impl Gate {
    pub(crate) fn pass(&self) {
        self.entered.send(()).unwrap();
        let _also_if_the_key_is_gone = self.go.recv();
    }
}

pub(crate) struct GateKey {
    entered: Receiver<()>,
    go: Sender<()>,
}

impl GateKey {
    pub(crate) fn wait_until_entered(&self) {
        self.entered.recv_timeout(LONG).unwrap();
    }

    /// Waits until the message with the gate is gone, which nobody entered.
    pub(crate) fn wait_until_dropped(&self) {
        assert_eq!(
            self.entered.recv_timeout(LONG),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected),
            "it is gone"
        );
    }

    pub(crate) fn open(&self) {
        self.go.send(()).unwrap();
    }
}

pub(crate) fn gate() -> (Gate, GateKey) {
    let ((entered, has_entered), (go, may_go)) = (channel(), channel());
    (Gate { entered, go: may_go }, GateKey { entered: has_entered, go })
}

pub(crate) fn gated(n: u64) -> (Msg, GateKey) {
    let (gate, key) = gate();
    (Msg { n, act: Act::Gate(gate) }, key)
}

/// Holds up whoever has the key `n`, inside of a handler, until the key that comes back opens.
pub(crate) fn hold_up(tx: &mut windlass_pool::Sender<Actor>, n: u64) -> GateKey {
    let (message, key) = gated(n);
    tx.send(&n, message).unwrap();
    key.wait_until_entered();
    key
}

/// The same for a worker.
pub(crate) fn hold_up_worker(
    tx: &mut windlass_pool::Sender<Actor>,
    worker: usize,
    n: u64,
) -> GateKey {
    let (message, key) = gated(n);
    tx.send_to(worker, message).unwrap();
    key.wait_until_entered();
    key
}

/// What a worker did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Did {
    Built(u64),
    Note(u64),
    Told(u64),
    Tick,
    Idle,
    Out(usize),
    In(usize, Arrived<u64>),
    Stopped(StopReason),
    Dropped,
}

pub(crate) struct Actor {
    worker: usize,
    tell: Sender<(usize, Did)>,
    /// By slot, how many messages were noted.
    slots: Vec<u64>,
    /// Whether ticks and idle moments are told.
    tells_all: bool,
}

impl Actor {
    fn tell(&self, did: Did) {
        // The test may have seen enough.
        drop(self.tell.send((self.worker, did)));
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        self.tell(Did::Dropped);
    }
}

pub(crate) fn slot_of(n: u64) -> usize {
    Slot::of(&n, windlass_partition::DEFAULT_SEED).index()
}

/// A control message of `u64::MAX` makes a worker panic.
pub(crate) const BAD_NEWS: u64 = u64::MAX;

impl Worker for Actor {
    type Message = Msg;
    type Control = u64;
    type Slot = u64;

    fn on_message(&mut self, cx: &mut Context<'_, Self>, message: Msg) {
        let Msg { n, act } = message;
        match act {
            Act::Note => {}
            Act::Panic => panic!("as it was told"),
            Act::PanicTimes(times) => {
                let left = times.load(Ordering::Relaxed);
                if 0 < left {
                    times.store(left - 1, Ordering::Relaxed);
                    panic!("as it was told");
                }
            }
            Act::Stop => cx.stop(),
            Act::Gate(gate) => gate.pass(),
            Act::Pass(to, times) => {
                if 0 < times {
                    let act = Act::Pass(cx.worker(), times - 1);
                    drop(cx.send_to(to, Msg { n, act }));
                }
            }
            Act::Bomb(mut bomb) => bomb.0 = false,
        }
        self.slots[slot_of(n)] += 1;
        self.tell(Did::Note(n));
    }

    fn on_control(&mut self, _: &mut Context<'_, Self>, n: u64) {
        assert!(n != BAD_NEWS, "as it was told");
        self.tell(Did::Told(n));
    }

    fn on_tick(&mut self, _: &mut Context<'_, Self>) {
        if self.tells_all {
            self.tell(Did::Tick);
        }
    }

    fn on_idle(&mut self, _: &mut Context<'_, Self>) {
        if self.tells_all {
            self.tell(Did::Idle);
        }
    }

    fn slot_out(&mut self, slot: Slot) -> Option<u64> {
        let count = std::mem::take(&mut self.slots[slot.index()]);
        self.tell(Did::Out(slot.index()));
        (count != 0).then_some(count)
    }

    fn slot_in(&mut self, slot: Slot, state: Arrived<u64>) {
        if let Arrived::State(count) = &state {
            self.slots[slot.index()] = *count;
        }
        self.tell(Did::In(slot.index(), state));
    }

    fn keep(message: &Msg) -> Option<Msg> {
        let act = match &message.act {
            Act::Note => Act::Note,
            Act::Panic => Act::Panic,
            Act::PanicTimes(times) => Act::PanicTimes(Arc::clone(times)),
            _ => return None,
        };
        Some(Msg { n: message.n, act })
    }

    fn on_stop(self, reason: StopReason) {
        self.tell(Did::Stopped(reason));
    }
}

impl Snapshot for Actor {
    fn slot_copy(&self, slot: Slot) -> Option<u64> {
        let count = self.slots[slot.index()];
        (count != 0).then_some(count)
    }
}

/// What workers did, as a test reads it.
pub(crate) struct Seen {
    rx: Receiver<(usize, Did)>,
    pub(crate) all: Vec<(usize, Did)>,
}

impl Seen {
    /// Reads on until a worker did something.
    pub(crate) fn until(&mut self, wanted: impl Fn(usize, &Did) -> bool) {
        loop {
            let (worker, did) = self.rx.recv_timeout(LONG).expect("it was to come");
            self.all.push((worker, did.clone()));
            if wanted(worker, &did) {
                return;
            }
        }
    }

    /// Reads until all workers and the pool are gone.
    pub(crate) fn until_the_end(&mut self) {
        while let Ok(did) = self.rx.recv_timeout(LONG) {
            self.all.push(did);
        }
        assert!(self.rx.recv().is_err(), "nobody is there to tell more");
    }

    /// Reads what is there.
    pub(crate) fn now(&mut self) {
        self.all.extend(self.rx.try_iter());
    }

    /// The numbers noted by one worker, in order.
    pub(crate) fn notes_of(&self, worker: usize) -> Vec<u64> {
        let note = |(who, did): &(usize, Did)| match did {
            Did::Note(n) if *who == worker => Some(*n),
            _ => None,
        };
        self.all.iter().filter_map(note).collect()
    }

    /// All numbers that were noted, sorted.
    pub(crate) fn notes(&self) -> Vec<u64> {
        let note = |(_, did): &(usize, Did)| if let Did::Note(n) = did { Some(*n) } else { None };
        let mut notes: Vec<u64> = self.all.iter().filter_map(note).collect();
        notes.sort_unstable();
        notes
    }

    /// What one worker was told, in order.
    pub(crate) fn told(&self, worker: usize) -> Vec<u64> {
        let told = |(who, did): &(usize, Did)| match did {
            Did::Told(n) if *who == worker => Some(*n),
            _ => None,
        };
        self.all.iter().filter_map(told).collect()
    }

    pub(crate) fn count(&self, wanted: impl Fn(&Did) -> bool) -> usize {
        self.all.iter().filter(|(_, did)| wanted(did)).count()
    }
}

pub(crate) fn actors_by(
    allow: impl Fn(&Init) -> Result<(), String> + Send + Sync + 'static,
    tells_all: bool,
) -> (Builder<Actor>, Seen) {
    let (tell, rx) = channel();
    let builder = Pool::try_builder(move |init| {
        allow(init)?;
        let (worker, tell) = (init.worker, tell.clone());
        let actor = Actor { worker, tell, slots: vec![0; 4096], tells_all };
        actor.tell(Did::Built(init.restarts));
        Ok::<_, String>(actor)
    });
    (builder, Seen { rx, all: Vec::new() })
}

pub(crate) fn actors() -> (Builder<Actor>, Seen) {
    actors_by(|_| Ok(()), false)
}

/// Waits until nobody but this worker holds a change up: whatever has to come before it, has come.
pub(crate) fn until_only_held_up_by(pool: &Pool<Actor>, worker: usize) {
    let only = Err(ChangeError::Timeout { waiting_for: vec![worker] });
    while pool.settle(SHORT) != only {
        windlass_sync::thread::yield_now();
    }
}

/// A number whose slot this worker has, if there are so many and none was ever moved.
pub(crate) fn a_key_of(worker: usize, workers: usize) -> u64 {
    let members = windlass_partition::Members::count(workers).unwrap();
    let table = windlass_partition::SlotTable::new(&members).unwrap();
    (0..).find(|n| usize::from(table.owners()[slot_of(*n)]) == worker).unwrap()
}

pub(crate) fn balanced(report: &Report<Msg>) {
    assert!(report.is_balanced(), "{report:?}");
}

pub(crate) const LEVELS: [QosLevel; 4] =
    [QosLevel::BestEffort, QosLevel::Reliable, QosLevel::Guaranteed, QosLevel::RealTime];
