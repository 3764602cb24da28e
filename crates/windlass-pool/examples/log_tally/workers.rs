//! The workers of the two pools: parsers, and counters behind them.

use std::mem;
use std::sync::mpsc;

use windlass_partition::{Key, SLOTS};
use windlass_pool::{Arrived, Context, Sender, Slot, StopReason, Worker};

use crate::block::Block;
use crate::counts::{Counted, Counts};
use crate::run::Event;

/// So many different words are put together before they are sent on.
const COMBINED: usize = 1 << 13;

/// Finds the words of blocks, and sends on how often each came.
pub(crate) struct Parser {
    pub(crate) seed: u64,
    /// What was not sent on yet.
    pub(crate) counts: Counts,
    pub(crate) counters: Sender<Counter>,
    pub(crate) events: mpsc::Sender<Event>,
    /// Where the reader finds buffers that may be filled again.
    pub(crate) spare: mpsc::Sender<Box<[u8]>>,
}

impl Parser {
    fn send_on(&mut self) {
        let by_hash = self.counts.drain().map(|counted| (counted.hash, counted));
        if let Err(unsent) = self.counters.send_batch(by_hash) {
            let _unheard = self.events.send(Event::Lost(unsent.messages.len()));
        }
    }
}

impl Worker for Parser {
    type Message = Block;
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, _: &mut Context<'_, Self>, block: Block) {
        let Self { seed, counts, .. } = self;
        let lines = block.parse(|word| counts.add(word.stable_hash(*seed), word));
        // Nobody hears it only if the program is on its way out.
        let _unheard = self.events.send(Event::Parsed(lines));
        let _unneeded = self.spare.send(block.into_buffer());
        if COMBINED <= self.counts.distinct() {
            self.send_on();
        }
    }

    fn on_idle(&mut self, _: &mut Context<'_, Self>) {
        self.send_on();
    }

    fn on_stop(mut self, _: StopReason) {
        self.send_on();
    }
}

/// Counts the words whose slots it has.
pub(crate) struct Counter {
    /// By slot, so that a slot can go to another counter with all that was counted for it.
    slots: Vec<Counts>,
    done: mpsc::Sender<Counts>,
}

impl Counter {
    /// Sends its counts to `done` when it ends.
    pub(crate) fn new(done: mpsc::Sender<Counts>) -> Self {
        Self { slots: (0..SLOTS).map(|_| Counts::default()).collect(), done }
    }
}

impl Worker for Counter {
    type Message = Counted;
    type Control = ();
    type Slot = Counts;

    fn on_message(&mut self, _: &mut Context<'_, Self>, counted: Counted) {
        self.slots[Slot::of_key(&counted.hash).index()].merge(counted);
    }

    fn slot_out(&mut self, slot: Slot) -> Option<Counts> {
        let counts = mem::take(&mut self.slots[slot.index()]);
        (0 < counts.words).then_some(counts)
    }

    fn slot_in(&mut self, slot: Slot, state: Arrived<Counts>) {
        if let Arrived::State(counts) = state {
            self.slots[slot.index()] = counts;
        }
    }

    fn on_stop(self, _: StopReason) {
        for counts in self.slots {
            let _unheard = self.done.send(counts);
        }
    }
}
