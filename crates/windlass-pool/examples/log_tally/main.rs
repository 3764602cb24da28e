//! Counts the most frequent words of text, on two pools of workers that grow while they work.
//!
//! ```text
//!            blocks of lines            words with counts, by key
//!   reader ---- in turn ----> parse 0 ------------------------+-> count 0   has some of the slots
//!   (a thread of ours)  |                                     |
//!                       +---> parse 1 ..                      +-> count 1 ..  has the others
//! ```
//!
//! The reader cuts text into blocks whose buffers it gets back to fill them again. A parser finds their
//! words and puts equal ones together, so that what it sends on, in batches and by the word's hash, is a
//! fraction of them. A counter keeps what it counts by slot: when the number of counters changes while
//! everything runs, slots go to others with their counts, and no word is counted twice or lost. Merging at
//! the end is putting the parts side by side.
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

mod block;
mod check;
mod counts;
mod depths;
mod error;
mod input;
mod options;
mod progress;
mod reader;
mod report;
mod run;
mod totals;
mod word;
mod workers;

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
    let mut progress = Progress::new(options.plain, inputs.size());
    let outcome = run::run(&inputs.sources, inputs.size(), options, &mut progress)?;

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
