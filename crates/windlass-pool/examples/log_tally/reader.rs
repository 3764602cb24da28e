//! The reader: cuts what it reads into blocks of whole lines, and sends them to the parsers in turn.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::mem;
use std::sync::mpsc;

use windlass_pool::Sender;

use crate::block::{Block, Place, is_of_words};
use crate::error::Problem;
use crate::input::Source;
use crate::run::Event;
use crate::workers::Parser;

/// Bytes at the start of a file that tell whether it is binary.
const SNIFFED: usize = 8 << 10;

/// Reads sources one after another.
pub(crate) struct Reader {
    parsers: Sender<Parser>,
    /// The block that is being read.
    buffer: Box<[u8]>,
    /// Buffers that parsers are done with.
    spare: mpsc::Receiver<Box<[u8]>>,
    /// Where the number of workers is to change, in bytes from the beginning of all sources.
    marks: VecDeque<u64>,
    events: mpsc::Sender<Event>,
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
    /// The pool takes no more: workers failed, which is found at the end.
    PoolClosed,
}

impl Reader {
    /// Reads blocks of `bytes`, and says when it comes to one of the `marks`.
    pub(crate) fn new(
        parsers: Sender<Parser>,
        bytes: usize,
        spare: mpsc::Receiver<Box<[u8]>>,
        marks: VecDeque<u64>,
        events: mpsc::Sender<Event>,
    ) -> Self {
        Self { parsers, buffer: vec![0; bytes].into(), spare, marks, events }
    }

    /// Reads everything.
    pub(crate) fn read_all(mut self, sources: &[Source]) -> Reading {
        let mut reading = Reading::default();
        let mut before = 0;
        for (index, source) in sources.iter().enumerate() {
            match self.read(index, source, before) {
                Ok(()) => reading.counted.push(index),
                Err(Stop::Binary) => reading.binary += 1,
                Err(Stop::Problem(problem)) => reading.problems.push(problem),
                Err(Stop::PoolClosed) => break,
            }
            before += source.size().unwrap_or_default();
        }
        reading
    }

    /// Reads one source; `before` is the size of those that came first.
    fn read(&mut self, index: usize, source: &Source, before: u64) -> Result<(), Stop> {
        let path = || source.path().to_path_buf();
        let closed = |error| Stop::Problem(Problem::Closed { path: path(), error });
        let mut input = source.open().map_err(closed)?;
        let mut place = Place { source: index, line: 1, starts: true };
        let mut passed = before;
        let mut filled = 0;
        let mut sniff = source.was_found();
        loop {
            let new = read_some(&mut input, &mut self.buffer[filled..]).map_err(|error| {
                Stop::Problem(Problem::Broken { path: path(), line: place.line, error })
            })?;
            if mem::take(&mut sniff) && self.buffer[..new.min(SNIFFED)].contains(&0) {
                return Err(Stop::Binary);
            }
            filled += new;
            let at_end = new == 0;
            if filled < self.buffer.len() && !at_end {
                continue;
            }
            let ready = if at_end {
                filled
            } else {
                self.cut().ok_or_else(|| {
                    let (line, limit) = (place.line, self.buffer.len());
                    Stop::Problem(Problem::NoText { path: path(), line, limit })
                })?
            };
            if 0 < ready {
                passed += ready as u64;
                self.tell(passed);
                let behind = place.behind(&self.buffer[..ready]);
                self.send(ready, filled, place)?;
                place = behind;
            }
            filled -= ready;
            if at_end {
                return Ok(());
            }
        }
    }

    /// Where a full buffer can be cut: behind a line, or between two words of a long one.
    fn cut(&self) -> Option<usize> {
        let last = |is_it: fn(u8) -> bool| self.buffer.iter().rposition(|&byte| is_it(byte));
        let cut = last(|byte| byte == b'\n');
        cut.or_else(|| last(|byte| byte.is_ascii() && !is_of_words(byte.into()))).map(|at| at + 1)
    }

    /// Sends the first `ready` bytes of `filled` ones; the others are the first of the next block.
    fn send(&mut self, ready: usize, filled: usize, place: Place) -> Result<(), Stop> {
        let bytes = self.buffer.len();
        let mut next = self.spare.try_recv().unwrap_or_else(|_| vec![0; bytes].into());
        next[..filled - ready].copy_from_slice(&self.buffer[ready..filled]);
        let block = Block::new(mem::replace(&mut self.buffer, next), ready, place);
        self.parsers.send_any(block).map_err(|_| Stop::PoolClosed)
    }

    /// Says so when a mark is passed.
    fn tell(&mut self, passed: u64) {
        while self.marks.front().is_some_and(|mark| *mark <= passed) {
            self.marks.pop_front();
            let _unheard = self.events.send(Event::Passed(passed));
        }
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
