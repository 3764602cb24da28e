//! Putting messages in, and refusing them.

use windlass_sync::atomic::Ordering;
use windlass_sync::barrier;

use super::place::Place;
use super::{CLOSED, Manner, OPEN, SwapStore, SwapTx};
use crate::paths::Paths;
use crate::slots::{Loaded, Old};
use crate::store::Refused;

impl<T: Send, L: Manner, P: Paths> SwapStore<T, L, P> {
    /// The only sender puts a message into the next cell. Wait-free.
    #[inline(always)]
    pub(super) fn offer_alone(&self, tx: &mut SwapTx, message: T) -> Result<Option<T>, Refused<T>> {
        let at = tx.at;
        // ORDERING: Relaxed. The barrier orders it.
        self.sent.tail.store(at.position + 1, Ordering::Relaxed);
        // ORDERING(qos_close): the light half. Either `close_for_senders` sees what was announced, or it is
        // seen here.
        barrier::light();
        if self.refuses() {
            return Err(self.retract(at, Refused::Closed(message)));
        }
        #[cfg(all(test, not(loom)))]
        crate::halt::reached(crate::halt::Place::Claimed);
        tx.at.step(self.capacity());
        let slot = self.load(tx, message);
        let old = self.pool.swap_in(at.index, at.lap, slot);
        Ok(self.keep(tx, old))
    }

    /// Takes an announcement back.
    #[cold]
    #[inline(never)]
    fn retract(&self, at: Place, refused: Refused<T>) -> Refused<T> {
        // ORDERING: Relaxed. Whoever refuses rings behind this, and the bell orders it.
        self.sent.tail.store(at.position, Ordering::Relaxed);
        refused
    }

    /// One of many senders claims the next position and puts its message there. Lock-free.
    #[inline(always)]
    pub(super) fn offer_among_many(
        &self,
        tx: &mut SwapTx,
        message: T,
    ) -> Result<Option<T>, Refused<T>> {
        // ORDERING: Relaxed. A claim hands nothing over: cells do.
        let position = self.sent.tail.fetch_add(1, Ordering::Relaxed);
        if position & CLOSED != 0 {
            return Err(Refused::Closed(message));
        }
        Ok(self.put_at(tx, position, message))
    }

    /// Claims only where there is room.
    pub(super) fn offer_room_among_many(
        &self,
        tx: &mut SwapTx,
        message: T,
    ) -> Result<Option<T>, Refused<T>> {
        loop {
            // ORDERING: Relaxed. The exchange decides.
            let position = self.sent.tail.load(Ordering::Relaxed);
            if position & CLOSED != 0 {
                return Err(Refused::Closed(message));
            }
            let mut at = tx.at;
            at.go_to(position, self.capacity());
            if !self.has_room(tx, at) {
                // ORDERING: Relaxed. As above.
                if self.sent.tail.load(Ordering::Relaxed) == position {
                    self.note_full(tx);
                    return Err(Refused::Full(message));
                }
                continue;
            }
            let tail = &self.sent.tail;
            // ORDERING: Relaxed. As in `offer_among_many`.
            let (success, failure) = (Ordering::Relaxed, Ordering::Relaxed);
            if tail.compare_exchange(position, position + 1, success, failure).is_ok() {
                return Ok(self.put_at(tx, position, message));
            }
        }
    }

    /// Whether nothing has to make room for a message at `at`.
    pub(super) fn has_room(&self, tx: &mut SwapTx, at: Place) -> bool {
        if L::FRESHEST {
            return !self.pool.look(at.index).is_full();
        }
        let full = |head: u64| at.position.wrapping_sub(head) >= self.capacity() as u64;
        if full(tx.head) {
            tx.head = self.head();
        }
        // A message that a receiver has passed may still be in the cell; nobody will ask for it.
        !full(tx.head)
    }

    /// Puts the message of a claimed position in. Returns the one that nobody will get.
    #[inline(always)]
    fn put_at(&self, tx: &mut SwapTx, position: u64, message: T) -> Option<T> {
        tx.at.go_to(position, self.capacity());
        let at = tx.at;
        let mut slot = self.load(tx, message);
        #[cfg(all(test, not(loom)))]
        crate::halt::reached(crate::halt::Place::Claimed);
        loop {
            let seen = self.pool.look(at.index);
            if 0 <= seen.laps_ahead(at.lap) {
                return Some(self.overtaken(tx, slot));
            }
            match self.pool.exchange_in(at.index, seen, at.lap, slot) {
                Ok(old) => return self.keep(tx, old),
                Err(back) => slot = back,
            }
        }
    }

    /// Others were a lap quicker, or a receiver gave the position up: the message is the oldest by now.
    #[cold]
    #[inline(never)]
    fn overtaken(&self, tx: &mut SwapTx, slot: Loaded) -> T {
        self.count_evicted();
        let (message, spare) = self.pool.pull(slot);
        tx.spare = Some(spare);
        message
    }

    /// Puts a message into the sender's own slot.
    #[inline(always)]
    fn load(&self, tx: &mut SwapTx, message: T) -> Loaded {
        let Some(spare) = tx.spare.take() else { no_slot() };
        self.pool.put(spare, message)
    }

    /// Keeps the slot that came back, and hands out what was in it.
    #[inline(always)]
    fn keep(&self, tx: &mut SwapTx, old: Old) -> Option<T> {
        match old {
            Old::Spare(spare) => {
                tx.spare = Some(spare);
                None
            }
            Old::Loaded(loaded) => {
                self.note_full(tx);
                self.count_evicted();
                let (message, spare) = self.pool.pull(loaded);
                tx.spare = Some(spare);
                Some(message)
            }
        }
    }

    #[inline(always)]
    pub(super) fn note_full(&self, tx: &mut SwapTx) {
        if !tx.was_full {
            tx.was_full = true;
            // ORDERING: Relaxed. A number to show.
            self.sent.was_full.store(true, Ordering::Relaxed);
        }
    }

    /// Counts what made room, where the cursors of receivers cannot tell.
    #[inline(always)]
    fn count_evicted(&self) {
        if P::MANY_RECEIVERS {
            // ORDERING: Relaxed. A number; what came before is handed over by cells.
            self.sent.evicted.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether messages are refused.
    #[inline(always)]
    pub(super) fn refuses(&self) -> bool {
        if P::MANY_SENDERS {
            // ORDERING: Relaxed. Claims decide.
            self.sent.tail.load(Ordering::Relaxed) & CLOSED != 0
        } else {
            // ORDERING: Relaxed. As the barrier in `offer_alone` says.
            self.rest.closed.load(Ordering::Relaxed)
        }
    }

    /// Refuses messages from now on, and lets receivers know where they end.
    pub(super) fn close_for_senders(&self) {
        if P::MANY_SENDERS {
            // ORDERING: Relaxed. It is one step of the counter, and ends the claims.
            let end = self.sent.tail.fetch_or(CLOSED, Ordering::Relaxed);
            if end & CLOSED == 0 {
                // ORDERING(qos_end): Release. Whoever knows the end knows that all before it was claimed.
                self.rest.end.store(end, Ordering::Release);
            }
        } else {
            // ORDERING: Relaxed. The barrier orders it.
            self.rest.closed.store(true, Ordering::Relaxed);
            // ORDERING(qos_close): the heavy half. See `offer_alone`.
            barrier::heavy();
            // ORDERING(qos_end): Release. Whoever sees this sees what the sender had announced.
            self.rest.sealed.store(true, Ordering::Release);
        }
    }

    /// The position of the next message, or where messages end.
    #[inline(always)]
    pub(super) fn tail(&self) -> u64 {
        // ORDERING: Relaxed. Cells say what is there.
        let tail = self.sent.tail.load(Ordering::Relaxed);
        if P::MANY_SENDERS && tail & CLOSED != 0 { self.end_of_many(tail) } else { tail }
    }

    #[cold]
    fn end_of_many(&self, tail: u64) -> u64 {
        // ORDERING: Relaxed. A number like the tail itself; who asks for the end asks `end`.
        match self.rest.end.load(Ordering::Relaxed) {
            // It is about to be told. Those that are refused meanwhile count for a moment.
            OPEN => tail & !CLOSED,
            end => end,
        }
    }

    /// Where messages end, once nothing will be accepted any more.
    #[cold]
    pub(super) fn end(&self) -> Option<u64> {
        if P::MANY_SENDERS {
            // ORDERING(qos_end): Acquire. All before the end was claimed.
            let end = self.rest.end.load(Ordering::Acquire);
            return (end != OPEN).then_some(end);
        }
        // ORDERING(qos_end): Acquire. What was announced before is seen behind this.
        self.rest.sealed.load(Ordering::Acquire).then(|| self.tail())
    }
}

/// A sender has its slot back whenever it is called.
#[cold]
fn no_slot() -> ! {
    unreachable!("a sender has a slot for its next message")
}
