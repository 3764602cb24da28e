//! Counting for users that have no thread of their own: shards that any thread may add to.
//!
//! This is the one place with a shared read-modify-write. It costs an atomic `fetch_add` on a line
//! that the calling thread mostly has to itself, several times what a [`Counter`](crate::Counter)
//! costs; when more threads than shards add at once, some share a line and pay for that too.

use alloc::boxed::Box;
use core::fmt;

use windlass_sync::CachePadded;
use windlass_sync::atomic::{AtomicU64, Ordering};
use windlass_sync::sync::Arc;
use windlass_sync::thread;

/// A word for each core that may add at once.
#[derive(Clone)]
struct Shards(Arc<Box<[CachePadded<AtomicU64>]>>);

impl Shards {
    fn new() -> Self {
        let shard = |_| CachePadded::new(AtomicU64::new(0));
        let shards: Box<[_]> = (0..thread::cores().next_power_of_two()).map(shard).collect();
        Self(Arc::new(shards))
    }

    #[inline]
    fn add(&self, n: u64) {
        let shard = pick::index() & (self.0.len() - 1);
        // ORDERING: Relaxed. No addition is lost, since it is one step; the sum is all that a
        // reader wants.
        self.0[shard].fetch_add(n, Ordering::Relaxed);
    }

    fn sum(&self) -> u64 {
        let words = self.0.iter().map(|word| word.load(Ordering::Relaxed));
        words.fold(0, u64::wrapping_add)
    }
}

#[cfg(all(feature = "std", not(loom)))]
mod pick {
    use core::cell::Cell;

    use windlass_sync::atomic::{AtomicUsize, Ordering};

    /// Threads that came so far.
    static THREADS: AtomicUsize = AtomicUsize::new(0);

    std::thread_local! {
        static INDEX: Cell<Option<usize>> = const { Cell::new(None) };
    }

    /// The number of the calling thread, in the order in which they came.
    #[inline]
    pub(super) fn index() -> usize {
        INDEX.with(|index| index.get().unwrap_or_else(|| first(index)))
    }

    #[cold]
    fn first(index: &Cell<Option<usize>>) -> usize {
        // ORDERING: Relaxed. The number spreads threads; nothing hangs on it.
        let own = THREADS.fetch_add(1, Ordering::Relaxed);
        index.set(Some(own));
        own
    }
}

/// Without thread-locals, the stack tells threads apart. Under loom that would differ from run to
/// run, so all threads of a model share a shard, which is the harder case.
#[cfg(not(all(feature = "std", not(loom))))]
mod pick {
    #[inline]
    pub(super) fn index() -> usize {
        #[cfg(loom)]
        return 0;
        #[cfg(not(loom))]
        {
            /// Stacks lie further apart than this.
            const STACK_BITS: u32 = 16;
            let here = 0_u8;
            ((&raw const here).addr() >> STACK_BITS).wrapping_mul(0x9E37_79B9) >> 8
        }
    }
}

/// Counts events for any number of threads.
///
/// For code without a thread of its own; where there is one, [`Counter`](crate::Counter) is
/// several times quicker. Each thread adds to a shard, in one relaxed `fetch_add`; there are as
/// many shards as cores, each on a cache line.
///
/// # Examples
///
/// ```
/// use windlass_metrics::SharedCounter;
///
/// let requests = SharedCounter::new();
/// let other = requests.clone();
/// std::thread::scope(|scope| {
///     scope.spawn(|| other.add(2));
///     requests.increment();
/// });
/// assert_eq!(requests.get(), 3);
/// ```
#[derive(Clone)]
pub struct SharedCounter(Shards);

impl SharedCounter {
    /// Makes a counter that stands at zero, with a cache line for each core.
    #[must_use]
    pub fn new() -> Self {
        Self(Shards::new())
    }

    /// Counts one event. Wait-free: one relaxed `fetch_add`.
    #[inline]
    pub fn increment(&self) {
        self.add(1);
    }

    /// Counts `n` events. Wait-free: one relaxed `fetch_add`. Wraps at 2^64.
    #[inline]
    pub fn add(&self, n: u64) {
        self.0.add(n);
    }

    /// Returns what was counted so far: everything that happened before the call.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.sum()
    }
}

impl Default for SharedCounter {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SharedCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedCounter").field(&self.get()).finish()
    }
}

/// A number that any number of threads moves up and down, such as how many requests are open.
#[derive(Clone)]
pub struct SharedGauge(Shards);

impl SharedGauge {
    /// Makes a gauge that stands at zero, with a cache line for each core.
    #[must_use]
    pub fn new() -> Self {
        Self(Shards::new())
    }

    /// Moves the gauge by `change`. Wait-free: one relaxed `fetch_add`.
    #[inline]
    pub fn add(&self, change: i64) {
        self.0.add(change.cast_unsigned());
    }

    /// Returns where the gauge stands, while threads that move it may be half seen.
    #[must_use]
    pub fn get(&self) -> i64 {
        self.0.sum().cast_signed()
    }
}

impl Default for SharedGauge {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SharedGauge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedGauge").field(&self.get()).finish()
    }
}

/// The largest number that any of several threads has seen.
///
/// One word for all of them: a thread that does not raise the mark only reads it.
#[derive(Clone)]
pub struct SharedHighWater(Arc<CachePadded<AtomicU64>>);

impl SharedHighWater {
    /// Makes a mark that stands at zero.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(CachePadded::new(AtomicU64::new(0))))
    }

    /// Raises the mark to `value`, if it is lower. Wait-free; a `fetch_max` when it moves.
    #[inline]
    pub fn raise(&self, value: u64) {
        if self.get() < value {
            // ORDERING: Relaxed. One step, so that a larger value is never written over.
            self.0.fetch_max(value, Ordering::Relaxed);
        }
    }

    /// Returns the largest number so far.
    #[inline]
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Default for SharedHighWater {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SharedHighWater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedHighWater").field(&self.get()).finish()
    }
}

#[cfg(all(test, feature = "std", not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn no_addition_of_any_thread_is_lost() {
        let (counter, gauge, mark) =
            (SharedCounter::default(), SharedGauge::default(), SharedHighWater::default());
        let adders: [_; 4] = core::array::from_fn(|thread| {
            let (counter, gauge, mark) = (counter.clone(), gauge.clone(), mark.clone());
            thread::spawn(move || {
                for n in 0..1000 {
                    counter.increment();
                    gauge.add(if n % 2 == 0 { 3 } else { -2 });
                    mark.raise(n * (thread as u64 + 1));
                }
            })
        });
        for adder in adders {
            adder.join().unwrap();
        }
        assert_eq!(counter.get(), 4000, "each addition counts");
        assert_eq!(gauge.get(), 2000, "in both directions");
        assert_eq!(mark.get(), 3996, "the largest of all");
    }
}
