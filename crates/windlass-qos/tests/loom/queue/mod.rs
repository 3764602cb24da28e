//! The queues of `Guaranteed`: fill, drain, wrap, close, hand over.

mod large;
mod many;
mod one;

use loom::sync::Arc;
use loom::thread;
use windlass_qos::model::queue::{ManyRx, ManyTx, OneLargeRx, OneLargeTx, OneRx, OneTx};
use windlass_qos::{TryRecvError, TrySendError};
use windlass_sync::atomic::{AtomicU64, Ordering};

/// What the models need of either queue.
macro_rules! verbs {
    ($tx:ty, $rx:ty, $send:ident, $receive:ident) => {
        /// Sends a message, and waits for room. Says whether it was accepted.
        fn $send(tx: &mut $tx, message: u64) -> bool {
            loop {
                match tx.offer(message) {
                    Ok(()) => return true,
                    Err(TrySendError::Full(_)) => thread::yield_now(),
                    Err(TrySendError::Closed(_)) => return false,
                }
            }
        }

        /// Receives at most `n` messages, up to the end.
        fn $receive(rx: &mut $rx, n: usize) -> Vec<u64> {
            let mut received = Vec::new();
            while received.len() < n {
                match rx.take() {
                    Ok(message) => received.push(message),
                    Err(TryRecvError::Empty) => thread::yield_now(),
                    Err(_) => break,
                }
            }
            received
        }
    };
}

verbs!(OneTx, OneRx, send_one, receive_one);
verbs!(OneLargeTx, OneLargeRx, send_large, receive_large);
verbs!(ManyTx, ManyRx, send_many, receive_many);

/// What a closer did before it closed.
struct Before(AtomicU64);

impl Before {
    fn new() -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(0)))
    }

    fn write(&self) {
        // ORDERING: Relaxed. What is written behind it hands it over, or does not.
        self.0.store(7, Ordering::Relaxed);
    }

    fn read(&self) -> u64 {
        // ORDERING: Relaxed. As above.
        self.0.load(Ordering::Relaxed)
    }
}
