//! What a simulation lets go wrong.

use core::time::Duration;

use crate::nanos::nanos;
use crate::random::Random;

/// How often something goes wrong in a [`Simulation`](super::Simulation), and what; nothing by default.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[must_use = "they are for `Simulation::faults`"]
pub struct Faults {
    panics: Odds,
    builds: Odds,
    delays: Odds,
    longest: Duration,
}

impl Faults {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self::default()
    }

    /// In so many batches of a hundred a worker panics at one of its messages, before it does anything with
    /// it.
    ///
    /// # Panics
    ///
    /// If it is not between 0 and 100.
    pub fn panics(self, percent: f64) -> Self {
        Self { panics: Odds::new(percent), ..self }
    }

    /// So many of a hundred factories fail that build a worker anew; the first time they go well.
    ///
    /// # Panics
    ///
    /// If it is not between 0 and 100.
    pub fn failing_builds(self, percent: f64) -> Self {
        Self { builds: Odds::new(percent), ..self }
    }

    /// Behind so many rounds of a hundred a worker does not go on for a while, as one whose handler is slow
    /// or whose thread gets no core. Small mailboxes are full then.
    ///
    /// # Panics
    ///
    /// If it is not between 0 and 100.
    pub fn delays(self, percent: f64, longest: Duration) -> Self {
        Self { delays: Odds::new(percent), longest, ..self }
    }

    /// At which of so many messages the worker panics, if it does.
    pub(super) fn panic(&self, random: &mut Random, messages: usize) -> Option<usize> {
        let struck = self.panics.strike(random);
        struck.then(|| usize::try_from(random.below(messages as u64)).unwrap_or(0))
    }

    pub(super) fn fails_build(&self, random: &mut Random) -> bool {
        self.builds.strike(random)
    }

    /// For how long the worker does not go on.
    pub(super) fn delay(&self, random: &mut Random) -> Option<Duration> {
        let struck = self.delays.strike(random);
        struck.then(|| Duration::from_nanos(random.below(nanos(self.longest).max(1))))
    }
}

/// Parts of a million.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Odds(u64);

impl Odds {
    fn new(percent: f64) -> Self {
        assert!((0.0..=100.0).contains(&percent), "{percent} is not a number from 0 to 100");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a million")]
        let parts = (percent * 10_000.0) as u64;
        Self(parts)
    }

    /// Asks for no number where nothing ever strikes, so that a seed means the same with a new kind of fault.
    fn strike(self, random: &mut Random) -> bool {
        self.0 != 0 && random.below(1_000_000) < self.0
    }
}
