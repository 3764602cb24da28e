//! Which store a level uses: the one place where levels and paths meet algorithms.

use alloc::boxed::Box;

use windlass_sync::EventCount;

use super::any::AnyStore;
use super::swap::SwapStore;
use super::{Limits, Peek};
use crate::bell::Bell;
use crate::error::BuildError;
use crate::level::{BestEffort, Guaranteed, Level, QosLevel, RealTime, Reliable};
use crate::paths::Paths;

/// What the ends ask of a level.
pub(crate) trait Choice {
    /// Whether a full buffer may overwrite.
    const OVERWRITES: bool;
    /// Whether a sender may wait by what the level is.
    const WAITS: bool;
    /// Whether receivers are told in line what is missing.
    const REPORTS: bool;

    /// Where senders wait for room.
    type NotFull: Bell;
    /// The algorithm.
    type Store<T: Send, P: Paths>: Peek<T>;

    /// Allocates it.
    fn open<T: Send, P: Paths>(self, limits: &Limits) -> Result<Self::Store<T, P>, BuildError>;
}

/// A level that is known when the program is compiled.
macro_rules! fixed {
    ($level:ident, overwrites $overwrites:literal, waits $waits:literal, reports $reports:literal, bell $bell:ty, $t:ident $p:ident => $store:ty) => {
        impl Choice for $level {
            const OVERWRITES: bool = $overwrites;
            const WAITS: bool = $waits;
            const REPORTS: bool = $reports;

            type NotFull = $bell;
            type Store<$t: Send, $p: Paths> = $store;

            fn open<T: Send, P: Paths>(
                self,
                limits: &Limits,
            ) -> Result<Self::Store<T, P>, BuildError> {
                super::Store::new(limits)
            }
        }
    };
}

fixed!(BestEffort, overwrites true, waits false, reports false, bell Option<Box<EventCount>>,
    T P => SwapStore<T, Self, P>);
fixed!(Reliable, overwrites true, waits false, reports true, bell Option<Box<EventCount>>,
    T P => SwapStore<T, Self, P>);
fixed!(Guaranteed, overwrites false, waits true, reports false, bell EventCount,
    T P => P::Queue<T>);
fixed!(RealTime, overwrites true, waits false, reports false, bell Option<Box<EventCount>>,
    T P => SwapStore<T, Self, P>);

impl Choice for QosLevel {
    const OVERWRITES: bool = true;
    const WAITS: bool = true;
    const REPORTS: bool = true;

    type NotFull = EventCount;
    type Store<T: Send, P: Paths> = AnyStore<T, P>;

    fn open<T: Send, P: Paths>(self, limits: &Limits) -> Result<Self::Store<T, P>, BuildError> {
        AnyStore::open(self.qos(), limits)
    }
}
