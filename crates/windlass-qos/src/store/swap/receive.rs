//! What receivers of any order have in common: the hand, and what is delivered from it.

use windlass_sync::atomic::Ordering;

use super::{HAND, Manner, SwapRx, SwapStore};
use crate::paths::Paths;
use crate::slots::{Loaded, Spare};
use crate::store::Taken;

/// What a look for the next message has brought.
pub(super) enum Fetched {
    /// It is in the hand.
    InHand,
    /// So many were dropped before what is in the hand, or before the end.
    Behind(u64),
    Empty,
    End,
}

impl<T: Send, L: Manner, P: Paths> SwapStore<T, L, P> {
    /// Takes the next message.
    #[inline(always)]
    pub(super) fn take_next(&self, rx: &mut SwapRx) -> Taken<T> {
        if let Some(taken) = self.take_at_once(rx) {
            return taken;
        }
        self.take_otherwise(rx)
    }

    /// What nearly every receive is: the oldest is where it is expected, and nothing is in the hand.
    #[inline(always)]
    fn take_at_once(&self, rx: &mut SwapRx) -> Option<Taken<T>> {
        if !rx.hand.is_empty() {
            return None;
        }
        let loaded = if L::FRESHEST {
            self.find_freshest(rx)?
        } else if P::MANY_RECEIVERS || rx.missed != 0 {
            return None;
        } else {
            self.take_oldest_here(rx)?
        };
        Some(Taken::Message(self.deliver(rx, loaded)))
    }

    #[inline(never)]
    fn take_otherwise(&self, rx: &mut SwapRx) -> Taken<T> {
        if rx.hand.is_empty() {
            match self.fetch(rx, true) {
                Fetched::InHand => {}
                Fetched::Behind(n) => return Taken::Lagged(n),
                Fetched::Empty => return Taken::Empty,
                Fetched::End => return Taken::End,
            }
        }
        match rx.hand.pop_front() {
            Some(loaded) => {
                self.count_hand(rx, false);
                Taken::Message(self.deliver(rx, loaded))
            }
            None => Taken::Empty,
        }
    }

    /// Looks at the next message, which from then on is this receiver's.
    pub(super) fn look_at_next<'a>(&'a self, rx: &'a mut SwapRx) -> Taken<&'a T> {
        if rx.hand.is_empty() {
            match self.fetch(rx, true) {
                Fetched::InHand => {}
                Fetched::Behind(n) => return Taken::Lagged(n),
                Fetched::Empty => return Taken::Empty,
                Fetched::End => return Taken::End,
            }
        }
        rx.hand.front().map_or(Taken::Empty, |loaded| Taken::Message(self.pool.peek(loaded)))
    }

    /// Brings the next message into the hand, which is empty, and tells what is missing before it if it is to.
    pub(super) fn fetch(&self, rx: &mut SwapRx, tells: bool) -> Fetched {
        if L::FRESHEST {
            self.fetch_freshest(rx)
        } else if P::MANY_RECEIVERS {
            self.fetch_among_many(rx, tells)
        } else {
            self.fetch_oldest(rx, tells)
        }
    }

    /// Takes the message out of its slot and counts it.
    #[inline(always)]
    pub(super) fn deliver(&self, rx: &mut SwapRx, loaded: Loaded) -> T {
        let (message, spare) = self.pool.pull(loaded);
        rx.spares.push(spare);
        self.count_delivered(rx);
        message
    }

    #[inline(always)]
    fn count_delivered(&self, rx: &mut SwapRx) {
        rx.delivered += 1;
        if P::MANY_RECEIVERS {
            // ORDERING: Relaxed. A number for `stats`.
            self.received.delivered.fetch_add(1, Ordering::Relaxed);
        } else {
            // ORDERING: Relaxed. As above, and there is one writer.
            self.received.delivered.store(rx.delivered, Ordering::Relaxed);
        }
    }

    /// Takes a message out of its slot and counts it as passed over.
    pub(super) fn pass_over(&self, rx: &mut SwapRx, loaded: Loaded) -> T {
        let (message, spare) = self.pool.pull(loaded);
        rx.spares.push(spare);
        // ORDERING: Relaxed. A number for `stats`.
        self.received.passed_over.fetch_add(1, Ordering::Relaxed);
        message
    }

    /// Counts a message as delivered that was counted as passed over.
    pub(super) fn deliver_after_all(&self, rx: &mut SwapRx, message: T) -> T {
        // ORDERING: Relaxed. A number for `stats`.
        self.received.passed_over.fetch_sub(1, Ordering::Relaxed);
        self.count_delivered(rx);
        message
    }

    /// A slot to leave behind for a message.
    #[inline(always)]
    pub(super) fn spare(rx: &mut SwapRx) -> Spare {
        match rx.spares.pop() {
            Some(spare) => spare,
            None => no_slot(),
        }
    }

    /// Puts a message into the hand.
    pub(super) fn take_in_hand(&self, rx: &mut SwapRx, loaded: Loaded) {
        rx.hand.push_back(loaded);
        self.count_hand(rx, true);
    }

    /// Notes that a message came into the hand, or left it.
    pub(super) fn count_hand(&self, rx: &SwapRx, came: bool) {
        let in_hand = &self.received.in_hand;
        // ORDERING: Relaxed. A number for `stats`; with one receiver there is one writer.
        match (P::MANY_RECEIVERS, came) {
            (false, _) => in_hand.store(rx.hand.len() as u64, Ordering::Relaxed),
            (true, true) => drop(in_hand.fetch_add(1, Ordering::Relaxed)),
            (true, false) => drop(in_hand.fetch_sub(1, Ordering::Relaxed)),
        }
    }

    /// Empties the hand of a receiver that leaves: what it holds goes to nobody.
    pub(super) fn empty_hand(&self, rx: &mut SwapRx) -> [Option<T>; HAND + 1] {
        core::array::from_fn(|_| {
            let loaded = rx.hand.pop_front()?;
            self.count_hand(rx, false);
            // ORDERING: Relaxed. A number for `stats`.
            self.received.left.fetch_add(1, Ordering::Relaxed);
            let (message, spare) = self.pool.pull(loaded);
            rx.spares.push(spare);
            Some(message)
        })
    }

    /// The position of the next message to take, the oldest first.
    #[inline(always)]
    pub(super) fn head(&self) -> u64 {
        // ORDERING: Relaxed. Cells say what is there.
        self.received.head.load(Ordering::Relaxed)
    }
}

/// A receiver has as many slots as its hand can hold messages.
#[cold]
fn no_slot() -> ! {
    unreachable!("a receiver has a slot to leave behind")
}
