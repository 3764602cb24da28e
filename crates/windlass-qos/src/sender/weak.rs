//! Senders that do not keep a buffer open.

use alloc::boxed::Box;
use core::fmt;

use windlass_sync::sync::Arc;

use super::{Sender, WhenFull};
use crate::level::Level;
use crate::paths::{ManySenders, Paths};
use crate::shared::{Shared, Waiting};
use crate::store::Store;

/// May become a [`Sender`] as long as there is another one; keeps the buffer's memory and not it open.
pub struct WeakSender<T: Send, L: Level, P: Paths> {
    shared: Arc<Shared<T, L, P>>,
    when_full: WhenFull,
    waiting: Box<Waiting>,
}

impl<T: Send, L: Level, P: ManySenders> Sender<T, L, P> {
    /// A handle that may become a sender later, and does not keep the buffer open.
    ///
    /// ```
    /// use windlass_qos::{Builder, Guaranteed};
    ///
    /// let (tx, _rx) = Builder::<i32, _>::new(Guaranteed, 8).many_senders(2).build()?;
    /// let weak = tx.downgrade();
    /// assert!(weak.upgrade().is_some());
    /// drop(tx);
    /// assert!(weak.upgrade().is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn downgrade(&self) -> WeakSender<T, L, P> {
        WeakSender {
            shared: Arc::clone(&self.shared),
            when_full: self.when_full,
            waiting: self.waiting.another(self.waiting.key),
        }
    }
}

impl<T: Send, L: Level, P: ManySenders> WeakSender<T, L, P> {
    /// A sender, unless the last one is gone, or there are as many as the buffer was built for.
    #[must_use]
    pub fn upgrade(&self) -> Option<Sender<T, L, P>> {
        if !self.shared.revive_sender() {
            return None;
        }
        let shared = Arc::clone(&self.shared);
        let Some(tx) = shared.store.sender() else {
            shared.remove_sender();
            return None;
        };
        let waiting = self.waiting.another(shared.key());
        Some(Sender { shared, tx, when_full: self.when_full, waiting })
    }
}

impl<T: Send, L: Level, P: Paths> Clone for WeakSender<T, L, P> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            when_full: self.when_full,
            waiting: self.waiting.another(self.waiting.key),
        }
    }
}

impl<T: Send, L: Level, P: Paths> fmt::Debug for WeakSender<T, L, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.debug(f.debug_struct("WeakSender"))
    }
}
