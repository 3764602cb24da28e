//! The store of a level that is chosen when the program runs: one of the four.

use alloc::vec::Vec;

use super::{Choice, Limits, Peek, Refused, Store, Taken};
use crate::error::BuildError;
use crate::level::{BestEffort, Guaranteed, QosLevel, RealTime, Reliable};
use crate::paths::Paths;
use crate::stats::Stats;

type Of<L, T, P> = <L as Choice>::Store<T, P>;
type TxOf<L, T, P> = <Of<L, T, P> as Store<T>>::Tx;
type RxOf<L, T, P> = <Of<L, T, P> as Store<T>>::Rx;

/// One of the four stores.
pub(crate) enum AnyStore<T: Send, P: Paths> {
    BestEffort(Of<BestEffort, T, P>),
    Reliable(Of<Reliable, T, P>),
    Guaranteed(Of<Guaranteed, T, P>),
    RealTime(Of<RealTime, T, P>),
}

/// What a sender keeps at one of the four.
pub(crate) enum AnyTx<T: Send, P: Paths> {
    BestEffort(TxOf<BestEffort, T, P>),
    Reliable(TxOf<Reliable, T, P>),
    Guaranteed(TxOf<Guaranteed, T, P>),
    RealTime(TxOf<RealTime, T, P>),
}

/// What a receiver keeps at one of the four.
pub(crate) enum AnyRx<T: Send, P: Paths> {
    BestEffort(RxOf<BestEffort, T, P>),
    Reliable(RxOf<Reliable, T, P>),
    Guaranteed(RxOf<Guaranteed, T, P>),
    RealTime(RxOf<RealTime, T, P>),
}

impl<T: Send, P: Paths> AnyStore<T, P> {
    /// Allocates the store of `level`.
    pub(crate) fn open(level: QosLevel, limits: &Limits) -> Result<Self, BuildError> {
        Ok(match level {
            QosLevel::BestEffort => Self::BestEffort(Store::new(limits)?),
            QosLevel::Reliable => Self::Reliable(Store::new(limits)?),
            QosLevel::Guaranteed => Self::Guaranteed(Store::new(limits)?),
            QosLevel::RealTime => Self::RealTime(Store::new(limits)?),
        })
    }
}

/// Calls the store there is.
macro_rules! any {
    ($any:expr, $store:ident => $call:expr) => {
        match $any {
            Self::BestEffort($store) => $call,
            Self::Reliable($store) => $call,
            Self::Guaranteed($store) => $call,
            Self::RealTime($store) => $call,
        }
    };
}

/// Calls the store there is with the handle's part, which is of the same level.
macro_rules! with {
    ($any:expr, $end:ident, $handle:expr, ($store:ident, $part:ident) => $call:expr) => {
        match ($any, $handle) {
            (Self::BestEffort($store), $end::BestEffort($part)) => $call,
            (Self::Reliable($store), $end::Reliable($part)) => $call,
            (Self::Guaranteed($store), $end::Guaranteed($part)) => $call,
            (Self::RealTime($store), $end::RealTime($part)) => $call,
            _ => mixed(),
        }
    };
}

impl<T: Send, P: Paths> AnyStore<T, P> {
    #[inline(never)]
    fn offer_lossy(&self, tx: &mut AnyTx<T, P>, message: T) -> Result<Option<T>, Refused<T>> {
        with!(self, AnyTx, tx, (store, tx) => store.offer(tx, message))
    }

    #[inline(never)]
    fn take_lossy(&self, rx: &mut AnyRx<T, P>) -> Taken<T> {
        with!(self, AnyRx, rx, (store, rx) => store.take(rx))
    }
}

/// A handle comes from its own store, and both keep their level.
#[cold]
fn mixed() -> ! {
    unreachable!("a handle of another buffer")
}

impl<T: Send, P: Paths> Store<T> for AnyStore<T, P> {
    type Tx = AnyTx<T, P>;
    type Rx = AnyRx<T, P>;

    /// Without a level, the one that loses nothing.
    fn new(limits: &Limits) -> Result<Self, BuildError> {
        Self::open(QosLevel::Guaranteed, limits)
    }

    fn sender(&self) -> Option<Self::Tx> {
        Some(match self {
            Self::BestEffort(store) => AnyTx::BestEffort(store.sender()?),
            Self::Reliable(store) => AnyTx::Reliable(store.sender()?),
            Self::Guaranteed(store) => AnyTx::Guaranteed(store.sender()?),
            Self::RealTime(store) => AnyTx::RealTime(store.sender()?),
        })
    }

    fn receiver(&self) -> Option<Self::Rx> {
        Some(match self {
            Self::BestEffort(store) => AnyRx::BestEffort(store.receiver()?),
            Self::Reliable(store) => AnyRx::Reliable(store.receiver()?),
            Self::Guaranteed(store) => AnyRx::Guaranteed(store.receiver()?),
            Self::RealTime(store) => AnyRx::RealTime(store.receiver()?),
        })
    }

    fn leave_sender(&self, tx: &mut Self::Tx) {
        with!(self, AnyTx, tx, (store, tx) => store.leave_sender(tx));
    }

    fn leave_receiver(&self, rx: &mut Self::Rx) {
        with!(self, AnyRx, rx, (store, rx) => store.leave_receiver(rx));
    }

    #[inline(always)]
    fn offer(&self, tx: &mut Self::Tx, message: T) -> Result<Option<T>, Refused<T>> {
        // In line where nothing may be lost: behind a call the message would go through memory in pieces.
        if let (Self::Guaranteed(store), AnyTx::Guaranteed(tx)) = (self, &mut *tx) {
            return store.offer(tx, message);
        }
        self.offer_lossy(tx, message)
    }

    #[inline]
    fn offer_run(&self, tx: &mut Self::Tx, messages: &mut Vec<T>, most: usize) -> usize {
        with!(self, AnyTx, tx, (store, tx) => store.offer_run(tx, messages, most))
    }

    #[inline]
    fn offer_if_room(&self, tx: &mut Self::Tx, message: T) -> Result<Option<T>, Refused<T>> {
        with!(self, AnyTx, tx, (store, tx) => store.offer_if_room(tx, message))
    }

    #[inline(always)]
    fn take(&self, rx: &mut Self::Rx) -> Taken<T> {
        // As in `offer`.
        if let (Self::Guaranteed(store), AnyRx::Guaranteed(rx)) = (self, &mut *rx) {
            return store.take(rx);
        }
        self.take_lossy(rx)
    }

    #[inline(always)]
    fn is_quiet(&self, rx: &Self::Rx) -> bool {
        // As in `offer`.
        match (self, rx) {
            (Self::Guaranteed(store), AnyRx::Guaranteed(rx)) => store.is_quiet(rx),
            _ => false,
        }
    }

    #[inline]
    fn take_run(
        &self,
        rx: &mut Self::Rx,
        most: usize,
        into: &mut Vec<T>,
        fits: impl FnMut(&T) -> bool,
    ) -> usize {
        with!(self, AnyRx, rx, (store, rx) => store.take_run(rx, most, into, fits))
    }

    fn take_latest(&self, rx: &mut Self::Rx, passed_over: &mut dyn FnMut(T)) -> Taken<T> {
        with!(self, AnyRx, rx, (store, rx) => store.take_latest(rx, passed_over))
    }

    fn sweep(&self, rx: &mut Self::Rx, passed_over: &mut dyn FnMut(T)) {
        with!(self, AnyRx, rx, (store, rx) => store.sweep(rx, passed_over));
    }

    fn drain(&mut self, left: &mut dyn FnMut(T)) {
        any!(self, store => store.drain(left));
    }

    fn close(&self) {
        any!(self, store => store.close());
    }

    fn is_closed(&self) -> bool {
        any!(self, store => store.is_closed())
    }

    #[inline]
    fn has_room(&self, tx: &mut Self::Tx) -> bool {
        with!(self, AnyTx, tx, (store, tx) => store.has_room(tx))
    }

    fn capacity(&self) -> usize {
        any!(self, store => store.capacity())
    }

    fn len(&self) -> usize {
        any!(self, store => store.len())
    }

    fn in_hand(&self, rx: &Self::Rx) -> usize {
        with!(self, AnyRx, rx, (store, rx) => store.in_hand(rx))
    }

    fn stats(&self) -> Stats {
        any!(self, store => store.stats())
    }
}

impl<T: Send, P: Paths> Peek<T> for AnyStore<T, P> {
    fn peek<'a>(&'a self, rx: &'a mut Self::Rx) -> Taken<&'a T> {
        with!(self, AnyRx, rx, (store, rx) => store.peek(rx))
    }
}
