//! Saying how far the count is, while it runs.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::complain;
use crate::depths::Depths;
use crate::totals::Totals;

/// How often a plain line is due.
const EVERY: Duration = Duration::from_secs(1);

/// A bar on a terminal, a line now and then elsewhere. Both on standard error.
pub(crate) enum Progress {
    Bar(ProgressBar),
    Lines { size: Option<u64>, last: Sample },
}

/// How far it was at some moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    lines: u64,
    bytes: u64,
    at: Instant,
}

impl Progress {
    /// For `size` bytes, if that is known.
    pub(crate) fn new(plain: bool, size: Option<u64>) -> Self {
        if plain || !io::stderr().is_terminal() {
            return Self::Lines { size, last: Sample { lines: 0, bytes: 0, at: Instant::now() } };
        }
        let template = match size {
            Some(_) => "{wide_bar} {decimal_bytes}/{decimal_total_bytes} {msg}",
            None => "{spinner} {decimal_bytes} {msg}",
        };
        // A wrong template would only cost looks.
        let style = ProgressStyle::with_template(template);
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = size.map_or_else(ProgressBar::no_length, ProgressBar::new);
        Self::Bar(bar.with_style(style))
    }

    pub(crate) fn show(&mut self, totals: &Totals, now: Instant, depths: &Depths) {
        let sample = Sample { lines: totals.lines, bytes: totals.bytes, at: now };
        match self {
            Self::Bar(bar) => {
                bar.set_message(format!("{:.1} MB/s {}", bar.per_sec() / 1e6, depths.last()));
                bar.set_position(sample.bytes);
            }
            Self::Lines { size, last } => {
                let time = sample.at.duration_since(last.at);
                if time < EVERY {
                    return;
                }
                let bytes = (sample.bytes - last.bytes) as f64 / 1e6;
                let lines = (sample.lines - last.lines) as f64 / 1e3;
                let seconds = time.as_secs_f64();
                let done = sample.bytes as f64 / 1e6;
                let of = size.map_or(String::new(), |size| format!(" of {:.1}", size as f64 / 1e6));
                complain(&format_args!(
                    "{done:.1}{of} MB, {:.1} MB/s, {:.0} thousand lines/s, {}",
                    bytes / seconds,
                    lines / seconds,
                    depths.last(),
                ));
                *last = sample;
            }
        }
    }

    pub(crate) fn end(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
