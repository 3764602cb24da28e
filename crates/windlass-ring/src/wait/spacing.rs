//! When a consumer stands back before it looks.
//!
//! A consumer that is quicker than its producer finds one event, looks at once for the next, and
//! so takes the cache line away from the producer at every event. Standing back lets several
//! gather. But an event that is found alone may also be the answer in a round trip, and then
//! standing back only costs time.
//!
//! Which of the two it is can be told by trying: after some events that came alone the consumer
//! stands back once. If it then finds several, they come in a stream, and it goes on standing
//! back; if it finds one, it waits twice as many events before it tries again.

/// A batch of at least so many events is large enough: no need to let it grow.
const SMALL_BATCH: u64 = 16;

/// Events alone before the first try, and the most between two tries.
const FIRST_TRY: u32 = 16;
const LAST_TRY: u32 = 1 << 14;

/// What a consumer has learnt about how its events come.
#[derive(Debug)]
pub(super) struct Spacing {
    last_batch: u64,
    /// Events that came alone since the last try.
    alone: u32,
    /// How many of them bring the next try.
    next_try: u32,
}

impl Default for Spacing {
    fn default() -> Self {
        Self { last_batch: u64::MAX, alone: 0, next_try: FIRST_TRY }
    }
}

impl Spacing {
    /// Notes how many events a look found.
    #[inline]
    pub(super) fn found(&mut self, events: u64) {
        self.last_batch = events;
        if events != 1 {
            self.alone = 0;
            self.next_try = FIRST_TRY;
        }
    }

    /// Whether the last batch was so small that the consumer is quicker than its producer.
    #[inline]
    pub(super) fn keeps_up(&self) -> bool {
        self.last_batch < SMALL_BATCH
    }

    /// Whether to stand back before the next look.
    #[inline]
    pub(super) fn stands_back(&mut self) -> bool {
        if self.last_batch != 1 {
            return self.last_batch < SMALL_BATCH;
        }
        self.alone += 1;
        let tries = self.next_try <= self.alone;
        if tries {
            self.alone = 0;
            self.next_try = (2 * self.next_try).min(LAST_TRY);
        }
        tries
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_noticed_and_kept() {
        let mut spacing = Spacing::default();
        for _ in 1..FIRST_TRY {
            spacing.found(1);
            assert!(!spacing.stands_back(), "events alone are taken at once");
        }
        spacing.found(1);
        assert!(spacing.stands_back(), "a try");
        for _ in 0..100 {
            spacing.found(7);
            assert!(spacing.stands_back(), "several: a stream");
        }
        spacing.found(SMALL_BATCH);
        assert!(!spacing.stands_back(), "large batches need no help");
    }

    #[test]
    #[cfg_attr(miri, ignore = "a million rounds take the interpreter minutes")]
    fn round_trips_are_disturbed_ever_more_rarely() {
        let mut spacing = Spacing::default();
        let mut tries = 0;
        for _ in 0..1_000_000 {
            spacing.found(1);
            tries += u32::from(spacing.stands_back());
        }
        assert!(tries < 80, "a try in 16384 in the long run: {tries}");
    }
}
