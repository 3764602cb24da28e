//! Receiving many messages.

use alloc::vec::Vec;

use super::Receiver;
use crate::error::RecvError;
use crate::level::Level;
use crate::paths::Paths;
use crate::store::Taken;

impl<T: Send, L: Level, P: Paths> Receiver<T, L, P> {
    /// Waits for a message, then takes those that are there, up to `max`, and appends them to `messages`.
    /// Returns how many, at least 1 unless `max` is 0.
    ///
    /// Where messages are missing it stops, and the next verb that receives says how many.
    ///
    /// Blocking while there is none; each further one is taken as by [`try_recv`](Self::try_recv).
    ///
    /// # Errors
    ///
    /// [`RecvError`] as [`recv`](Self::recv) says it of the first message.
    ///
    /// # Examples
    ///
    /// ```
    /// let (mut tx, mut rx) = windlass_qos::guaranteed(8)?;
    /// tx.send_many(1..=5)?;
    /// let mut messages = Vec::with_capacity(4);
    /// assert_eq!(rx.recv_many(&mut messages, 4)?, 4);
    /// assert_eq!(messages, [1, 2, 3, 4]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn recv_many(&mut self, messages: &mut Vec<T>, max: usize) -> Result<usize, RecvError> {
        if max == 0 {
            return Ok(0);
        }
        messages.push(self.recv()?);
        let mut received = 1;
        while received < max {
            match self.take() {
                Taken::Message(message) => messages.push(message),
                Taken::Lagged(n) => {
                    self.lag = n;
                    break;
                }
                Taken::Empty | Taken::End => break,
            }
            received += 1;
        }
        Ok(received)
    }
}
