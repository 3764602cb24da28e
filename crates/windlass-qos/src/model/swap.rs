//! The swap cells of the lossy levels, with numbers in them.

use alloc::vec::Vec;

use windlass_sync::sync::Arc;

use crate::paths::{ManyToMany, ManyToOne, OneToOne};
use crate::store::{Limits, Manner, Refused, Store, SwapStore, Taken};
use crate::{BestEffort, RealTime, Reliable, Stats, TryRecvError, TrySendError};

/// A store, its senders and its receivers.
macro_rules! cells {
    ($cells:ident, $tx:ident, $rx:ident, $level:ty, $paths:ty) => {
        cells!($cells, $tx, $rx, $level, $paths, SwapStore<u64, $level, $paths>);
    };
    ($cells:ident, $tx:ident, $rx:ident, $level:ty, $paths:ty, $store:ty) => {
        /// A store.
        #[derive(Clone)]
        pub struct $cells(Arc<$store>);

        /// A sender.
        pub struct $tx(Arc<$store>, <$store as Store<u64>>::Tx);

        /// A receiver.
        pub struct $rx(Arc<$store>, <$store as Store<u64>>::Rx);

        impl $cells {
            /// Whether receivers are told what is missing.
            pub const REPORTS: bool = <$level as Manner>::REPORTS;

            /// Whether the freshest message comes first.
            pub const FRESHEST: bool = <$level as Manner>::FRESHEST;

            /// A store with so many senders and receivers at most.
            pub fn new(capacity: usize, senders: usize, receivers: usize) -> Self {
                let limits = Limits { capacity, senders, receivers, origin: (1 << 60) - 2 };
                Self(Arc::new(<$store>::new(&limits).expect("there is memory")))
            }

            /// Another sender.
            pub fn sender(&self) -> $tx {
                $tx(Arc::clone(&self.0), self.0.sender().expect("within the limit"))
            }

            /// Another receiver.
            pub fn receiver(&self) -> $rx {
                $rx(Arc::clone(&self.0), self.0.receiver().expect("within the limit"))
            }

            /// Refuses all further messages.
            pub fn close(&self) {
                self.0.close();
            }

            /// What is left when all handles are gone.
            pub fn left(self) -> Vec<u64> {
                let mut left = Vec::new();
                let mut store = Arc::try_unwrap(self.0).ok().expect("all handles are gone");
                store.drain(&mut |message| left.push(message));
                left
            }

            /// What was counted.
            pub fn stats(&self) -> Stats {
                self.0.stats()
            }
        }

        impl $tx {
            /// Puts a message in. Returns the evicted one; refused when closed.
            pub fn offer(&mut self, message: u64) -> Result<Option<u64>, TrySendError<u64>> {
                self.0.offer(&mut self.1, message).map_err(refused)
            }

            /// Puts a message in if there is room.
            pub fn offer_if_room(
                &mut self,
                message: u64,
            ) -> Result<Option<u64>, TrySendError<u64>> {
                self.0.offer_if_room(&mut self.1, message).map_err(refused)
            }
        }

        impl $rx {
            /// Takes the next message.
            pub fn take(&mut self) -> Result<u64, TryRecvError> {
                found(self.0.take(&mut self.1))
            }

            /// Takes the newest message, and those before it that were still there.
            pub fn take_latest(&mut self) -> (Result<u64, TryRecvError>, Vec<u64>) {
                let mut passed_over = Vec::new();
                let taken = self.0.take_latest(&mut self.1, &mut |old| passed_over.push(old));
                (found(taken), passed_over)
            }
        }
    };
}

fn refused(refused: Refused<u64>) -> TrySendError<u64> {
    match refused {
        Refused::Full(message) => TrySendError::Full(message),
        Refused::Closed(message) => TrySendError::Closed(message),
    }
}

fn found(taken: Taken<u64>) -> Result<u64, TryRecvError> {
    match taken {
        Taken::Message(message) => Ok(message),
        Taken::Lagged(lost) => Err(TryRecvError::Lagged(lost)),
        Taken::Empty => Err(TryRecvError::Empty),
        Taken::End => Err(TryRecvError::Closed),
    }
}

impl ManyRx {
    /// Goes past the next message, as one does that is being overtaken.
    pub fn go_past(&mut self) {
        self.0.go_past(&mut self.1);
    }

    /// Takes out what it went past.
    pub fn sweep(&mut self) -> Vec<u64> {
        let mut passed = Vec::new();
        self.0.sweep(&mut self.1, &mut |message| passed.push(message));
        passed
    }
}

cells!(Best, BestTx, BestRx, BestEffort, OneToOne);
cells!(BestMany, BestManyTx, BestManyRx, BestEffort, ManyToOne);
cells!(BestShared, BestSharedTx, BestSharedRx, BestEffort, ManyToMany);
cells!(One, OneTx, OneRx, Reliable, OneToOne);
cells!(Many, ManyTx, ManyRx, Reliable, ManyToOne);
cells!(Shared, SharedTx, SharedRx, Reliable, ManyToMany);
cells!(Fresh, FreshTx, FreshRx, RealTime, OneToOne);
cells!(FreshMany, FreshManyTx, FreshManyRx, RealTime, ManyToOne);
cells!(FreshShared, FreshSharedTx, FreshSharedRx, RealTime, ManyToMany);
