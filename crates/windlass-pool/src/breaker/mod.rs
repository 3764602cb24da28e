//! A circuit breaker: leaves a worker alone that refuses again and again.
//!
//! Closed, it lets every call pass and counts failures. With too many of them it opens and lets none
//! pass for a while. Then, half open, it lets a few probes pass: if all succeed it closes, and with the
//! first that fails it opens again.
//!
//! Each sender has one for each worker, so that no memory is shared and none is contended. It never
//! reads a clock.

#[cfg(test)]
mod tests;

use crate::{nanos::nanos, recent::Recent};
use core::{fmt, time::Duration};

/// The most failures and probes that can be counted.
const MAX_COUNT: usize = 4096;

/// When to leave a worker alone, and for how long.
///
/// A failure is a send that was refused for want of room, that ran out of time, or whose worker is
/// dead. The numbers are checked when the pool is built.
///
/// # Examples
///
/// ```
/// use core::time::Duration;
/// use windlass_pool::Breaker;
///
/// let second = Duration::from_secs(1);
/// let breaker = Breaker::after(20, second).cool_down(second / 2).probes(3);
/// assert_ne!(breaker, Breaker::default());
/// ```
///
/// # Source
///
/// `release-it` in `docs/references.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    failures: usize,
    window: Duration,
    cool_down: Duration,
    probes: usize,
}

impl Default for Breaker {
    /// Opens after 10 failures within a second.
    fn default() -> Self {
        Self::after(10, Duration::from_secs(1))
    }
}

impl Breaker {
    /// Opens after so many `failures` within a `window`. Cools down for a second and sends one probe.
    #[must_use]
    pub fn after(failures: usize, window: Duration) -> Self {
        Self { failures, window, cool_down: Duration::from_secs(1), probes: 1 }
    }

    /// How long nothing passes once it is open.
    #[must_use]
    pub fn cool_down(self, cool_down: Duration) -> Self {
        Self { cool_down, ..self }
    }

    /// How many calls pass after cooling down, all of which must succeed to close it.
    #[must_use]
    pub fn probes(self, probes: usize) -> Self {
        Self { probes, ..self }
    }

    /// Checks the numbers, for the pool's `build`.
    pub(crate) fn check(&self) -> Result<(), BreakerError> {
        for (given, none) in
            [(self.failures, BreakerError::NoFailures), (self.probes, BreakerError::NoProbes)]
        {
            if given == 0 {
                return Err(none);
            }
            if MAX_COUNT < given {
                return Err(BreakerError::TooMany { given, limit: MAX_COUNT });
            }
        }
        if self.window.is_zero() {
            return Err(BreakerError::NoWindow);
        }
        if self.cool_down.is_zero() {
            return Err(BreakerError::NoCoolDown);
        }
        Ok(())
    }

    /// One that is closed, for one worker.
    pub(crate) fn circuit(&self) -> Result<Circuit, BreakerError> {
        self.check()?;
        Ok(Circuit {
            failures: Recent::new(self.failures, nanos(self.window)),
            limit: self.failures,
            cool_down: nanos(self.cool_down),
            probes: self.probes,
            state: State::Closed,
        })
    }
}

/// Why a circuit breaker was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BreakerError {
    /// It would be open from the start: let it open after one failure or more.
    NoFailures,
    /// It would never close again: allow one probe or more.
    NoProbes,
    /// More failures or probes than can be counted: use fewer, in a shorter window.
    TooMany {
        /// How many were asked for.
        given: usize,
        /// The most that can be.
        limit: usize,
    },
    /// A window of no length holds no failure: use one above zero.
    NoWindow,
    /// Without cooling down it would never be open: use a time above zero, or no breaker.
    NoCoolDown,
}

impl fmt::Display for BreakerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFailures => f.write_str("a breaker must open after 1 failure or more, not 0"),
            Self::NoProbes => {
                f.write_str("without a probe a breaker never closes: allow 1 or more")
            }
            Self::TooMany { given, limit } => {
                write!(f, "{given} failures or probes are more than {limit}: use fewer")
            }
            Self::NoWindow => {
                f.write_str("a window of no length holds no failure: use a longer one")
            }
            Self::NoCoolDown => {
                f.write_str("a breaker must cool down for more than no time, or be left out")
            }
        }
    }
}

impl core::error::Error for BreakerError {}

/// The breaker between one sender and one worker.
#[derive(Clone, Debug)]
pub(crate) struct Circuit {
    failures: Recent,
    limit: usize,
    cool_down: u64,
    probes: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed,
    Open {
        since: u64,
    },
    /// Probes pass. If their outcomes do not come in, another round begins a cool-down after the
    /// last of them: otherwise a call that is never noted would keep it half open for ever.
    HalfOpen {
        last: u64,
        passed: usize,
        succeeded: usize,
    },
}

impl Circuit {
    /// Whether a call may pass at `now`, in nanoseconds. Whoever passes notes how it went.
    ///
    /// Half open, at most as many pass within a cool-down as there are probes.
    #[inline]
    pub(crate) fn allow(&mut self, now: u64) -> bool {
        self.state == State::Closed || self.probe(now)
    }

    #[cold]
    fn probe(&mut self, now: u64) -> bool {
        let cool = |since: u64| self.cool_down <= now.saturating_sub(since);
        match &mut self.state {
            State::HalfOpen { last, passed, .. } if !cool(*last) => {
                let pass = *passed < self.probes;
                if pass {
                    *passed += 1;
                    *last = now;
                }
                pass
            }
            State::Open { since } if !cool(*since) => false,
            State::Open { .. } | State::HalfOpen { .. } => {
                self.state = State::HalfOpen { last: now, passed: 1, succeeded: 0 };
                true
            }
            State::Closed => true,
        }
    }

    /// Notes how a call went that had passed. Late news of calls from before it opened are ignored
    /// while no probe is out.
    #[inline]
    pub(crate) fn note(&mut self, now: u64, ok: bool) {
        if !(ok && self.state == State::Closed) {
            self.judge(now, ok);
        }
    }

    #[cold]
    fn judge(&mut self, now: u64, ok: bool) {
        match &mut self.state {
            State::Closed if ok => {}
            State::Closed => {
                self.failures.note(now);
                if self.limit <= self.failures.count(now) {
                    self.open(now);
                }
            }
            State::Open { .. } => {}
            State::HalfOpen { passed, succeeded, .. } if *succeeded < *passed => {
                if !ok {
                    return self.open(now);
                }
                *succeeded += 1;
                if *succeeded == self.probes {
                    self.state = State::Closed;
                }
            }
            State::HalfOpen { .. } => {}
        }
    }

    fn open(&mut self, now: u64) {
        self.failures.forget();
        self.state = State::Open { since: now };
    }

    /// Whether every call passes.
    #[cfg(test)]
    pub(crate) fn is_closed(&self) -> bool {
        self.state == State::Closed
    }
}
