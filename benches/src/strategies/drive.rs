//! One round of a topology: a warm-up, what the producers are to do, and the sums at the end.

use core::time::Duration;
use std::sync::{Arc, Barrier};
use std::time::Instant;

use hdrhistogram::Histogram;
use windlass_ring::{BuildError, ProducerOf, Sequencer, Wait};

use super::seat::{Delays, Seat, Watch};
use super::topology::{Event, Topology, end, publish};
use crate::board::Board;
use crate::case::Failure;
use crate::course::join;
use crate::cpu;
use crate::pin;
use crate::setup::{Relax, Setup};

/// What a producer does between warm-up and end.
pub(super) trait Script: Clone + Send + 'static {
    /// Whether it wants to know how long events took.
    const TIMED: bool;

    /// Sends, and waits until everybody has everything.
    fn send<S: Sequencer>(&self, sender: &mut Sender<S>);
}

/// A producer and what it may look at.
pub(super) struct Sender<S: Sequencer> {
    /// Its number; 0 leads.
    pub(super) at: usize,
    /// How many producers there are.
    pub(super) of: usize,
    /// The time of this round.
    pub(super) watch: Watch,
    /// What to do while waiting.
    pub(super) relax: Relax,
    producer: ProducerOf<Event, S>,
    topology: Topology,
    board: Arc<Board>,
    warm: u64,
    sent: u64,
}

impl<S: Sequencer> Sender<S> {
    /// Sends the next event, which counts from `from`.
    #[inline]
    pub(super) fn send(&mut self, from: u64) {
        publish(&mut self.producer, self.sent, from);
        self.sent += 1;
    }

    /// Waits until everybody has what this producer sent, if no other one sends.
    #[inline]
    pub(super) fn wait_for_own(&self) {
        self.wait_for(self.sent + self.warm * (self.of as u64 - 1));
    }

    /// Waits until everybody has what all producers sent, if each of them sends as many.
    pub(super) fn wait_for_all(&self) {
        self.wait_for(self.sent * self.of as u64);
    }

    fn wait_for(&self, sent: u64) {
        self.board.wait(sent * self.topology.copies(), self.relax);
    }
}

/// What a round found.
pub(super) struct Done {
    /// Events in the timed part, of all producers.
    pub(super) events: u64,
    /// From the start until the last event was seen.
    pub(super) wall: Duration,
    /// CPU time of all threads meanwhile.
    pub(super) cpu: Duration,
    /// The part of it that the producers used.
    pub(super) producers_cpu: Duration,
    /// How long the events took.
    pub(super) delays: Histogram<u64>,
}

struct Part {
    sent: u64,
    wall: Duration,
    cpu: Duration,
    own_cpu: Duration,
}

/// Runs one round.
pub(super) fn drive<C: Script>(
    topology: Topology,
    setup: &Setup,
    wait: &Wait,
    script: &C,
) -> Result<Done, Failure> {
    let board = Board::new(topology.seats());
    let delays = Delays::new(topology.seats());
    let watch = Watch::start();
    let seat = |at| match C::TIMED {
        true => Seat::timing(&board, at, &delays, &watch),
        false => Seat::counting(&board, at),
    };
    let ring = topology.build(setup, wait, (0..topology.seats()).map(seat).collect());
    let warm = setup.capacity as u64 + 64;
    let meet = Arc::new(Barrier::new(topology.producers()));
    let parts =
        Parts { topology, setup, board: &board, delays: &delays, watch, warm, meet, script };
    let (threads, ring) = if topology.producers() == 1 {
        let (producer, ring) = ring.start().map_err(refused)?;
        (vec![parts.spawn(0, producer)?], ring)
    } else {
        let (producer, ring) = ring.start_multi().map_err(refused)?;
        let producers: Vec<_> = (0..topology.producers()).map(|_| producer.clone()).collect();
        drop(producer);
        let threads = producers.into_iter().enumerate().map(|(at, one)| parts.spawn(at, one));
        (threads.collect::<Result<_, _>>()?, ring)
    };
    let done = join(threads)?;
    end(ring)?;
    let sent: u64 = done.iter().map(|part| part.sent).sum();
    let each = done.iter().map(|part| topology.expected(part.sent + warm));
    let copies = topology.copies();
    let all = sent + warm * done.len() as u64;
    board.check(all * copies, each.fold(0, u64::wrapping_add), false)?;
    let lead = done.first().ok_or_else(|| Failure::Panicked("producer".to_owned()))?;
    Ok(Done {
        events: sent,
        wall: lead.wall,
        cpu: lead.cpu,
        producers_cpu: done.iter().map(|part| part.own_cpu).sum(),
        delays: delays.all(),
    })
}

fn refused(error: BuildError) -> Failure {
    Failure::NoThread(error.to_string())
}

type Thread = (&'static str, std::thread::JoinHandle<Part>);

/// What the threads of the producers are made of.
struct Parts<'a, C> {
    topology: Topology,
    setup: &'a Setup,
    board: &'a Arc<Board>,
    delays: &'a Delays,
    watch: Watch,
    warm: u64,
    meet: Arc<Barrier>,
    script: &'a C,
}

impl<C: Script> Parts<'_, C> {
    fn spawn<S>(&self, at: usize, producer: ProducerOf<Event, S>) -> Result<Thread, Failure>
    where
        S: Sequencer + Send + 'static,
    {
        let sender = Sender {
            at,
            of: self.topology.producers(),
            watch: self.watch.clone(),
            relax: self.setup.relax(),
            producer,
            topology: self.topology,
            board: Arc::clone(self.board),
            warm: self.warm,
            sent: 0,
        };
        let (script, meet) = (self.script.clone(), Arc::clone(&self.meet));
        let delays = self.delays.clone();
        let body = move || part(sender, &script, &meet, &delays);
        let thread = pin::spawn("producer", self.setup.core(at), body);
        Ok(("producer", thread.map_err(|error| Failure::NoThread(error.to_string()))?))
    }
}

/// What one producer does from beginning to end.
fn part<C: Script, S: Sequencer>(
    mut sender: Sender<S>,
    script: &C,
    meet: &Barrier,
    delays: &Delays,
) -> Part {
    let warm = sender.warm;
    (0..warm).for_each(|_| sender.send(0));
    sender.wait_for_all();
    if sender.at == 0 {
        delays.reset();
    }
    meet.wait();
    let (start, cpu, own) = (Instant::now(), cpu::of_process(), cpu::of_this_thread());
    script.send(&mut sender);
    Part {
        sent: sender.sent - warm,
        wall: start.elapsed(),
        cpu: cpu::of_process().saturating_sub(cpu),
        own_cpu: cpu::of_this_thread().saturating_sub(own),
    }
}
