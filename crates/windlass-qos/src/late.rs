//! What comes behind the last receiver.
//!
//! A sender that is at work when the last receiver leaves puts its message where nobody looks for it. It must not stay
//! there until the last sender has gone: a message may hold what its sender waits for. So senders see to it. The
//! receiver makes the bell say that somebody waits, for ever: whoever rings it comes here, and pays nothing before.
//!
//! One is at work at a time, the receiver first. Who comes meanwhile asks for another look and goes on at once.

use windlass_sync::EventCount;
use windlass_sync::atomic::{AtomicU64, Ordering};

/// The last receiver has gone, or is about to.
const GONE: u64 = 1;
/// One that asks for a look. The first of them looks.
const ASKED: u64 = 2;

/// Whose turn it is to take what nobody will get.
#[derive(Default)]
pub(crate) struct Late(AtomicU64);

/// The one that takes. Whoever panics meanwhile passes it on, and leaves what is left to the next one, or to the end.
#[must_use = "others wait for nobody: what they ask for is done by `finish`"]
pub(crate) struct Turn<'l> {
    late: &'l Late,
    is_over: bool,
}

impl Late {
    /// The last receiver leaves, and is the first to take. All that is put in and not rung for yet will be asked for.
    pub(crate) fn begin(&self, bell: &EventCount) -> Turn<'_> {
        // ORDERING: Relaxed. The barrier of the bell follows: a sender whose message is not seen from here on sees
        // this.
        self.0.store(GONE + ASKED, Ordering::Relaxed);
        bell.stay_awaited();
        Turn { late: self, is_over: false }
    }

    /// Wakes who waits at the bell. Where nobody will any more, takes by `take` instead. To be called behind each message,
    /// and behind a refusal: a receiver that saw the message on its way waits for the end.
    #[inline(always)]
    pub(crate) fn ring(&self, bell: &EventCount, take: impl FnMut()) {
        if bell.is_awaited() {
            self.ring_slowly(bell, take);
        }
    }

    #[cold]
    #[inline(never)]
    fn ring_slowly(&self, bell: &EventCount, take: impl FnMut()) {
        bell.notify();
        if let Some(turn) = self.ask() {
            turn.finish(take);
        }
    }

    /// To be called behind a message, by whoever found the bell awaited. Nothing if there is a receiver, or another
    /// one looks again for this one's sake.
    pub(crate) fn ask(&self) -> Option<Turn<'_>> {
        // ORDERING: Relaxed. Behind the barrier of the bell, see `begin`.
        if self.0.load(Ordering::Relaxed) == 0 {
            return None;
        }
        // ORDERING(qos_late): Release. Whoever is at work sees the message. If nobody is, `finish` acquires what the
        // last one did.
        let before = self.0.fetch_add(ASKED, Ordering::Release);
        (before == GONE).then(|| Turn { late: self, is_over: false })
    }

    /// The turn is over, unless somebody has asked since.
    fn end(&self, asked: u64) -> bool {
        // ORDERING(qos_late): Release. The next one sees what was taken. Relaxed if it fails: `finish` looks again.
        self.0.compare_exchange(asked, GONE, Ordering::Release, Ordering::Relaxed).is_ok()
    }
}

impl Turn<'_> {
    /// Takes by `take`, which takes what is there, until nobody asks for more.
    pub(crate) fn finish(mut self, mut take: impl FnMut()) {
        while !self.is_over {
            // ORDERING(qos_late): Acquire. What those put in who asked is seen, and what was taken before.
            let asked = self.late.0.load(Ordering::Acquire);
            take();
            self.is_over = self.late.end(asked);
        }
    }
}

impl Drop for Turn<'_> {
    /// Only if taking panicked.
    fn drop(&mut self) {
        if !self.is_over {
            // ORDERING(qos_late): Release. As in `end`.
            self.late.0.store(GONE, Ordering::Release);
        }
    }
}
