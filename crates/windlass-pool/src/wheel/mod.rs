//! Timers: what is to happen later, in a hierarchical wheel of fixed size.
//!
//! Eleven levels of 64 buckets cover every instant that a `u64` can tell: a bucket of level 0 is one
//! tick wide, one of level 1 is 64 ticks wide, and so on. Scheduling and cancelling touch one bucket,
//! however many timers there are: a worker cancels what it has planned as often as it plans.
//!
//! The wheel never reads a clock. Whoever owns it says what time it is.
//! Ticks only sort: a timer fires at its own nanosecond, not at the end of its tick.

mod heap;
mod slab;

#[cfg(test)]
mod tests;

use self::{
    heap::Heap,
    slab::{NONE, Place, Slab},
};

pub(crate) use self::slab::TimerId;

/// The width of a tick unless another one is asked for: a millisecond.
pub(crate) const TICK: u64 = 1_000_000;

/// Bits of an instant that one level tells apart.
const BITS: u32 = 6;
const BUCKETS: usize = 1 << BITS;
/// Enough for every tick, even when a tick is a nanosecond.
const LEVELS: usize = u64::BITS.div_ceil(BITS) as usize;

/// There is no room for another timer; what was to be scheduled comes back.
///
/// Cancel a timer or let one fire, or build the wheel for more.
pub(crate) struct Full<T>(pub(crate) T);

impl<T> core::fmt::Debug for Full<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Full(..)")
    }
}

/// Timers that carry a value each.
///
/// All memory is claimed when the wheel is built. Scheduling and cancelling cost the same for any
/// number of timers, except for timers of the tick that is running or has passed: those are a heap.
///
/// # Source
///
/// `timing-wheels` in `docs/references.md`.
pub(crate) struct Wheel<T> {
    slab: Slab<T>,
    /// Timers up to the tick `turned`, the next one on top.
    due: Heap,
    /// The first timer of each bucket.
    buckets: [[u32; BUCKETS]; LEVELS],
    /// A bit for each bucket that holds a timer.
    occupied: [u64; LEVELS],
    /// How far the wheel has turned, in ticks. Every timer in a bucket is for a later tick, and lies
    /// at the level of the highest group of bits in which its tick differs from this one.
    turned: u64,
    tick: u64,
    /// No timer is earlier; a cancelled one may have been.
    soonest: u64,
}

impl<T> Wheel<T> {
    /// Builds a wheel for at most `limit` timers at once, with ticks of a millisecond.
    ///
    /// # Panics
    ///
    /// If `limit` is 2^32 - 1 or more.
    pub(crate) fn with_limit(limit: usize) -> Self {
        Self::with_tick(limit, TICK)
    }

    /// Builds a wheel whose ticks are `tick` nanoseconds wide.
    ///
    /// # Panics
    ///
    /// If `limit` is 2^32 - 1 or more, or `tick` is 0.
    pub(crate) fn with_tick(limit: usize, tick: u64) -> Self {
        assert!(0 < tick, "a tick is at least a nanosecond wide");
        Self {
            slab: Slab::with_limit(limit),
            due: Heap::with_limit(limit),
            buckets: [[NONE; BUCKETS]; LEVELS],
            occupied: [0; LEVELS],
            turned: 0,
            tick,
            soonest: u64::MAX,
        }
    }

    /// Timers that are scheduled now.
    pub(crate) fn len(&self) -> usize {
        self.slab.len()
    }

    /// Schedules `value` for the instant `at`, in nanoseconds. One that has passed fires at once.
    ///
    /// # Errors
    ///
    /// [`Full`] with the value, if as many timers are scheduled as the wheel was built for.
    pub(crate) fn schedule(&mut self, at: u64, value: T) -> Result<TimerId, Full<T>> {
        let id = self.slab.insert(at, value).map_err(Full)?;
        self.soonest = if self.len() == 1 { at } else { self.soonest.min(at) };
        self.file(id.index());
        Ok(id)
    }

    /// Takes a timer back. `None` if it has fired or was cancelled.
    pub(crate) fn cancel(&mut self, id: TimerId) -> Option<T> {
        match self.slab.place(id)? {
            Place::Due(at) => self.due.remove(at, &mut self.slab),
            Place::Bucket { level, bucket } => self.unlink(id.index(), level, bucket),
        }
        Some(self.slab.remove(id.index()))
    }

    /// Fires what is due at `now`, in the order of the due times, and of scheduling where they are
    /// equal.
    ///
    /// If `each` panics, the timer it was given is gone and the others stay.
    #[cfg(test)]
    pub(crate) fn advance(&mut self, now: u64, mut each: impl FnMut(T)) {
        while let Some(value) = self.pop(now) {
            each(value);
        }
    }

    /// Takes the first timer that is due at `now`. Between two calls others may be scheduled.
    ///
    /// Nothing that has turned turns back: with a `now` before an earlier one nothing is lost, and
    /// what is later than `now` does not fire.
    #[inline]
    pub(crate) fn pop(&mut self, now: u64) -> Option<T> {
        // The common case on each turn of a worker's loop: one comparison.
        if now < self.soonest || self.len() == 0 {
            return None;
        }
        loop {
            match self.due.first() {
                Some(first) if first.at <= now => {
                    self.due.remove(0, &mut self.slab);
                    return Some(self.slab.remove(first.index));
                }
                // What waits in buckets is later than the heap.
                Some(_) => break,
                None if self.turn(now / self.tick) => {}
                None => break,
            }
        }
        self.soonest = self.earliest();
        None
    }

    /// An instant up to which nothing is due, to wait for: that of the first timer, or an earlier one
    /// if that was cancelled since. `None` without timers.
    pub(crate) fn next_due(&self) -> Option<u64> {
        (self.len() != 0).then_some(self.soonest)
    }

    /// Takes all timers, in the order in which they would have fired. Those not asked for stay.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> {
        core::iter::from_fn(|| self.pop(u64::MAX))
    }

    /// Puts a timer where it belongs, seen from `turned`.
    fn file(&mut self, index: u32) {
        let tick = self.slab.at(index) / self.tick;
        if tick <= self.turned {
            self.due.push(index, &mut self.slab);
            return;
        }
        let level = (tick ^ self.turned).ilog2() / BITS;
        #[expect(clippy::cast_possible_truncation, reason = "the bits beyond are of other levels")]
        let bucket = (tick >> (level * BITS)) as usize % BUCKETS;
        let level = level as usize;
        self.slab.link(index, self.buckets[level][bucket], Place::bucket(level, bucket));
        self.buckets[level][bucket] = index;
        self.occupied[level] |= 1 << bucket;
    }

    fn unlink(&mut self, index: u32, level: usize, bucket: usize) {
        if let Some(next) = self.slab.unlink(index) {
            self.buckets[level][bucket] = next;
            if next == NONE {
                self.occupied[level] &= !(1 << bucket);
            }
        }
    }

    /// The first bucket with timers: its level, its number, and the tick at which it begins.
    ///
    /// Lower levels come first: they share more leading bits with `turned`.
    fn first_bucket(&self) -> Option<(usize, usize, u64)> {
        let level = self.occupied.iter().position(|&bits| bits != 0)?;
        let bucket = self.occupied[level].trailing_zeros();
        #[expect(clippy::cast_possible_truncation, reason = "there are eleven levels")]
        let shift = level as u32 * BITS;
        // The groups above this level, which for the highest level are none.
        let above = self.turned.checked_shr(shift + BITS).unwrap_or(0);
        let above = above.checked_shl(shift + BITS).unwrap_or(0);
        Some((level, bucket as usize, above | (u64::from(bucket) << shift)))
    }

    /// Turns to the first bucket that begins up to tick `target` and files its timers anew, or to
    /// `target` if there is none. Says whether there was one.
    fn turn(&mut self, target: u64) -> bool {
        match self.first_bucket() {
            Some((level, bucket, begin)) if begin <= target => {
                self.turned = begin;
                self.occupied[level] &= !(1 << bucket);
                let mut next = core::mem::replace(&mut self.buckets[level][bucket], NONE);
                while next != NONE {
                    let index = next;
                    next = self.slab.next(index);
                    self.file(index);
                }
                true
            }
            _ => {
                self.turned = self.turned.max(target);
                false
            }
        }
    }

    /// The instant of the first timer. Looks at each timer of one bucket, hence not at every call of
    /// [`next_due`](Self::next_due), but once after something was due.
    fn earliest(&self) -> u64 {
        if let Some(first) = self.due.first() {
            return first.at;
        }
        let Some((level, bucket, _)) = self.first_bucket() else { return u64::MAX };
        let first = self.buckets[level][bucket];
        let following = |&index: &u32| Some(self.slab.next(index)).filter(|&next| next != NONE);
        let timers = core::iter::successors(Some(first), following);
        timers.map(|index| self.slab.at(index)).min().unwrap_or(u64::MAX)
    }
}

impl<T> core::fmt::Debug for Wheel<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut fields = f.debug_struct("Wheel");
        fields.field("len", &self.len()).field("next_due", &self.next_due());
        fields.finish_non_exhaustive()
    }
}
