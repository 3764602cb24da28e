//! Sending dead letters again.

use core::error::Error;
use core::fmt;

use super::Sender;
use super::offer::Target;
use crate::dead::DeadLetter;
use crate::error::Closed;
use crate::worker::Worker;

/// Why a dead letter was not sent again. It is given back.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResendError<M> {
    /// There is no message in it: a worker panicked with it, and there is no copy.
    NoMessage(DeadLetter<M>),
    /// The pool shuts down, or the worker is gone for good.
    Closed(DeadLetter<M>),
}

impl<M> ResendError<M> {
    /// The letter.
    #[must_use]
    pub fn into_letter(self) -> DeadLetter<M> {
        match self {
            Self::NoMessage(letter) | Self::Closed(letter) => letter,
        }
    }
}

impl<M> fmt::Debug for ResendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMessage(letter) => f.debug_tuple("NoMessage").field(letter).finish(),
            Self::Closed(letter) => f.debug_tuple("Closed").field(letter).finish(),
        }
    }
}

impl<M> fmt::Display for ResendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoMessage(_) => "there is no message to send again; see `Worker::keep`",
            Self::Closed(_) => "the pool shuts down, or the worker is gone for good",
        })
    }
}

impl<M> Error for ResendError<M> {}

impl<W: Worker> Sender<W> {
    /// Sends a dead letter again, and waits while the mailbox is full.
    ///
    /// A message that had a key goes to whoever has its slot now, one for a certain worker to that worker, and
    /// one for any to the next in turn. One that was high is high again, see
    /// [`DeadLetter::is_high`]. It has lost its place: it comes behind all of its priority that was sent meanwhile,
    /// also for its own key. Whether it should be sent again is the caller's to decide: a message
    /// with which workers panic comes back as often as it is sent.
    ///
    /// It counts as a message of its own: it was accepted and died, and is accepted once more and handled,
    /// dead or undelivered then. So numbers never go down, and
    /// `accepted = handled + dead + undelivered` holds with it at any time.
    ///
    /// # Errors
    ///
    /// [`ResendError`] gives the letter back.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicBool, Ordering};
    ///
    /// use windlass_pool::{Context, Pool, Shutdown, Worker};
    ///
    /// static IS_BROKEN: AtomicBool = AtomicBool::new(true);
    ///
    /// struct Store;
    ///
    /// impl Worker for Store {
    ///     type Message = u64;
    ///     type Control = ();
    ///     type Slot = ();
    ///
    ///     fn on_message(&mut self, _: &mut Context<'_, Self>, _: u64) {
    ///         assert!(!IS_BROKEN.load(Ordering::Relaxed), "nobody listens there");
    ///     }
    ///
    ///     fn keep(message: &u64) -> Option<u64> {
    ///         Some(*message)
    ///     }
    /// }
    ///
    /// let pool = Pool::builder(|_| Store).workers(2).build()?;
    /// let mut tx = pool.sender()?;
    /// tx.send(&1, 1)?;
    /// # while pool.dead_counts().total() == 0 { std::thread::yield_now() }
    /// IS_BROKEN.store(false, Ordering::Relaxed);
    /// for letter in pool.take_dead_letters() {
    ///     tx.resend(letter)?;
    /// }
    /// let report = pool.shutdown(Shutdown::drain());
    /// assert_eq!((report.accepted, report.dead.total(), report.handled), (2, 1, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resend(
        &mut self,
        letter: DeadLetter<W::Message>,
    ) -> Result<(), ResendError<W::Message>> {
        let target = Target::of_letter(&letter);
        let DeadLetter { message, reason, worker, slot, is_high } = letter;
        let back = |message| DeadLetter { message, reason, worker, slot, is_high };
        let Some(message) = message else { return Err(ResendError::NoMessage(back(None))) };
        let sent = self.put(target, message);
        sent.map_err(|Closed(message)| ResendError::Closed(back(Some(message))))
    }
}
