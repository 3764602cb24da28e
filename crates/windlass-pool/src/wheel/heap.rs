//! Timers of the tick that runs, in order: a binary heap from which any timer can be removed.
//!
//! The one of the standard library removes only the first.

use super::slab::{Place, Slab};
use alloc::vec::Vec;

/// A timer in the heap. Ordered by due time, then by order of scheduling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) at: u64,
    number: u64,
    pub(super) index: u32,
}

pub(super) struct Heap {
    /// Never longer than its first capacity. Each entry's timer knows the entry's position.
    entries: Vec<Entry>,
}

impl Heap {
    pub(super) fn with_limit(limit: usize) -> Self {
        Self { entries: Vec::with_capacity(limit) }
    }

    pub(super) fn first(&self) -> Option<Entry> {
        self.entries.first().copied()
    }

    pub(super) fn push<T>(&mut self, index: u32, slab: &mut Slab<T>) {
        let entry = Entry { at: slab.at(index), number: slab.number(index), index };
        self.entries.push(entry);
        self.rise(self.entries.len() - 1, slab);
    }

    pub(super) fn remove<T>(&mut self, position: usize, slab: &mut Slab<T>) {
        self.entries.swap_remove(position);
        if position < self.entries.len() {
            // The last one stands there now: from another branch, so it may belong above or below.
            let position = self.rise(position, slab);
            self.sink(position, slab);
        }
    }

    fn rise<T>(&mut self, mut position: usize, slab: &mut Slab<T>) -> usize {
        while 0 < position {
            let parent = (position - 1) / 2;
            if self.entries[parent] < self.entries[position] {
                break;
            }
            self.swap(parent, position, slab);
            position = parent;
        }
        self.tell(position, slab);
        position
    }

    fn sink<T>(&mut self, mut position: usize, slab: &mut Slab<T>) {
        loop {
            let children = [2 * position + 1, 2 * position + 2];
            let there = children.into_iter().filter(|&child| child < self.entries.len());
            let Some(child) = there.min_by_key(|&child| self.entries[child]) else { break };
            if self.entries[position] < self.entries[child] {
                break;
            }
            self.swap(position, child, slab);
            position = child;
        }
        self.tell(position, slab);
    }

    fn swap<T>(&mut self, a: usize, b: usize, slab: &mut Slab<T>) {
        self.entries.swap(a, b);
        self.tell(a, slab);
        self.tell(b, slab);
    }

    fn tell<T>(&self, position: usize, slab: &mut Slab<T>) {
        slab.set_place(self.entries[position].index, Place::Due(position));
    }

    /// Room without another allocation.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.entries.capacity()
    }
}
