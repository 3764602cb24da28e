//! The worker: keeps the books of its stocks, and knows how far each slot has come.

use std::collections::BTreeMap;
use std::mem;
use std::sync::mpsc::Sender;

use windlass_pool::{Arrived, Context, Slot, Snapshot, StopReason, Worker};

use crate::book::Book;
use crate::feed::Message;

/// The books of the stocks of one slot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Books {
    /// By stock.
    pub(crate) by_locate: BTreeMap<u16, Book>,
    /// The number of the first message of the feed that may not be in them.
    pub(crate) next: u64,
}

/// What a worker is sent: a message and its number in the feed.
pub(crate) struct Numbered {
    pub(crate) n: u64,
    pub(crate) message: Message,
}

/// Keeps books.
pub(crate) struct Desk {
    slots: BTreeMap<usize, Books>,
    done: Sender<Books>,
}

impl Desk {
    /// Sends its books to `done` when it ends.
    pub(crate) fn new(done: Sender<Books>) -> Self {
        Self { slots: BTreeMap::new(), done }
    }
}

impl Worker for Desk {
    type Message = Numbered;
    type Control = ();
    type Slot = Books;

    fn on_message(&mut self, _: &mut Context<'_, Self>, Numbered { n, message }: Numbered) {
        let slot = Slot::of_key(&message.locate).index();
        let books = self.slots.entry(slot).or_default();
        // What is replayed and was in the snapshot already changes nothing.
        if books.next <= n {
            books.by_locate.entry(message.locate).or_default().apply(message.event);
            books.next = n + 1;
        }
    }

    fn slot_out(&mut self, slot: Slot) -> Option<Books> {
        self.slots.remove(&slot.index())
    }

    fn slot_in(&mut self, slot: Slot, state: Arrived<Books>) {
        if let Arrived::State(books) = state {
            self.slots.insert(slot.index(), books);
        }
    }

    fn on_stop(mut self, _: StopReason) {
        for books in mem::take(&mut self.slots).into_values() {
            let _unheard = self.done.send(books);
        }
    }
}

impl Snapshot for Desk {
    fn slot_copy(&self, slot: Slot) -> Option<Books> {
        self.slots.get(&slot.index()).cloned()
    }
}
