//! The slots of a line without the line around them.
//!
//! What is written to a slot makes the compiler forget what it knows of the line: whoever goes through many slots
//! would read all of that again for each.

use alloc::vec::Vec;
use core::ptr::NonNull;

use windlass_sync::atomic::AtomicU64;

use super::place::{Filled, Place, Vacant};
use super::{Line, STAMPED};

/// The slots of a line.
pub(crate) struct Slots<'l, T, const MOST: usize> {
    pub(super) base: NonNull<u8>,
    pub(super) line: &'l Line<T, MOST>,
}

impl<'l, T, const MOST: usize> Slots<'l, T, MOST> {
    /// As [`Line::header`].
    #[inline(always)]
    pub(crate) fn header(&self, at: Place) -> &'l AtomicU64 {
        let header = self.block(at.block as usize).cast::<AtomicU64>();
        // SAFETY: blocks begin with a header that `new` wrote, and places lie inside the line.
        unsafe { &*header }
    }

    /// As [`Line::put`].
    #[inline(always)]
    pub(crate) fn put(&self, slot: Vacant, message: T) {
        self.line.trace(slot.0, true);
        let at = self.slot(slot.0);
        // SAFETY: the slot is inside the allocation and aligned, and by the right to fill it nobody
        // else touches it and no message is overwritten.
        unsafe { at.write(message) };
    }

    /// Moves the first messages of a list into slots in a row from `first` on, and calls `filled` behind each with
    /// its header. All of these slots are to be filled, as [`Vacant`] says of one.
    #[inline(always)]
    pub(crate) fn put_all(
        &self,
        first: Vacant,
        messages: &mut Vec<T>,
        count: usize,
        filled: impl Fn(&AtomicU64, usize),
    ) {
        const { assert!(MOST == STAMPED, "one slot to a block") };
        let (all, from) = (messages.len(), messages.as_mut_ptr());
        assert!(count <= all, "messages that there are");
        // SAFETY: the list has none now. What is moved out below is not dropped with it, whatever happens.
        unsafe { messages.set_len(0) };
        for n in 0..count {
            #[expect(clippy::cast_possible_truncation, reason = "blocks are counted in 32 bits")]
            let at = Place { block: first.0.block + n as u32, offset: 0 };
            self.line.trace(at, true);
            // SAFETY: the list had so many messages, and its room is still there.
            let message = unsafe { from.add(n) };
            // SAFETY: as for `put`; and the list gave the message up, which is copied once.
            unsafe { self.slot(at).copy_from_nonoverlapping(message, 1) };
            filled(self.header(at), n);
        }
        if count < all {
            // SAFETY: as above.
            let rest = unsafe { from.add(count) };
            // SAFETY: those behind the ones that went were not touched; they come to the front.
            unsafe { from.copy_from(rest, all - count) };
            // SAFETY: so many are there again.
            unsafe { messages.set_len(all - count) };
        }
    }

    /// As [`Line::pull`].
    #[inline(always)]
    pub(crate) fn pull(&self, slot: Filled) -> T {
        self.line.trace(slot.0, true);
        let at = self.slot(slot.0);
        // SAFETY: by the right to take it out the slot holds a message that nobody else touches, and
        // the right is used up, so it is read once.
        unsafe { at.read() }
    }

    /// As [`Line::peek`], for as long as the line lives: the right is not used up meanwhile.
    #[inline(always)]
    pub(crate) fn peek<'a>(&'a self, slot: &'a Filled) -> &'a T {
        self.line.trace(slot.0, false);
        let at = self.slot(slot.0);
        // SAFETY: as for `pull`; the right is borrowed for as long as the reference lives.
        unsafe { &*at }
    }

    /// Moves the messages of so many slots in a row, from `first` on, to the end of a list. Each of the slots is one
    /// to take out of, as [`Filled`] says of one.
    #[inline(always)]
    pub(crate) fn pull_all(&self, first: Filled, count: usize, into: &mut Vec<T>) {
        const { assert!(MOST == STAMPED, "one slot to a block") };
        into.reserve(count);
        let behind = into.spare_capacity_mut();
        debug_assert!(count <= behind.len(), "room for all of them");
        let to = behind.as_mut_ptr().cast::<T>();
        for n in 0..count {
            #[expect(clippy::cast_possible_truncation, reason = "blocks are counted in 32 bits")]
            let at = Place { block: first.0.block + n as u32, offset: 0 };
            self.line.trace(at, true);
            // SAFETY: the list has room for so many behind its end.
            let message = unsafe { to.add(n) };
            // SAFETY: as for `pull`; nobody else knows of the room in the list.
            unsafe { message.copy_from_nonoverlapping(self.slot(at), 1) };
        }
        // SAFETY: they were written above, and there is room for them.
        unsafe { into.set_len(into.len() + count) };
    }

    #[inline(always)]
    pub(super) fn slot(&self, at: Place) -> *mut T {
        debug_assert!((at.offset as usize) < self.line.per_block(), "in its block");
        let start = self.block(at.block as usize).wrapping_add(Line::<T, MOST>::MESSAGES_AT);
        start.wrapping_add(at.offset as usize * size_of::<T>()).cast()
    }

    #[inline(always)]
    pub(super) fn block(&self, block: usize) -> *mut u8 {
        // There is no other than the first one.
        let block = if Line::<T, MOST>::ONE_BLOCK { 0 } else { block };
        self.base.as_ptr().wrapping_add(block * Line::<T, MOST>::STRIDE)
    }
}
