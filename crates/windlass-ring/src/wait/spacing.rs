//! When a consumer stands back before it looks.
//!
//! A consumer that is quicker than its producer finds one event, looks at once for the next, and
//! so takes the cache line away from the producer at every event. Standing back lets several
//! gather. But an event that is found alone may also be the answer in a round trip, or one of many
//! that come at their own pace, and then standing back only costs time.
//!
//! Which of the two it is can be told by trying: after some small batches the consumer stands back
//! once. If that brings many events, they come in a stream that the looking held up, and it goes on
//! standing back; if it brings few, it waits twice as many batches before it tries again.

/// A batch of at least so many events is large enough: no need to let it grow.
const SMALL_BATCH: u64 = 16;

/// The same for a consumer of a ring that says how many a batch can have at most; or that many, if it
/// is fewer. A batch that was stood back for says nothing about the next one, unless it was large.
const LARGE_BATCH: u64 = 128;

/// Standing back pays if it brings so many events: then each costs its producer far less than a
/// transfer of the cache line, which is what looking costs it.
const STREAM: u64 = 8;

/// Small batches before the first try, and the most between two tries.
const FIRST_TRY: u32 = 16;
const LAST_TRY: u32 = 1 << 14;

/// Spin-loop hints before a consumer that keeps up looks for the next events, at most.
///
/// A consumer that looks at once takes the cache line away from the producer at every event.
/// Standing back for about the time in which a few events are written lets it find several in
/// one line transfer; see the decision record on poll spacing.
const HINTS: u8 = 32;

/// Events that come in a stream while a hint lasts: some, so that standing back brings no more than a
/// batch holds. A small ring would be full long before, and its producer wait.
const EVENTS_A_HINT: u64 = 4;

/// What a consumer has learnt about how its events come.
#[derive(Debug)]
pub(super) struct Spacing {
    /// A batch of so many events is large enough.
    enough: u64,
    /// The largest batch since the consumer had nothing left. Who takes events one by one is told
    /// of the rest of a batch again and again.
    batch: u64,
    /// Spin-loop hints of standing back.
    hints: u8,
    /// Whether the consumer stood back before its last look.
    stood: bool,
    /// Whether standing back brings many events.
    stream: bool,
    /// Small batches since the last try.
    small: u32,
    /// How many of them bring the next try.
    next_try: u32,
}

impl Default for Spacing {
    fn default() -> Self {
        Self {
            enough: SMALL_BATCH,
            batch: 0,
            hints: HINTS,
            stood: false,
            stream: false,
            small: 0,
            next_try: FIRST_TRY,
        }
    }
}

impl Spacing {
    /// Sets how many events a batch has at most.
    pub(super) fn set_full_batch(&mut self, events: u64) {
        self.enough = events.min(LARGE_BATCH);
        self.hints = u8::try_from(events / EVENTS_A_HINT).unwrap_or(HINTS).clamp(1, HINTS);
    }

    /// How long to stand back, in spin-loop hints.
    #[inline]
    pub(super) fn hints(&self) -> u32 {
        u32::from(self.hints)
    }

    /// Notes how many events a look found.
    #[inline]
    pub(super) fn found(&mut self, events: u64) {
        self.batch = self.batch.max(events);
        if self.stood {
            self.learn(events);
        }
    }

    /// Learns from what standing back has brought.
    #[inline]
    fn learn(&mut self, events: u64) {
        self.stood = false;
        self.stream = STREAM <= events;
        self.next_try = if self.stream { FIRST_TRY } else { (2 * self.next_try).min(LAST_TRY) };
    }

    /// Whether to stand back before the next look, now that nothing is left of the last batch.
    #[inline]
    pub(super) fn stands_back(&mut self) -> bool {
        let batch = core::mem::take(&mut self.batch);
        if self.enough <= batch {
            return false;
        }
        if !self.stream {
            if STREAM <= batch {
                return false;
            }
            self.small += 1;
            if self.small < self.next_try {
                return false;
            }
            self.small = 0;
        }
        true
    }

    /// The consumer stands back.
    #[inline]
    pub(super) fn stood(&mut self) {
        self.stood = true;
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// One look, before which the consumer stands back if it should.
    fn look(spacing: &mut Spacing, alone: u64, after_standing_back: u64) -> bool {
        let stands_back = spacing.stands_back();
        if stands_back {
            spacing.stood();
        }
        spacing.found(if stands_back { after_standing_back } else { alone });
        stands_back
    }

    #[test]
    fn a_stream_is_noticed_and_kept() {
        let mut spacing = Spacing::default();
        for _ in 1..FIRST_TRY {
            assert!(!look(&mut spacing, 1, 9), "small batches are taken at once");
        }
        assert!(look(&mut spacing, 1, 9), "a try");
        for _ in 0..100 {
            assert!(look(&mut spacing, 1, 9), "it brings many: a stream");
        }
        spacing.found(SMALL_BATCH);
        assert!(!spacing.stands_back(), "large batches need no help");
    }

    #[test]
    fn a_stream_is_kept_until_a_batch_is_large_or_full() {
        for (full, enough) in [(1024, LARGE_BATCH), (LARGE_BATCH, LARGE_BATCH), (20, 20)] {
            let mut spacing = Spacing::default();
            spacing.set_full_batch(full);
            spacing.stood();
            spacing.found(STREAM);
            spacing.found(enough - 1);
            assert!(spacing.stands_back(), "one more would fit a batch of {full}");
            spacing.found(enough);
            assert!(!spacing.stands_back(), "no more is needed of {full}");
        }
    }

    #[test]
    fn events_that_come_at_their_own_pace_are_taken_at_once() {
        let mut spacing = Spacing::default();
        let tries = (0..10_000).filter(|_| look(&mut spacing, 1, 2)).count();
        assert!(tries < 12, "two in the time of standing back are no stream: {tries}");
    }

    #[test]
    fn who_has_small_batches_stands_back_for_less_long() {
        let hints = [1, 17, 64, 256, u64::MAX].map(|events| {
            let mut spacing = Spacing::default();
            spacing.set_full_batch(events);
            spacing.hints()
        });
        assert_eq!(hints, [1, 4, 16, 32, 32], "a hint for four events, and 32 at most");
    }

    #[test]
    fn the_rest_of_a_batch_is_no_small_batch() {
        let mut spacing = Spacing::default();
        for _ in 0..10 * FIRST_TRY {
            (1..=SMALL_BATCH).rev().for_each(|left| spacing.found(left));
            assert!(!spacing.stands_back(), "taken one by one, it was a large one");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "a million rounds take the interpreter minutes")]
    fn round_trips_are_disturbed_ever_more_rarely() {
        let mut spacing = Spacing::default();
        let tries = (0..1_000_000).filter(|_| look(&mut spacing, 1, 1)).count();
        assert!(tries < 80, "a try in 16384 in the long run: {tries}");
    }
}
