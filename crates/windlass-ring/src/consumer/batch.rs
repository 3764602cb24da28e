//! A run of events in a consumer's hands.

use core::fmt;
use core::marker::PhantomData;

use super::seat::Seat;
use crate::access::{Access, Exclusive};
use crate::sequence::Sequence;
use crate::slots::Leased;
use crate::state::State;

/// Where an event is in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// Its sequence.
    pub sequence: Sequence,
    /// Whether it is the last one of its batch: the moment to flush.
    pub end_of_batch: bool,
}

/// Events that are published and that this consumer has not released.
///
/// Events are taken one by one or in runs. Dropping the batch releases what was taken; the rest
/// comes again with the next poll. If the thread panics while it holds a batch, the event or the
/// run that it took last counts as not taken.
///
/// It is no `Iterator`: an event is lent only until the next one is taken. So loop with
/// `while let Some(event) = batch.next()`, or [`for_each`](Self::for_each).
///
/// With several producers, slots that were claimed but hold no event are stepped over; `len` may
/// count some of them.
///
/// # Examples
///
/// ```
/// let (mut producer, mut poller) = windlass_ring::one_to_one(64, || 0_u64)?;
/// producer.publish_batch(10, |mut slots| slots.iter_mut().for_each(|event| *event = 5))?;
///
/// let mut batch = poller.poll()?;
/// assert_eq!((batch.len(), batch.next()), (10, Some(&5)));
/// drop(batch);
/// let mut sum = 0;
/// poller.poll()?.for_each(|event, _| sum += event);
/// assert_eq!(sum, 45, "nine events were left");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// An event cannot be kept past its batch:
///
/// ```compile_fail
/// let (mut producer, mut poller) = windlass_ring::one_to_one(64, || 0_u64).unwrap();
/// let mut batch = poller.poll().unwrap();
/// let kept = batch.next();
/// drop(batch);
/// println!("{kept:?}");
/// ```
#[must_use = "what is not taken from a batch comes again"]
pub struct Batch<'p, E, A: Access> {
    ring: &'p State<E>,
    seat: &'p mut Seat,
    access: PhantomData<fn() -> A>,
}

impl<'p, E, A: Access> Batch<'p, E, A> {
    #[inline(always)]
    pub(crate) fn new(ring: &'p State<E>, seat: &'p mut Seat, end: u64) -> Self {
        seat.hold(end);
        Self { ring, seat, access: PhantomData }
    }

    /// What may be taken.
    #[inline(always)]
    fn leased(&mut self) -> Leased<'_, E, A> {
        Leased::new(&self.ring.storage, self.seat.lease_mut())
    }

    /// How many events are left to take.
    #[must_use]
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "at most the capacity")]
    pub fn len(&self) -> usize {
        self.seat.lease().left() as usize
    }

    /// Whether all events were taken.
    #[must_use]
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many events were published and not taken by this consumer, those of this batch
    /// included: how far it is behind.
    #[must_use]
    pub fn depth(&self) -> usize {
        let ahead = self.ring.head.claimed().saturating_sub(self.seat.at().sequence);
        self.len().max(usize::try_from(ahead).unwrap_or(usize::MAX))
    }

    /// As [`depth`](Self::depth), of when the batch was found.
    ///
    /// Behind producers a batch that is not full holds all that was published. Producers write the
    /// counter at every event, and would lose its line to everybody who looks there.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn depth_found(&self) -> usize {
        if self.seat.has_all() { self.len() } else { self.depth() }
    }

    /// The sequence of the next event.
    #[must_use]
    #[inline]
    pub fn first(&self) -> Sequence {
        Sequence::new(self.seat.at().sequence)
    }

    /// The sequence of the event, or of the first event of the run, that was taken last.
    #[must_use]
    #[inline]
    pub fn sequence(&self) -> Sequence {
        Sequence::new(self.seat.lease().done())
    }

    /// Takes the next event.
    #[inline(always)]
    #[expect(clippy::should_implement_trait, reason = "events borrow the batch that lends them")]
    pub fn next(&mut self) -> Option<&E> {
        self.leased().take()
    }

    /// Takes the next events that lie side by side.
    #[inline(always)]
    pub fn next_run(&mut self) -> Option<&[E]> {
        self.leased().take_run_at().map(|(_, _, run)| run)
    }

    /// As `next_run`, with the sequence of its first event and whether it is the last run.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn next_run_at(&mut self) -> Option<(&[E], At)> {
        let (sequence, end_of_batch, run) = self.leased().take_run_at()?;
        Some((run, At { sequence: Sequence::new(sequence), end_of_batch }))
    }

    /// Takes all events in order.
    #[inline(always)]
    pub fn for_each(&mut self, mut f: impl FnMut(&E, At)) {
        self.leased().read_each(|event, sequence, end_of_batch| {
            f(event, At { sequence: Sequence::new(sequence), end_of_batch });
            true
        });
    }

    /// Takes events in order until `f` says to stop; the one that it stopped at is taken.
    #[inline(always)]
    pub fn take_while(&mut self, mut f: impl FnMut(&E, At) -> bool) {
        self.leased().read_each(|event, sequence, end_of_batch| {
            f(event, At { sequence: Sequence::new(sequence), end_of_batch })
        });
    }

    /// Releases what was taken so far, before the batch ends: producers may reuse the slots, and
    /// stages behind this one may go on.
    #[inline(always)]
    pub fn release(&mut self) {
        self.seat.release(self.ring);
    }

    /// Takes back everything since the last release: it is to be taken again.
    #[inline]
    pub fn rewind(&mut self) {
        let released = self.seat.released();
        self.leased().go_back(released);
    }

    /// Takes what is left without looking at it.
    pub fn skip_rest(&mut self) {
        self.leased().take_rest();
    }

    /// Takes back the event or run that was taken last, but nothing that was released: producers may
    /// be writing there.
    #[cfg(feature = "std")]
    pub(crate) fn untake(&mut self) {
        let done = self.seat.lease().done().max(self.seat.released());
        self.leased().go_back(done);
    }
}

impl<E> Batch<'_, E, Exclusive> {
    /// Takes the next event, to be changed in place.
    #[inline(always)]
    pub fn next_mut(&mut self) -> Option<&mut E> {
        self.leased().take_mut()
    }

    /// Takes the next events that lie side by side, to be changed in place.
    #[inline(always)]
    pub fn next_run_mut(&mut self) -> Option<&mut [E]> {
        self.leased().take_run_mut_at().map(|(_, _, run)| run)
    }

    /// As `next_run_at`, to be changed in place.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn next_run_mut_at(&mut self) -> Option<(&mut [E], At)> {
        let (sequence, end_of_batch, run) = self.leased().take_run_mut_at()?;
        Some((run, At { sequence: Sequence::new(sequence), end_of_batch }))
    }

    /// Takes all events in order, to be changed in place.
    #[inline(always)]
    pub fn for_each_mut(&mut self, mut f: impl FnMut(&mut E, At)) {
        self.leased().change_each(|event, sequence, end_of_batch| {
            f(event, At { sequence: Sequence::new(sequence), end_of_batch });
            true
        });
    }

    /// As [`take_while`](Self::take_while), with events to be changed in place.
    #[inline(always)]
    pub fn take_while_mut(&mut self, mut f: impl FnMut(&mut E, At) -> bool) {
        self.leased().change_each(|event, sequence, end_of_batch| {
            f(event, At { sequence: Sequence::new(sequence), end_of_batch })
        });
    }
}

impl<E, A: Access> Drop for Batch<'_, E, A> {
    #[inline(always)]
    fn drop(&mut self) {
        #[cfg(feature = "std")]
        if std::thread::panicking() {
            self.untake();
        }
        self.release();
    }
}

impl<E, A: Access> fmt::Debug for Batch<'_, E, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("first", &self.first()).field("len", &self.len()).finish()
    }
}
