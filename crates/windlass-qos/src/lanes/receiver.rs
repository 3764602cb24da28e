//! The receiving end of all lanes.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::future::Future;
use core::time::Duration;

use windlass_ring::{Deadline, Wait};
use windlass_sync::sync::Arc;

use super::shared::{Ring, Rx, Shared};
use super::turn::Turn;
use crate::error::{BuildError, RecvError, RecvTimeoutError, TryRecvError};
use crate::listen::Listener;
use crate::receiver::{next_now, next_waiting};
use crate::stats::Stats;
use crate::store::{Store, Taken};

/// Takes messages from all lanes, in turn.
pub struct Receiver<T: Send> {
    shared: Arc<Shared<T>>,
    side: Side<T>,
    listener: Listener,
}

/// What the receiver has to itself.
struct Side<T: Send> {
    rx: Box<[Rx<T>]>,
    turn: Turn,
    /// The lane that answered last.
    lane: usize,
    /// Lanes that are looked at: those before this one.
    until: usize,
}

impl<T: Send> Receiver<T> {
    pub(super) fn new(shared: Arc<Shared<T>>, turn: Turn, wait: Wait) -> Result<Self, BuildError> {
        let rx: Option<Vec<_>> = shared.lanes.iter().map(|track| track.store.receiver()).collect();
        let rx: Box<[_]> = rx.ok_or(BuildError::NoHandles)?.into();
        let side = Side { turn, lane: 0, until: rx.len(), rx };
        Ok(Self { shared, side, listener: Listener::new(0, wait) })
    }

    /// Takes the next message, with the number of its lane. Never waits.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if no lane has one, [`Closed`](TryRecvError::Closed) if none will,
    /// [`Lagged`](TryRecvError::Lagged) if messages of [`lane`](Self::lane) are missing.
    pub fn try_recv(&mut self) -> Result<(usize, T), TryRecvError> {
        match self.side.look(&self.shared) {
            Some(Ok(found)) => Ok(found),
            Some(Err(RecvError::Closed)) => Err(TryRecvError::Closed),
            Some(Err(RecvError::Lagged(n))) => Err(TryRecvError::Lagged(n)),
            None => Err(TryRecvError::Empty),
        }
    }

    /// Takes further messages of the lane that gave the last one to the end of a list, without asking the other lanes
    /// in between: as long as there are some and `fits` says so of each, at most `most`, and no more than the rule
    /// allows it in a row. Returns how many. The first that does not fit stays where it is.
    ///
    /// Never waits; allocates if the list has no room. Takes nothing from a lane whose level overwrites, where one may
    /// be missing in between, and nothing if `fits` panics.
    pub fn try_recv_more(
        &mut self,
        most: usize,
        into: &mut Vec<T>,
        fits: impl FnMut(&T) -> bool,
    ) -> usize {
        let Self { shared, side, .. } = self;
        let Side { rx, turn, lane, until } = side;
        let track = &shared.lanes[*lane];
        if *until <= *lane || track.store.is_quiet(&rx[*lane]) {
            return 0;
        }
        // Rung once behind all of them.
        let _senders = Ring(&track.not_full);
        let most = u32::try_from(most).unwrap_or(u32::MAX).min(turn.more());
        let taken = track.store.take_run(&mut rx[*lane], most as usize, into, fits);
        #[expect(clippy::cast_possible_truncation, reason = "no more than `most`")]
        turn.gave_more(taken as u32);
        taken
    }

    /// Takes the next message, and waits for it.
    ///
    /// # Errors
    ///
    /// [`RecvError::Closed`] if none will come, [`Lagged`](RecvError::Lagged) if messages of
    /// [`lane`](Self::lane) are missing.
    pub fn recv(&mut self) -> Result<(usize, T), RecvError> {
        match self.wait(Deadline::never()) {
            Some(found) => found,
            None => unreachable!("a wait without a deadline finds something"),
        }
    }

    /// Takes the next message, and waits for it at most so long.
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError`], as [`recv`](Self::recv), or because the time is over.
    pub fn recv_timeout(&mut self, wait: Duration) -> Result<(usize, T), RecvTimeoutError> {
        self.recv_deadline(Deadline::after(wait))
    }

    /// Takes the next message, and waits for it at most until `deadline`.
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError`], as [`recv`](Self::recv), or because the deadline has passed.
    pub fn recv_deadline(&mut self, deadline: Deadline) -> Result<(usize, T), RecvTimeoutError> {
        match self.wait(deadline) {
            Some(found) => found.map_err(RecvTimeoutError::from),
            None => Err(RecvTimeoutError::Timeout),
        }
    }

    /// Takes the next message, and waits for it until `deadline` or until `until` says so: then it is `Ok(None)`.
    ///
    /// For a thread that waits for something else besides. Whoever changes what `until` looks at unparks this
    /// thread behind that, or it is noticed with the next message only. `until` is asked any number of times.
    ///
    /// # Errors
    ///
    /// As [`recv_deadline`](Self::recv_deadline).
    pub fn recv_or(
        &mut self,
        deadline: Deadline,
        mut until: impl FnMut() -> bool,
    ) -> Result<Option<(usize, T)>, RecvTimeoutError> {
        let Self { shared, side, listener } = self;
        let look = || match side.look(shared) {
            None if until() => Some(Ok(None)),
            found => found.map(|found| found.map(Some)),
        };
        match listener.wait(&shared.not_empty, shared.parties(), deadline, look) {
            Some(found) => found.map_err(RecvTimeoutError::from),
            None => Err(RecvTimeoutError::Timeout),
        }
    }

    /// Takes the next message as soon as there is one. Works with any runtime; dropped before it is done, it
    /// takes nothing.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub fn recv_async(
        &mut self,
    ) -> impl Future<Output = Result<(usize, T), RecvError>> + Send + '_ {
        let Self { shared, side, listener } = self;
        let shared: &Shared<T> = shared;
        listener.listen(&shared.not_empty, move || side.look(shared))
    }

    /// Waits for each message in turn, up to the end, and passes over what is missing.
    pub fn iter(&mut self) -> Iter<'_, T> {
        Iter(self)
    }

    /// The messages that are there now, without what is missing.
    pub fn try_iter(&mut self) -> TryIter<'_, T> {
        TryIter(self)
    }

    /// The lane that answered last: the one of a message, or of [`Lagged`](TryRecvError::Lagged).
    #[must_use]
    pub fn lane(&self) -> usize {
        self.side.lane
    }

    /// From now on takes messages of the first `lanes` lanes only. The others fill up meanwhile.
    pub fn listen_to(&mut self, lanes: usize) {
        self.side.until = lanes.min(self.lanes());
    }

    /// Messages in one lane, if there is one of that number; may be out of date at once.
    #[must_use]
    pub fn len_of(&self, lane: usize) -> Option<usize> {
        Some(self.shared.lanes.get(lane)?.store.len())
    }

    /// How many lanes there are.
    #[must_use]
    pub fn lanes(&self) -> usize {
        self.shared.lanes.len()
    }

    /// Refuses all further messages of all lanes; those that were accepted are still received.
    pub fn close(&self) {
        (0..self.lanes()).for_each(|lane| self.shared.close(lane));
    }

    /// Messages in all lanes; may be out of date at once.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.lanes.iter().map(|track| track.store.len()).sum()
    }

    /// Whether all lanes are empty; may be out of date at once.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How a lane is doing, if there is one of that number.
    #[must_use]
    pub fn stats(&self, lane: usize) -> Option<Stats> {
        Some(self.shared.lanes.get(lane)?.stats())
    }

    fn wait(&mut self, deadline: Deadline) -> Option<Result<(usize, T), RecvError>> {
        let Self { shared, side, listener } = self;
        listener.wait(&shared.not_empty, shared.parties(), deadline, || side.look(shared))
    }
}

impl<T: Send> Side<T> {
    /// Looks for a message in all lanes, or for the end.
    #[inline]
    fn look(&mut self, shared: &Shared<T>) -> Option<Result<(usize, T), RecvError>> {
        let Self { rx, turn, lane: answered, until } = self;
        // In line and short: whoever waits looks here again and again.
        let lanes = shared.lanes.iter().zip(&mut *rx).take(*until).enumerate();
        let mut busy = lanes.filter(|(_, (track, rx))| !track.store.is_quiet(rx));
        let Some((lane, (track, rx))) = busy.next() else {
            turn.begin_round();
            return None;
        };
        // It is its turn by the rule of `Turn::next`: none before it has anything. Only where nothing but a message
        // can be found.
        if turn.may_give(lane)
            && !track.level.overwrites()
            && let Taken::Message(message) = track.store.take(rx)
        {
            *answered = lane;
            track.not_full.notify();
            return Some(Ok(turn.gave(lane, message)));
        }
        self.look_on(shared)
    }

    /// The same, whatever it is that was found.
    #[inline(never)]
    fn look_on(&mut self, shared: &Shared<T>) -> Option<Result<(usize, T), RecvError>> {
        let Self { rx, turn, lane: answered, until } = self;
        let mut may_come = *until < rx.len();
        let found = turn.next(*until, |lane| match shared.lanes[lane].store.take(&mut rx[lane]) {
            Taken::Message(message) => Some(Ok(message)),
            // Counts as a message.
            Taken::Lagged(n) => Some(Err(n)),
            Taken::Empty => {
                may_come = true;
                None
            }
            Taken::End => None,
        });
        let Some((lane, found)) = found else {
            // Without a message every lane was asked.
            return if may_come { None } else { Some(Err(RecvError::Closed)) };
        };
        *answered = lane;
        let track = &shared.lanes[lane];
        if !track.level.overwrites() {
            track.not_full.notify();
        }
        Some(found.map(|message| (lane, message)).map_err(RecvError::Lagged))
    }
}

impl<T: Send> Drop for Receiver<T> {
    /// Closes all lanes; what is in them goes to nobody.
    fn drop(&mut self) {
        self.close();
        self.shared.remove_receiver(&mut self.side.rx);
    }
}

impl<T: Send> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("lanes", &self.lanes()).field("len", &self.len()).finish()
    }
}

#[cfg(all(feature = "metrics", not(loom)))]
impl<T: Send + 'static> crate::metrics::Watch for Receiver<T> {
    fn numbers(&self) -> Box<dyn crate::metrics::Numbers> {
        crate::metrics::Of::boxed(&self.shared, |shared: &Shared<T>| {
            let mut all = (0, Stats::default());
            for track in &shared.lanes {
                all.0 += track.store.capacity();
                all.1.add(&track.stats());
            }
            all
        })
    }
}

/// Waits for each message in turn; made by [`Receiver::iter`].
#[derive(Debug)]
pub struct Iter<'r, T: Send>(&'r mut Receiver<T>);

impl<T: Send> Iterator for Iter<'_, T> {
    type Item = (usize, T);

    fn next(&mut self) -> Option<Self::Item> {
        next_waiting(|| self.0.recv())
    }
}

/// The messages that are there; made by [`Receiver::try_iter`].
#[derive(Debug)]
pub struct TryIter<'r, T: Send>(&'r mut Receiver<T>);

impl<T: Send> Iterator for TryIter<'_, T> {
    type Item = (usize, T);

    fn next(&mut self) -> Option<Self::Item> {
        next_now(|| self.0.try_recv())
    }
}
