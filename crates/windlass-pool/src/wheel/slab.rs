//! The storage of the timers: claimed once, with a list through each bucket.

use alloc::vec::Vec;

/// The end of a list.
pub(super) const NONE: u32 = u32::MAX;

/// Names a timer for cancelling it. No two timers of a wheel ever have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TimerId {
    index: u32,
    /// The place is used again, this number is not.
    number: u64,
}

impl TimerId {
    pub(super) fn index(self) -> u32 {
        self.index
    }
}

/// Where a timer waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// At this position of the heap.
    Due(usize),
    /// In the list of a bucket.
    Bucket { level: usize, bucket: usize },
}

impl Place {
    pub(super) fn bucket(level: usize, bucket: usize) -> Self {
        Self::Bucket { level, bucket }
    }
}

struct Node<T> {
    at: u64,
    number: u64,
    /// Neighbours in the bucket; `next` also links the free places.
    previous: u32,
    next: u32,
    place: Place,
    /// None while the place is free.
    value: Option<T>,
}

pub(super) struct Slab<T> {
    /// Never longer than its first capacity.
    nodes: Vec<Node<T>>,
    limit: usize,
    free: u32,
    len: usize,
    /// Timers so far. At a thousand million a second it lasts for 584 years.
    number: u64,
}

impl<T> Slab<T> {
    pub(super) fn with_limit(limit: usize) -> Self {
        assert!(limit < NONE as usize, "a wheel has fewer than 2^32 - 1 timers");
        Self { nodes: Vec::with_capacity(limit), limit, free: NONE, len: 0, number: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Gives the value back if all places are taken. The timer is nowhere yet.
    pub(super) fn insert(&mut self, at: u64, value: T) -> Result<TimerId, T> {
        if self.len == self.limit {
            return Err(value);
        }
        let number = self.number;
        let place = Place::Due(usize::MAX);
        let node = Node { at, number, previous: NONE, next: NONE, place, value: Some(value) };
        let index = if self.free == NONE {
            self.nodes.push(node);
            #[expect(clippy::cast_possible_truncation, reason = "the limit is below 2^32")]
            let index = (self.nodes.len() - 1) as u32;
            index
        } else {
            let index = self.free;
            self.free = core::mem::replace(&mut self.nodes[index as usize], node).next;
            index
        };
        self.len += 1;
        self.number += 1;
        Ok(TimerId { index, number })
    }

    /// Frees a place that is in no list any more.
    pub(super) fn remove(&mut self, index: u32) -> T {
        let free = self.free;
        let node = self.node(index);
        node.next = free;
        let value = node.value.take().expect("only a timer that is scheduled is removed");
        self.free = index;
        self.len -= 1;
        value
    }

    /// Where a timer waits, if it does.
    pub(super) fn place(&self, id: TimerId) -> Option<Place> {
        let node = self.nodes.get(id.index as usize)?;
        (node.number == id.number && node.value.is_some()).then_some(node.place)
    }

    pub(super) fn set_place(&mut self, index: u32, place: Place) {
        self.node(index).place = place;
    }

    pub(super) fn at(&self, index: u32) -> u64 {
        self.nodes[index as usize].at
    }

    pub(super) fn number(&self, index: u32) -> u64 {
        self.nodes[index as usize].number
    }

    pub(super) fn next(&self, index: u32) -> u32 {
        self.nodes[index as usize].next
    }

    /// Puts a timer before the one that was the first of its bucket.
    pub(super) fn link(&mut self, index: u32, first: u32, place: Place) {
        let node = self.node(index);
        (node.previous, node.next, node.place) = (NONE, first, place);
        if first != NONE {
            self.node(first).previous = index;
        }
    }

    /// Takes a timer out of its bucket, and returns the new first one if it was the first.
    pub(super) fn unlink(&mut self, index: u32) -> Option<u32> {
        let node = self.node(index);
        let (previous, next) = (node.previous, node.next);
        if next != NONE {
            self.node(next).previous = previous;
        }
        if previous == NONE {
            return Some(next);
        }
        self.node(previous).next = next;
        None
    }

    fn node(&mut self, index: u32) -> &mut Node<T> {
        &mut self.nodes[index as usize]
    }

    /// Room without another allocation.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.nodes.capacity()
    }
}
