//! Taking the oldest first, for the only receiver.
//!
//! Its cursor alone says what it has missed: it takes every position in turn, and where it finds a later
//! lap, all up to there was overwritten. While a sender is so quick that the oldest message is gone before
//! it can be taken, going for the oldest again and again would bring nothing. So each time that happens the
//! receiver goes further ahead, up to half of the capacity, and then takes several messages at one visit.

use windlass_sync::atomic::Ordering;

use super::patience::Patience;
use super::place::Place;
use super::receive::Fetched;
use super::{Manner, SwapRx, SwapStore};
use crate::paths::Paths;
use crate::slots::{Cell, Loaded, Old};
use crate::store::Taken;

/// How often in one call a receiver goes for older messages while it is being overtaken.
const OVERTAKEN: u32 = 3;

impl<T: Send, L: Manner, P: Paths> SwapStore<T, L, P> {
    /// Takes the message at the cursor, if it is there.
    #[inline(always)]
    pub(super) fn take_oldest_here(&self, rx: &mut SwapRx) -> Option<Loaded> {
        let at = rx.at;
        let seen = self.pool.look(at.index);
        if !seen.holds(at.lap) {
            return None;
        }
        #[cfg(all(test, not(loom)))]
        crate::halt::reached(crate::halt::Place::Found);
        match self.pool.exchange_out(at.index, seen, at.lap, Self::spare(rx)) {
            Ok(loaded) => {
                rx.at.step(self.capacity());
                self.publish_head(rx);
                Some(loaded)
            }
            Err(spare) => {
                rx.spares.push(spare);
                None
            }
        }
    }

    /// Brings the oldest message into the hand, and some more if this receiver is being overtaken. If it is not to
    /// tell what is missing before, that stays to be told.
    pub(super) fn fetch_oldest(&self, rx: &mut SwapRx, tells: bool) -> Fetched {
        let mut overtaken = 0;
        let mut looks = 0;
        loop {
            if tells && self.can_tell(rx) {
                // The oldest stays where it is: told of a gap, the receiver holds nothing yet.
                return Fetched::Behind(core::mem::take(&mut rx.missed));
            }
            if let Some(loaded) = self.take_oldest_here(rx) {
                self.take_in_hand(rx, loaded);
                self.fill_hand(rx);
                return Self::in_hand(rx, tells);
            }
            let at = rx.at;
            let seen = self.pool.look(at.index);
            let laps = seen.laps_ahead(at.lap);
            if 0 < laps && OVERTAKEN <= overtaken && seen.is_full() {
                self.take_later_here(rx, seen);
                return Self::in_hand(rx, tells);
            } else if 0 < laps {
                self.jump(rx, laps.unsigned_abs(), overtaken);
                overtaken += 1;
            } else if laps < 0 || !seen.is_full() {
                // A sender that has claimed the position may be about to fill it.
                if P::MANY_SENDERS && at.position < self.tail() {
                    match self.wait_a_little(at, &mut looks) {
                        Patience::LookAgain => continue,
                        Patience::GiveUp if self.give_up(rx) => continue,
                        Patience::GiveUp | Patience::Empty => {}
                    }
                }
                rx.ahead = 0;
                return match self.end() {
                    Some(end) if end <= at.position => self.at_the_end(rx),
                    _ => Fetched::Empty,
                };
            }
        }
    }

    /// Says that something is in the hand, and what is missing before it.
    fn in_hand(rx: &mut SwapRx, tells: bool) -> Fetched {
        if L::REPORTS && !tells {
            return Fetched::InHand;
        }
        let missed = core::mem::take(&mut rx.missed);
        if L::REPORTS && missed != 0 { Fetched::Behind(missed) } else { Fetched::InHand }
    }

    /// Whether this is the moment to tell what is missing: the next message is there, or nothing is.
    ///
    /// Not while it is being overtaken: then it takes the next message first, for there would be another
    /// gap before it.
    #[inline]
    fn can_tell(&self, rx: &SwapRx) -> bool {
        let told = || self.pool.look(rx.at.index).laps_ahead(rx.at.lap) <= 0;
        L::REPORTS && rx.missed != 0 && rx.ahead == 0 && told()
    }

    /// Nothing will come; but what is missing is told before.
    #[cold]
    pub(super) fn at_the_end(&self, rx: &mut SwapRx) -> Fetched {
        let missed = core::mem::take(&mut rx.missed);
        if L::REPORTS && missed != 0 { Fetched::Behind(missed) } else { Fetched::End }
    }

    /// Takes whatever lies in the cell at the cursor, which is of a later lap, and goes on behind it.
    ///
    /// It is one of the newest messages, and older ones may be there; but going for those was tried. So a
    /// receiver gets a message with each call, however quick senders are.
    #[cold]
    fn take_later_here(&self, rx: &mut SwapRx, seen: Cell) {
        let at = rx.at;
        let (found, old) = self.pool.swap_out(at.index, seen, Self::spare(rx));
        let laps = found.laps_ahead(at.lap).unsigned_abs();
        let position = at.position + laps * self.capacity() as u64;
        rx.missed += position - at.position;
        rx.at.go_to(position + 1, self.capacity());
        rx.jumped_to = position;
        self.publish_head(rx);
        match old {
            Old::Loaded(loaded) => self.take_in_hand(rx, loaded),
            Old::Spare(spare) => rx.spares.push(spare),
        }
    }

    /// Goes on behind what was overwritten.
    #[cold]
    fn jump(&self, rx: &mut SwapRx, laps: u64, overtaken: u32) {
        let (at, capacity) = (rx.at, self.capacity() as u64);
        if overtaken != 0 {
            rx.ahead = (2 * rx.ahead).max(1).min(capacity / 2);
        } else if capacity <= at.position - rx.jumped_to.min(at.position) {
            // It has kept up for a whole lap.
            rx.ahead = 0;
        }
        // The cell says that everything up to the message in it was claimed.
        let claimed = at.position + laps * capacity + 1;
        // While it is being overtaken, the line of the tail would take as long to come as a lap does.
        let tail = if overtaken == 0 { self.put_up_to(claimed) } else { claimed };
        let to = tail - capacity + rx.ahead;
        rx.missed += to - at.position;
        rx.at.go_to(to, self.capacity());
        rx.jumped_to = to;
        self.publish_head(rx);
    }

    /// One behind the newest message that was put in; `known` is behind one that was.
    ///
    /// A position that was only claimed, or announced by a sender that may yet be refused, overwrites
    /// nothing so far: to go by it would pass over the last message of a buffer that is being closed.
    #[cold]
    pub(super) fn put_up_to(&self, known: u64) -> u64 {
        let mut up_to = self.tail().max(known);
        if up_to == known {
            return known;
        }
        let mut at = Place::of(up_to, self.capacity());
        while known < up_to {
            at = at.before(self.capacity());
            if 0 <= self.pool.look(at.index).laps_ahead(at.lap) {
                break;
            }
            up_to = at.position;
        }
        up_to
    }

    /// Takes as many messages as the hand holds, if this receiver is being overtaken.
    fn fill_hand(&self, rx: &mut SwapRx) {
        if rx.ahead == 0 {
            return;
        }
        while !rx.spares.is_empty() {
            let Some(loaded) = self.take_oldest_here(rx) else { return };
            self.pool.prefetch(&loaded);
            self.take_in_hand(rx, loaded);
        }
    }

    /// Gives up the position at the cursor, whose sender does not go on.
    #[cold]
    fn give_up(&self, rx: &mut SwapRx) -> bool {
        let at = rx.at;
        let seen = self.pool.look(at.index);
        let gone = seen.laps_ahead(at.lap) < 0 && self.pool.skip(at.index, seen, at.lap);
        if gone {
            rx.missed += 1;
            rx.at.step(self.capacity());
            self.publish_head(rx);
        }
        gone
    }

    /// Takes out the messages that it went past when it was overtaken and that still lie in their cells. They
    /// count as overwritten all the time; a sender that is about to put one there gets it back.
    #[cold]
    pub(super) fn sweep_passed(&self, rx: &mut SwapRx, passed_over: &mut dyn FnMut(T)) {
        let mut at = rx.at;
        let before = usize::try_from(at.position - self.rest.origin).unwrap_or(usize::MAX);
        for _ in 0..self.capacity().min(before) {
            at = at.before(self.capacity());
            loop {
                let seen = self.pool.look(at.index);
                let laps = seen.laps_ahead(at.lap);
                if 0 < laps || (laps == 0 && !seen.is_full()) {
                    break;
                }
                if !seen.is_full() {
                    if self.pool.skip(at.index, seen, at.lap) {
                        break;
                    }
                    continue;
                }
                match self.pool.exchange_out(at.index, seen, at.lap, Self::spare(rx)) {
                    Ok(loaded) => {
                        let (message, spare) = self.pool.pull(loaded);
                        rx.spares.push(spare);
                        passed_over(message);
                    }
                    Err(spare) => rx.spares.push(spare),
                }
            }
        }
    }

    /// Goes past the message at the cursor; for models and tests of what follows.
    #[cfg(any(test, loom))]
    pub(crate) fn go_past(&self, rx: &mut SwapRx) {
        rx.at.step(self.capacity());
        self.publish_head(rx);
    }

    #[inline(always)]
    fn publish_head(&self, rx: &SwapRx) {
        // ORDERING: Relaxed. It says whether there is room; what is there say cells.
        self.received.head.store(rx.at.position, Ordering::Relaxed);
    }

    /// Takes everything, and hands out the last message only.
    pub(super) fn last_only(&self, rx: &mut SwapRx, passed_over: &mut dyn FnMut(T)) -> Taken<T> {
        // What comes later is for the next call; else a quick sender could keep this one for ever.
        let until = self.tail();
        // Behind the newest that was taken. Where the cursor is does not tell: it may have gone past newer ones,
        // which were overwritten, and then one that is newer still is there.
        let mut taken_to = 0;
        // Counted as passed over until it turns out to be the last one: so a closure that panics leaves
        // nothing uncounted.
        let mut last: Option<T> = None;
        loop {
            if rx.hand.is_empty() {
                if last.is_some() && until <= taken_to {
                    break;
                }
                // Behind the first message, what is missing is told by the next call.
                match self.fetch(rx, last.is_none()) {
                    Fetched::InHand => {}
                    Fetched::Behind(n) if last.is_none() => return Taken::Lagged(n),
                    Fetched::Behind(n) => rx.missed += n,
                    Fetched::Empty if last.is_none() => return Taken::Empty,
                    Fetched::End if last.is_none() => return Taken::End,
                    Fetched::Empty | Fetched::End => break,
                }
            }
            let Some(next) = rx.hand.pop_front() else { break };
            self.count_hand(rx, false);
            taken_to = rx.at.position + u64::from(P::MANY_RECEIVERS);
            let next = self.pass_over(rx, next);
            if let Some(before) = last.replace(next) {
                passed_over(before);
            }
        }
        last.map_or(Taken::Empty, |message| Taken::Message(self.deliver_after_all(rx, message)))
    }
}
