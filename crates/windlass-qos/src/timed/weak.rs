//! Senders that do not keep a buffer open.

use core::fmt;

use windlass_sync::sync::Arc;

use super::clock::Clock;
use super::numbers::Numbers;
use super::sender::{Sender, Stamped};
use super::watch::Watch;
use crate::level::Level;
use crate::paths::{ManySenders, Paths};
use crate::sender::WeakSender as Plain;

/// May become a [`Sender`] as long as there is another one; keeps the buffer's memory and not it open.
pub struct WeakSender<T: Send, L: Level, P: Paths, C: Clock> {
    plain: Plain<Stamped<T>, L, P>,
    clock: C,
    /// The last stamp of the sender that it is from.
    latest: u64,
    watch: Option<Watch>,
    numbers: Arc<Numbers>,
}

impl<T: Send, L: Level, P: ManySenders, C: Clock> Sender<T, L, P, C> {
    /// As [`Sender::downgrade`](crate::Sender::downgrade).
    #[must_use]
    pub fn downgrade(&self) -> WeakSender<T, L, P, C> {
        WeakSender {
            plain: self.plain.downgrade(),
            clock: self.clock.clone(),
            latest: self.latest,
            watch: self.watch.clone(),
            numbers: Arc::clone(&self.numbers),
        }
    }
}

impl<T: Send, L: Level, P: ManySenders, C: Clock> WeakSender<T, L, P, C> {
    /// As [`WeakSender::upgrade`](crate::WeakSender::upgrade). What the sender should send in time counts from
    /// now.
    #[must_use]
    pub fn upgrade(&self) -> Option<Sender<T, L, P, C>> {
        let plain = self.plain.upgrade()?;
        let latest = self.latest.max(self.clock.nanos());
        Some(Sender {
            plain,
            clock: self.clock.clone(),
            latest,
            watch: self.watch.as_ref().map(|watch| watch.another(latest)),
            numbers: Arc::clone(&self.numbers),
        })
    }
}

impl<T: Send, L: Level, P: Paths, C: Clock> Clone for WeakSender<T, L, P, C> {
    fn clone(&self) -> Self {
        Self {
            plain: self.plain.clone(),
            clock: self.clock.clone(),
            latest: self.latest,
            watch: self.watch.clone(),
            numbers: Arc::clone(&self.numbers),
        }
    }
}

impl<T: Send, L: Level, P: Paths, C: Clock> fmt::Debug for WeakSender<T, L, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSender").field("plain", &self.plain).finish_non_exhaustive()
    }
}
