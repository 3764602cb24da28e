//! The two pools, from their beginning to their end.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::panic::resume_unwind;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use windlass_pool::{BuildError, Pool, QosLevel, Report, Shutdown};
use windlass_sync::sync::{Mutex, lock};

use crate::block::Lines;
use crate::counts::Counts;
use crate::depths::Depths;
use crate::error::Failure;
use crate::input::Source;
use crate::options::Options;
use crate::progress::Progress;
use crate::reader::{Reader, Reading};
use crate::totals::Totals;
use crate::workers::{Counter, Parser};

/// How often somebody looks at the mailboxes.
const TICK: Duration = Duration::from_millis(20);
/// How long a change of the number of workers may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Where the number of workers changes if nobody knows how much there is to read.
const STEP: u64 = 4 << 20;
/// Words that a counter's mailbox holds.
const WORDS: usize = 4096;

/// What the thread that looks after the pools is told.
pub(crate) enum Event {
    /// A block was parsed.
    Parsed(Lines),
    /// So many bytes were read, and the number of workers is to change.
    Passed(u64),
    /// So many different words found no counter.
    Lost(usize),
    /// The reader has ended.
    End,
}

/// What came out.
pub(crate) struct Outcome {
    pub(crate) read: Reading,
    pub(crate) totals: Totals,
    pub(crate) parts: Vec<Counts>,
    pub(crate) depths: Depths,
    /// How many workers of each kind there were at first.
    pub(crate) workers: usize,
    pub(crate) changes: Vec<Change>,
    pub(crate) time: Duration,
}

/// A change of the number of workers.
#[derive(Debug)]
pub(crate) struct Change {
    /// How many bytes were read when it began.
    pub(crate) at: u64,
    pub(crate) workers: usize,
    pub(crate) took: Duration,
}

/// Counts `sources`, which are so large in all, if that is known.
pub(crate) fn run(
    sources: &[Source],
    size: Option<u64>,
    options: &Options,
    progress: &mut Progress,
) -> Result<Outcome, Failure> {
    let started = Instant::now();
    let (workers, changes) = options.numbers();
    let marks = marks(size, changes.len());
    let (done, parts) = mpsc::channel();
    let (spare, spares) = mpsc::channel();
    let (events, seen) = mpsc::channel();
    let most = changes.iter().copied().fold(workers, usize::max);

    let counters = Pool::builder(move |_| Counter::new(done.clone()))
        .name("count")
        .workers(workers)
        .max_workers(most)
        // One for each parser, one to make others of, and one for each of those that go.
        .senders(2 * most + 1)
        .mailbox(QosLevel::Guaranteed, WORDS)
        .wait(options.wait.strategy())
        .sender_wait(options.wait.strategy())
        .build()
        .map_err(Failure::Start)?;
    let (tell, template) = (events.clone(), Mutex::new(counters.sender().map_err(Failure::Start)?));
    let seed = RandomState::new().hash_one(0);
    let parser = move |_: &_| {
        let counters = lock(&template).try_clone()?;
        let (events, spare) = (tell.clone(), spare.clone());
        Ok::<_, BuildError>(Parser { seed, counts: Counts::default(), counters, events, spare })
    };
    let parsers = Pool::try_builder(parser)
        .name("parse")
        .workers(workers)
        .max_workers(most)
        .mailbox(QosLevel::Guaranteed, options.capacity)
        .batch(1)
        .wait(options.wait.strategy())
        .sender_wait(options.wait.strategy())
        .build()
        .map_err(Failure::Start)?;

    let sender = parsers.sender().map_err(Failure::Start)?;
    let reader = Reader::new(sender, options.block, spares, marks, events.clone());
    let mut watch = Watch {
        pools: (&parsers, &counters),
        events: &seen,
        left: changes.into(),
        totals: Totals::default(),
        depths: Depths::default(),
        changes: Vec::new(),
        lost: 0,
        progress,
    };
    let read = thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let _end = End(events);
            reader.read_all(sources)
        });
        let watched = watch.until_the_end();
        let read = reader.join().unwrap_or_else(|panic| resume_unwind(panic));
        watched.map(|()| read)
    })?;
    let Watch { mut totals, depths, changes, mut lost, .. } = watch;
    // From front to back: each handles everything, and then the next one has everything.
    lost += left(&parsers.shutdown(Shutdown::drain()));
    lost += left(&counters.shutdown(Shutdown::drain()));
    for event in seen.try_iter() {
        match event {
            Event::Parsed(lines) => totals.add(lines),
            Event::Lost(words) => lost += words as u64,
            Event::Passed(_) | Event::End => {}
        }
    }
    if lost != 0 {
        return Err(Failure::Lost(lost));
    }
    let parts = parts.try_iter().collect();
    Ok(Outcome { read, totals, parts, depths, workers, changes, time: started.elapsed() })
}

/// Where the number of workers changes: after equal parts.
fn marks(size: Option<u64>, changes: usize) -> VecDeque<u64> {
    let parts = changes as u64 + 1;
    (1..parts).map(|part| size.map_or(part * STEP, |size| size / parts * part)).collect()
}

/// How many messages were not handled.
fn left<M>(report: &Report<M>) -> u64 {
    report.dead.total() + report.undelivered.len() as u64
}

/// Says that the reader has ended, also by a panic.
struct End(mpsc::Sender<Event>);

impl Drop for End {
    fn drop(&mut self) {
        let _unheard = self.0.send(Event::End);
    }
}

/// Looks after the pools while the reader reads.
struct Watch<'w> {
    pools: (&'w Pool<Parser>, &'w Pool<Counter>),
    events: &'w mpsc::Receiver<Event>,
    /// Numbers of workers that are to be.
    left: VecDeque<usize>,
    totals: Totals,
    depths: Depths,
    changes: Vec<Change>,
    lost: u64,
    progress: &'w mut Progress,
}

impl Watch<'_> {
    fn until_the_end(&mut self) -> Result<(), Failure> {
        let mut look = Instant::now();
        let ended = loop {
            let now = Instant::now();
            if look <= now {
                self.look(now);
                look = now + TICK;
            }
            match self.events.recv_timeout(look - now) {
                Ok(Event::Parsed(lines)) => self.totals.add(lines),
                Ok(Event::Lost(words)) => self.lost += words as u64,
                Ok(Event::Passed(at)) => {
                    if let Err(failure) = self.change(at) {
                        break Err(failure);
                    }
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Ok(Event::End) | Err(mpsc::RecvTimeoutError::Disconnected) => break Ok(()),
            }
        };
        self.progress.end();
        ended
    }

    fn look(&mut self, now: Instant) {
        self.depths.note(0, &self.pools.0.stats());
        self.depths.note(1, &self.pools.1.stats());
        self.progress.show(&self.totals, now, &self.depths);
    }

    /// Changes the number of workers of both pools, while the reader goes on.
    fn change(&mut self, at: u64) -> Result<(), Failure> {
        let Some(workers) = self.left.pop_front() else { return Ok(()) };
        let began = Instant::now();
        self.pools.0.resize(workers, PATIENCE).map_err(Failure::Resize)?;
        self.pools.1.resize(workers, PATIENCE).map_err(Failure::Resize)?;
        self.changes.push(Change { at, workers, took: began.elapsed() });
        Ok(())
    }
}
