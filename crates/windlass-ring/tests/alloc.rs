//! What allocates after the start of a ring, and what does not.
//!
//! A binary of its own, because it brings its own allocator; one test, because it counts for the
//! whole process. Threads of the test runner do nothing while it runs.
#![cfg(all(feature = "stream", not(any(loom, miri))))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    clippy::missing_assert_message,
    reason = "tests have std, and fail by panicking"
)]
#![expect(unsafe_code, reason = "an allocator that counts is an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::task::{Context, Waker};
use std::time::Duration;

use windlass_ring::{Builder, JoinFrom, Poller, ProducerOf, Sequencer, Shared, Wait};
use windlass_sync::atomic::{AtomicU64, Ordering};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call is passed on to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise about `layout` is the one that is needed.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise about `block` and `layout` is the one that is needed.
        unsafe { System.dealloc(block, layout) }
    }
}

/// How often `f` allocated, on all threads together.
fn allocations(f: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    f();
    ALLOCATIONS.load(Ordering::Relaxed) - before
}

const ROUNDS: u64 = 500;

/// Every verb of one thread that promises to allocate nothing.
fn verbs<S: Sequencer>(producer: &mut ProducerOf<u64, S>, poller: &mut Poller<u64, Shared>) {
    producer.publish(|event| *event = 1).unwrap();
    producer.try_publish(|event| *event = 1).unwrap();
    producer.publish_batch(3, |mut slots| slots.iter_mut().for_each(|event| *event = 2)).unwrap();
    drop(producer.claim(2).unwrap());
    let mut claim = producer.claim(2).unwrap();
    *claim.get_mut(1).unwrap() = 1;
    claim.publish();
    let mut batch = poller.wait().unwrap();
    batch.next();
    batch.release();
    batch.next_run();
    batch.rewind();
    batch.skip_rest();
    drop(batch);
    while let Ok(mut batch) = poller.poll() {
        batch.for_each(|_, _| {});
    }
    assert!(poller.wait_timeout(Duration::from_micros(1)).is_err());
    while producer.try_publish(|_| {}).is_ok() {}
    assert!(producer.publish_timeout(Duration::from_micros(1), |_| {}).is_err());
    while let Ok(mut batch) = poller.poll() {
        batch.skip_rest();
    }
    let _numbers = (producer.fill(), producer.remaining(), poller.lag(), producer.poison());
    let mut cx = Context::from_waker(Waker::noop());
    assert!(std::pin::pin!(poller.ready()).poll(&mut cx).is_pending());
    assert!(std::pin::pin!(producer.publish_async(|_| {})).poll(&mut cx).is_ready());
    poller.poll().unwrap().skip_rest();
}

#[test]
fn nothing_allocates_after_the_start() {
    // On one thread, for one producer and for several.
    for wait in [Wait::blocking(), Wait::adaptive(), Wait::sleeping()] {
        let builder = || {
            let builder = Builder::new(14, || 0_u64).wait(wait.clone()).producer_wait(wait.clone());
            builder.stage("a").poller()
        };
        let (mut producer, mut ring) = builder().start().unwrap();
        let mut poller = ring.poller("a").unwrap();
        verbs(&mut producer, &mut poller);
        let count = allocations(|| (0..ROUNDS).for_each(|_| verbs(&mut producer, &mut poller)));
        assert_eq!(count, 0, "one producer, {wait:?}");
        let (mut producer, mut ring) = builder().start_multi().unwrap();
        let mut poller = ring.poller("a").unwrap();
        verbs(&mut producer, &mut poller);
        let count = allocations(|| (0..ROUNDS).for_each(|_| verbs(&mut producer, &mut poller)));
        assert_eq!(count, 0, "several producers, {wait:?}");
    }
    both_sides_sleep();
    joining();
    // The counter counts.
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(7)))), 1);
}

/// A ring so small that both sides sleep all the time.
fn both_sides_sleep() {
    let (mut producer, ring) = Builder::new(1, || [0_u64; 8])
        .wait(Wait::blocking())
        .producer_wait(Wait::blocking())
        .stage("a")
        .each_mut(|event: &mut [u64; 8], _| event[1] += 1)
        .stage("b")
        .after("a")
        .each(|_, _| {})
        .start()
        .unwrap();
    // Both threads have slept once, and have set up what threads of the system set up lazily.
    for _ in 0..ROUNDS {
        producer.publish(|event| event[0] += 1).unwrap();
    }
    let count = allocations(|| {
        for _ in 0..ROUNDS {
            producer.publish(|event| event[0] += 1).unwrap();
        }
    });
    assert_eq!(count, 0, "sleeping and waking, on three threads");
    drop(producer);
    ring.wait_end().unwrap();
}

/// Joining and leaving allocate nothing; joining behind a stage keeps a list of what it is behind.
fn joining() {
    let (mut producer, mut ring) =
        Builder::new(14, || 0_u64).joiners(2).stage("a").poller().start().unwrap();
    let mut a = ring.poller("a").unwrap();
    let count = allocations(|| {
        for _ in 0..ROUNDS {
            let mut joined = ring.join(JoinFrom::Next).unwrap();
            producer.publish(|_| {}).unwrap();
            joined.poll().unwrap().skip_rest();
            a.poll().unwrap().skip_rest();
        }
    });
    assert_eq!(count, 0, "join and leave");
    let count = allocations(|| drop(ring.join_after(JoinFrom::Next, &["a"]).unwrap()));
    assert!(0 < count && count < 10, "{count}: a list or two");
    assert!(0 < allocations(|| drop(ring.stats())), "numbers by name are a list");
}
