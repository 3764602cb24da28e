//! Where slots of a line are, and the rights to fill and to empty them, which the queues make.

/// Where a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(super) block: u32,
    pub(super) offset: u32,
}

/// The right to fill a slot: nobody else reads or writes it, and it holds no message.
///
/// Only queues make one, for a slot that was never filled or whose message was taken out.
#[derive(Debug)]
pub(crate) struct Vacant(pub(crate) Place);

/// The right to read a slot and to take its message out: it holds one, and nobody else touches it.
///
/// Only queues make one, for a slot whose header says that it is filled.
#[derive(Debug)]
pub(crate) struct Filled(pub(crate) Place);
