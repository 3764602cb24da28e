//! What several threads did to one buffer, with the times of each call.

use std::sync::Arc;
#[cfg(not(loom))]
use std::sync::Mutex;

use windlass_qos::{Overwrites, Paths, Receiver, Sender};
use windlass_sync::atomic::{AtomicU64, Ordering};

use super::buffer::Call;
use super::wgl::Timed;

/// Gives times that no two calls share, and that order what happened.
#[derive(Debug, Clone)]
pub(crate) struct Clock(Arc<AtomicU64>);

impl Clock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(0)))
    }

    fn now(&self) -> u64 {
        // ORDERING(history_clock): AcqRel. A call that ended before another one began precedes it.
        self.0.fetch_add(1, Ordering::AcqRel)
    }
}

/// The calls of one thread.
#[derive(Debug)]
pub(crate) struct Calls {
    clock: Clock,
    pub(crate) all: Vec<Timed<Call>>,
}

impl Calls {
    pub(crate) fn new(clock: &Clock) -> Self {
        Self { clock: clock.clone(), all: Vec::new() }
    }

    /// Makes a call and notes it.
    pub(crate) fn note(&mut self, call: impl FnOnce() -> Call) {
        let begin = self.clock.now();
        let call = call();
        let end = self.clock.now();
        self.all.push(Timed { call, begin, end });
    }
}

/// Messages that a receiver passed over.
#[cfg(not(loom))]
pub(crate) type Passed = Arc<Mutex<Vec<u64>>>;

pub(crate) fn force_send<L: Overwrites, P: Paths>(
    tx: &mut Sender<u64, L, P>,
    message: u64,
) -> Call {
    Call::ForceSend(message, tx.force_send(message).map_err(|_| ()))
}

pub(crate) fn try_recv<L: Overwrites, P: Paths>(rx: &mut Receiver<u64, L, P>) -> Call {
    Call::TryRecv(rx.try_recv())
}

#[cfg(not(loom))]
pub(crate) fn take_latest<L: Overwrites, P: Paths>(
    rx: &mut Receiver<u64, L, P>,
    passed: &Passed,
) -> Call {
    let latest = rx.take_latest();
    Call::TakeLatest(latest, std::mem::take(&mut *passed.lock().expect("nobody panics")))
}
