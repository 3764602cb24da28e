//! Senders that share a buffer.

use windlass_sync::sync::Arc;

use super::Sender;
use crate::error::BuildError;
use crate::level::Level;
use crate::paths::ManySenders;
use crate::store::Store;

impl<T: Send, L: Level, P: ManySenders> Sender<T, L, P> {
    /// Another sender into the same buffer.
    ///
    /// # Errors
    ///
    /// [`BuildError::TooManyHandles`] if there are as many as the buffer was built for.
    pub fn try_clone(&self) -> Result<Self, BuildError> {
        self.shared.add_sender();
        self.counted()
    }

    /// A sender that is counted already.
    fn counted(&self) -> Result<Self, BuildError> {
        let shared = Arc::clone(&self.shared);
        let Some(tx) = shared.store.sender() else {
            shared.remove_sender();
            return Err(too_many(shared.limits.senders));
        };
        let waiting = self.waiting.another(shared.key());
        Ok(Self { shared, tx, when_full: self.when_full, waiting })
    }
}

/// One more than there may be.
#[cold]
pub(crate) fn too_many(max: usize) -> BuildError {
    BuildError::TooManyHandles { handles: max + 1, max }
}

impl<T: Send, L: Level, P: ManySenders> Clone for Sender<T, L, P> {
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
