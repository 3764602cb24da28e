//! What a user chooses between: how to wait, what a full buffer does, who owns a key, which worker gets
//! a message. No peers: all contenders are ours, and what they cost depends on the machine.
//!
//! The figures end in `advice`: which one to take on this machine, and why.

use crate::case::Case;
use crate::suite::{Context, QUICK, Suite};

mod advice;
mod drive;
mod overload;
mod partition;
mod pool;
mod scripts;
mod seat;
mod topology;
mod wait;
mod ways;

/// The suite.
pub const SUITE: Suite = Suite {
    name: "strategies",
    about: "Ours among themselves, for whoever has to choose on this machine: waits in each topology, \
            levels of a buffer whose sender is too quick, partitioners, and ways to a worker.",
    parameters: &[],
    twins: &[],
    peers: false,
    quick: QUICK.saturating_add(core::time::Duration::from_secs(14)),
    cases,
    not_measured,
    advice: advice::advise,
};

fn cases(context: &Context) -> Vec<Case> {
    let parts =
        [wait::cases(context), overload::cases(context), partition::cases(), pool::cases(context)];
    parts.into_iter().flatten().collect()
}

fn not_measured(context: &Context, sweep: bool) -> Vec<String> {
    let mut left_out = vec!["energy; what other programs on the machine lose".to_owned()];
    let cores = context.cores.count();
    if cores < 4 {
        left_out.push(format!(
            "topologies of more than two threads with a core for each: there are {cores} cores"
        ));
    }
    if !sweep {
        left_out.push("buffers of other capacities under overload".to_owned());
    }
    left_out
}
