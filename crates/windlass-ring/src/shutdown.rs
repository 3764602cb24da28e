//! Ending a ring: the stages' threads, and what they leave behind.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use windlass_sync::atomic::{AtomicUsize, Ordering};
use windlass_sync::sync::Arc;
use windlass_sync::{Deadline, thread};

use crate::consumer::Seat;
use crate::error::BuildError;
use crate::graph::Node;
use crate::life::Poison;
use crate::ring::Ring;
use crate::sequence::Sequence;
use crate::stage::{Member, Runner, Work};
use crate::stage_builder::Declared;
use crate::state::State;

/// The key of the closing party at the bells: above every consumer, below every producer.
const CLOSER: u64 = (1 << 63) - 1;

/// What a ring left behind when it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Whether every consumer that has not left released every event, and every thread ended.
    pub drained: bool,
    /// The declared stages, pollers and gates.
    pub stages: Vec<StageReport>,
    /// The first failure, if there was one.
    pub poison: Option<Poison>,
}

/// What a stage left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageReport {
    /// Its name.
    pub name: String,
    /// The first sequence that it did not release.
    pub position: Sequence,
    /// Events that it did not release. None if it left the ring of its own accord: what came
    /// afterwards was not for it.
    pub left: u64,
}

/// The threads of the stages.
#[derive(Default)]
pub(crate) struct Threads {
    handles: Vec<thread::JoinHandle<()>>,
    running: Arc<Running>,
}

/// Threads that have not ended.
#[derive(Default)]
struct Running(AtomicUsize);

impl Running {
    fn count(&self) -> usize {
        // ORDERING(thread_end): Acquire. What an ended thread did is complete.
        self.0.load(Ordering::Acquire)
    }
}

/// Counts its thread out, however it ends.
struct Ending<E> {
    running: Arc<Running>,
    ring: Arc<State<E>>,
}

impl<E> Drop for Ending<E> {
    fn drop(&mut self) {
        // ORDERING(thread_end): Release. What this thread did is seen by whoever counts it.
        self.running.0.fetch_sub(1, Ordering::Release);
        self.ring.ended.notify();
    }
}

impl Threads {
    pub(crate) fn spawn<E: Send + 'static>(
        &mut self,
        ring: &Arc<State<E>>,
        declared: &Declared<E>,
        runner: &Runner<E>,
        member: usize,
        seat: Seat,
    ) -> Result<(), BuildError> {
        let name = declared.planned.name.clone();
        let member = Member { index: member, count: declared.members() };
        let thread_name =
            if member.count == 1 { name.clone() } else { format!("{name} {}", member.index) };
        let work = Work {
            name: name.clone(),
            member,
            options: declared.options.clone(),
            seat,
            ring: Arc::clone(ring),
        };
        let runner = Runner::clone(runner);
        // ORDERING: Relaxed. The thread that counts itself out is spawned after this.
        self.running.0.fetch_add(1, Ordering::Relaxed);
        let ending = Ending { running: Arc::clone(&self.running), ring: Arc::clone(ring) };
        let thread = move || {
            let _ending = ending;
            runner(work);
        };
        let handle = thread::spawn_named(thread_name, thread)
            .map_err(|error| BuildError::Spawn { stage: name, error })?;
        self.handles.push(handle);
        Ok(())
    }
}

impl<E: Send + 'static> Ring<E> {
    /// Waits until every stage's thread has ended, which they do when the ring is closed and they
    /// have drained it.
    ///
    /// It does not close the ring: while a producer lives and nobody calls `close`, it waits. Nor does it
    /// wait for pollers that were taken, which belong to their owners; what they have not released
    /// yet is in the report.
    ///
    /// # Errors
    ///
    /// [`Poison`] if a stage or gate failed.
    pub fn wait_end(mut self) -> Result<Report, Poison> {
        self.abandon_untaken();
        for handle in self.threads.handles.drain(..) {
            // A stage's panics were caught and noted; nothing is lost with this result.
            let _ended = handle.join();
        }
        match self.poison() {
            Some(poison) => Err(poison),
            None => {
                let mut nodes = self.state.graph.nodes().iter();
                Ok(self.report(nodes.all(|node| self.has_released_all(node))))
            }
        }
    }

    /// Closes the ring, waits until everything is drained or the time has passed, then makes
    /// every consumer stop where it is. Says what was left.
    ///
    /// Pollers count too: they have to be polled to their end, or dropped, by their owners. A
    /// handler that does not return cannot be stopped; its thread is left to itself.
    pub fn shutdown(mut self, time: Duration) -> Report {
        let deadline = Deadline::after(time);
        self.close();
        self.abandon_untaken();
        let ended = || (self.threads.running.count() == 0).then_some(());
        let threads_ended = self.state.ended.wait_until(CLOSER, deadline, ended).is_some();
        let drained = self.state.graph.nodes().iter().all(|node| {
            let released = || self.state.life.is_over() || self.has_released_all(node);
            node.released.wait_until(CLOSER, deadline, || released().then_some(())).is_some()
        });
        let report = self.report(threads_ended && drained);
        self.state.abort();
        report
    }

    /// Whether nothing is left to this node: it consumes nothing, has released everything, or left.
    fn has_released_all(&self, node: &Node) -> bool {
        let claimed = self.state.head.claimed();
        !node.consumes() || node.position().is_none_or(|position| claimed <= position)
    }

    fn report(&self, ended: bool) -> Report {
        let claimed = self.state.head.claimed();
        let poison = self.poison();
        let stage = |node: &Node| {
            // A failure makes stages leave too, and not of their own accord.
            let left_freely = node.position().is_none() && poison.is_none();
            let position = node.last_position();
            let owed = node.consumes() && !left_freely;
            StageReport {
                name: node.name.clone(),
                position: Sequence::new(position),
                left: if owed { claimed.saturating_sub(position) } else { 0 },
            }
        };
        let stages = self.state.graph.declared().iter().map(stage).collect();
        let drained = ended && poison.is_none();
        Report { drained, stages, poison }
    }
}
