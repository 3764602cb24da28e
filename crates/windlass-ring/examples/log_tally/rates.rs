//! Counting lines and bytes, and how fast they come.

use std::collections::BTreeMap;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use windlass_ring::{Batch, Flow, Handler, Shared};

use crate::input::Source;
use crate::line::{Line, Place};

/// How often the stage says how it goes.
pub(crate) const TICK: Duration = Duration::from_millis(20);

/// A stage that sees every line, in order.
pub(crate) struct Rates {
    totals: Totals,
    /// When it said something last.
    said: Option<Instant>,
    samples: Sender<Sample>,
    done: Sender<Totals>,
}

/// How it goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
    pub(crate) at: Instant,
}

/// How it went.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
    /// For each source that is not all UTF-8, what is not.
    invalid: BTreeMap<usize, Invalid>,
}

#[derive(Debug)]
struct Invalid {
    first: u64,
    last: u64,
    lines: u64,
}

impl Rates {
    /// Sends a sample at once and every [`TICK`], and the totals when it ends.
    pub(crate) fn new(samples: Sender<Sample>, done: Sender<Totals>) -> Self {
        Self { totals: Totals::default(), said: None, samples, done }
    }

    fn say(&mut self) {
        let now = Instant::now();
        if self.said.is_some_and(|said| now.duration_since(said) < TICK) {
            return;
        }
        self.said = Some(now);
        let Totals { lines, bytes, .. } = self.totals;
        let _unheard = self.samples.send(Sample { lines, bytes, at: now });
    }
}

impl Handler<Line, Shared> for Rates {
    fn on_batch(&mut self, batch: &mut Batch<'_, Line, Shared>) -> Flow {
        batch.for_each(|line, _| self.totals.add(line));
        self.say();
        Flow::Continue
    }

    fn on_timeout(&mut self) {
        self.say();
    }

    fn on_shutdown(&mut self) {
        let _unheard = self.done.send(std::mem::take(&mut self.totals));
    }
}

impl Totals {
    fn add(&mut self, line: &Line) {
        self.lines += u64::from(line.place.starts);
        self.bytes += line.len() as u64;
        if !line.valid {
            self.add_invalid(line.place);
        }
    }

    #[cold]
    fn add_invalid(&mut self, Place { source, line, .. }: Place) {
        let none = Invalid { first: line, last: 0, lines: 0 };
        let invalid = self.invalid.entry(source).or_insert(none);
        // Another piece of the same line does not count.
        invalid.lines += u64::from(invalid.last != line);
        invalid.last = line;
    }

    /// How many lines are not UTF-8.
    pub(crate) fn invalid_lines(&self) -> u64 {
        self.invalid.values().map(|invalid| invalid.lines).sum()
    }

    /// What to say about bytes that are not UTF-8.
    pub(crate) fn warnings<'a>(&'a self, sources: &'a [Source]) -> impl Iterator<Item = String> {
        self.invalid.iter().map(|(&source, Invalid { first, lines, .. })| {
            let path = sources[source].path().display();
            let more = if *lines == 1 { "" } else { ", the first of several" };
            format!("warning: {path}:{first}: not UTF-8{more}; such bytes end a word")
        })
    }
}
