//! Pools on one thread, by a schedule that comes out of a seed.

mod faults;
mod schedule;
mod task;

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::fmt;
use core::future::{Future, poll_fn};
use core::mem::replace;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;

use windlass_sync::Deadline;

pub use faults::Faults;
pub(crate) use schedule::here;
use schedule::{Schedule, Went};
use task::Spawned;
pub(crate) use task::{Task, Turn};

/// Runs pools on one thread, with a clock of its own and a schedule that is chosen by a seed.
///
/// The workers are the same, and so are the pool and its senders; but there are no threads. Whenever
/// somebody would wait, or the test says so, others take turns, and who is next is drawn from the seed. The same seed
/// gives the same run: what fails once fails again, as often as it takes to understand it. Ten thousand
/// seeds find what a year of stress tests does not: a worker that is held up just between two steps of a
/// resize, say.
///
/// Time goes by with each turn, and leaps when nobody has anything to do: a simulation of an hour of ticks
/// takes moments. [`Faults`] let workers panic, hold them up, and let them fail when they are built anew.
///
/// It belongs to the thread that made it, and so do the pools and senders in it; one at a time. When it is
/// dropped, the workers in it are dropped where they stand.
///
/// What it does not show is what threads do to memory: within a turn nobody else runs. That part is proved by
/// models.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use windlass_pool::{Faults, Pool, Shutdown, Simulation};
///
/// Simulation::for_each(0..20, |sim| {
///     sim.faults(Faults::none().panics(2.0).delays(10.0, Duration::from_millis(5)));
///     let pool = Pool::each(|_| |_: u64| {}).workers(3).simulate(sim).build().unwrap();
///     let mut tx = pool.sender().unwrap();
///     for n in 0..100 {
///         tx.send(&n, n).unwrap();
///         sim.yield_now();
///         if n == 50 {
///             pool.resize(2, Duration::from_secs(60)).unwrap();
///         }
///     }
///     let report = pool.shutdown(Shutdown::drain());
///     assert!(report.is_balanced());
/// });
/// ```
///
/// # Source
///
/// Deterministic simulation, as databases are tested: `FoundationDB` and `madsim` in `docs/references.md`.
pub struct Simulation {
    schedule: Rc<Schedule>,
}

/// Turns that others take at most while one yields.
const YIELDED: u64 = 6;

/// The variable that names one seed to run.
const SEED: &str = "WINDLASS_SEED";

impl Simulation {
    /// Begins the simulation of this thread.
    ///
    /// # Panics
    ///
    /// If this thread has one already.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let schedule = Rc::new(Schedule::new(seed));
        assert!(schedule.settle_here(), "this thread has a simulation already: drop that first");
        Self { schedule }
    }

    /// Runs a scenario with each of these seeds. If it panics, the seed is told on standard error; with the
    /// variable `WINDLASS_SEED` set to that, it alone runs.
    ///
    /// # Panics
    ///
    /// As the scenario; and if the variable is not a number.
    pub fn for_each(seeds: impl IntoIterator<Item = u64>, scenario: impl Fn(&Self)) {
        if let Ok(seed) = std::env::var(SEED) {
            let seed = seed.parse();
            return scenario(&Self::new(seed.expect("WINDLASS_SEED is a number")));
        }
        for seed in seeds {
            scenario(&Self::new(seed));
        }
    }

    /// Lets things go wrong from now on.
    pub fn faults(&self, faults: Faults) {
        self.schedule.set_faults(faults);
    }

    /// Panics behind so many turns: something goes round in circles. Twenty million by default.
    pub fn most_turns(&self, turns: u64) {
        self.schedule.set_most_turns(turns);
    }

    /// Lets a future take turns with the others, as a sender of its own, say; see [`turn`](Self::turn).
    ///
    /// It should await, and not wait: whoever waits within a turn of somebody else goes on before that one.
    pub fn spawn(&self, future: impl Future<Output = ()> + 'static) {
        self.schedule.add(Box::new(Spawned::new(future)));
    }

    /// Ends the turn of a future; it goes on with a later one.
    pub fn turn() -> impl Future<Output = ()> {
        let mut has_yielded = false;
        poll_fn(move |cx| {
            if replace(&mut has_yielded, true) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
    }

    /// Lets others take turns, as many as the seed wants; none perhaps.
    pub fn yield_now(&self) {
        for _ in 0..self.schedule.below(YIELDED) {
            if !self.schedule.take_turn() {
                return;
            }
        }
    }

    /// Goes on until nobody can do anything before a later moment, or before something comes. Time goes by
    /// for those that faults hold up.
    pub fn run(&self) {
        loop {
            if self.schedule.take_turn() {
                continue;
            }
            let Some(until) = self.schedule.held_up_until() else { return };
            let _it_is_later = self.schedule.go_on(Some(until));
        }
    }

    /// Lets so much time go by, and everything happen that is due meanwhile.
    pub fn advance(&self, time: Duration) {
        let Some(until) = self.schedule.now().checked_add(time) else { return };
        while self.schedule.now() < until {
            if self.schedule.go_on(Some(until)) == Went::Nowhere {
                return;
            }
        }
    }

    /// Polls a future, and lets others take turns in between, until it is ready.
    ///
    /// # Panics
    ///
    /// If it waits for what cannot come.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return output;
            }
            self.schedule.go_on_for(Deadline::never());
        }
    }

    /// A number below `n` out of the seed, for what the scenario itself leaves to chance; 0 if `n` is.
    #[must_use]
    pub fn below(&self, n: u64) -> u64 {
        if n == 0 { 0 } else { self.schedule.below(n) }
    }

    /// The deadline so far from now, by the time of the simulation: for
    /// [`Sender::send_deadline`](crate::Sender::send_deadline) and its kin.
    #[must_use]
    pub fn deadline(&self, wait: Duration) -> Deadline {
        self.schedule.now().checked_add(wait).map_or_else(Deadline::never, Deadline::at)
    }

    /// The time that has gone by.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.schedule.elapsed()
    }

    /// How many turns were taken.
    #[must_use]
    pub fn turns(&self) -> u64 {
        self.schedule.turns()
    }

    /// A digest of all turns so far and of their times: two runs with the same one did the same.
    #[must_use]
    pub fn trace(&self) -> u64 {
        self.schedule.trace()
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.schedule.seed()
    }

    pub(crate) fn started(&self) -> std::time::Instant {
        self.schedule.now()
    }
}

impl Drop for Simulation {
    #[expect(clippy::print_stderr, reason = "whoever sees the panic needs the seed")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let (seed, turns) = (self.seed(), self.turns());
            std::eprintln!(
                "simulation {seed} failed behind {turns} turns; {SEED}={seed} runs it alone"
            );
        }
        self.schedule.leave();
    }
}

impl fmt::Debug for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulation")
            .field("seed", &self.seed())
            .field("turns", &self.turns())
            .field("elapsed", &self.elapsed())
            .finish_non_exhaustive()
    }
}
