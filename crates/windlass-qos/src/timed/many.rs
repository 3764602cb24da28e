//! Sending and receiving many messages.

use alloc::vec::Vec;

use super::clock::Clock;
use super::receiver::Receiver;
use super::sender::Sender;
use crate::error::{Closed, RecvError, TryRecvError, TrySendError};
use crate::level::Level;
use crate::paths::Paths;
use crate::sender::{Unsent, put_many};

impl<T: Send, L: Level, P: Paths, C: Clock> Sender<T, L, P, C> {
    /// As [`Sender::send_many`](crate::Sender::send_many). Each message has a stamp of its own.
    ///
    /// # Errors
    ///
    /// [`Unsent`] says how many went in and gives back what did not: the buffer is closed.
    pub fn send_many<I>(&mut self, messages: I) -> Result<usize, Unsent<I::IntoIter>>
    where
        I: IntoIterator<Item = T>,
    {
        put_many(messages.into_iter(), |message| {
            self.send(message).map_err(|Closed(message)| TrySendError::Closed(message))
        })
    }

    /// As [`Sender::try_send_many`](crate::Sender::try_send_many). Each message has a stamp of its own.
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

impl<T: Send, L: Level, P: Paths, C: Clock> Receiver<T, L, P, C> {
    /// As [`Receiver::recv_many`](crate::Receiver::recv_many), of messages that have not expired.
    /// [`last_age`](Self::last_age) is that of the last one.
    ///
    /// # Errors
    ///
    /// [`RecvError`] as [`recv`](Self::recv) says it of the first message.
    pub fn recv_many(&mut self, messages: &mut Vec<T>, max: usize) -> Result<usize, RecvError> {
        if max == 0 {
            return Ok(0);
        }
        messages.push(self.recv()?);
        let mut received = 1;
        while received < max {
            match self.try_recv() {
                Ok(message) => messages.push(message),
                Err(TryRecvError::Lagged(missing)) => {
                    self.plain.owe(missing);
                    break;
                }
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
            received += 1;
        }
        Ok(received)
    }
}
