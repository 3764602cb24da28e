//! The command line.

use std::path::PathBuf;
use std::thread::available_parallelism;

use clap::builder::RangedU64ValueParser;
use windlass_pool::Wait;

/// Count the most frequent words of text, and say how fast that went
#[derive(Debug, clap::Parser)]
#[command(name = "log_tally")]
pub(crate) struct Options {
    /// Files; folders, without hidden ones, those named `target`, and binary files; `-` for
    /// standard input. This repository if there is none
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// How many words to show
    #[arg(long, value_name = "K", default_value_t = 10)]
    pub(crate) top: usize,

    /// Workers that parse, and as many that count, at first; 1 by default
    #[arg(long, value_name = "N", value_parser = from_1_to(64))]
    workers: Option<usize>,

    /// How many there are later, after equal parts of the input; as many as cores, from the
    /// middle on, unless `--workers` is given
    #[arg(long, value_name = "N,..", value_delimiter = ',', value_parser = from_1_to(64))]
    resize: Vec<usize>,

    /// Blocks of text that a worker's mailbox holds
    #[arg(long, value_name = "BLOCKS", default_value_t = 8, value_parser = from_1_to(1 << 16))]
    pub(crate) capacity: usize,

    /// Bytes of a block, and of the longest word
    #[arg(long, value_name = "BYTES", default_value_t = 256 << 10, value_parser = from_1_to(1 << 30))]
    pub(crate) block: usize,

    /// How threads wait for each other
    #[arg(long, value_enum, default_value_t = Waiting::Adaptive)]
    pub(crate) wait: Waiting,

    /// Count once more on one thread and compare; keeps standard input in memory for that
    #[arg(long)]
    pub(crate) check: bool,

    /// Show no progress bar, also on a terminal
    #[arg(long)]
    pub(crate) plain: bool,
}

/// A choice of [`Wait`].
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Waiting {
    /// Spin while a core is free for that, then sleep
    Adaptive,
    /// Sleep at once
    Blocking,
    /// Spin, yield, then sleep for longer and longer
    Sleeping,
    /// Spin, then give way
    Yielding,
    /// Spin without end
    BusySpin,
}

impl Waiting {
    pub(crate) fn strategy(self) -> Wait {
        match self {
            Self::Adaptive => Wait::adaptive(),
            Self::Blocking => Wait::blocking(),
            Self::Sleeping => Wait::sleeping(),
            Self::Yielding => Wait::yielding(),
            Self::BusySpin => Wait::busy_spin(),
        }
    }
}

impl Options {
    /// How many workers of each kind there are at first, and later.
    pub(crate) fn numbers(&self) -> (usize, Vec<usize>) {
        let grows = self.workers.is_none() && self.resize.is_empty();
        let later = if grows { vec![cores()] } else { self.resize.clone() };
        (self.workers.unwrap_or(1), later)
    }
}

/// Two at least, so that there is something to see.
fn cores() -> usize {
    available_parallelism().map_or(1, usize::from).clamp(2, 16)
}

fn from_1_to(most: u64) -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=most)
}
