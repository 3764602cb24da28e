//! The queues of [`Guaranteed`](crate::Guaranteed), with numbers in them.

use alloc::vec::Vec;

use windlass_sync::sync::Arc;

use crate::store::{IndexQueue, Limits, Refused, StampQueue, Store, Taken};
use crate::{Stats, TryRecvError, TrySendError};

/// A number in a message that shares a line with no other.
pub struct Large([u64; 8]);

impl From<u64> for Large {
    fn from(number: u64) -> Self {
        Self([number; 8])
    }
}

impl From<Large> for u64 {
    fn from(Large(numbers): Large) -> Self {
        assert_eq!(numbers, [numbers[0]; 8], "it is whole");
        numbers[0]
    }
}

/// A queue, its senders and its receivers.
macro_rules! queue {
    ($queue:ident, $tx:ident, $rx:ident, $store:ident<$message:ty>) => {
        /// A queue.
        #[derive(Clone)]
        pub struct $queue(Arc<$store<$message>>);

        /// A sender.
        pub struct $tx(Arc<$store<$message>>, <$store<$message> as Store<$message>>::Tx);

        /// A receiver.
        pub struct $rx(Arc<$store<$message>>, <$store<$message> as Store<$message>>::Rx);

        impl $queue {
            /// A queue with so many senders and receivers at most.
            pub fn new(capacity: usize, senders: usize, receivers: usize) -> Self {
                let limits = Limits { capacity, senders, receivers, origin: (1 << 63) - 2 };
                Self(Arc::new(<$store<$message>>::new(&limits).expect("there is memory")))
            }

            /// Another sender.
            pub fn sender(&self) -> Option<$tx> {
                Some($tx(Arc::clone(&self.0), self.0.sender()?))
            }

            /// Another receiver.
            pub fn receiver(&self) -> Option<$rx> {
                Some($rx(Arc::clone(&self.0), self.0.receiver()?))
            }

            /// Refuses all further messages.
            pub fn close(&self) {
                self.0.close();
            }

            /// What was counted.
            pub fn stats(&self) -> Stats {
                self.0.stats()
            }
        }

        impl $tx {
            /// Puts a message in if there is room.
            pub fn offer(&mut self, message: u64) -> Result<(), TrySendError<u64>> {
                let Err(message) = self.0.offer_at_once(&mut self.1, message.into()) else {
                    return Ok(());
                };
                self.0.offer_if_room(&mut self.1, message).map(drop).map_err(
                    |refused| match refused {
                        Refused::Full(message) => TrySendError::Full(message.into()),
                        Refused::Closed(message) => TrySendError::Closed(message.into()),
                    },
                )
            }

            /// Puts messages from the front in by one claim, so many at most. Returns how many.
            pub fn offer_run(&mut self, messages: &mut Vec<$message>, most: usize) -> usize {
                self.0.offer_run(&mut self.1, messages, most)
            }
        }

        impl $rx {
            /// Takes the next message.
            pub fn take(&mut self) -> Result<u64, TryRecvError> {
                if let Some(message) = self.0.take_at_once(&mut self.1) {
                    return Ok(message.into());
                }
                match self.0.take(&mut self.1) {
                    Taken::Message(message) => Ok(message.into()),
                    Taken::Lagged(n) => Err(TryRecvError::Lagged(n)),
                    Taken::Empty => Err(TryRecvError::Empty),
                    Taken::End => Err(TryRecvError::Closed),
                }
            }

            /// Takes messages in a row, so many at most, and gives their room back behind them.
            pub fn take_run(&mut self, most: usize, into: &mut Vec<$message>) -> usize {
                self.0.take_run(&mut self.1, most, into, |_| true)
            }
        }

        impl Drop for $tx {
            fn drop(&mut self) {
                self.0.leave_sender(&mut self.1);
            }
        }

        impl Drop for $rx {
            fn drop(&mut self) {
                self.0.leave_receiver(&mut self.1);
            }
        }
    };
}

queue!(One, OneTx, OneRx, IndexQueue<u64>);
queue!(OneLarge, OneLargeTx, OneLargeRx, IndexQueue<Large>);
queue!(Many, ManyTx, ManyRx, StampQueue<u64>);
