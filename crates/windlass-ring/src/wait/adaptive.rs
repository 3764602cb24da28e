//! The plan of the adaptive strategy.

#[cfg(not(loom))]
use windlass_sync::atomic::{AtomicUsize, Ordering};

use super::Pause;

/// Rounds in which anybody may spin: shorter than what counting spinners costs.
const FREE_SPINS: u32 = if cfg!(loom) { 1 } else { 64 };

/// Rounds that a wait spins at most: some tens of microseconds, which is what a wake-up costs.
const SPINS: u32 = if cfg!(loom) { 1 } else { 1024 };

/// Rounds that a wait gives way before it sleeps, after it has spun. Yielding is far cheaper than a
/// wake-up.
const YIELDS: u32 = if cfg!(loom) { 1 } else { 64 };

/// The same in a crowded ring, where nobody spins before and a yield hands the core to the very
/// thread that is waited for. Where nobody wants the core they take about as long as a sleep and its
/// wake-up; with fewer, a consumer with a core to itself slept at each hitch of those that share.
const CROWDED_YIELDS: u32 = if cfg!(loom) { 1 } else { 256 };

/// Threads that spin in adaptive waits of this process. Models have none: they cannot have
/// statics, and never spin for long.
#[cfg(not(loom))]
static SPINNING: AtomicUsize = AtomicUsize::new(0);

/// Where an adaptive wait is.
#[derive(Debug, Default)]
pub(super) struct Adaptive {
    /// Whether this wait is counted in `SPINNING`.
    counted: bool,
    /// Rounds that were spent on giving way.
    yields: u32,
}

impl Adaptive {
    /// What to do in this round.
    pub(super) fn next(&mut self, round: u32, crowded: bool, cores: usize) -> Pause {
        if !crowded && self.yields == 0 && self.may_spin(round, cores) {
            // Whom we wait for may share our core for all we know.
            return if round.is_multiple_of(FREE_SPINS) { Pause::Yield } else { Pause::Spin(1) };
        }
        self.stop();
        self.yields += 1;
        let most = if crowded { CROWDED_YIELDS } else { YIELDS };
        if self.yields <= most { Pause::Yield } else { Pause::Park }
    }

    fn may_spin(&mut self, round: u32, cores: usize) -> bool {
        if cores < 2 || SPINS <= round {
            return false;
        }
        round < FREE_SPINS || self.counted || self.count(cores)
    }

    #[cfg(not(loom))]
    fn count(&mut self, cores: usize) -> bool {
        // ORDERING: Relaxed. A number; being off by one for a moment costs a few spins.
        if SPINNING.fetch_add(1, Ordering::Relaxed) < cores {
            self.counted = true;
            return true;
        }
        // ORDERING: Relaxed. As above.
        SPINNING.fetch_sub(1, Ordering::Relaxed);
        false
    }

    #[cfg(loom)]
    fn count(&mut self, _cores: usize) -> bool {
        false
    }

    /// The wait does not spin any more.
    pub(super) fn stop(&mut self) {
        if self.counted {
            self.counted = false;
            // ORDERING: Relaxed. As in `count`.
            #[cfg(not(loom))]
            SPINNING.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// The wait is over.
    #[inline]
    pub(super) fn end(&mut self) {
        self.stop();
        self.yields = 0;
    }
}

impl Drop for Adaptive {
    fn drop(&mut self) {
        self.stop();
    }
}
