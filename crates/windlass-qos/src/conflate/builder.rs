//! Building a conflating buffer.

use alloc::boxed::Box;
use core::fmt;

use windlass_ring::Wait;
use windlass_sync::sync::Arc;

use super::receiver::Receiver;
use super::sender::Sender;
use super::shared::{OnDrop, Shared};
use crate::error::{BuildError, MAX_CAPACITY, MAX_HANDLES};
use crate::stats::DropReason;

/// Builds a conflating buffer for the keys `0..keys`.
///
/// # Examples
///
/// ```
/// use windlass_qos::{DropReason, conflate};
///
/// let (mut tx, mut rx) = conflate::Builder::new(8)
///     .senders(2)
///     .on_drop(|old: u32, reason| assert_eq!((old, reason), (1, DropReason::Conflated)))
///     .build()?;
/// let mut other = tx.clone();
/// tx.send(5, 1)?;
/// other.send(5, 2)?;
/// assert_eq!(rx.recv()?, (5, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a builder builds nothing until `build`"]
pub struct Builder<T> {
    keys: usize,
    senders: usize,
    wait: Wait,
    on_drop: Option<OnDrop<T>>,
}

impl<T: Send> Builder<T> {
    /// A buffer for so many keys, with one sender.
    pub fn new(keys: usize) -> Self {
        Self { keys, senders: 1, wait: Wait::default(), on_drop: None }
    }

    /// The sender can be cloned, up to `n` at a time.
    pub fn senders(self, n: usize) -> Self {
        Self { senders: n, ..self }
    }

    /// How the receiver waits for updates.
    pub fn wait(self, wait: Wait) -> Self {
        Self { wait, ..self }
    }

    /// Calls `on_drop` with each update that nobody gets, and why; without it they are dropped.
    ///
    /// What [`replace`](Sender::replace) hands back and what a merge takes in does not come here. It runs on
    /// the thread that finds the update; the buffer is free for others meanwhile, and stays in order if the
    /// callback panics. The panic goes on to the caller.
    pub fn on_drop(self, on_drop: impl Fn(T, DropReason) + Send + Sync + 'static) -> Self {
        Self { on_drop: Some(Box::new(on_drop)), ..self }
    }

    /// Allocates the buffer. Nothing allocates afterwards but cloning a sender.
    ///
    /// # Errors
    ///
    /// [`BuildError`] for no key, for more than 1,000,000, for no sender or for too many, or if the memory is not
    /// there.
    pub fn build(self) -> Result<(Sender<T>, Receiver<T>), BuildError> {
        let Self { keys, senders, wait, on_drop } = self;
        if keys == 0 {
            return Err(BuildError::NoCapacity);
        }
        if MAX_CAPACITY < keys {
            return Err(BuildError::CapacityTooLarge { capacity: keys, max: MAX_CAPACITY });
        }
        if senders == 0 {
            return Err(BuildError::NoHandles);
        }
        let too_many = BuildError::TooManyHandles { handles: senders, max: MAX_HANDLES };
        if MAX_HANDLES < senders {
            return Err(too_many);
        }
        let (Ok(keys), Ok(handles)) = (u32::try_from(keys), u32::try_from(senders)) else {
            return Err(too_many);
        };
        let shared = Arc::new(Shared::new(keys, handles, on_drop)?);
        shared.add_sender();
        let receiver = Receiver::new(Arc::clone(&shared), wait);
        let sender = Sender::new(shared).ok_or(BuildError::NoHandles)?;
        Ok((sender, receiver))
    }
}

impl<T> fmt::Debug for Builder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("keys", &self.keys)
            .field("senders", &self.senders)
            .finish_non_exhaustive()
    }
}

/// A conflating buffer for the keys `0..keys`, between one sender and one receiver.
///
/// # Errors
///
/// [`BuildError`] for no key, or more than 1,000,000.
pub fn channel<T: Send>(keys: usize) -> Result<(Sender<T>, Receiver<T>), BuildError> {
    Builder::new(keys).build()
}
