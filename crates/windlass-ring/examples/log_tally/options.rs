//! The command line.

use std::path::PathBuf;
use std::thread::available_parallelism;

use clap::builder::RangedU64ValueParser;
use windlass_ring::Wait;

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

    /// Threads that parse, and as many that count
    #[arg(long, value_name = "N", default_value_t = workers(), value_parser = from_1_to(64))]
    pub(crate) workers: usize,

    /// Lines that the ring holds
    #[arg(long, value_name = "LINES", default_value_t = 4096, value_parser = from_1_to(1 << 16))]
    pub(crate) capacity: usize,

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

/// One of each kind, and another of each kind for every two cores beyond the reader's and the
/// first two.
fn workers() -> usize {
    let cores = available_parallelism().map_or(1, usize::from);
    (cores.saturating_sub(1) / 2).clamp(1, 8)
}

fn from_1_to(most: u64) -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=most)
}
