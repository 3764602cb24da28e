//! Sending many messages.

use core::error::Error;
use core::fmt;
use core::iter;

use super::Sender;
use crate::error::{Closed, TrySendError};
use crate::level::Level;
use crate::paths::Paths;

/// The messages of a batch that were not sent: iterate over it to have them back.
pub struct Unsent<I: Iterator> {
    sent: usize,
    refused: TrySendError<I::Item>,
    rest: I,
}

impl<I: Iterator> Unsent<I> {
    /// How many messages of the batch went in.
    #[must_use]
    pub fn sent(&self) -> usize {
        self.sent
    }

    /// Whether there was no room; otherwise the buffer is closed.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.refused.is_full()
    }
}

impl<I: Iterator> IntoIterator for Unsent<I> {
    type Item = I::Item;
    type IntoIter = iter::Chain<iter::Once<I::Item>, I>;

    /// The refused message, and those behind it.
    fn into_iter(self) -> Self::IntoIter {
        iter::once(self.refused.into_inner()).chain(self.rest)
    }
}

impl<I: Iterator> fmt::Debug for Unsent<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unsent")
            .field("sent", &self.sent)
            .field("refused", &self.refused)
            .finish_non_exhaustive()
    }
}

impl<I: Iterator> fmt::Display for Unsent<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after {} messages: {}", self.sent, self.refused)
    }
}

impl<I: Iterator> Error for Unsent<I> {}

impl<T: Send, L: Level, P: Paths> Sender<T, L, P> {
    /// Puts messages in, one behind the other, as [`send`](Self::send) does. Returns how many.
    ///
    /// Those of other senders may come in between. Progress is that of [`send`](Self::send), for each. If the iterator
    /// panics, what it gave out before has been sent.
    ///
    /// # Errors
    ///
    /// [`Unsent`] says how many went in and gives back what did not: the buffer is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, mut rx) = windlass_qos::guaranteed(8)?;
    /// assert_eq!(tx.send_many(1..=3)?, 3);
    /// rx.close();
    /// let unsent = tx.send_many(4..=6).unwrap_err();
    /// assert_eq!(unsent.into_iter().collect::<Vec<_>>(), [4, 5, 6]);
    /// assert_eq!(rx.drain().collect::<Vec<_>>(), [1, 2, 3]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn send_many<I>(&mut self, messages: I) -> Result<usize, Unsent<I::IntoIter>>
    where
        I: IntoIterator<Item = T>,
    {
        put_many(messages.into_iter(), |message| {
            self.send(message).map_err(|Closed(message)| TrySendError::Closed(message))
        })
    }

    /// Puts messages in as long as there is room, as [`try_send`](Self::try_send) does. Returns how many.
    ///
    /// Progress is that of [`try_send`](Self::try_send), for each.
    ///
    /// # Errors
    ///
    /// [`Unsent`] says how many went in and gives back what did not.
    pub fn try_send_many<I>(&mut self, messages: I) -> Result<usize, Unsent<I::IntoIter>>
    where
        I: IntoIterator<Item = T>,
    {
        put_many(messages.into_iter(), |message| self.try_send(message))
    }
}

/// Puts messages in until one is refused.
pub(crate) fn put_many<I: Iterator>(
    mut rest: I,
    mut put: impl FnMut(I::Item) -> Result<(), TrySendError<I::Item>>,
) -> Result<usize, Unsent<I>> {
    let mut sent = 0;
    while let Some(message) = rest.next() {
        if let Err(refused) = put(message) {
            return Err(Unsent { sent, refused, rest });
        }
        sent += 1;
    }
    Ok(sent)
}
