//! What a stage does with its events.

use core::marker::PhantomData;

use windlass_sync::sync::{Arc, Mutex, lock};

use crate::access::{Access, Exclusive, Shared};
use crate::consumer::{At, Batch};

/// What becomes of a batch after a handler has seen it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Flow {
    /// Go on: what was taken is released.
    #[default]
    Continue,
    /// Deliver everything since the last release again.
    Rewind,
    /// Release what was taken, and leave the ring.
    Leave,
}

impl From<()> for Flow {
    fn from((): ()) -> Self {
        Self::Continue
    }
}

/// The work of a stage, with the moments of its life.
///
/// Closures are enough for most stages; a handler is for those that look at whole batches, keep
/// state that must be set up on their own thread, or need the moments around the events. All
/// methods run on the stage's thread. A panic in any of them is handled by the stage's
/// [`PanicPolicy`](crate::PanicPolicy).
///
/// A ring keeps its handlers to itself. One whose state is wanted back goes in as
/// `Arc<Mutex<_>>`, which is a handler too: locked for each batch, it can be looked at between two
/// of them, and belongs to its owner alone when the stage has ended.
///
/// # Examples
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use windlass_ring::{Batch, Builder, Flow, Handler, Shared};
///
/// #[derive(Default)]
/// struct Journal { lines: usize, flushes: usize }
///
/// impl Handler<String, Shared> for Journal {
///     fn on_batch(&mut self, batch: &mut Batch<'_, String, Shared>) -> Flow {
///         while let Some(run) = batch.next_run() {
///             self.lines += run.len();
///         }
///         self.flushes += 1;
///         Flow::Continue
///     }
/// }
///
/// let journal = Arc::new(Mutex::new(Journal::default()));
/// let (mut producer, ring) = Builder::new(64, String::new)
///     .stage("journal")
///     .handler(Arc::clone(&journal))
///     .start()?;
/// for line in ["a", "b", "c"] {
///     producer.publish(|event| line.clone_into(event))?;
/// }
/// drop(producer);
/// ring.wait_end()?;
/// assert_eq!(journal.lock().unwrap().lines, 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Handler<E, A: Access> {
    /// The stage begins with this handler, which has seen no event yet.
    ///
    /// Called once for each handler: also for one that was made anew after a panic, by
    /// [`PanicPolicy::Restart`](crate::PanicPolicy::Restart).
    fn on_start(&mut self) {}

    /// A batch comes: `size` events, with `depth` published in all.
    fn on_batch_start(&mut self, size: usize, depth: usize) {
        let _ = (size, depth);
    }

    /// Handles a batch. What it does not take comes again with the next batch.
    fn on_batch(&mut self, batch: &mut Batch<'_, E, A>) -> Flow;

    /// No event came for as long as the stage's `timeout` says.
    fn on_timeout(&mut self) {}

    /// The stage ends: no event will come any more. A handler that is replaced after a panic is
    /// only dropped.
    fn on_shutdown(&mut self) {}
}

/// A handler that its owner keeps a hand on. A panic in it leaves it as usable as the stage's
/// [`PanicPolicy`](crate::PanicPolicy) says, though the standard library calls the lock poisoned.
impl<E, A: Access, H: Handler<E, A>> Handler<E, A> for Arc<Mutex<H>> {
    fn on_start(&mut self) {
        lock(self).on_start();
    }

    fn on_batch_start(&mut self, size: usize, depth: usize) {
        lock(self).on_batch_start(size, depth);
    }

    fn on_batch(&mut self, batch: &mut Batch<'_, E, A>) -> Flow {
        lock(self).on_batch(batch)
    }

    fn on_timeout(&mut self) {
        lock(self).on_timeout();
    }

    fn on_shutdown(&mut self) {
        lock(self).on_shutdown();
    }
}

/// A closure that reads each event.
pub(crate) struct Each<F, R>(pub(crate) F, pub(crate) PhantomData<fn() -> R>);
/// A closure that may change each event.
pub(crate) struct EachMut<F, R>(pub(crate) F, pub(crate) PhantomData<fn() -> R>);
/// A closure that reads runs of events.
pub(crate) struct Runs<F, R>(pub(crate) F, pub(crate) PhantomData<fn() -> R>);
/// A closure that may change runs of events.
pub(crate) struct RunsMut<F, R>(pub(crate) F, pub(crate) PhantomData<fn() -> R>);

impl<E, F, R: Into<Flow>> Handler<E, Shared> for Each<F, R>
where
    F: FnMut(&E, At) -> R,
{
    #[inline]
    fn on_batch(&mut self, batch: &mut Batch<'_, E, Shared>) -> Flow {
        let mut flow = Flow::Continue;
        batch.take_while(|event, at| {
            flow = self.0(event, at).into();
            flow == Flow::Continue
        });
        flow
    }
}

impl<E, F, R: Into<Flow>> Handler<E, Exclusive> for EachMut<F, R>
where
    F: FnMut(&mut E, At) -> R,
{
    #[inline]
    fn on_batch(&mut self, batch: &mut Batch<'_, E, Exclusive>) -> Flow {
        let mut flow = Flow::Continue;
        batch.take_while_mut(|event, at| {
            flow = self.0(event, at).into();
            flow == Flow::Continue
        });
        flow
    }
}

impl<E, F, R: Into<Flow>> Handler<E, Shared> for Runs<F, R>
where
    F: FnMut(&[E], At) -> R,
{
    #[inline]
    fn on_batch(&mut self, batch: &mut Batch<'_, E, Shared>) -> Flow {
        while let Some((run, at)) = batch.next_run_at() {
            let flow = self.0(run, at).into();
            if flow != Flow::Continue {
                return flow;
            }
        }
        Flow::Continue
    }
}

impl<E, F, R: Into<Flow>> Handler<E, Exclusive> for RunsMut<F, R>
where
    F: FnMut(&mut [E], At) -> R,
{
    #[inline]
    fn on_batch(&mut self, batch: &mut Batch<'_, E, Exclusive>) -> Flow {
        while let Some((run, at)) = batch.next_run_mut_at() {
            let flow = self.0(run, at).into();
            if flow != Flow::Continue {
                return flow;
            }
        }
        Flow::Continue
    }
}
