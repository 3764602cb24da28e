//! The memory of a ring: blocks of a header word and the events that it announces, or first all headers.
//!
//! Every event is built once, by the factory, and lives until the ring is dropped; producers
//! overwrite in place. So a slot always holds a valid event and nothing is ever half built.
//!
//! # Who may touch what
//!
//! Storage hands out references only against a [`Claimed`] or a [`Leased`] range. Claims come
//! from the sequencers, leases from the consumers' seats; both are made once per range, and
//! neither can be copied. That a range of one kind never overlaps a live range of another is
//! what the sequencing code proves (edges `published` and `released` of the memory model).

use alloc::alloc::{alloc, dealloc};
#[cfg(loom)]
use alloc::vec::Vec;
use core::alloc::Layout;
use core::marker::PhantomData;
use core::ptr::NonNull;

use windlass_sync::atomic::AtomicU64;

use super::claimed::Claimed;
use super::geometry::Geometry;
use super::header::{HEADER_BYTES, Mark, Marking, Stamps};
use super::position::{Position, Shape};
use crate::error::BuildError;

/// The largest capacity that may be asked for.
pub(crate) const MAX_CAPACITY: usize = 1 << 30;

/// All slots of a ring.
pub(crate) struct Storage<E> {
    /// The memory, and the first header.
    base: NonNull<u8>,
    /// The first block.
    first: NonNull<u8>,
    layout: Layout,
    shape: Shape,
    marking: Marking,
    /// Headers that exist; less than all only while a build unwinds.
    headers: usize,
    /// Events that exist; less than all only while a build unwinds.
    events: usize,
    /// Lends its events to be overwritten: a ring of `&'static str` is not one of
    /// shorter-lived `&str`, in which such could be stored. So `E` must be invariant.
    owns: PhantomData<fn(E) -> E>,
    /// A cell for each slot, through which a model notices accesses that race.
    #[cfg(loom)]
    traces: Vec<windlass_sync::cell::UnsafeCell<()>>,
}

// SAFETY: storage owns its events, and moves them to another thread with itself.
unsafe impl<E: Send> Send for Storage<E> {}
// SAFETY: sharing storage moves *access* to an event between threads (edges `published` and
// `released`), for which `Send` is enough. Two threads read one event at once only through
// `Leased` ranges of shared seats, and the builder makes those for `E: Sync` alone.
unsafe impl<E: Send> Sync for Storage<E> {}

impl<E> Storage<E> {
    /// Allocates a ring of at least `capacity` slots and fills it.
    pub(crate) fn new(
        capacity: usize,
        origin: u64,
        marking: Marking,
        mut factory: impl FnMut() -> E,
    ) -> Result<Self, BuildError> {
        if capacity == 0 {
            return Err(BuildError::NoCapacity);
        }
        let too_large = BuildError::CapacityTooLarge { capacity, max: MAX_CAPACITY };
        if capacity > MAX_CAPACITY {
            return Err(too_large);
        }
        let blocks = capacity.div_ceil(Geometry::<E>::PER_BLOCK);
        let headers = headers::<E>(marking, blocks);
        let front = Geometry::<E>::front(headers);
        let layout = blocks
            .checked_mul(Geometry::<E>::STRIDE)
            .and_then(|bytes| bytes.checked_add(front?))
            .and_then(|bytes| Layout::from_size_align(bytes, Geometry::<E>::ALIGN).ok());
        let (Some(front), Some(layout), Ok(count)) = (front, layout, u32::try_from(blocks)) else {
            return Err(too_large);
        };
        // SAFETY: the layout is not empty, since there is a header.
        let memory = unsafe { alloc(layout) };
        let Some(base) = NonNull::new(memory) else {
            return Err(BuildError::OutOfMemory { bytes: layout.size() });
        };
        // SAFETY: the blocks lie inside the allocation, behind what is in front of them.
        let first = unsafe { base.add(front) };
        let shape = Shape { blocks: count, origin };
        let mut storage = Self {
            base,
            first,
            layout,
            shape,
            marking,
            headers: 0,
            events: 0,
            owns: PhantomData,
            #[cfg(loom)]
            traces: (0..blocks * Geometry::<E>::PER_BLOCK)
                .map(|_| windlass_sync::cell::UnsafeCell::new(()))
                .collect(),
        };
        for n in 0..headers {
            storage.write_header(n);
            storage.headers += 1;
        }
        for index in 0..blocks * Geometry::<E>::PER_BLOCK {
            let event = factory();
            let at = storage.nth(index);
            // SAFETY: `at` is inside the allocation, aligned by the geometry, and nothing was
            // written there before; `self` is still owned by this thread alone.
            unsafe { at.write(event) };
            storage.events += 1;
        }
        Ok(storage)
    }

    /// Slots in the ring.
    #[inline]
    pub(crate) fn capacity(&self) -> u64 {
        u64::from(self.shape.blocks) * Geometry::<E>::PER_BLOCK as u64
    }

    /// The shape of the ring.
    #[inline]
    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    /// How publication is marked.
    #[inline]
    pub(crate) fn marking(&self) -> Marking {
        self.marking
    }

    /// Whether slots can be skipped, that is, whether each event has a stamp.
    #[inline]
    pub(crate) fn may_skip(&self) -> bool {
        self.marking == Marking::Stamps
    }

    /// Whether events are published in the order of their sequences: the only producer does that.
    #[inline]
    pub(crate) fn in_order(&self) -> bool {
        self.marking == Marking::Mark
    }

    /// The block that comes `ahead` blocks after `block`, if the ring has so many.
    #[inline(always)]
    pub(super) fn ahead_of(&self, block: u32, ahead: u32) -> Option<*const u8> {
        let mut block = block + ahead;
        if block >= self.shape.blocks {
            block -= self.shape.blocks;
        }
        (block < self.shape.blocks).then(|| self.block(block as usize))
    }

    /// A claim of `n` slots from `at` on; no other claim and no lease covers any of them.
    #[inline(always)]
    pub(crate) fn claimed(&self, at: Position, n: usize) -> Claimed {
        Claimed { at, n, block: self.block(at.block as usize) }
    }

    /// The first slot of a claim of this storage, to be written.
    #[inline(always)]
    pub(crate) fn first_of<'a>(&'a self, claimed: &'a mut Claimed) -> &'a mut E {
        debug_assert!(0 < claimed.n, "a slot is claimed");
        self.trace(&claimed.at, 1, true);
        let event = event_in::<E>(claimed.block, claimed.at.offset as usize);
        // SAFETY: the slot belongs to the claim, which is borrowed for 'a, so no other reference to its event
        // exists (edge `released` ended the consumers' ones); `claimed` took the block from this storage.
        unsafe { &mut *event }
    }

    /// The first of `n` events from `at` on in one block, which the caller's claim covers, or its
    /// lease with exclusive access.
    #[inline]
    pub(super) fn events_to_write(&self, at: &Position, n: usize) -> *mut E {
        self.trace(at, n, true);
        self.event_at(at.block as usize, at.offset as usize)
    }

    /// The same for a lease that reads.
    #[inline]
    pub(super) fn events_to_read(&self, at: &Position, n: usize) -> *const E {
        self.trace(at, n, false);
        self.event_at(at.block as usize, at.offset as usize)
    }

    /// Tells the model checker of an access; nothing in production.
    #[inline]
    fn trace(&self, at: &Position, n: usize, write: bool) {
        debug_assert!(at.block < self.shape.blocks, "positions stay inside the ring");
        debug_assert!(at.offset as usize + n <= Geometry::<E>::PER_BLOCK, "in one block");
        #[cfg(loom)]
        for i in 0..n {
            let slot = at.block as usize * Geometry::<E>::PER_BLOCK + at.offset as usize + i;
            if write {
                self.traces[slot].with_mut(|_| ());
            } else {
                self.traces[slot].with(|_| ());
            }
        }
        #[cfg(not(loom))]
        let _ = (at, n, write);
    }

    /// Where event `index` of the ring is kept.
    fn nth(&self, index: usize) -> *mut E {
        let per_block = Geometry::<E>::PER_BLOCK;
        self.event_at(index / per_block, index % per_block)
    }

    /// Where event `offset` of a block is kept.
    #[inline]
    fn event_at(&self, block: usize, offset: usize) -> *mut E {
        event_in(self.block(block), offset)
    }

    #[inline]
    pub(super) fn block(&self, block: usize) -> *const u8 {
        self.first.as_ptr().wrapping_add(block * Geometry::<E>::STRIDE)
    }

    /// Where header `n` is kept.
    #[inline(always)]
    fn header(&self, n: usize) -> *const u8 {
        if !Geometry::<E>::APART {
            return self.block(n);
        }
        self.base.as_ptr().wrapping_add(n * HEADER_BYTES)
    }

    #[inline]
    pub(super) fn mark(&self, block: u32) -> &Mark {
        self.mark_of(self.block(block as usize))
    }

    /// The mark of the block that begins at `block`, which is one of this storage.
    #[inline(always)]
    pub(super) fn mark_of(&self, block: *const u8) -> &Mark {
        debug_assert!(self.marking == Marking::Mark, "the header of this ring is a mark");
        // One is for all of those that lie apart: what is published is in order.
        let mark = if Geometry::<E>::APART { self.header(0) } else { block };
        // SAFETY: blocks begin with a header, or there is one before them; `new` wrote a mark there, and `block` is
        // in range because positions stay inside the ring.
        unsafe { &*mark.cast::<Mark>() }
    }

    #[inline]
    pub(super) fn stamps(&self, block: u32) -> &Stamps {
        self.stamps_of(block, self.block(block as usize))
    }

    /// The stamps of a block of this storage, which begins at `start`.
    #[inline(always)]
    pub(super) fn stamps_of(&self, block: u32, start: *const u8) -> &Stamps {
        debug_assert!(self.marking == Marking::Stamps, "the header of this ring is stamps");
        let stamps = if Geometry::<E>::APART { self.header(block as usize) } else { start };
        // SAFETY: as for `mark_of`; in this ring `new` wrote stamps, as many as there are blocks.
        unsafe { &*stamps.cast::<Stamps>() }
    }

    fn write_header(&self, n: usize) {
        let at = self.header(n).cast_mut();
        match self.marking {
            // SAFETY: the place is inside the allocation, aligned, and not in use yet.
            Marking::Mark => unsafe { at.cast::<Mark>().write(AtomicU64::new(self.shape.origin)) },
            Marking::Stamps => {
                let stamps = Stamps::new();
                // SAFETY: as above.
                unsafe { at.cast::<Stamps>().write(stamps) };
            }
        }
    }
}

/// How many headers a ring of so many blocks has.
fn headers<E>(marking: Marking, blocks: usize) -> usize {
    if Geometry::<E>::APART && marking == Marking::Mark { 1 } else { blocks }
}

/// Where event `offset` of the block at `block` is kept.
#[inline(always)]
fn event_in<E>(block: *const u8, offset: usize) -> *mut E {
    let start = block.wrapping_add(Geometry::<E>::EVENTS_AT);
    start.wrapping_add(offset * size_of::<E>()).cast_mut().cast()
}

impl<E> Drop for Storage<E> {
    fn drop(&mut self) {
        // A destructor that panics leaks the rest, as it does in a `Vec`'s allocation.
        for index in 0..self.events {
            let event = self.nth(index);
            // SAFETY: the first `events` events were written, nobody else can reach them any
            // more, and each is dropped once.
            unsafe { event.drop_in_place() };
        }
        for n in 0..self.headers {
            let at = self.header(n).cast_mut();
            match self.marking {
                // SAFETY: the first `headers` headers were written, as marks in this ring.
                Marking::Mark => unsafe { at.cast::<Mark>().drop_in_place() },
                // SAFETY: the same, as stamps.
                Marking::Stamps => unsafe { at.cast::<Stamps>().drop_in_place() },
            }
        }
        // SAFETY: the memory was allocated in `new` with this layout.
        unsafe { dealloc(self.base.as_ptr(), self.layout) };
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_factory_that_panics_leaks_nothing() {
        let live = alloc::rc::Rc::new(());
        let mut built = 0;
        let failed = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
            Storage::new(20, 0, Marking::Mark, || {
                built += 1;
                assert!(built < 10, "the tenth event cannot be built");
                alloc::rc::Rc::clone(&live)
            })
        }));
        assert!(failed.is_err(), "the panic reaches the caller");
        assert_eq!(alloc::rc::Rc::strong_count(&live), 1, "the nine events were dropped");
    }
}
