//! The ring, from its description to its end.

use std::hash::RandomState;
use std::panic::resume_unwind;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use windlass_ring::{Batch, Builder, Exclusive, Flow, Handler, Ring, RingStats};

use crate::error::Failure;
use crate::input::Source;
use crate::line::Line;
use crate::options::Options;
use crate::progress::Progress;
use crate::rates::{Rates, Sample, TICK, Totals};
use crate::reader::{Reader, Reading};
use crate::tally::{Counts, Tally};

/// The most lines that a member of `parse` takes at once.
const SHARE: usize = 64;

/// What came out.
pub(crate) struct Outcome {
    pub(crate) read: Reading,
    pub(crate) totals: Totals,
    pub(crate) parts: Vec<Counts>,
    pub(crate) lags: Lags,
    /// The numbers of the ring when everything was done.
    pub(crate) stats: RingStats,
    pub(crate) time: Duration,
}

/// Counts `sources`.
pub(crate) fn run(
    sources: &[Source],
    options: &Options,
    mut progress: Progress,
) -> Result<Outcome, Failure> {
    let started = Instant::now();
    let (samples, samples_seen) = mpsc::channel();
    let (totals, totals_seen) = mpsc::channel();
    let (counts, counts_seen) = mpsc::channel();

    let hashes = RandomState::new();
    let mut builder = Builder::new(options.capacity, Line::default)
        .wait(options.wait.strategy())
        .producer_wait(options.wait.strategy())
        .stage("parse")
        .members(options.workers)
        .max_batch(SHARE)
        .build_with_mut(move |_| Parse { hashes: hashes.clone() })
        .stage("rates")
        .after("parse")
        .timeout(TICK)
        .handler(Rates::new(samples, totals));
    for part in 0..options.workers {
        builder = builder.stage(format!("tally {part}")).after("parse").handler(Tally::new(
            part,
            options.workers,
            counts.clone(),
        ));
    }
    // When the stages have ended, nobody can send any more.
    drop(counts);

    let (producer, ring) = builder.start().map_err(Failure::Start)?;
    let (read, lags) = thread::scope(|scope| {
        let reader = scope.spawn(move || Reader::new(producer).read_all(sources));
        let lags = watch(&samples_seen, &ring, &mut progress);
        (reader.join().unwrap_or_else(|panic| resume_unwind(panic)), lags)
    });
    let parts = counts_seen.iter().collect();
    let stats = ring.stats();
    ring.wait_end().map_err(Failure::Stage)?;
    let totals = totals_seen.recv().unwrap_or_default();
    Ok(Outcome { read, totals, parts, lags, stats, time: started.elapsed() })
}

/// Looks at the ring whenever the stage `rates` says something, until it has ended.
fn watch(samples: &Receiver<Sample>, ring: &Ring<Line>, progress: &mut Progress) -> Lags {
    let mut lags = Lags::of(&ring.stats());
    for sample in samples {
        let stats = ring.stats();
        lags.note(&stats);
        progress.show(&sample, &stats);
    }
    progress.end();
    lags
}

/// A member of the stage `parse`: finds the words of a line, and notes them in place.
struct Parse {
    hashes: RandomState,
}

impl Handler<Line, Exclusive> for Parse {
    fn on_batch(&mut self, batch: &mut Batch<'_, Line, Exclusive>) -> Flow {
        batch.for_each_mut(|line, _| line.parse(&self.hashes));
        Flow::Continue
    }
}

/// How far stages were behind whenever somebody looked.
#[derive(Debug)]
pub(crate) struct Lags {
    pub(crate) looks: u64,
    pub(crate) stages: Vec<Lag>,
}

/// How far a stage was behind, in events.
#[derive(Debug)]
pub(crate) struct Lag {
    pub(crate) stage: String,
    pub(crate) sum: u64,
    pub(crate) most: u64,
}

impl Lags {
    fn of(stats: &RingStats) -> Self {
        let unseen = |name: &String| Lag { stage: name.clone(), sum: 0, most: 0 };
        Self { looks: 0, stages: stats.stages.iter().map(|stage| unseen(&stage.name)).collect() }
    }

    fn note(&mut self, stats: &RingStats) {
        self.looks += 1;
        for (seen, stage) in self.stages.iter_mut().zip(&stats.stages) {
            seen.sum += stage.lag;
            seen.most = seen.most.max(stage.lag);
        }
    }
}
