//! Taking the oldest first, for one of many receivers.
//!
//! They share a cursor, and each moves it on behind a message that it or another one took. Since a
//! receiver may be suspended before it does, the cursor does not tell what was missed; senders count what
//! made room, and a receiver that takes a message reports what nobody has reported yet.

use windlass_sync::atomic::Ordering;

use super::patience::Patience;
use super::receive::Fetched;
use super::{Manner, SwapRx, SwapStore};
use crate::paths::Paths;

impl<T: Send, L: Manner, P: Paths> SwapStore<T, L, P> {
    /// Brings the oldest message into the hand. Lock-free. If it is not to tell what is missing before, that stays to
    /// be told.
    pub(super) fn fetch_among_many(&self, rx: &mut SwapRx, tells: bool) -> Fetched {
        let mut looks = 0;
        loop {
            let end = self.end();
            rx.at.go_to(self.head(), self.capacity());
            let at = rx.at;
            let seen = self.pool.look(at.index);
            let laps = seen.laps_ahead(at.lap);
            if seen.holds(at.lap) {
                if tells && let Some(missed) = self.untold(rx) {
                    return Fetched::Behind(missed);
                }
                #[cfg(all(test, not(loom)))]
                crate::halt::reached(crate::halt::Place::Found);
                match self.pool.exchange_out(at.index, seen, at.lap, Self::spare(rx)) {
                    Ok(loaded) => {
                        #[cfg(all(test, not(loom)))]
                        crate::halt::reached(crate::halt::Place::Taking);
                        self.advance(at.position, at.position + 1);
                        self.take_in_hand(rx, loaded);
                        rx.told = false;
                        return Fetched::InHand;
                    }
                    Err(spare) => rx.spares.push(spare),
                }
            } else if laps == 0 {
                // Somebody took it, or gave it up, and has not moved the cursor yet.
                self.advance(at.position, at.position + 1);
            } else if 0 < laps {
                let capacity = self.capacity() as u64;
                let tail = self.put_up_to(at.position + laps.unsigned_abs() * capacity + 1);
                self.advance(at.position, tail - capacity);
            } else if at.position < self.tail() {
                match self.wait_a_little(at, &mut looks) {
                    Patience::LookAgain => {}
                    Patience::GiveUp if self.pool.skip(at.index, seen, at.lap) => {
                        self.advance(at.position, at.position + 1);
                    }
                    Patience::GiveUp | Patience::Empty => return Fetched::Empty,
                }
            } else {
                return match end {
                    Some(end) if end <= at.position => {
                        rx.missed += self.unreported();
                        self.at_the_end(rx)
                    }
                    _ => Fetched::Empty,
                };
            }
        }
    }

    /// Moves the cursor, if nobody else has.
    fn advance(&self, from: u64, to: u64) {
        let head = &self.received.head;
        // ORDERING: Relaxed. It hands nothing over, and whoever lost the exchange looks again.
        let _ = head.compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// What this receiver has to tell before it takes a message; once, or a quick sender could keep it
    /// telling.
    fn untold(&self, rx: &mut SwapRx) -> Option<u64> {
        if rx.told {
            return None;
        }
        let missed = self.unreported();
        rx.told = missed != 0;
        rx.told.then_some(missed)
    }

    /// How many messages made room that no receiver has been told of; they are this receiver's to tell.
    fn unreported(&self) -> u64 {
        if !L::REPORTS {
            return 0;
        }
        // ORDERING: Relaxed. What made room for the message in hand was counted before it was put in or
        // will be reported with a later one.
        let evicted = self.sent.evicted.load(Ordering::Relaxed);
        // ORDERING: Relaxed. A number, which only rises.
        let reported = self.received.reported.fetch_max(evicted, Ordering::Relaxed);
        evicted.saturating_sub(reported)
    }
}
