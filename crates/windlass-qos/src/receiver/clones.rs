//! Receivers that share a buffer.

use windlass_sync::sync::Arc;

use super::Receiver;
use crate::error::BuildError;
use crate::level::Level;
use crate::paths::ManyReceivers;
use crate::sender::too_many;
use crate::store::Store;

impl<T: Send, L: Level, P: ManyReceivers> Receiver<T, L, P> {
    /// Another receiver from the same buffer: each message goes to one of them.
    ///
    /// # Errors
    ///
    /// [`BuildError::TooManyHandles`] if there are as many as the buffer was built for.
    pub fn try_clone(&self) -> Result<Self, BuildError> {
        let shared = Arc::clone(&self.shared);
        let Some(rx) = shared.store.receiver() else {
            return Err(too_many(shared.limits.receivers));
        };
        shared.add_receiver();
        let waiting = self.waiting.another(shared.key());
        Ok(Self { shared, rx, lag: 0, waiting })
    }
}

impl<T: Send, L: Level, P: ManyReceivers> Clone for Receiver<T, L, P> {
    /// Another receiver from the same buffer: each message goes to one of them.
    ///
    /// # Panics
    ///
    /// If there are as many as the buffer was built for; [`try_clone`](Receiver::try_clone) says so
    /// instead.
    fn clone(&self) -> Self {
        match self.try_clone() {
            Ok(receiver) => receiver,
            Err(error) => panic!("no further receiver: {error}"),
        }
    }
}
