//! The keys that come most often, in a fixed space.

use alloc::vec::Vec;
use core::fmt;

use crate::error::BuildError;

/// Finds heavy hitters: every key that makes up more than `1 / room` of what was seen is in it.
///
/// It keeps `room` keys with a count each; a new key takes the place, and the count, of the one with the
/// smallest, so counts are never too small, and too large by at most `error`. An observation compares
/// with up to `room` keys; watch a sample of the traffic where that is too much. Nothing allocates
/// after it is built, but for the clones of keys.
///
/// # Examples
///
/// ```
/// use windlass_partition::balance::HotKeys;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut hot = HotKeys::new(8)?;
/// for request in 0..1000_u64 {
///     // Every other request is for key 1000.
///     hot.observe(if request % 2 == 0 { &1000 } else { &request });
/// }
/// let top = hot.sorted();
/// assert_eq!(*top[0].key, 1000);
/// assert!(top[0].count >= 500 && top[0].count - top[0].error <= 500);
/// # Ok(())
/// # }
/// ```
///
/// # Source
///
/// `space-saving-2005` in `docs/references.md`.
#[derive(Clone)]
pub struct HotKeys<K> {
    entries: Vec<(K, u64, u64)>,
    room: usize,
    seen: u64,
}

/// A key that comes often.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct HotKey<'a, K> {
    /// The key.
    pub key: &'a K,
    /// How often it came, or more.
    pub count: u64,
    /// How much more at most.
    pub error: u64,
}

impl<K: Eq + Clone> HotKeys<K> {
    /// Room for so many keys.
    ///
    /// # Errors
    ///
    /// Where there is room for none.
    pub fn new(room: usize) -> Result<Self, BuildError> {
        if room == 0 {
            return Err(BuildError::NoRoom);
        }
        Ok(Self { entries: Vec::with_capacity(room), room, seen: 0 })
    }

    /// Counts a key once.
    pub fn observe(&mut self, key: &K) {
        self.observe_many(key, 1);
    }

    /// Counts a key by an amount, such as its bytes.
    pub fn observe_many(&mut self, key: &K, amount: u64) {
        self.seen = self.seen.saturating_add(amount);
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.0 == *key) {
            entry.1 = entry.1.saturating_add(amount);
        } else if self.entries.len() < self.room {
            self.entries.push((key.clone(), amount, 0));
        } else if let Some(entry) = self.entries.iter_mut().min_by_key(|entry| entry.1) {
            let error = entry.1;
            *entry = (key.clone(), error.saturating_add(amount), error);
        }
    }

    /// The keys that it holds, the most frequent first.
    #[must_use]
    pub fn sorted(&self) -> Vec<HotKey<'_, K>> {
        let entries = self.entries.iter();
        let mut sorted: Vec<_> = entries
            .map(|(key, count, error)| HotKey { key, count: *count, error: *error })
            .collect();
        sorted.sort_by_key(|hot| core::cmp::Reverse(hot.count));
        sorted
    }

    /// The sum of all that was counted.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Forgets everything, such as at the end of a minute.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.seen = 0;
    }
}

impl<K> fmt::Debug for HotKeys<K> {
    /// Keys are payload and are not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.entries.iter().map(|entry| entry.1);
        f.debug_struct("HotKeys")
            .field("room", &self.room)
            .field("seen", &self.seen)
            .field("counts", &counts.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl<K> fmt::Debug for HotKey<'_, K> {
    /// The key is payload and is not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, error, .. } = self;
        f.debug_struct("HotKey").field("count", count).field("error", error).finish_non_exhaustive()
    }
}
