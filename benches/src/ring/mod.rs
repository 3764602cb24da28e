//! The suite of `windlass-ring`: events from producers to consumers, beside queues and disruptors.
//!
//! [`scenarios`] say what is done, [`contenders`] by whom.

use crate::case::Case;
use crate::suite::{Context, QUICK, Suite};

pub mod contenders;
pub mod scenarios;

use scenarios::{
    alloc, alone, burst, diamond, fixed_rate, idle, many_to_one, multicast, one_to_one, ping_pong,
    pipeline, wake,
};

/// The suite.
pub const SUITE: Suite = Suite {
    name: "ring",
    about: "Events from producers to consumers; every consumer checks a sum of what arrived.",
    parameters: &["cap", "bytes", "consumers", "burst"],
    twins: &[],
    peers: true,
    quick: QUICK,
    cases,
    not_measured,
    advice: |_| Vec::new(),
};

fn cases(context: &Context) -> Vec<Case> {
    let parts = [
        alone::cases(context),
        one_to_one::cases(context),
        ping_pong::cases(context),
        fixed_rate::cases(context),
        many_to_one::cases(context),
        multicast::cases(context),
        pipeline::cases(context),
        diamond::cases(context),
        wake::cases(context),
        idle::cases(context),
        alloc::cases(context),
        burst::cases(context),
    ];
    parts.into_iter().flatten().collect()
}

fn not_measured(context: &Context, sweep: bool) -> Vec<String> {
    let mut left_out = vec![
        "energy, cache misses and instruction counts".to_owned(),
        "several processes and several sockets".to_owned(),
    ];
    let cores = context.cores.count();
    if cores < 4 {
        left_out.push(format!(
            "graphs and several producers with a core for each thread: there are {cores} cores"
        ));
    }
    if !sweep {
        left_out.push("sweeps over capacity, payload, consumers and bursts".to_owned());
    }
    left_out
}
