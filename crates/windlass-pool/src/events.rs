//! What workers tell the pool.

use alloc::string::String;
use alloc::vec::Vec;

use crate::letter::Transfer;
use crate::worker::{Arrived, Worker};

/// What a worker tells, under its token.
pub(crate) enum Event<W: Worker> {
    /// It is built.
    Ready(u64),
    /// It could not be built, and its thread ends.
    Failed(u64, String),
    /// It knows what it will get.
    Expecting(u64),
    /// It gave slots up.
    Out(u64, Vec<(Transfer, Arrived<W::Slot>)>),
    /// It took so many slots over.
    In(u64, usize),
    /// It has ended; with the messages that it left behind.
    Ended(u64, Vec<W::Message>),
    /// It takes no more for good, and goes on sending what it had sent before.
    /// With the newest copies of its slots, if somebody may get them.
    Gone(u64, Vec<(u16, W::Slot)>),
    /// It is gone for good and has ended; what was in its mailbox lies among the dead letters.
    Dead(u64),
}
