//! Keys of any type that are known when the buffer is built.

use alloc::vec::Vec;
use core::fmt;
use core::future::Future;
use core::hash::Hash;
use core::time::Duration;
use std::collections::HashMap;

use windlass_sync::sync::Arc;

use super::receiver::Receiver;
use super::sender::{SendError, Sender};
use crate::error::{BuildError, RecvError, RecvTimeoutError, TryRecvError};
use crate::stats::Stats;

/// Keys with the numbers that a buffer knows them by.
///
/// # Examples
///
/// ```
/// use windlass_qos::conflate::{Builder, Keys};
///
/// let keys = Keys::new(["EUR", "USD"]);
/// let (tx, rx) = Builder::new(keys.len()).senders(2).build()?;
/// let (mut tx, mut rx) = keys.name(tx, rx);
/// tx.send(&"USD", 1.07)?;
/// assert_eq!(rx.recv()?, (&"USD", 1.07));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Keys<K>(Arc<Table<K>>);

struct Table<K> {
    numbers: HashMap<K, usize>,
    keys: Vec<K>,
}

impl<K: Eq + Hash + Clone> Keys<K> {
    /// Numbers the keys in this order; one that comes again is the same.
    pub fn new(keys: impl IntoIterator<Item = K>) -> Self {
        let mut table = Table { numbers: HashMap::new(), keys: Vec::new() };
        for key in keys {
            let next = table.keys.len();
            table.numbers.entry(key.clone()).or_insert_with(|| {
                table.keys.push(key);
                next
            });
        }
        Self(Arc::new(table))
    }

    /// Puts the names to the ends of a buffer.
    ///
    /// # Panics
    ///
    /// If the buffer was built for another number of keys.
    #[must_use]
    pub fn name<T: Send>(&self, sender: Sender<T>, receiver: Receiver<T>) -> NamedPair<K, T> {
        assert!(
            sender.keys() == self.len() && receiver.keys() == self.len(),
            "the buffer has to be built for {} keys",
            self.len()
        );
        let sender = NamedSender { keys: self.clone(), sender };
        (sender, NamedReceiver { keys: self.clone(), receiver })
    }

    /// The number of a key.
    #[must_use]
    pub fn number(&self, key: &K) -> Option<usize> {
        self.0.numbers.get(key).copied()
    }
}

impl<K> Keys<K> {
    /// The key of a number.
    #[must_use]
    pub fn key(&self, number: usize) -> Option<&K> {
        self.0.keys.get(number)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.keys.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<K> fmt::Debug for Keys<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("len", &self.len()).finish()
    }
}

/// A sender and a receiver that know their keys by name.
pub type NamedPair<K, T> = (NamedSender<K, T>, NamedReceiver<K, T>);

/// A conflating buffer for these keys, between one sender and one receiver.
///
/// # Errors
///
/// [`BuildError`] for no key, or more than 1,000,000.
///
/// # Examples
///
/// ```
/// let (mut tx, mut rx) = windlass_qos::conflate::named(["door", "window"])?;
/// tx.send(&"window", "open")?;
/// tx.send(&"window", "shut")?;
/// assert_eq!(rx.recv()?, (&"window", "shut"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn named<K: Eq + Hash + Clone, T: Send>(
    keys: impl IntoIterator<Item = K>,
) -> Result<NamedPair<K, T>, BuildError> {
    let keys = Keys::new(keys);
    let (sender, receiver) = super::channel(keys.len())?;
    Ok(keys.name(sender, receiver))
}

/// A [`Sender`] that knows its keys by name.
#[derive(Clone)]
pub struct NamedSender<K, T: Send> {
    keys: Keys<K>,
    sender: Sender<T>,
}

impl<K: Eq + Hash + Clone, T: Send> NamedSender<K, T> {
    /// As [`Sender::send`].
    ///
    /// # Errors
    ///
    /// [`SendError`] gives the update back.
    pub fn send(&mut self, key: &K, update: T) -> Result<(), SendError<T>> {
        self.sender.send(self.number(key), update)
    }

    /// As [`Sender::replace`].
    ///
    /// # Errors
    ///
    /// [`SendError`] gives the update back.
    pub fn replace(&mut self, key: &K, update: T) -> Result<Option<T>, SendError<T>> {
        self.sender.replace(self.number(key), update)
    }

    /// As [`Sender::send_merge`].
    ///
    /// # Errors
    ///
    /// [`SendError`] gives the update back.
    ///
    /// # Panics
    ///
    /// If `merge` does.
    pub fn send_merge(
        &mut self,
        key: &K,
        update: T,
        merge: impl FnMut(&mut T, T),
    ) -> Result<(), SendError<T>> {
        self.sender.send_merge(self.number(key), update, merge)
    }

    /// The sender by numbers.
    pub fn numbered(&mut self) -> &mut Sender<T> {
        &mut self.sender
    }

    /// How the buffer is doing.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.sender.stats()
    }

    /// The number of a key, or one that there is no key for.
    fn number(&self, key: &K) -> usize {
        self.keys.number(key).unwrap_or(usize::MAX)
    }
}

#[cfg(all(feature = "metrics", not(loom)))]
impl<K, T: Send + 'static> crate::metrics::Watch for NamedSender<K, T> {
    fn numbers(&self) -> Box<dyn crate::metrics::Numbers> {
        self.sender.numbers()
    }
}

impl<K, T: Send> fmt::Debug for NamedSender<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamedSender").field("sender", &self.sender).finish_non_exhaustive()
    }
}

/// A [`Receiver`] that knows its keys by name.
pub struct NamedReceiver<K, T: Send> {
    keys: Keys<K>,
    receiver: Receiver<T>,
}

impl<K, T: Send> NamedReceiver<K, T> {
    /// As [`Receiver::try_recv`].
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] or [`TryRecvError::Closed`].
    pub fn try_recv(&mut self) -> Result<(&K, T), TryRecvError> {
        let (number, update) = self.receiver.try_recv()?;
        Ok((self.key(number), update))
    }

    /// As [`Receiver::recv`].
    ///
    /// # Errors
    ///
    /// [`RecvError::Closed`] if nothing will come.
    pub fn recv(&mut self) -> Result<(&K, T), RecvError> {
        let (number, update) = self.receiver.recv()?;
        Ok((self.key(number), update))
    }

    /// As [`Receiver::recv_timeout`].
    ///
    /// # Errors
    ///
    /// [`RecvTimeoutError::Timeout`] or [`RecvTimeoutError::Closed`].
    pub fn recv_timeout(&mut self, wait: Duration) -> Result<(&K, T), RecvTimeoutError> {
        let (number, update) = self.receiver.recv_timeout(wait)?;
        Ok((self.key(number), update))
    }

    /// As [`Receiver::recv_async`].
    ///
    /// # Errors
    ///
    /// [`RecvError::Closed`] if nothing will come.
    pub fn recv_async(&mut self) -> impl Future<Output = Result<(&K, T), RecvError>> + Send + '_
    where
        K: Send + Sync,
    {
        let Self { keys, receiver } = self;
        async move {
            let (number, update) = receiver.recv_async().await?;
            Ok((&keys.0.keys[number], update))
        }
    }

    /// The receiver by numbers.
    pub fn numbered(&mut self) -> &mut Receiver<T> {
        &mut self.receiver
    }

    /// How the buffer is doing.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.receiver.stats()
    }

    fn key(&self, number: usize) -> &K {
        &self.keys.0.keys[number]
    }
}

#[cfg(all(feature = "metrics", not(loom)))]
impl<K, T: Send + 'static> crate::metrics::Watch for NamedReceiver<K, T> {
    fn numbers(&self) -> Box<dyn crate::metrics::Numbers> {
        self.receiver.numbers()
    }
}

impl<K, T: Send> fmt::Debug for NamedReceiver<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamedReceiver").field("receiver", &self.receiver).finish_non_exhaustive()
    }
}
