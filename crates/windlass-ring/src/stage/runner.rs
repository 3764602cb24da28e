//! The loop of a stage's thread.

use alloc::format;
use alloc::string::{String, ToString};
// A model's `Arc` cannot hold a trait object; nothing here is modelled.
use alloc::sync::Arc as PlainArc;
use core::any::Any;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use windlass_sync::sync::Arc;
use windlass_sync::{Deadline, thread};

use super::options::Options;
use super::policy::{Member, PanicPolicy};
use crate::access::Access;
use crate::consumer::{Batch, Poller, Seat};
use crate::error::PollError;
use crate::handler::{Flow, Handler};
use crate::sequence::Sequence;
use crate::state::State;

/// Runs a consumer on the current thread until it ends; one call for each member.
///
/// Not the modelled `Arc`: that one holds no trait objects, and nothing of a model is in here.
pub(crate) type Runner<E> = PlainArc<dyn Fn(Work<E>) + Send + Sync>;

/// What a stage's thread is given.
pub(crate) struct Work<E> {
    pub(crate) name: String,
    pub(crate) member: Member,
    pub(crate) options: Options,
    pub(crate) seat: Seat,
    pub(crate) ring: Arc<State<E>>,
}

/// Runs a stage: makes its handler, and hands it batches until the ring ends.
pub(crate) fn run<E, A: Access, H: Handler<E, A>>(work: Work<E>, make: impl Fn(Member) -> H) {
    let Work { name, member, options, seat, ring } = work;
    let mut poller = Poller::<E, A>::new(Arc::clone(&ring), seat);
    let stage = Stage { ring: &ring, name: &name, options: &options };
    // Whatever fails in there, a wait strategy or the destructor of a handler, poisons the ring
    // while this stage is still in it: those behind it must not take its failure for its leaving.
    let _ended = stage.guard(|| serve(&stage, &mut poller, move || make(member)));
}

fn serve<E, A: Access, H: Handler<E, A>>(
    stage: &Stage<'_, E>,
    poller: &mut Poller<E, A>,
    make: impl Fn() -> H,
) {
    let timeout = stage.options.timeout;
    let deadline = || timeout.map_or(Deadline::never(), Deadline::after);
    let begin = || {
        let mut handler = stage.guard(&make)?;
        stage.guard(|| handler.on_start())?;
        Some(handler)
    };

    let Some(mut handler) = begin() else { return };
    let mut failures = Failures::default();
    loop {
        let next = match poller.wait_deadline(deadline()) {
            Ok(batch) => stage.handle(batch, &mut handler, &mut failures),
            Err(PollError::Closed) => Next::Stop,
            Err(PollError::Empty) => match stage.guard(|| handler.on_timeout()) {
                Some(()) => Next::Go,
                None => Next::Stop,
            },
        };
        match next {
            Next::Go => {}
            Next::Stop => break,
            Next::Remake => {
                // First of all: it may hold what the next one needs.
                drop(handler);
                let Some(fresh) = begin() else { return };
                handler = fresh;
            }
        }
    }
    let _ended = stage.guard(|| handler.on_shutdown());
}

/// How a stage goes on.
enum Next {
    /// With the next batch.
    Go,
    /// With a new handler.
    Remake,
    /// Not at all.
    Stop,
}

/// How often the stage failed without releasing anything. Each has a limit of its own.
#[derive(Default)]
struct Failures {
    rewinds: Times,
    panics: Times,
}

/// How often something happened at one place.
#[derive(Default)]
struct Times {
    at: u64,
    times: u32,
}

impl Times {
    /// Counts it once more, at `at`.
    fn count(&mut self, at: u64) -> u32 {
        self.times = if self.at == at { self.times.saturating_add(1) } else { 1 };
        self.at = at;
        self.times
    }
}

struct Stage<'r, E> {
    ring: &'r State<E>,
    name: &'r str,
    options: &'r Options,
}

impl<E> Stage<'_, E> {
    fn handle<A: Access, H: Handler<E, A>>(
        &self,
        mut batch: Batch<'_, E, A>,
        handler: &mut H,
        failures: &mut Failures,
    ) -> Next {
        let first = batch.first();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            handler.on_batch_start(batch.len(), batch.depth_found());
            handler.on_batch(&mut batch)
        }));
        match outcome {
            Ok(Flow::Continue) => Next::Go,
            Ok(Flow::Leave) => Next::Stop,
            Ok(Flow::Rewind) => self.rewind(batch, failures),
            Err(panic) => self.panicked(batch, first, &message(&*panic), failures),
        }
    }

    fn rewind<A: Access>(&self, mut batch: Batch<'_, E, A>, failures: &mut Failures) -> Next {
        batch.rewind();
        let times = failures.rewinds.count(batch.first().get());
        if self.options.rewinds.at_most.is_some_and(|most| most < times) {
            let message = format!("gave up after {} rewinds", times - 1);
            let first = batch.first();
            return self.panicked(batch, first, &message, failures);
        }
        drop(batch);
        if !self.options.rewinds.pause.is_zero() {
            thread::sleep(self.options.rewinds.pause);
        }
        Next::Go
    }

    /// After a panic in the batch that began at `first`.
    fn panicked<A: Access>(
        &self,
        mut batch: Batch<'_, E, A>,
        first: Sequence,
        message: &str,
        failures: &mut Failures,
    ) -> Next {
        let sequence = batch.sequence().get();
        match self.options.on_panic {
            PanicPolicy::Skip => {
                if batch.first() == first {
                    // The handler failed before it took an event: without this it would get the
                    // same batch for ever.
                    let _skipped = batch.next();
                }
                return Next::Go;
            }
            PanicPolicy::Restart { at_most } => {
                batch.untake();
                drop(batch);
                if failures.panics.count(sequence) <= at_most {
                    // The next handler may rewind as often as this one.
                    failures.rewinds = Times::default();
                    return Next::Remake;
                }
            }
            PanicPolicy::Poison => {
                batch.untake();
                drop(batch);
            }
        }
        self.ring.poison(self.name, Some(sequence), message.to_string());
        Next::Stop
    }

    /// Runs code of the handler outside a batch. A panic there poisons the ring.
    fn guard<R>(&self, code: impl FnOnce() -> R) -> Option<R> {
        match catch_unwind(AssertUnwindSafe(code)) {
            Ok(result) => Some(result),
            Err(panic) => {
                self.ring.poison(self.name, None, message(&*panic));
                None
            }
        }
    }
}

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "the handler panicked without a message".to_string())
}
