//! Whether a worker that panicked starts again, and when.
//!
//! The budget is the worker's own: with one for all, a single broken worker would use it up and the
//! next panic of a healthy one would be its last.

use crate::{nanos::nanos, random::Random, recent::Recent};
use core::{fmt, ops::Range, time::Duration};

/// The most restarts that [`Restart::max`] can count: each costs 8 bytes for each worker.
const MAX_RESTARTS: usize = 4096;

/// What happens to a worker that panicked.
///
/// A policy is checked when the pool is built.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use windlass_pool::Restart;
///
/// let second = Duration::from_secs(1);
/// let patient = Restart::on_panic().max(3, 60 * second).backoff(second / 100..second);
/// assert_ne!(patient, Restart::never());
/// ```
///
/// # Source
///
/// `otp-supervisor` and `backoff-jitter` in `docs/references.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restart {
    /// None for a worker that never starts again.
    rules: Option<Rules>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rules {
    max: usize,
    window: Duration,
    backoff: Range<Duration>,
    quiet: Duration,
}

impl Default for Restart {
    /// As [`Restart::on_panic`].
    fn default() -> Self {
        Self::on_panic()
    }
}

impl Restart {
    /// Starts the worker again, at most 10 times in 60 seconds, after 10 milliseconds at first and 5
    /// seconds at most, forgiven after 60 quiet seconds.
    #[must_use]
    pub fn on_panic() -> Self {
        let second = Duration::from_secs(1);
        let backoff = second / 100..5 * second;
        let rules = Rules { max: 10, window: 60 * second, backoff, quiet: 60 * second };
        Self { rules: Some(rules) }
    }

    /// Never starts a worker again: the first panic is its last.
    #[must_use]
    pub fn never() -> Self {
        Self { rules: None }
    }

    /// Starts a worker again at most `n` times within any `window`; one panic more and it stays dead.
    ///
    /// Each worker has this budget for itself. Has no effect on [`Restart::never`].
    #[must_use]
    pub fn max(self, n: usize, window: Duration) -> Self {
        self.with(|rules| (rules.max, rules.window) = (n, window))
    }

    /// Waits before a restart: from `range.start` for the first, doubled for each that follows, never
    /// longer than `range.end`.
    ///
    /// The real wait lies between a half and the whole of that, by chance, so that workers that fell
    /// together do not rise together. Has no effect on [`Restart::never`].
    #[must_use]
    pub fn backoff(self, range: Range<Duration>) -> Self {
        self.with(|rules| rules.backoff = range)
    }

    /// After so long without a panic, counted from the last restart, waits begin anew with the first.
    ///
    /// Has no effect on [`Restart::never`].
    #[must_use]
    pub fn forgive_after(self, quiet: Duration) -> Self {
        self.with(|rules| rules.quiet = quiet)
    }

    fn with(mut self, change: impl FnOnce(&mut Rules)) -> Self {
        if let Some(rules) = &mut self.rules {
            change(rules);
        }
        self
    }

    /// Checks the numbers, for the pool's `build`.
    pub(crate) fn check(&self) -> Result<(), RestartError> {
        let Some(rules) = &self.rules else { return Ok(()) };
        if rules.max == 0 {
            return Err(RestartError::NoRestarts);
        }
        if MAX_RESTARTS < rules.max {
            return Err(RestartError::TooMany { given: rules.max, limit: MAX_RESTARTS });
        }
        if rules.window.is_zero() || rules.quiet.is_zero() {
            return Err(RestartError::NoWindow);
        }
        if rules.backoff.start.is_zero() {
            return Err(RestartError::NoFirstWait);
        }
        if rules.backoff.is_empty() {
            let Range { start: first, end: cap } = rules.backoff;
            return Err(RestartError::EmptyBackoff { first, cap });
        }
        Ok(())
    }

    /// The account of one worker. Workers with different seeds wait differently long.
    pub(crate) fn ledger(&self, seed: u64) -> Result<Ledger, RestartError> {
        self.check()?;
        let account = self.rules.as_ref().map(|rules| Account {
            first: nanos(rules.backoff.start),
            cap: nanos(rules.backoff.end),
            quiet: nanos(rules.quiet),
            max: rules.max,
            restarts: Recent::new(rules.max, nanos(rules.window)),
            doublings: 0,
            started: 0,
            random: Random::new(seed),
        });
        Ok(Ledger { account })
    }
}

/// Why a restart policy was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RestartError {
    /// No restarts at all: that is [`Restart::never`].
    NoRestarts,
    /// More restarts than can be counted: allow fewer, in a shorter window.
    TooMany {
        /// How many were asked for.
        given: usize,
        /// The most that can be.
        limit: usize,
    },
    /// A window of no length: give the budget and the quiet time one above zero.
    NoWindow,
    /// The first wait is zero, which doubles to zero: start with a nanosecond or more.
    NoFirstWait,
    /// The longest wait is not above the first one: let the range rise.
    EmptyBackoff {
        /// The first wait.
        first: Duration,
        /// The longest one.
        cap: Duration,
    },
}

impl fmt::Display for RestartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRestarts => {
                f.write_str("a budget of 0 restarts: use Restart::never() for that")
            }
            Self::TooMany { given, limit } => {
                write!(f, "a budget of {given} restarts is above {limit}: use a shorter window")
            }
            Self::NoWindow => f.write_str("a window of no length: use one above zero"),
            Self::NoFirstWait => {
                f.write_str("a first wait of zero doubles to zero: start with a nanosecond or more")
            }
            Self::EmptyBackoff { first, cap } => {
                write!(f, "the longest wait, {cap:?}, must be above the first one, {first:?}")
            }
        }
    }
}

impl core::error::Error for RestartError {}

/// What is to be done after a panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Start again after this time.
    Again { after: Duration },
    /// The budget is used up, or there is none.
    Stop,
}

/// The panics of one worker.
#[derive(Debug)]
pub(crate) struct Ledger {
    account: Option<Account>,
}

#[derive(Debug)]
struct Account {
    first: u64,
    cap: u64,
    quiet: u64,
    max: usize,
    restarts: Recent,
    doublings: u32,
    /// When the worker last started again, after its wait.
    started: u64,
    random: Random,
}

impl Ledger {
    /// Notes a panic at `now`, in nanoseconds, and judges it.
    pub(crate) fn panicked(&mut self, now: u64) -> Verdict {
        let Some(account) = &mut self.account else { return Verdict::Stop };
        if account.max <= account.restarts.count(now) {
            return Verdict::Stop;
        }
        account.restarts.note(now);
        if account.quiet <= now.saturating_sub(account.started) {
            account.doublings = 0;
        }
        let wait = account.wait();
        account.started = now.saturating_add(wait);
        Verdict::Again { after: Duration::from_nanos(wait) }
    }
}

impl Account {
    /// The next wait, and twice as much for the one after it.
    fn wait(&mut self) -> u64 {
        let doubled = 1_u64.checked_shl(self.doublings).and_then(|by| self.first.checked_mul(by));
        let whole = doubled.unwrap_or(u64::MAX).min(self.cap);
        self.doublings = self.doublings.saturating_add(1);
        let half = whole / 2;
        // Between the half and the whole, both included. Reduced by multiplication.
        let room = (whole - half).saturating_add(1);
        half + self.random.below(room)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{string::ToString, vec::Vec};

    const SECOND: Duration = Duration::from_secs(1);
    const NANOS: u64 = 1_000_000_000;

    fn ledger(restart: &Restart) -> Ledger {
        restart.ledger(7).unwrap()
    }

    fn after(verdict: Verdict) -> Duration {
        let Verdict::Again { after } = verdict else { panic!("stopped") };
        after
    }

    #[test]
    fn the_budget_holds_within_any_window() {
        let mut ledger = ledger(&Restart::on_panic().max(2, 10 * SECOND));
        after(ledger.panicked(0));
        after(ledger.panicked(4 * NANOS));
        assert_eq!(ledger.panicked(10 * NANOS - 1), Verdict::Stop, "the third in ten seconds");
        after(ledger.panicked(10 * NANOS));
        assert_eq!(ledger.panicked(11 * NANOS), Verdict::Stop, "the third since second 4");
    }

    #[test]
    fn never_is_never() {
        let never = Restart::never().max(5, SECOND).backoff(SECOND..2 * SECOND);
        assert_eq!(ledger(&never).panicked(0), Verdict::Stop, "the first panic is the last");
        assert_eq!(never, Restart::never(), "setters do not change that");
    }

    #[test]
    fn waits_double_up_to_the_cap_and_begin_anew_after_a_quiet_time() {
        let restart = Restart::on_panic()
            .max(100, SECOND)
            .backoff(8 * SECOND..50 * SECOND)
            .forgive_after(60 * SECOND);
        let mut ledger = ledger(&restart);
        let mut now = 0;
        for whole in [8, 16, 32, 50, 50, 50] {
            let wait = after(ledger.panicked(now));
            assert!(whole * SECOND / 2 <= wait && wait <= whole * SECOND, "{wait:?} of {whole} s");
            // Not quiet for long enough, counted from the restart.
            now += nanos(wait) + 60 * NANOS - 1;
        }
        let wait = after(ledger.panicked(now));
        assert!(25 * SECOND <= wait, "{wait:?} is none of the long ones");
        now += nanos(wait) + 60 * NANOS;
        let wait = after(ledger.panicked(now));
        assert!(wait <= 8 * SECOND, "{wait:?} is not the first wait");
    }

    #[test]
    fn chance_comes_from_the_seed() {
        let restart = Restart::on_panic().max(50, SECOND);
        let waits = |seed| -> Vec<Duration> {
            let mut ledger = restart.ledger(seed).unwrap();
            (0..50).map(|_| after(ledger.panicked(0))).collect()
        };
        assert_eq!(waits(1), waits(1), "the same seed, the same waits");
        assert_ne!(waits(1), waits(2), "workers do not rise together");
        let different: alloc::collections::BTreeSet<_> = waits(3)[20..].iter().copied().collect();
        assert_eq!(different.len(), 30, "even at the cap");
    }

    #[test]
    fn workers_do_not_share_a_budget() {
        let restart = Restart::on_panic().max(1, SECOND);
        let (mut broken, mut healthy) = (ledger(&restart), ledger(&restart));
        after(broken.panicked(0));
        assert_eq!(broken.panicked(1), Verdict::Stop, "used up");
        after(healthy.panicked(2));
    }

    #[test]
    fn the_longest_times_do_not_overflow() {
        let restart = Restart::on_panic()
            .max(MAX_RESTARTS, Duration::MAX)
            .backoff(Duration::from_nanos(1)..Duration::MAX)
            .forgive_after(Duration::MAX);
        let mut ledger = ledger(&restart);
        for _ in 0..MAX_RESTARTS {
            after(ledger.panicked(u64::MAX - 1));
        }
        assert_eq!(ledger.panicked(u64::MAX), Verdict::Stop, "the budget still holds");
    }

    #[test]
    fn bad_numbers_are_refused_with_the_way_out() {
        let good = Restart::on_panic;
        let empty = RestartError::EmptyBackoff { first: SECOND, cap: SECOND };
        let many = RestartError::TooMany { given: 4097, limit: 4096 };
        for (bad, error, words) in [
            (good().max(0, SECOND), RestartError::NoRestarts, "Restart::never()"),
            (good().max(4097, SECOND), many, "shorter window"),
            (good().max(1, Duration::ZERO), RestartError::NoWindow, "above zero"),
            (good().forgive_after(Duration::ZERO), RestartError::NoWindow, "above zero"),
            (good().backoff(Duration::ZERO..SECOND), RestartError::NoFirstWait, "nanosecond"),
            (good().backoff(SECOND..SECOND), empty, "1s, must be above the first one, 1s"),
        ] {
            assert_eq!(bad.check(), Err(error), "the reason");
            assert_eq!(bad.ledger(0).unwrap_err(), error, "no account without a check");
            assert!(error.to_string().contains(words), "{error} does not say {words}");
        }
        assert_eq!(Restart::default().check(), Ok(()), "what is the default is allowed");
    }
}
