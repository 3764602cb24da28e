//! What the machine itself costs: no queue, just the transfer or the wake-up.

use core::hint::black_box;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::Arc;
use std::time::Instant;

use crossbeam_utils::CachePadded;
use rustix::thread::futex;

use super::{Link, Rx, Tx};
use crate::payload::Payload;
use crate::setup::Setup;

/// One word on a cache line of its own, for one message at a time.
pub struct BareWord;

/// The sending end of a word.
pub struct WordTx {
    word: Arc<CachePadded<AtomicU64>>,
    sent: u64,
}

/// The receiving end of a word.
pub struct WordRx {
    word: Arc<CachePadded<AtomicU64>>,
    seen: u64,
}

impl Link for BareWord {
    const NAME: &'static str = "floor";
    const NOTE: &'static str = "a bare atomic on a line of its own, spinning; it carries no value";
    type Tx<P: Payload> = WordTx;
    type Rx<P: Payload> = WordRx;

    fn open<P: Payload>(_: &Setup) -> (WordTx, WordRx) {
        let word = Arc::<CachePadded<AtomicU64>>::default();
        (WordTx { word: Arc::clone(&word), sent: 0 }, WordRx { word, seen: 0 })
    }
}

impl<P: Payload> Tx<P> for WordTx {
    #[inline(always)]
    fn send(&mut self, value: P) {
        black_box(value);
        self.sent += 1;
        self.word.store(self.sent, Ordering::Release);
    }
}

impl<P: Payload> Rx<P> for WordRx {
    #[inline]
    fn take(&mut self, count: u64, mut each: impl FnMut(&P)) {
        for _ in 0..count {
            // No spin hint: on some processors one takes longer than the transfer itself.
            while self.word.load(Ordering::Acquire) == self.seen {}
            // The word counts messages, and the messages count from 0.
            each(&P::of(self.seen));
            self.seen += 1;
        }
    }
}

/// A bare futex: the waker stores and wakes, the sleeper waits and loads.
pub struct BareFutex;

/// What both ends of a futex share.
#[derive(Default)]
pub struct Bell {
    rings: CachePadded<AtomicU32>,
    value: AtomicU64,
}

/// The waking end.
pub struct BellTx(Arc<Bell>);

/// The sleeping end.
pub struct BellRx {
    bell: Arc<Bell>,
    heard: u32,
}

impl Link for BareFutex {
    const NAME: &'static str = "floor";
    const NOTE: &'static str = "a bare futex wait and wake, one message at a time";
    type Tx<P: Payload> = BellTx;
    type Rx<P: Payload> = BellRx;

    fn open<P: Payload>(_: &Setup) -> (BellTx, BellRx) {
        let bell = Arc::<Bell>::default();
        (BellTx(Arc::clone(&bell)), BellRx { bell, heard: 0 })
    }
}

impl<P: Payload> Tx<P> for BellTx {
    #[inline(always)]
    fn send(&mut self, value: P) {
        self.0.value.store(value.sum(), Ordering::Relaxed);
        self.0.rings.fetch_add(1, Ordering::Release);
        let woken = futex::wake(&self.0.rings, futex::Flags::PRIVATE, 1);
        assert!(woken.is_ok(), "a private futex can be woken");
    }
}

impl<P: Payload> Rx<P> for BellRx {
    #[inline]
    fn take(&mut self, count: u64, mut each: impl FnMut(&P)) {
        for _ in 0..count {
            while self.bell.rings.load(Ordering::Acquire) == self.heard {
                // It returns early where the bell rang in between; the loop looks again.
                let _ = futex::wait(&self.bell.rings, futex::Flags::PRIVATE, self.heard, None);
            }
            self.heard = self.heard.wrapping_add(1);
            each(&P::of(self.bell.value.load(Ordering::Relaxed)));
        }
    }
}

/// Makes and adds up `count` messages on one thread: what the harness itself costs per message.
#[must_use]
pub fn plain_loop(count: u64) -> (core::time::Duration, u64) {
    let start = Instant::now();
    let mut sum = 0_u64;
    for value in 0..count {
        sum = sum.wrapping_add(black_box(value));
    }
    (start.elapsed(), sum)
}
