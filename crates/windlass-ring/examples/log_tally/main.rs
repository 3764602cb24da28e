//! Counts the most frequent words of text, on several threads that share one ring.
//!
//! ```text
//!                                          +-> rates          lines and bytes a second
//!   reader -> parse { 0 | 1 | .. } --------+-> tally 0        counts its part of the words
//!   (a thread of ours)                     +-> tally 1 ..     counts the other part
//! ```
//!
//! The reader writes lines into slots whose buffers are used again lap after lap. The members of
//! `parse` share the lines among them and note, in the event itself, where its words are and how
//! they hash. The stages behind see every line; a tally takes only the words whose hash is its
//! own, so no count is shared, and merging at the end is putting the parts side by side.
//!
//! ```sh
//! cargo run --release --example log_tally -- --top 20 --check docs README.md
//! ```
//!
//! It ends with 0 if all went well, 1 if something failed or a check found a difference, and 2 if
//! it was called wrongly or some input could not be read.
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program has the standard library"
)]

mod check;
mod error;
mod input;
mod line;
mod options;
mod pipeline;
mod progress;
mod rates;
mod reader;
mod report;
mod tally;

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::error::Failure;
use crate::input::Inputs;
use crate::options::Options;
use crate::progress::Progress;

/// Some input could not be read.
const UNREADABLE: u8 = 2;

fn main() -> ExitCode {
    match count(&Options::parse()) {
        Ok(code) => code,
        Err(failure) => {
            complain(&failure);
            ExitCode::FAILURE
        }
    }
}

fn count(options: &Options) -> Result<ExitCode, Failure> {
    let inputs = Inputs::gather(&options.paths, options.check);
    let progress = Progress::new(options.plain, inputs.size());
    let outcome = pipeline::run(&inputs.sources, options, progress)?;

    let problems = inputs.problems.iter().chain(&outcome.read.problems);
    let code = if problems.clone().count() == 0 { ExitCode::SUCCESS } else { UNREADABLE.into() };
    problems.for_each(|problem| complain(problem));
    for warning in outcome.totals.warnings(&inputs.sources) {
        complain(&warning);
    }
    // What could not be read once would differ the second time, too.
    let checked = options.check && code == ExitCode::SUCCESS;
    if checked {
        check::count_again(&inputs.sources, &outcome)?;
    }
    match report::write(&mut io::stdout().lock(), &outcome, options.top, checked) {
        // Whoever reads this has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(code),
        Err(error) => Err(Failure::Output(error)),
        Ok(()) => Ok(code),
    }
}

/// Says something on standard error, if anybody listens there.
fn complain(what: &dyn fmt::Display) {
    let _ignored = writeln!(io::stderr(), "log_tally: {what}");
}
