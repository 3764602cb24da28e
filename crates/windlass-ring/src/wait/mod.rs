//! Waiting: what a party does while it cannot go on.
//!
//! A strategy is a plan without state of its own: for each round of a wait it says what to do
//! next. One loop carries the plans out, looks for the condition between the rounds, and knows
//! about deadlines, closing and parking; so strategies cannot lose a wake-up.
//!
//! # Source
//!
//! The strategies and their names are the LMAX Disruptor's. A plan per round, and a parking that
//! cannot be got wrong by a strategy, are ours.

mod adaptive;
mod pacer;
mod spacing;
mod waiter;

use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

pub(crate) use pacer::{FIRST_LOOKS, Pacer};
pub use waiter::Waiter;

/// What to do before looking again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// So many spin-loop hints.
    Spin(u32),
    /// Let another thread run, if one is ready.
    Yield,
    /// Sleep for this long.
    Sleep(Duration),
    /// Sleep until there is something to look at.
    Park,
}

/// What a custom strategy may base its plan on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// The rounds of this wait so far.
    pub number: u32,
    /// Whether the ring has more threads than the process has cores.
    pub crowded: bool,
}

/// How a consumer or a producer waits.
///
/// | strategy | wakes after | burns a core | for |
/// |---|---|---|---|
/// | [`busy_spin`](Self::busy_spin) | tens of ns | always | a core of its own |
/// | [`yielding`](Self::yielding) | tens of ns | yes, but gives way | as many threads as cores |
/// | [`sleeping`](Self::sleeping) | up to its cap | hardly | logs, batches |
/// | [`blocking`](Self::blocking) | a wake-up by the system | never | long idle times |
/// | [`phased`](Self::phased) | grows with the idle time | for a while | bursts |
/// | [`adaptive`](Self::adaptive) | tens of ns, idle: a wake-up | for microseconds | the default |
///
/// A wait with a time limit ends before it only for what it waits for. It may end later: while it
/// spins it looks at the clock in every 64th round only (a round is one spin-loop hint and one look);
/// after a yield or a sleep, when the system gives the core back.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use windlass_ring::{Builder, Wait};
///
/// let (mut producer, ring) = Builder::new(1024, || 0_u64)
///     .stage("now").wait(Wait::busy_spin()).each(|_, _| {})
///     .stage("soon").wait(Wait::blocking()).each(|_, _| {})
///     .stage("later").wait(Wait::sleeping_up_to(Duration::from_millis(2))).each(|_, _| {})
///     .start()?;
/// producer.publish(|event| *event = 1)?;
/// drop(producer);
/// ring.wait_end()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Wait(Plan);

#[derive(Clone)]
enum Plan {
    BusySpin,
    Yielding,
    Sleeping { cap: Duration },
    Blocking,
    Phased { spin: Duration, yielding: Duration, then: Arc<Wait> },
    Adaptive { cores: Option<usize> },
    Custom(Arc<dyn Fn(Round) -> Pause + Send + Sync>),
}

/// Rounds that `yielding` and `sleeping` spin before they do what they are named for.
const FIRST_SPINS: u32 = if cfg!(loom) { 1 } else { 100 };

impl Wait {
    /// Spins without end: the lowest latency, for a thread with a core of its own.
    #[must_use]
    pub fn busy_spin() -> Self {
        Self(Plan::BusySpin)
    }

    /// Spins for a moment, then lets other threads run between looks.
    #[must_use]
    pub fn yielding() -> Self {
        Self(Plan::Yielding)
    }

    /// Spins, yields, then sleeps twice as long each time, up to a millisecond.
    #[must_use]
    pub fn sleeping() -> Self {
        Self::sleeping_up_to(Duration::from_millis(1))
    }

    /// As [`sleeping`](Self::sleeping), up to `cap`.
    #[must_use]
    pub fn sleeping_up_to(cap: Duration) -> Self {
        Self(Plan::Sleeping { cap })
    }

    /// Sleeps at once, until it is woken.
    #[must_use]
    pub fn blocking() -> Self {
        Self(Plan::Blocking)
    }

    /// Spins for `spin`, then yields for `yielding`, then does what `then` says.
    #[must_use]
    pub fn phased(spin: Duration, yielding: Duration, then: Self) -> Self {
        Self(Plan::Phased { spin, yielding, then: Arc::new(then) })
    }

    /// Whether it may sleep until it is woken. If not, it looks again and again by itself.
    #[must_use]
    pub fn parks(&self) -> bool {
        match &self.0 {
            Plan::BusySpin | Plan::Yielding | Plan::Sleeping { .. } => false,
            Plan::Blocking | Plan::Adaptive { .. } | Plan::Custom(_) => true,
            Plan::Phased { then, .. } => then.parks(),
        }
    }

    /// Spins while a core is to spare and the wait is short, gives way otherwise, and sleeps
    /// when nothing comes: the default.
    ///
    /// It spins for some tens of microseconds, about as long as a wake-up takes, and not at all
    /// in a ring that has more threads than the process has cores. While it spins it gives way now
    /// and then, since whom it waits for may share its core. All adaptive waits of the
    /// process together spin on no more threads than there are cores.
    #[must_use]
    pub fn adaptive() -> Self {
        Self(Plan::Adaptive { cores: None })
    }

    /// As [`adaptive`](Self::adaptive), for a process that may use so many cores; by itself it
    /// asks the system once.
    #[must_use]
    pub fn adaptive_on(cores: usize) -> Self {
        Self(Plan::Adaptive { cores: Some(cores) })
    }

    /// Does in each round what `plan` says.
    ///
    /// ```
    /// use windlass_ring::{Pause, Wait};
    ///
    /// let wait = Wait::custom(|round| match round.number {
    ///     0..50 => Pause::Spin(4),
    ///     50..60 => Pause::Yield,
    ///     _ => Pause::Park,
    /// });
    /// ```
    #[must_use]
    pub fn custom(plan: impl Fn(Round) -> Pause + Send + Sync + 'static) -> Self {
        Self(Plan::Custom(Arc::new(plan)))
    }
}

impl Default for Wait {
    /// [`Wait::adaptive`].
    fn default() -> Self {
        Self::adaptive()
    }
}

impl fmt::Debug for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Plan::BusySpin => f.write_str("BusySpin"),
            Plan::Yielding => f.write_str("Yielding"),
            Plan::Sleeping { cap } => f.debug_struct("Sleeping").field("cap", cap).finish(),
            Plan::Blocking => f.write_str("Blocking"),
            Plan::Phased { spin, yielding, then } => f
                .debug_struct("Phased")
                .field("spin", spin)
                .field("yielding", yielding)
                .field("then", then)
                .finish(),
            Plan::Adaptive { cores } => f.debug_struct("Adaptive").field("cores", cores).finish(),
            Plan::Custom(_) => f.write_str("Custom"),
        }
    }
}
