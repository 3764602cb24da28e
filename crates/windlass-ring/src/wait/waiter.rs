//! Waiting as a ring waits, for structures outside this crate.

use core::fmt;

use windlass_sync::{Deadline, EventCount, hint};

use super::Wait;
use super::pacer::{FIRST_LOOKS, Pacer};

/// One party's waiting for something that an event count announces.
///
/// What a [`Wait`] plans is carried out here, so that a structure built beside the ring waits as the ring
/// does, with the same strategies, and loses no wake-up.
///
/// # Examples
///
/// ```
/// use windlass_ring::{Deadline, Wait, Waiter};
/// use windlass_sync::EventCount;
///
/// let (bell, mut waiter) = (EventCount::new(1), Waiter::new(Wait::blocking()));
/// let found = waiter.wait_at(&bell, 0, 1, Deadline::never(), || Some(7));
/// assert_eq!(found, Some(7));
/// ```
pub struct Waiter {
    pacer: Pacer,
}

impl Waiter {
    /// A party that waits by this strategy.
    ///
    /// To be made on a thread that is not pinned yet: it counts the cores of the process.
    #[must_use]
    pub fn new(wait: Wait) -> Self {
        Self { pacer: Pacer::new(wait) }
    }

    /// Another party that waits by the same strategy.
    #[must_use]
    pub fn another(&self) -> Self {
        Self { pacer: self.pacer.another() }
    }

    /// Waits until `look` finds something; `None` only if the deadline has passed.
    ///
    /// `key` tells this party from all others at the bell. `parties` is how many threads take part: with
    /// more of them than cores, an adaptive wait does not spin. `look` is called at least once, and
    /// whoever changes what it looks at rings the bell behind the change. Blocking.
    pub fn wait_at<R>(
        &mut self,
        bell: &EventCount,
        key: u64,
        parties: usize,
        deadline: Deadline,
        mut look: impl FnMut() -> Option<R>,
    ) -> Option<R> {
        if let Some(found) = look() {
            return Some(found);
        }
        if self.pacer.spins() && parties <= self.pacer.cores() {
            for _ in 0..FIRST_LOOKS {
                hint::spin_loop();
                if let Some(found) = look() {
                    return Some(found);
                }
            }
        }
        let crowded = |cores| cores < parties;
        self.pacer.wait(crowded, deadline, &mut look, &mut |deadline, look| {
            bell.wait_until(key, deadline, look)
        })
    }

    /// Notes how many messages the last look found.
    #[inline]
    pub fn found(&mut self, messages: u64) {
        self.pacer.found(messages);
    }

    /// Stands back before a look, if messages come in a stream and this party is quicker than who sends.
    #[inline]
    pub fn stand_back(&mut self, parties: usize) {
        self.pacer.stand_back(|cores| cores < parties);
    }
}

impl fmt::Debug for Waiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiter").finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom), feature = "std"))]
mod tests {
    use core::time::Duration;

    use super::*;

    #[test]
    fn a_wait_ends_at_its_deadline_and_looks_once_more() {
        for wait in [Wait::blocking(), Wait::yielding(), Wait::adaptive()] {
            let (bell, mut waiter) = (EventCount::new(1), Waiter::new(wait));
            let mut looks = 0;
            let passed = Deadline::after(Duration::ZERO);
            let found = waiter.wait_at(&bell, 0, 9, passed, || {
                looks += 1;
                None::<()>
            });
            assert_eq!(found, None, "nothing was there");
            assert!(looks >= 2, "before and after the deadline");
        }
    }

    #[test]
    fn a_wait_says_whether_it_may_have_to_be_woken() {
        let phased = |then| Wait::phased(Duration::ZERO, Duration::ZERO, then);
        let looks =
            [Wait::busy_spin(), Wait::yielding(), Wait::sleeping(), phased(Wait::sleeping())];
        assert!(looks.iter().all(|wait| !wait.parks()), "these look by themselves");
        let custom = Wait::custom(|_| crate::wait::Pause::Yield);
        let parks = [Wait::blocking(), Wait::adaptive(), phased(Wait::blocking()), custom];
        assert!(parks.iter().all(Wait::parks), "these park, or may");
    }
}
