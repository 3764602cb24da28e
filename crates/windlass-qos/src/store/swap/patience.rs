//! How long a receiver waits for a sender that has claimed a position and does not fill it.
//!
//! It was suspended, most often, and goes on within moments if it gets a core. So a receiver that has something
//! to go on with looks again for a while, then lets other threads run a few times, and only then gives the
//! position up: the steps are bounded, and no sender holds a receiver up for ever. One that has nothing to go on
//! with says so at once.

use windlass_sync::{hint, thread};

use super::place::Place;
use super::{Manner, SwapStore};
use crate::paths::Paths;

/// Looks with nothing but a pause in between. None in a model: a pause lets the sender go on there, and no receiver would
/// ever give a position up within two preemptions.
const LOOKS: u32 = if cfg!(loom) { 0 } else { 64 };

/// Looks with other threads let in before. None in a model, as above.
const YIELDS: u32 = if cfg!(loom) { 0 } else { 256 };

/// Positions that are looked at for a later message.
const NEARBY: usize = 8;

/// What to do about a position that was claimed and is not filled.
pub(super) enum Patience {
    LookAgain,
    /// There is nothing to take.
    Empty,
    /// Later messages are there.
    GiveUp,
}

impl<T: Send, L: Manner, P: Paths> SwapStore<T, L, P> {
    /// Says what to do about the claimed position, after so many looks in vain, and waits a little if it is to
    /// look again.
    #[cold]
    pub(super) fn wait_a_little(&self, at: Place, looks: &mut u32) -> Patience {
        if *looks < LOOKS {
            hint::spin_loop();
        } else if !self.later_is_there(at) {
            return Patience::Empty;
        } else if *looks < LOOKS + YIELDS {
            thread::yield_now();
        } else {
            *looks = 0;
            return Patience::GiveUp;
        }
        *looks += 1;
        Patience::LookAgain
    }

    /// Whether a message behind this position is there.
    fn later_is_there(&self, mut at: Place) -> bool {
        (0..NEARBY.min(self.capacity() - 1)).any(|_| {
            at.step(self.capacity());
            self.pool.look(at.index).holds(at.lap)
        })
    }
}
