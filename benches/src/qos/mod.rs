//! The suite of `windlass-qos`: what a buffer does when it is full, and the newest value, beside queues
//! that overwrite, channels and shared values.
//!
//! Every consumer checks what it got: numbers in order, and sent equals delivered and lost.

use crate::case::Case;
use crate::suite::{Context, QUICK, Suite};

mod broadcast;
pub(crate) mod contenders;
pub(crate) mod drop_oldest;
mod guaranteed;
mod latest;
pub(crate) mod message;
mod stalled;

/// The suite.
pub const SUITE: Suite = Suite {
    name: "qos",
    about: "Buffers that overwrite, refuse or keep the newest. Every consumer checks that what was \
            sent arrived or was counted as lost.",
    parameters: &["cap"],
    twins: &[],
    peers: true,
    quick: QUICK,
    cases,
    not_measured,
    advice: |_| Vec::new(),
};

/// The unit of what one thread does many times.
const NS_PER_OP: &str = "ns_per_op";

fn cases(context: &Context) -> Vec<Case> {
    let parts = [
        drop_oldest::cases(context),
        latest::cases(context),
        guaranteed::cases(context),
        broadcast::cases(context),
        stalled::cases(),
    ];
    parts.into_iter().flatten().collect()
}

fn not_measured(context: &Context, sweep: bool) -> Vec<String> {
    let cores = context.cores.count();
    let mut left_out = vec![
        format!(
            "several senders and one-to-many with a core for each thread: there are {cores} cores"
        ),
        "an audio or a control thread with a real-time priority".to_owned(),
    ];
    if !sweep {
        left_out.push("larger payloads, and the other capacity of each case".to_owned());
    }
    left_out
}
