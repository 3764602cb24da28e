//! The suite of `windlass-metrics`: what it costs to count, to record, and to look.
//!
//! Every round checks its own sum: what was counted must be there afterwards.

use crate::case::Case;
use crate::suite::{Context, QUICK, Suite};

mod counter;
mod histogram;
mod peers;
mod snapshot;
mod span;
mod two_threads;

/// The suite.
pub const SUITE: Suite = Suite {
    name: "metrics",
    about: "Counting, recording and reading numbers. Every round checks that all was counted.",
    parameters: &[],
    twins: &[],
    peers: true,
    quick: QUICK,
    cases,
    not_measured,
    advice: |_| Vec::new(),
};

/// The unit of everything that is done many times.
const NS_PER_OP: &str = "ns_per_op";

fn cases(context: &Context) -> Vec<Case> {
    vec![
        counter::case(),
        two_threads::case(context),
        histogram::case(),
        span::case(),
        snapshot::case(),
    ]
}

fn not_measured(context: &Context, _: bool) -> Vec<String> {
    let cores = context.cores.count();
    vec![
        format!("more than two threads that count at once: there are {cores} cores"),
        "counting while a reader scrapes".to_owned(),
        "labels that are looked up at each event".to_owned(),
    ]
}
