//! The sending end.

use core::error::Error;
use core::fmt;

use windlass_sync::sync::Arc;

use super::cells::{Spare, State, Word};
use super::seat::Seat;
use super::shared::Shared;
use crate::error::BuildError;
use crate::stats::{DropReason, Stats};

/// Why an update was not accepted; it comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendError<T> {
    /// The buffer was built without this key.
    NoSuchKey(T),
    /// Nothing will ever be accepted again: the buffer was closed, or its receiver is gone.
    Closed(T),
}

impl<T> SendError<T> {
    /// The update.
    pub fn into_inner(self) -> T {
        match self {
            Self::NoSuchKey(update) | Self::Closed(update) => update,
        }
    }
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchKey(_) => "NoSuchKey(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSuchKey(_) => "the buffer was built without this key",
            Self::Closed(_) => "the buffer is closed: nothing will be accepted again",
        })
    }
}

impl<T> Error for SendError<T> {}

/// Puts updates into a conflating buffer.
///
/// When the last sender is dropped the buffer closes, and the receiver drains it. When the receiver is dropped, updates
/// come back; what senders were just putting in is dropped by one of them.
pub struct Sender<T: Send> {
    shared: Arc<Shared<T>>,
    /// Which of the seats is this sender's.
    seat: usize,
    /// `None` only while the sender is dropped.
    spare: Option<Spare>,
}

impl<T: Send> Sender<T> {
    /// A sender that is counted already.
    pub(super) fn new(shared: Arc<Shared<T>>) -> Option<Self> {
        let seat = shared.seats.iter().position(|seat| seat.take())?;
        let spare = shared.spare();
        Some(Self { shared, seat, spare })
    }

    /// Sets the unread update of a key. Wait-free; never fails while the buffer is open.
    ///
    /// An older unread update of the key is dropped, or goes to the callback of the builder as
    /// [`Conflated`](DropReason::Conflated), and the key keeps its place.
    ///
    /// # Errors
    ///
    /// [`SendError`] gives the update back.
    pub fn send(&mut self, key: usize, update: T) -> Result<(), SendError<T>> {
        if let Some(old) = self.replace(key, update)? {
            self.shared.dispose(old, DropReason::Conflated);
        }
        Ok(())
    }

    /// Sets the unread update of a key and hands back the one that was there. Wait-free.
    ///
    /// # Errors
    ///
    /// [`SendError`] gives the update back.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, mut rx) = windlass_qos::conflate::channel(1)?;
    /// assert_eq!(tx.replace(0, 1)?, None);
    /// assert_eq!(tx.replace(0, 2)?, Some(1));
    /// assert_eq!(rx.recv()?, (0, 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn replace(&mut self, key: usize, update: T) -> Result<Option<T>, SendError<T>> {
        let Some((work, key)) = self.work(key) else {
            return Err(SendError::NoSuchKey(update));
        };
        if work.is_refused() {
            return Err(SendError::Closed(update));
        }
        let (was, old) = work.shared.cells.fill(key, work.spare, update);
        if was == State::Empty {
            work.shared.queue.push(key);
        }
        work.count(1, u64::from(was == State::Full));
        Ok(old)
    }

    /// Merges an update into the unread one of a key, or sets it if there is none. Lock-free.
    ///
    /// `merge` gets the unread update and the newer one, and leaves in the first what both come to: a sum, or
    /// the highest and the last. The key keeps its place. While `merge` runs nobody else has the update; a
    /// receiver that comes to the key meanwhile goes on to the next one and looks at this one first when it
    /// comes again. If another sender sends an update of the key meanwhile, `merge` is called once more, with
    /// that one as the newer; what that sender sends behind it may then come before the merged one. With one
    /// sender, or with updates that may be merged in any order, nothing of that is seen.
    ///
    /// # Errors
    ///
    /// [`SendError`] gives the update back; `merge` was not called.
    ///
    /// # Panics
    ///
    /// If `merge` does. The unread update then is back in its place as `merge` left it, and the new one
    /// was not accepted; unless another sender put one in meanwhile, which takes the place.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, mut rx) = windlass_qos::conflate::channel(1)?;
    /// for price in [5, 9, 7] {
    ///     tx.send_merge(0, (price, price), |unread, new| {
    ///         *unread = (unread.0.max(new.0), new.1);
    ///     })?;
    /// }
    /// assert_eq!(rx.recv()?, (0, (9, 7)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_merge(
        &mut self,
        key: usize,
        update: T,
        mut merge: impl FnMut(&mut T, T),
    ) -> Result<(), SendError<T>> {
        let Some((mut work, key)) = self.work(key) else {
            return Err(SendError::NoSuchKey(update));
        };
        if work.is_refused() {
            return Err(SendError::Closed(update));
        }
        let (mut mine, mut merged) = (update, 0);
        loop {
            let seen = work.shared.cells.look(key);
            if seen.state() == State::Full {
                let found = work.shared.cells.take_if(key, seen, work.spare, State::Merging);
                let Some(found) = found else { continue };
                // The first one that is found is older; those that come meanwhile are newer.
                let (old, new) = if merged == 0 { (found, mine) } else { (mine, found) };
                mine = work.merge(key, old, new, &mut merge, merged);
                merged += 1;
            } else {
                match work.set(key, seen, mine) {
                    Ok(()) => break,
                    Err(refused) => mine = refused,
                }
            }
        }
        work.count(1, merged);
        Ok(())
    }

    /// Refuses all further updates, of all senders, and wakes the receiver, which drains the buffer.
    pub fn close(&self) {
        self.shared.close();
    }

    /// Whether updates are refused.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed()
    }

    /// How many keys there are: `0..keys`.
    #[must_use]
    pub fn keys(&self) -> usize {
        self.shared.cells.len()
    }

    /// Keys with something unread; may be out of date at once.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.len()
    }

    /// Whether nothing is unread; may be out of date at once.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How the buffer is doing.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.stats()
    }

    /// Another sender into the same buffer.
    ///
    /// # Errors
    ///
    /// [`BuildError::TooManyHandles`] if there are as many as the buffer was built for.
    pub fn try_clone(&self) -> Result<Self, BuildError> {
        self.shared.add_sender();
        Self::new(Arc::clone(&self.shared)).ok_or_else(|| {
            self.shared.remove_sender();
            let max = self.shared.seats.len();
            BuildError::TooManyHandles { handles: max + 1, max }
        })
    }

    /// Begins to work on a key, if there is such a one.
    fn work(&mut self, key: usize) -> Option<(Work<'_, T>, u32)> {
        if self.keys() <= key {
            return None;
        }
        let spare = self.spare.as_mut()?;
        let seat = &*self.shared.seats[self.seat];
        seat.begin();
        Some((Work { shared: &self.shared, seat, spare }, u32::try_from(key).ok()?))
    }
}

/// A sender at work. When it is done, or unwinds, the receiver is told.
struct Work<'s, T> {
    shared: &'s Shared<T>,
    seat: &'s Seat,
    spare: &'s mut Spare,
}

impl<T> Work<'_, T> {
    fn is_refused(&self) -> bool {
        self.shared.is_refused()
    }

    fn count(&self, accepted: u64, conflated: u64) {
        self.seat.count(accepted, conflated);
    }

    /// Fills a cell that was seen without an update.
    fn set(&mut self, key: u32, seen: Word, update: T) -> Result<(), T> {
        self.shared.cells.fill_if(key, seen, self.spare, update)?;
        if seen.state() == State::Empty {
            self.shared.queue.push(key);
        }
        Ok(())
    }

    /// Merges two updates that are both in this sender's hand.
    fn merge(
        &mut self,
        key: u32,
        old: T,
        new: T,
        merge: &mut impl FnMut(&mut T, T),
        merged: u64,
    ) -> T {
        let mut hand = Hand { work: self, key, update: Some(old), merged };
        if let Some(old) = &mut hand.update {
            merge(old, new);
        }
        let Some(update) = hand.update.take() else {
            unreachable!("only dropping the hand empties it")
        };
        update
    }
}

impl<T> Drop for Work<'_, T> {
    fn drop(&mut self) {
        self.seat.end();
        self.shared.ring();
    }
}

/// An update that a sender merges something into. If that panics, it goes back into its place.
struct Hand<'w, 's, T> {
    work: &'w mut Work<'s, T>,
    key: u32,
    update: Option<T>,
    /// Others that were merged into it before.
    merged: u64,
}

impl<T> Drop for Hand<'_, '_, T> {
    fn drop(&mut self) {
        let Some(mut update) = self.update.take() else { return };
        loop {
            let seen = self.work.shared.cells.look(self.key);
            if seen.state() == State::Full {
                self.work.count(0, self.merged + 1);
                self.work.shared.dispose(update, DropReason::Conflated);
                return;
            }
            match self.work.set(self.key, seen, update) {
                Ok(()) => return self.work.count(0, self.merged),
                Err(refused) => update = refused,
            }
        }
    }
}

impl<T: Send> Clone for Sender<T> {
    /// Another sender into the same buffer.
    ///
    /// # Panics
    ///
    /// If there are as many as the buffer was built for; [`try_clone`](Sender::try_clone) says so instead.
    fn clone(&self) -> Self {
        match self.try_clone() {
            Ok(sender) => sender,
            Err(error) => panic!("no further sender: {error}"),
        }
    }
}

impl<T: Send> Drop for Sender<T> {
    fn drop(&mut self) {
        if let Some(spare) = self.spare.take() {
            self.shared.give_back(spare);
        }
        self.shared.seats[self.seat].leave();
        self.shared.remove_sender();
    }
}

impl<T: Send> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("keys", &self.keys()).field("len", &self.len()).finish()
    }
}

#[cfg(all(feature = "metrics", not(loom)))]
impl<T: Send + 'static> crate::metrics::Watch for Sender<T> {
    fn numbers(&self) -> Box<dyn crate::metrics::Numbers> {
        crate::metrics::Of::boxed(&self.shared, |shared| (shared.cells.len(), shared.stats()))
    }
}
