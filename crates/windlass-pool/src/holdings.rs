//! Which slots a worker has, which it will get, and what is kept for those.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use windlass_partition::SLOTS;

use crate::letter::{HIGH, Letter, NORMAL, Transfer};

/// How a worker stands to a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    Elsewhere,
    Mine,
    Expected,
}

/// What a worker does with a message that came out of its mailbox.
pub(crate) enum Sorted<M> {
    Handle(Letter<M>),
    /// It is kept until the state of its slot is there.
    Kept,
    /// Its slot has another owner.
    Foreign(Letter<M>),
}

/// The slots of one worker.
pub(crate) struct Holdings<M> {
    stands: Box<[Stand; SLOTS]>,
    expected: usize,
    /// Messages for slots whose state is not there yet, in order.
    parked: VecDeque<Letter<M>>,
    /// With so many of them it takes no more, unless a fence needs to be reached.
    most_parked: usize,
    fence: Option<Fence>,
}

/// Slots to give up, and what is to be handled before.
struct Fence {
    transfers: Vec<Transfer>,
    /// Messages that were in the mailbox when the fence came, by lane.
    before: [u64; 2],
}

impl<M> Holdings<M> {
    /// No slots.
    pub(crate) fn new(most_parked: usize) -> Self {
        let stands = Box::new([Stand::Elsewhere; SLOTS]);
        Self { stands, expected: 0, parked: VecDeque::new(), most_parked, fence: None }
    }

    /// Gets slots from the beginning.
    pub(crate) fn begin_with(&mut self, slots: impl Iterator<Item = u16>) {
        slots.for_each(|slot| self.stands[usize::from(slot)] = Stand::Mine);
    }

    /// The slots it has.
    pub(crate) fn mine(&self) -> impl Iterator<Item = u16> + '_ {
        let mine = |(slot, stand): (u16, &Stand)| (*stand == Stand::Mine).then_some(slot);
        (0..).zip(self.stands.iter()).filter_map(mine)
    }

    /// Whether a message for this slot is for it: it has the slot, or there is none.
    pub(crate) fn takes(&self, slot: u16) -> bool {
        self.stands.get(usize::from(slot)).is_none_or(|stand| *stand == Stand::Mine)
    }

    /// Keeps from now on what comes for these slots.
    pub(crate) fn expect(&mut self, slots: &[u16]) {
        for slot in slots {
            let stand = &mut self.stands[usize::from(*slot)];
            if *stand != Stand::Expected {
                *stand = Stand::Expected;
                self.expected += 1;
            }
        }
        // Room for what may come until the fence is known, and for what is in the mailbox then.
        self.parked.reserve(2 * self.most_parked);
    }

    /// What to do with a message that came.
    #[inline]
    pub(crate) fn sort(&mut self, letter: Letter<M>) -> Sorted<M> {
        match self.stands.get(usize::from(letter.slot)) {
            None | Some(Stand::Mine) => Sorted::Handle(letter),
            Some(_) => self.keep(letter),
        }
    }

    /// Whether a message for this slot would be handled at once.
    #[inline]
    pub(crate) fn is_mine(&self, slot: u16) -> bool {
        self.stands.get(usize::from(slot)).is_none_or(|stand| *stand == Stand::Mine)
    }

    #[cold]
    #[inline(never)]
    fn keep(&mut self, letter: Letter<M>) -> Sorted<M> {
        if self.stands[usize::from(letter.slot)] == Stand::Expected {
            self.parked.push_back(letter);
            Sorted::Kept
        } else {
            Sorted::Foreign(letter)
        }
    }

    /// Whether no more messages should be taken: so many are kept that the others have to wait. Never while
    /// there is a fence to reach: two workers that exchange slots would wait for each other.
    pub(crate) fn is_crowded(&self) -> bool {
        self.fence.is_none() && self.most_parked <= self.parked.len()
    }

    /// Will give up slots, as soon as what is in the mailbox now has been handled.
    pub(crate) fn put_fence(&mut self, transfers: Vec<Transfer>, high: usize, normal: usize) {
        let before = [high as u64, normal as u64];
        match &mut self.fence {
            None => self.fence = Some(Fence { transfers, before }),
            // Of a change that did not end in time; what was in the mailbox then is a part of what is now.
            Some(fence) => {
                fence.transfers.extend(transfers);
                fence.before = before;
            }
        }
    }

    /// Counts messages that came out of a lane, or that are missing there.
    #[inline]
    pub(crate) fn count(&mut self, lane: usize, messages: u64) {
        if let Some(fence) = &mut self.fence
            && (lane == HIGH || lane == NORMAL)
        {
            let before = &mut fence.before[lane - HIGH];
            *before = before.saturating_sub(messages);
        }
    }

    /// The slots to give up now; `empty` says that nothing is in the mailbox.
    pub(crate) fn reached(&mut self, empty: bool) -> Option<Vec<Transfer>> {
        let fence = self.fence.as_ref()?;
        if !empty && fence.before != [0, 0] {
            return None;
        }
        let transfers = self.fence.take()?.transfers;
        for transfer in &transfers {
            self.stands[usize::from(transfer.slot)] = Stand::Elsewhere;
        }
        Some(transfers)
    }

    /// Has these slots from now on, and hands out what was kept for them, in order.
    pub(crate) fn arrive(
        &mut self,
        slots: impl Iterator<Item = u16>,
        mut next: impl FnMut(Letter<M>),
    ) {
        for slot in slots {
            let stand = &mut self.stands[usize::from(slot)];
            self.expected -= usize::from(*stand == Stand::Expected);
            *stand = Stand::Mine;
        }
        for _ in 0..self.parked.len() {
            let Some(letter) = self.parked.pop_front() else { break };
            if self.stands[usize::from(letter.slot)] == Stand::Mine {
                next(letter);
            } else {
                self.parked.push_back(letter);
            }
        }
    }

    /// What is kept, for whoever goes through it when the worker ends.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Letter<M>> + '_ {
        self.parked.drain(..)
    }

    /// The slots it was to give up, when it ends before.
    pub(crate) fn owed(&mut self) -> Vec<Transfer> {
        self.fence.take().map_or_else(Vec::new, |fence| fence.transfers)
    }
}
