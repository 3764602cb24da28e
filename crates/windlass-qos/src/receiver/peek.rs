//! Looking at the next message, and taking the newest.

use super::Receiver;
use crate::bell::Bell;
use crate::error::TryRecvError;
use crate::level::{Level, Overwrites};
use crate::paths::{OneReceiver, Paths};
use crate::shared::Ring;
use crate::stats::DropReason;
use crate::store::{Peek, Store, Taken};

impl<T: Send, L: Overwrites, P: Paths> Receiver<T, L, P> {
    /// Takes the newest message, at once; those before it are dropped, as
    /// [`PassedOver`](DropReason::PassedOver).
    ///
    /// Lock-free, and it ends however quickly others send. It takes what it passes over one by one.
    ///
    /// # Errors
    ///
    /// As [`try_recv`](Self::try_recv).
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, mut rx) = windlass_qos::real_time(4)?;
    /// (1..=3).try_for_each(|i| tx.send(i))?;
    /// assert_eq!(rx.take_latest()?, 3);
    /// assert_eq!((rx.len(), rx.stats().passed_over), (0, 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn take_latest(&mut self) -> Result<T, TryRecvError> {
        if L::REPORTS && self.lag != 0 {
            return Err(TryRecvError::Lagged(core::mem::take(&mut self.lag)));
        }
        let Self { shared, rx, .. } = self;
        // Senders that wait learn of the room also if a destructor panics.
        let _bell = shared.not_full.get().map(Ring);
        let taken = shared.store.take_latest(rx, &mut |message| {
            shared.dispose(message, DropReason::PassedOver);
        });
        match taken {
            Taken::Message(message) => Ok(message),
            Taken::Empty => Err(TryRecvError::Empty),
            Taken::End => Err(TryRecvError::Closed),
            Taken::Lagged(n) => Err(TryRecvError::Lagged(n)),
        }
    }
}

impl<T: Send, L: Level, P: OneReceiver> Receiver<T, L, P> {
    /// Looks at the next message without taking it: the next verb that receives returns this one,
    /// whatever is sent meanwhile.
    ///
    /// Never waits: wait-free at [`Guaranteed`](crate::Guaranteed), otherwise lock-free. There is one receiver, so
    /// nobody else takes it; at levels that overwrite it makes room for another message, being out of reach of the
    /// senders from now on, and wakes a sender that waits for it.
    ///
    /// # Errors
    ///
    /// As [`try_recv`](Self::try_recv).
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, mut rx) = windlass_qos::guaranteed(4)?;
    /// tx.send(5)?;
    /// if *rx.peek()? < 10 {
    ///     assert_eq!(rx.recv()?, 5);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn peek(&mut self) -> Result<&T, TryRecvError> {
        if L::REPORTS && self.lag != 0 {
            return Err(TryRecvError::Lagged(core::mem::take(&mut self.lag)));
        }
        let Self { shared, rx, .. } = self;
        let found = shared.store.peek(rx);
        if shared.qos.overwrites()
            && let Some(bell) = shared.not_full.get()
        {
            // What is looked at has made room.
            bell.notify();
        }
        match found {
            Taken::Message(message) => Ok(message),
            Taken::Empty => Err(TryRecvError::Empty),
            Taken::End => Err(TryRecvError::Closed),
            Taken::Lagged(n) => Err(TryRecvError::Lagged(n)),
        }
    }
}
