//! A claimed range, seen by the producer that fills it.

use core::fmt;
use core::slice;

use super::claimed::Claimed;
use super::geometry::Geometry;
use super::position::Position;
use super::storage::Storage;
use crate::sequence::Sequence;

/// The slots of a claimed range, to be written before they are published.
///
/// Every slot holds the event that was there a lap ago: overwrite what matters.
///
/// # Examples
///
/// ```
/// let (mut producer, mut poller) = windlass_ring::one_to_one(64, || 0_u64)?;
/// producer.publish_batch(3, |mut slots| {
///     for (i, event) in slots.iter_mut().enumerate() {
///         *event = i as u64;
///     }
/// })?;
/// assert_eq!(poller.poll()?.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Slots<'a, E> {
    storage: &'a Storage<E>,
    at: Position,
    n: usize,
}

impl<'a, E> Slots<'a, E> {
    /// Shows the range of a claim. The borrow ends before the claim can be published.
    #[inline(always)]
    pub(crate) fn new(storage: &'a Storage<E>, claimed: &'a mut Claimed) -> Self {
        Self { storage, at: claimed.at, n: claimed.n }
    }

    /// How many slots there are.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether there are none; a claimed range is never empty.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// The sequence of the first slot.
    #[must_use]
    #[inline]
    pub fn first(&self) -> Sequence {
        Sequence::new(self.at.sequence)
    }

    /// The slot at `index`, counted from the first of the range.
    #[must_use]
    #[inline]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut E> {
        if index < self.n { Some(self.reborrow().into_nth(index)) } else { None }
    }

    /// The slot at `index`, which is one of the range, for as long as the claim is borrowed.
    #[inline(always)]
    pub(crate) fn into_nth(self, index: usize) -> &'a mut E {
        debug_assert!(index < self.n, "inside the claim");
        let mut at = self.at;
        if index != 0 {
            self.storage.shape().jump::<E>(&mut at, self.at.sequence + index as u64);
        }
        let event = self.storage.events_to_write(&at, 1);
        // SAFETY: the slot belongs to the claim that this view borrowed for 'a, so no other
        // reference to its event exists (edge `released` ended the consumers' ones).
        unsafe { &mut *event }
    }

    /// The slots as slices, for as long as the claim is borrowed.
    #[inline]
    pub(crate) fn into_runs(self) -> RunsMut<'a, E> {
        RunsMut { storage: self.storage, at: self.at, n: self.n, slots: core::marker::PhantomData }
    }

    /// Every slot in order.
    #[inline]
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut E> {
        self.runs_mut().flatten()
    }

    /// The slots as slices, each as long as they lie side by side.
    #[inline]
    pub fn runs_mut(&mut self) -> RunsMut<'_, E> {
        self.reborrow().into_runs()
    }

    #[inline]
    fn reborrow(&mut self) -> Slots<'_, E> {
        Slots { storage: self.storage, at: self.at, n: self.n }
    }
}

impl<E> fmt::Debug for Slots<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slots").field("first", &self.first()).field("len", &self.n).finish()
    }
}

/// The runs of a claimed range; see [`Slots::runs_mut`].
pub struct RunsMut<'a, E> {
    storage: &'a Storage<E>,
    at: Position,
    n: usize,
    slots: core::marker::PhantomData<&'a mut E>,
}

impl<'a, E> Iterator for RunsMut<'a, E> {
    type Item = &'a mut [E];

    #[inline]
    fn next(&mut self) -> Option<&'a mut [E]> {
        let run = self.n.min(Geometry::<E>::PER_BLOCK - self.at.offset as usize);
        if run == 0 {
            return None;
        }
        let first = self.storage.events_to_write(&self.at, run);
        self.storage.shape().step_in_block::<E>(&mut self.at, run);
        self.n -= run;
        // SAFETY: `run` events lie side by side in one block; the claim covers them, the view is
        // borrowed mutably for 'a, and this iterator steps over them, so each is given once.
        Some(unsafe { slice::from_raw_parts_mut(first, run) })
    }
}

impl<E> fmt::Debug for RunsMut<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunsMut").field("left", &self.n).finish()
    }
}
