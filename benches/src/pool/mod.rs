//! The suite of `windlass-pool`: messages to workers, beside actors, threads with channels and a pool
//! of tasks.
//!
//! Every worker counts and adds up what it handles, and sees that messages of one sender come in
//! order; a round whose sum is wrong is no result.

use crate::board;
use crate::case::Case;
use crate::suite::{Context, QUICK, Suite};

mod ask;
mod contenders;
mod resize;
mod shared;
mod tell;
mod wake;

/// The suite.
pub const SUITE: Suite = Suite {
    name: "pool",
    about: "Messages to workers that each keep a state of their own. Every worker counts and adds up \
            what it handles; a figure counts from the first message until the last one was handled.",
    parameters: &["workers"],
    twins: &[("windlass", "windlass_in_turn")],
    peers: true,
    quick: QUICK,
    cases,
    not_measured,
    advice: |_| Vec::new(),
};

fn cases(context: &Context) -> Vec<Case> {
    let parts = [tell::cases, shared::cases, ask::cases, wake::cases, resize::cases];
    parts.into_iter().flat_map(|part| part(context)).collect()
}

fn not_measured(context: &Context, sweep: bool) -> Vec<String> {
    let cores = context.cores.count();
    let mut left_out = vec![
        "several senders".to_owned(),
        "actors that are told or asked from tasks of their own runtime: every sender is a thread"
            .to_owned(),
    ];
    if cores < 5 {
        left_out.push(format!("several workers with a core for each: there are {cores} cores"));
    }
    if !sweep {
        left_out.push("scaling with the number of workers".to_owned());
    }
    left_out
}
