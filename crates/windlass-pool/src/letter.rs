//! What lies in a mailbox, and on which lanes.

use alloc::boxed::Box;
use alloc::vec::Vec;

use windlass_partition::Slot;

use crate::context::Context;
use crate::snapshot::Save;
use crate::worker::{Arrived, Worker};

/// Orders of the pool to one worker.
pub(crate) const SYSTEM: usize = 0;
/// Control messages, of everybody.
pub(crate) const CONTROL: usize = 1;
/// Messages that go before others.
pub(crate) const HIGH: usize = 2;
/// All other messages.
pub(crate) const NORMAL: usize = 3;
/// Lanes that a worker listens to also before it is built anew.
pub(crate) const ORDERS: usize = 1;
/// Lanes that a worker listens to also while it takes no messages.
pub(crate) const UNPAUSED: usize = 2;
/// All lanes.
pub(crate) const LANES: usize = 4;

/// The slot of a message that has no key: it was for one worker.
pub(crate) const NO_SLOT: u16 = u16::MAX;
/// The same for a message to any worker. Both are above all slots.
pub(crate) const ANY_SLOT: u16 = u16::MAX - 1;

/// The number of a slot, as letters carry it.
#[inline]
pub(crate) fn number(slot: Slot) -> u16 {
    #[expect(clippy::cast_possible_truncation, reason = "12 bits")]
    let number = slot.index() as u16;
    number
}

/// One thing in a mailbox.
pub(crate) enum Post<W: Worker> {
    System(Box<System<W>>),
    Control(W::Control),
    Letter(Letter<W::Message>),
}

/// A message and the slot of its key.
pub(crate) struct Letter<M> {
    pub(crate) slot: u16,
    /// Whether it goes before others, also when it is sent again. It takes no room: there is some behind the slot.
    pub(crate) is_high: bool,
    /// When it was sent, if the pool sheds; it lies where the message leaves room anyway.
    pub(crate) sent: u32,
    /// Room in which a [`Post`] says what it is: so it is as small as a letter.
    _tag: Tag,
    pub(crate) message: M,
}

/// The slot of a message, and whether it goes before others: all that is to be known to send it again.
pub(crate) type Way = (u16, bool);

impl<M> Letter<M> {
    #[inline(always)]
    pub(crate) fn new((slot, is_high): Way, sent: u32, message: M) -> Self {
        Self { slot, is_high, sent, _tag: Tag::Letter, message }
    }
}

/// One byte of which two values are used, and all others are free.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Tag {
    Letter,
    #[expect(dead_code, reason = "an enum of one value takes no room")]
    Other,
}

/// A slot and who is to have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Transfer {
    pub(crate) slot: u16,
    pub(crate) to: u16,
}

/// What a worker is asked to do with itself; between two batches.
pub(crate) type Call<W> = Box<dyn FnOnce(&mut W, &mut Context<'_, W>) + Send>;

/// An order of the pool.
pub(crate) enum System<W: Worker> {
    /// These slots will be yours: keep what comes for them until their state is there.
    Expect(Vec<u16>),
    /// No more will come for these slots: hand them out behind what is in the mailbox.
    Fence(Vec<Transfer>),
    /// The state of slots that were expected.
    Arrive(Vec<(u16, Arrived<W::Slot>)>),
    Pause,
    Resume,
    Restart,
    Call(Call<W>),
    /// Copy all slots.
    Save(Save<W>),
    /// All lanes are closed: go through what is there, and end.
    Drain,
    /// The same, since the pool has fewer workers from now on.
    Retire,
}
