//! Sending later.

use core::time::Duration;

use windlass_partition::Key;

use super::{Sender, SenderBy, Target};
use crate::error::TrySendError;
use crate::schedule::{self, Repeated, Scheduled};
use crate::worker::Worker;

impl<W: Worker> Sender<W> {
    /// Sends to the worker that has the key, but not before `delay` is over. Never waits; takes a lock.
    ///
    /// When it is due it is as if a sender of its own had sent it then: it goes to whoever has the key at that
    /// time, behind what is in the mailbox. Those for one key arrive in the order in which they are due. If the
    /// mailbox is full it waits until there is room, and holds up no messages to others. What was not sent
    /// when the pool ends is undelivered.
    ///
    /// The first one in a pool starts a thread.
    ///
    /// # Errors
    ///
    /// [`TrySendError::Full`] gives the message back if as many wait as the pool was built for, see
    /// [`Builder::scheduled`](crate::Builder::scheduled), or if the system starts no thread;
    /// [`Closed`](TrySendError::Closed) if the pool has ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use windlass_pool::{Pool, Shutdown};
    ///
    /// let (seen, rx) = std::sync::mpsc::channel();
    /// let pool = Pool::each(move |_| {
    ///     let seen = seen.clone();
    ///     move |n: u64| seen.send(n).unwrap()
    /// })
    /// .build()?;
    /// let tx = pool.sender()?;
    /// tx.after(&1, Duration::from_millis(1), 1)?;
    /// let tomorrow = tx.after(&2, Duration::from_secs(86_400), 2)?;
    /// assert_eq!(rx.recv()?, 1);
    /// assert_eq!(tomorrow.cancel(), Some(2));
    /// # let _ = pool.shutdown(Shutdown::drain());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn after<K: Key + ?Sized>(
        &self,
        key: &K,
        delay: Duration,
        message: W::Message,
    ) -> Result<Scheduled<W>, TrySendError<W::Message>> {
        schedule::after(&self.shared, Target::key(key), delay, message)
    }

    /// As [`after`](Self::after), to one worker. If it is gone by then, the message is a dead letter.
    ///
    /// # Errors
    ///
    /// As [`after`](Self::after).
    pub fn after_to(
        &self,
        worker: usize,
        delay: Duration,
        message: W::Message,
    ) -> Result<Scheduled<W>, TrySendError<W::Message>> {
        schedule::after(&self.shared, Target::worker(worker), delay, message)
    }

    /// Sends a message at each end of `period` to the worker that has the key, until that is cancelled or the
    /// pool ends. Never waits; takes a lock.
    ///
    /// Each is made by the closure when it is due, on the thread that sends; it must not block, or all that
    /// is to be sent later is late. Nothing piles up: one that finds the mailbox full is dropped, and if more
    /// than one is due then one is sent. If the closure panics it is not called again.
    ///
    /// # Errors
    ///
    /// As [`after`](Self::after); the closure is dropped.
    ///
    /// # Panics
    ///
    /// If `period` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use windlass_pool::{Pool, Shutdown};
    ///
    /// let (seen, rx) = std::sync::mpsc::channel();
    /// let pool = Pool::each(move |_| {
    ///     let seen = seen.clone();
    ///     move |n: u64| drop(seen.send(n))
    /// })
    /// .build()?;
    /// let mut beats = 0..;
    /// let heart = pool.sender()?.every("heart", Duration::from_millis(1), move || beats.next().unwrap())?;
    /// assert_eq!([rx.recv()?, rx.recv()?], [0, 1]);
    /// heart.cancel();
    /// # let _ = pool.shutdown(Shutdown::drain());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn every<K: Key + ?Sized>(
        &self,
        key: &K,
        period: Duration,
        make: impl FnMut() -> W::Message + Send + 'static,
    ) -> Result<Repeated<W>, TrySendError<()>> {
        schedule::every(&self.shared, Target::key(key), period, make)
    }

    /// As [`every`](Self::every), to one worker.
    ///
    /// # Errors
    ///
    /// As [`every`](Self::every).
    ///
    /// # Panics
    ///
    /// If `period` is zero.
    pub fn every_to(
        &self,
        worker: usize,
        period: Duration,
        make: impl FnMut() -> W::Message + Send + 'static,
    ) -> Result<Repeated<W>, TrySendError<()>> {
        schedule::every(&self.shared, Target::worker(worker), period, make)
    }
}

impl<W: Worker, K: ?Sized + 'static> SenderBy<W, K> {
    /// As [`Sender::after`].
    ///
    /// # Errors
    ///
    /// As [`Sender::after`].
    pub fn after(
        &self,
        key: &K,
        delay: Duration,
        message: W::Message,
    ) -> Result<Scheduled<W>, TrySendError<W::Message>> {
        schedule::after(&self.sender.shared, self.target(key), delay, message)
    }

    /// As [`Sender::every`].
    ///
    /// # Errors
    ///
    /// As [`Sender::every`].
    ///
    /// # Panics
    ///
    /// If `period` is zero.
    pub fn every(
        &self,
        key: &K,
        period: Duration,
        make: impl FnMut() -> W::Message + Send + 'static,
    ) -> Result<Repeated<W>, TrySendError<()>> {
        schedule::every(&self.sender.shared, self.target(key), period, make)
    }
}
