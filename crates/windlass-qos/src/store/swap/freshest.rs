//! Taking the freshest first.
//!
//! A receiver goes down from the newest position and takes the first message that it finds. It remembers
//! what it has been through, so that it goes through each position about once: twice where more than
//! four runs of messages were left behind unread.
//!
//! A sender that has claimed a position and has not put its message there may have stopped. What lies there
//! meanwhile is the oldest of all, and is taken where nothing else is left.

use windlass_sync::hint;

use super::place::Place;
use super::receive::Fetched;
use super::{Manner, SwapRx, SwapStore};
use crate::paths::Paths;
use crate::slots::{Cell, Loaded, Old};
use crate::store::Taken;

/// What a walk through the cells has brought.
enum Walked {
    Found(Loaded),
    Nothing,
    /// A message was seen, and was gone before it could be taken.
    Changed,
}

impl<T: Send, L: Manner, P: Paths> SwapStore<T, L, P> {
    /// Brings the freshest message into the hand.
    pub(super) fn fetch_freshest(&self, rx: &mut SwapRx) -> Fetched {
        let mut all_put = false;
        loop {
            match self.find_freshest(rx) {
                Some(loaded) => {
                    self.take_in_hand(rx, loaded);
                    return Fetched::InHand;
                }
                None if all_put => return Fetched::End,
                // One that was on its way may have come since the look.
                None if self.end().is_some() && self.all_put() => all_put = true,
                None => return Fetched::Empty,
            }
        }
    }

    /// Takes the freshest message. Looks at each cell once at most, and again only if somebody was quicker.
    #[inline]
    pub(super) fn find_freshest(&self, rx: &mut SwapRx) -> Option<Loaded> {
        loop {
            let tail = self.tail();
            let top = rx.seen.skip(tail);
            let floor = self.floor(tail);
            if top <= floor {
                return None;
            }
            match self.walk_down(rx, tail, top, floor) {
                Walked::Found(loaded) => return Some(loaded),
                Walked::Nothing => return None,
                // Not empty: what was overwritten made room for a fresher one.
                Walked::Changed => hint::spin_loop(),
            }
        }
    }

    fn walk_down(&self, rx: &mut SwapRx, tail: u64, top: u64, floor: u64) -> Walked {
        let capacity = self.capacity();
        // What lies above is gone, up to here.
        let mut gone_from = tail;
        // The freshest of those that lie where a sender is about to put its message.
        let mut oldest: Option<(Place, Cell)> = None;
        let mut at = Place::of(top, capacity);
        while floor < at.position {
            let skipped = rx.seen.skip(at.position);
            if skipped != at.position {
                if skipped <= floor {
                    break;
                }
                at = Place::of(skipped, capacity);
            }
            at = at.before(capacity);
            let seen = self.pool.look(at.index);
            if seen.is_full() && 0 <= seen.laps_ahead(at.lap) {
                match self.take_from(rx, at, seen) {
                    Some(loaded) => {
                        rx.at = at;
                        rx.seen.note(at.position, gone_from, floor);
                        return Walked::Found(loaded);
                    }
                    // A later one is there, or another receiver took it.
                    None => return Walked::Changed,
                }
            } else if seen.laps_ahead(at.lap) < 0 {
                // Claimed and not put in yet: to be looked at again.
                gone_from = at.position;
                if seen.is_full() {
                    let behind = seen.laps_ahead(at.lap).unsigned_abs();
                    let position = at.position - behind * capacity as u64;
                    let there = Place { position, lap: at.lap - behind, ..at };
                    if oldest.is_none_or(|(known, _)| known.position < position) {
                        oldest = Some((there, seen));
                    }
                }
            }
        }
        rx.seen.note(floor, gone_from, floor);
        // A sender that stopped in the middle of a send hides nothing.
        let Some((at, seen)) = oldest else { return Walked::Nothing };
        let Some(loaded) = self.take_from(rx, at, seen) else { return Walked::Changed };
        rx.at = at;
        Walked::Found(loaded)
    }

    /// Takes what is in a cell that was seen full, or something fresher.
    #[inline]
    fn take_from(&self, rx: &mut SwapRx, at: Place, seen: Cell) -> Option<Loaded> {
        #[cfg(all(test, not(loom)))]
        crate::halt::reached(crate::halt::Place::Found);
        let slot = Self::spare(rx);
        if !P::MANY_SENDERS {
            return match self.pool.swap_out(at.index, seen, slot).1 {
                Old::Loaded(loaded) => Some(loaded),
                Old::Spare(spare) => {
                    rx.spares.push(spare);
                    None
                }
            };
        }
        // Laps never go back, so that a sender that was overtaken notices.
        let lap = at.lap.wrapping_add_signed(seen.laps_ahead(at.lap));
        match self.pool.exchange_out(at.index, seen, lap, slot) {
            Ok(loaded) => Some(loaded),
            Err(spare) => {
                rx.spares.push(spare);
                None
            }
        }
    }

    /// Whether every claimed position was put in or given up.
    #[cold]
    fn all_put(&self) -> bool {
        let tail = self.tail();
        let mut at = Place::of(self.floor(tail), self.capacity());
        while at.position < tail {
            if self.pool.look(at.index).laps_ahead(at.lap) < 0 {
                return false;
            }
            at.step(self.capacity());
        }
        true
    }

    /// The oldest position that can still be there.
    #[inline(always)]
    fn floor(&self, tail: u64) -> u64 {
        tail.saturating_sub(self.capacity() as u64).max(self.rest.origin)
    }

    /// Takes the freshest message and passes over all others, in order.
    pub(super) fn freshest_only(
        &self,
        rx: &mut SwapRx,
        passed_over: &mut dyn FnMut(T),
    ) -> Taken<T> {
        let floor = self.floor(self.tail());
        // What was peeked at leaves its slot first, which is the one to leave behind for another message. It need
        // not be the freshest any more, nor older than what is found.
        let peeked_at = rx.at.position;
        let peeked = rx.hand.pop_front().map(|loaded| {
            self.count_hand(rx, false);
            self.pass_over(rx, loaded)
        });
        let found = self.find_freshest(rx).map(|loaded| self.pass_over(rx, loaded));
        let found_at = rx.at.position;
        let (until, latest, mut older) = match (found, peeked) {
            (Some(found), None) => (found_at, found, None),
            (Some(found), Some(peeked)) if peeked_at < found_at => {
                (found_at, found, Some((peeked_at, peeked)))
            }
            (Some(found), Some(peeked)) => (peeked_at, peeked, Some((found_at, found))),
            (None, Some(peeked)) => (peeked_at, peeked, None),
            (None, None) => {
                return match self.fetch_freshest(rx) {
                    Fetched::End => Taken::End,
                    Fetched::Empty => Taken::Empty,
                    Fetched::InHand | Fetched::Behind(_) => self.take_next(rx),
                };
            }
        };
        // What came since then is fresher, and for the next call.
        let mut at = Place::of(floor, self.capacity());
        while at.position < until {
            if let Some((_, message)) = older.take_if(|(position, _)| *position < at.position) {
                passed_over(message);
            }
            let seen = self.pool.look(at.index);
            if seen.holds(at.lap) {
                match self.pool.exchange_out(at.index, seen, at.lap, Self::spare(rx)) {
                    Ok(loaded) => {
                        let message = self.pass_over(rx, loaded);
                        passed_over(message);
                    }
                    Err(spare) => rx.spares.push(spare),
                }
            }
            at.step(self.capacity());
        }
        if let Some((_, message)) = older {
            passed_over(message);
        }
        Taken::Message(self.deliver_after_all(rx, latest))
    }
}
