//! Which worker gets a message: by its key, or by one of the rules for messages without a key.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use windlass_pool::{Context as Desk, Init, Pool, QosLevel, Sender, Shutdown, Spread, Worker};

use super::seat::{Delays, Seat, Watch};
use super::wait::CORES;
use crate::board::Board;
use crate::case::{Case, Failure, Load, Reading, Run, Sample, Size, case, run};
use crate::course::join;
use crate::cpu;
use crate::payload::expected_sum;
use crate::pin;
use crate::ring::contenders::BOTH_ENDS;
use crate::ring::scenarios::NS_PER_MSG;
use crate::setup::Setup;
use crate::suite::Context;

const CAPACITY: usize = 1024;

const WORKERS: usize = 4;

/// How messages go to workers.
#[derive(Clone, Copy, Debug)]
struct Mode {
    /// The name in the results.
    name: &'static str,
    /// How they go there.
    note: &'static str,
    /// Whether each message has a key; otherwise it is for any worker.
    keyed: bool,
    /// The rule for those without.
    spread: Spread,
}

/// All of them. Another mode is another line.
const MODES: [Mode; 5] = [
    Mode {
        name: "windlass_keyed",
        note: "send, 1024 keys",
        keyed: true,
        spread: Spread::RoundRobin,
    },
    Mode {
        name: "windlass_round_robin",
        note: "send_any, Spread::RoundRobin",
        keyed: false,
        spread: Spread::RoundRobin,
    },
    Mode {
        name: "windlass_emptier",
        note: "send_any, Spread::Emptier",
        keyed: false,
        spread: Spread::Emptier,
    },
    Mode {
        name: "windlass_sticky",
        note: "send_any, Spread::Sticky(64)",
        keyed: false,
        spread: Spread::Sticky(64),
    },
    Mode {
        name: "windlass_shared",
        note: "send_any, Spread::Shared(16)",
        keyed: false,
        spread: Spread::Shared(16),
    },
];

/// What most messages of the uneven case need.
const LIGHT: Duration = Duration::from_micros(1);

/// What every 32nd message needs, by chance.
const HEAVY: Duration = Duration::from_micros(200);

/// One message out of so many is heavy.
const ONE_IN: u64 = 32;

/// The share of what the workers' cores can do that is asked of them.
const LOAD: f64 = 0.6;

pub(super) fn cases(context: &Context) -> Vec<Case> {
    let setup = Setup::new(&context.cores, 1, WORKERS, CAPACITY);
    let about = format!("one sender, {WORKERS} workers, default waits; {}", setup.note());
    let even = format!("{about}; payload 24 B; as fast as they can; a worker only counts");
    let mut even = case("strategies/pool/4_workers/even", even, runs(&setup, even_round));
    even.suffixes = &["", "/cpu"];
    let gap = gap(context.cores.count());
    let uneven = format!(
        "{about}; payload 24 B; a message each {:.1} µs, from when it was due until it was handled; a \
         message needs {} µs, one in {ONE_IN} {} µs",
        gap.as_secs_f64() * 1e6,
        LIGHT.as_micros(),
        HEAVY.as_micros()
    );
    let round = move |mode, setup: &Setup, load: &Load| uneven_round(mode, setup, load, gap);
    let mut uneven = case("strategies/pool/4_workers/uneven", uneven, runs(&setup, round));
    uneven.suffixes = &["_p50", "_p99", "/imbalance", "/cpu"];
    uneven.size = Size::Timed;
    uneven.weight = 3;
    vec![even, uneven]
}

/// The gap that asks [`LOAD`] of the cores that the sender leaves.
fn gap(cores: usize) -> Duration {
    let mean = LIGHT + (HEAVY - LIGHT) / u32::try_from(ONE_IN).unwrap_or(u32::MAX);
    let free = cores.saturating_sub(1).clamp(1, WORKERS);
    mean.div_f64(LOAD * free as f64)
}

fn runs(
    setup: &Setup,
    round: impl Fn(Mode, &Setup, &Load) -> Result<Sample, Failure> + Clone + 'static,
) -> Vec<Run> {
    let one = |mode: Mode| {
        let (setup, round) = (setup.clone(), round.clone());
        run(mode.name, mode.note, move |load: &Load| round(mode, &setup, load))
    };
    MODES.map(one).into()
}

/// A message: its number, when it was due, and how long it takes, in nanoseconds.
struct Told {
    number: u64,
    due: u64,
    work: u64,
}

/// A worker that has a seat, and notes how long it was busy.
struct Seated {
    seat: Seat,
    watch: Watch,
    busy: Arc<[AtomicU64]>,
    at: usize,
}

impl Worker for Seated {
    type Message = Told;
    type Control = ();
    type Slot = ();

    #[inline]
    fn on_message(&mut self, _: &mut Desk<'_, Self>, told: Told) {
        if told.work > 0 {
            let start = self.watch.now();
            while self.watch.now() < start + told.work {}
            self.busy[self.at].fetch_add(told.work, Ordering::Relaxed);
        }
        self.seat.see(told.number, told.due);
    }
}

/// A pool, and what its workers write on.
struct Office {
    pool: Pool<Seated>,
    board: Arc<Board>,
    delays: Delays,
    busy: Arc<[AtomicU64]>,
    watch: Watch,
}

impl Office {
    fn open(mode: Mode, setup: &Setup, timed: bool) -> Result<Self, Failure> {
        let board = Board::new(WORKERS);
        let delays = Delays::new(WORKERS);
        let busy: Arc<[AtomicU64]> = (0..WORKERS).map(|_| AtomicU64::new(0)).collect();
        let watch = Watch::start();
        let seat = |at| match timed {
            true => Seat::timing(&board, at, &delays, &watch),
            false => Seat::counting(&board, at),
        };
        let seats: Vec<_> = (0..WORKERS).map(|at| Mutex::new(Some(seat(at)))).collect();
        let (its_watch, its_busy) = (watch.clone(), Arc::clone(&busy));
        let pool = Pool::builder(move |init: &Init| {
            let at = init.worker;
            let mut seat = seats[at].lock().unwrap_or_else(PoisonError::into_inner);
            let seat = seat.take().expect("each worker is built once");
            Seated { seat, watch: its_watch.clone(), busy: Arc::clone(&its_busy), at }
        });
        let pool = pool.workers(WORKERS).mailbox(QosLevel::Guaranteed, setup.capacity);
        let pool = pool.spread(mode.spread).build();
        let pool = pool.map_err(|error| Failure::NoThread(error.to_string()))?;
        Ok(Self { pool, board, delays, busy, watch })
    }

    /// Checks the sums, and ends the workers so that they are in nobody else's figures.
    fn close(self, sent: u64) -> Result<(), Failure> {
        let report = self.pool.shutdown(Shutdown::drain());
        if !report.is_balanced() {
            return Err(Failure::Panicked("pool, whose report is not balanced,".to_owned()));
        }
        self.board.check(sent, expected_sum::<u64>(sent), false)
    }
}

#[inline]
fn tell(tx: &mut Sender<Seated>, mode: Mode, told: Told) {
    let told = if mode.keyed { tx.send(&key(told.number), told) } else { tx.send_any(told) };
    assert!(told.is_ok(), "{BOTH_ENDS}");
}

/// One of 1024 keys, each about as often as any other, in no plain order.
#[inline]
fn key(number: u64) -> u64 {
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54
}

/// How long a message takes; nothing to do with its key.
fn work(number: u64) -> u64 {
    let chance = xxhash_rust::xxh3::xxh3_64(&number.to_le_bytes());
    nanos(if chance.is_multiple_of(ONE_IN) { HEAVY } else { LIGHT })
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn even_round(mode: Mode, setup: &Setup, load: &Load) -> Result<Sample, Failure> {
    let office = Office::open(mode, setup, false)?;
    let warm = (CAPACITY * WORKERS) as u64;
    let total = warm + load.count;
    let relax = setup.relax();
    let timed = with_sender(&office, setup, move |mut tx, board, _| {
        let plain = |number| Told { number, due: 0, work: 0 };
        (0..warm).for_each(|number| tell(&mut tx, mode, plain(number)));
        board.wait(warm, relax);
        let (start, used) = (Instant::now(), cpu::of_process());
        (warm..total).for_each(|number| tell(&mut tx, mode, plain(number)));
        board.wait(total, relax);
        (start.elapsed(), cpu::of_process().saturating_sub(used))
    });
    let (wall, used) = timed?;
    office.close(total)?;
    let each = |time: Duration| time.as_secs_f64() * 1e9 / load.count as f64;
    let readings = vec![
        Reading { suffix: "", unit: NS_PER_MSG, value: each(wall) },
        Reading { suffix: "/cpu", unit: "cpu_ns_per_msg", value: each(used) },
    ];
    Ok(Sample { readings, wall, messages: load.count })
}

fn uneven_round(mode: Mode, setup: &Setup, load: &Load, gap: Duration) -> Result<Sample, Failure> {
    let office = Office::open(mode, setup, true)?;
    let gap = nanos(gap).max(1);
    let count = (nanos(load.slice) / gap).max(500);
    let relax = setup.relax();
    let timed = with_sender(&office, setup, move |mut tx, board, watch| {
        let (start, used) = (Instant::now(), cpu::of_process());
        let own = cpu::of_this_thread();
        let first = watch.now();
        for number in 0..count {
            let due = first + number * gap;
            while watch.now() < due {
                relax.pause();
            }
            tell(&mut tx, mode, Told { number, due, work: work(number) });
        }
        board.wait(count, relax);
        let own = cpu::of_this_thread().saturating_sub(own);
        (start.elapsed(), cpu::of_process().saturating_sub(used).saturating_sub(own))
    });
    let (wall, used) = timed?;
    let delays = office.delays.all();
    let busy: Vec<u64> = office.busy.iter().map(|one| one.load(Ordering::Relaxed)).collect();
    office.close(count)?;
    let at = |suffix, quantile| {
        let value = delays.value_at_quantile(quantile) as f64;
        Reading { suffix, unit: "ns", value }
    };
    let mean = busy.iter().sum::<u64>() as f64 / WORKERS as f64;
    let most = busy.iter().copied().max().unwrap_or_default() as f64;
    let readings = vec![
        at("_p50", 0.5),
        at("_p99", 0.99),
        Reading { suffix: "/imbalance", unit: "max_by_mean", value: most / mean.max(1.0) },
        Reading { suffix: "/cpu", unit: CORES, value: used.as_secs_f64() / wall.as_secs_f64() },
    ];
    Ok(Sample { readings, wall, messages: count })
}

/// Runs `body` on the sender's thread.
fn with_sender<T: Send + 'static>(
    office: &Office,
    setup: &Setup,
    body: impl FnOnce(Sender<Seated>, &Board, &Watch) -> T + Send + 'static,
) -> Result<T, Failure> {
    let tx = office.pool.sender().map_err(|error| Failure::NoThread(error.to_string()))?;
    let (board, watch) = (Arc::clone(&office.board), office.watch.clone());
    let sender = pin::spawn("sender", setup.core(0), move || body(tx, &board, &watch));
    let sender = sender.map_err(|error| Failure::NoThread(error.to_string()))?;
    join(vec![("sender", sender)])?.pop().ok_or_else(|| Failure::Panicked("sender".to_owned()))
}
