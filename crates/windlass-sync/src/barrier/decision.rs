//! Which kind of barrier the process uses: decided once, by whoever asks first.

use crate::atomic::{AtomicU8, Ordering};

const UNDECIDED: u8 = 0;
const ASYMMETRIC: u8 = 1;
const STRONG: u8 = 2;

/// A decision between the two kinds, or none yet.
pub(crate) struct Decision(AtomicU8);

/// The two kinds of barrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The rare side makes the kernel fence for both.
    Asymmetric,
    /// Each side fences for itself.
    Strong,
}

impl Decision {
    /// Nothing decided yet.
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self(AtomicU8::new(UNDECIDED))
    }

    /// Nothing decided yet.
    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self(AtomicU8::new(UNDECIDED))
    }

    /// Returns whether the decision fell for [`Kind::Asymmetric`]. May lag behind it.
    #[inline(always)]
    pub(crate) fn is_asymmetric(&self) -> bool {
        // ORDERING: Relaxed. Nothing is read on the strength of it; the module `barrier` settles
        // what a thread may miss.
        self.0.load(Ordering::Relaxed) == ASYMMETRIC
    }

    /// Returns the decision. If there is none yet, `register` makes it: it registers the process
    /// and returns whether that worked.
    pub(crate) fn get_or(&self, register: impl FnOnce() -> bool) -> Kind {
        // ORDERING(decided): Acquire. Pairs with the exchange in `decide`: this thread's membarrier
        // comes after the registration.
        match self.0.load(Ordering::Acquire) {
            UNDECIDED => self.decide(register()),
            state => kind(state),
        }
    }

    #[cold]
    fn decide(&self, registered: bool) -> Kind {
        let answer = if registered { ASYMMETRIC } else { STRONG };
        // ORDERING(decided): Release. Whoever reads ASYMMETRIC finds the process registered.
        // Acquire on failure: so does this thread, if another one was faster.
        match self.0.compare_exchange(UNDECIDED, answer, Ordering::Release, Ordering::Acquire) {
            Ok(_) => kind(answer),
            Err(earlier) => kind(earlier),
        }
    }
}

fn kind(state: u8) -> Kind {
    debug_assert!(state != UNDECIDED, "a decision is asked for its kind");
    if state == ASYMMETRIC { Kind::Asymmetric } else { Kind::Strong }
}
