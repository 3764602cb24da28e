//! What the models share: events that show tearing, and consumers that take so many of them.

use loom::thread;
use windlass_ring::{Access, Builder, PollError, Poller, Wait};

/// Words that belong together; a block holds two.
pub(crate) type Event = [u64; 2];

/// Words that belong together, so many that a block holds one: the second event wraps.
pub(crate) type Wide = [u64; 4];

/// Runs a model in every interleaving with few switches of thread; `LOOM_MAX_PREEMPTIONS` says how
/// few.
pub(crate) fn model(body: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound.get_or_insert(2);
    model.max_branches = 20_000;
    model.check(body);
}

/// A ring whose parties sleep while they wait.
pub(crate) fn ring<E: Words>(capacity: usize) -> Builder<E> {
    Builder::new(capacity, E::default).wait(Wait::blocking()).producer_wait(Wait::blocking())
}

/// A ring of one slot.
pub(crate) fn ring_of_one() -> Builder<Wide> {
    ring(1)
}

/// A ring of two slots, which are one block.
pub(crate) fn ring_of_two() -> Builder<Event> {
    ring(2)
}

/// An event of several words.
pub(crate) trait Words:
    Default + AsRef<[u64]> + AsMut<[u64]> + Send + Sync + 'static
{
}

impl Words for Event {}
impl Words for Wide {}

/// Writes the event `n`.
pub(crate) fn put<E: Words>(n: u64) -> impl FnOnce(&mut E) {
    move |event| event.as_mut().fill(n)
}

/// Reads an event, which must be whole.
pub(crate) fn get<E: Words>(event: &E) -> u64 {
    let words = event.as_ref();
    assert!(words.iter().all(|word| *word == words[0]), "the words of an event belong together");
    words[0]
}

/// Takes `n` events or more by polling, or those up to the end of the stream.
pub(crate) fn poll<E: Words, A: Access>(poller: &mut Poller<E, A>, n: usize) -> Vec<u64> {
    let mut seen = Vec::new();
    while seen.len() < n {
        match poller.poll() {
            Ok(mut batch) => batch.for_each(|event, _| seen.push(get(event))),
            Err(PollError::Empty) => thread::yield_now(),
            Err(PollError::Closed) => break,
        }
    }
    seen
}

/// Takes `n` events or more, asleep while there is nothing, or those up to the end of the stream.
pub(crate) fn wait<E: Words, A: Access>(poller: &mut Poller<E, A>, n: usize) -> Vec<u64> {
    let mut seen = Vec::new();
    while seen.len() < n {
        match poller.wait() {
            Ok(mut batch) => batch.for_each(|event, _| seen.push(get(event))),
            Err(_) => break,
        }
    }
    seen
}

/// Consumes to the end of the stream.
pub(crate) const ALL: usize = usize::MAX;
