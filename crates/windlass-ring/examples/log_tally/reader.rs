//! The producer: cuts what it reads into lines, and publishes them in batches.

use std::io::{self, Read};

use windlass_ring::Producer;

use crate::error::Problem;
use crate::input::Source;
use crate::line::{Line, Place, is_of_words};

/// Bytes that are read at once, and the longest line that is one event.
const BUFFER: usize = 256 << 10;
/// Bytes at the start of a file that tell whether it is binary.
const SNIFFED: usize = 8 << 10;
/// The most lines that are published together.
const BATCH: usize = 64;

/// Reads sources one after another into a ring.
pub(crate) struct Reader {
    producer: Producer<Line>,
    batch: usize,
    buffer: Box<[u8]>,
    /// Where the lines in the buffer end.
    ends: Vec<usize>,
}

/// What became of the sources.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// The indices of those that were counted.
    pub(crate) counted: Vec<usize>,
    /// How many were left out because they are binary.
    pub(crate) binary: usize,
    pub(crate) problems: Vec<Problem>,
}

/// Why reading a source ended before its end.
enum Stop {
    Binary,
    Problem(Problem),
    /// The ring takes no more: a stage failed, and will say why.
    RingClosed,
}

impl Reader {
    pub(crate) fn new(producer: Producer<Line>) -> Self {
        let batch = (producer.capacity() / 4).clamp(1, BATCH);
        Self { producer, batch, buffer: vec![0; BUFFER].into(), ends: Vec::new() }
    }

    /// Reads everything, then closes the ring.
    pub(crate) fn read_all(mut self, sources: &[Source]) -> Reading {
        let mut reading = Reading::default();
        for (index, source) in sources.iter().enumerate() {
            match self.read(index, source) {
                Ok(()) => reading.counted.push(index),
                Err(Stop::Binary) => reading.binary += 1,
                Err(Stop::Problem(problem)) => reading.problems.push(problem),
                Err(Stop::RingClosed) => break,
            }
        }
        reading
    }

    fn read(&mut self, index: usize, source: &Source) -> Result<(), Stop> {
        let path = || source.path().to_path_buf();
        let closed = |error| Stop::Problem(Problem::Closed { path: path(), error });
        let mut input = source.open().map_err(closed)?;
        let mut place = Place { source: index, line: 1, starts: true };
        let mut kept = 0;
        let mut sniff = source.was_found();
        loop {
            let new = read_some(&mut input, &mut self.buffer[kept..]).map_err(|error| {
                Stop::Problem(Problem::Broken { path: path(), line: place.line, error })
            })?;
            if std::mem::take(&mut sniff) && self.buffer[..new.min(SNIFFED)].contains(&0) {
                return Err(Stop::Binary);
            }
            let filled = kept + new;
            let at_end = new == 0;
            let ready = if at_end {
                filled
            } else if let Some(at) = last(&self.buffer[kept..filled], |byte| byte == b'\n') {
                kept + at + 1
            } else if filled < BUFFER {
                0
            } else {
                let cut = last(&self.buffer, |byte| byte.is_ascii() && !is_of_words(byte.into()));
                1 + cut.ok_or_else(|| {
                    let (line, limit) = (place.line, BUFFER);
                    Stop::Problem(Problem::NoText { path: path(), line, limit })
                })?
            };
            place = self.publish(ready, place)?;
            self.buffer.copy_within(ready..filled, 0);
            kept = filled - ready;
            if at_end {
                return Ok(());
            }
        }
    }

    /// Publishes the lines in the first `ready` bytes. Returns the place behind them.
    fn publish(&mut self, ready: usize, mut place: Place) -> Result<Place, Stop> {
        let Self { producer, batch, buffer, ends } = self;
        let mut end = 0;
        ends.clear();
        ends.extend(buffer[..ready].split_inclusive(|&byte| byte == b'\n').map(|line| {
            end += line.len();
            end
        }));
        let mut start = 0;
        for batch in ends.chunks(*batch) {
            let written = producer.publish_batch(batch.len(), |mut slots| {
                for (slot, &end) in slots.iter_mut().zip(batch) {
                    let text = &buffer[start..end];
                    slot.fill(text, place);
                    place = place.behind(text);
                    start = end;
                }
            });
            // The error would give the closure back; there is no use for it.
            written.map_err(|_| Stop::RingClosed)?;
        }
        Ok(place)
    }
}

/// Reads what is there, 0 bytes only at the end.
fn read_some(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

fn last(bytes: &[u8], is_it: impl Fn(u8) -> bool) -> Option<usize> {
    bytes.iter().rposition(|&byte| is_it(byte))
}
