//! How many messages lay in mailboxes whenever somebody looked.

use std::collections::BTreeMap;

use windlass_pool::WorkerStats;

/// What each pool is called, in the order of the messages.
pub(crate) const STAGES: [&str; 2] = ["parse", "count"];

/// By stage and worker.
#[derive(Debug, Default)]
pub(crate) struct Depths {
    pub(crate) by_worker: BTreeMap<(usize, usize), Depth>,
}

/// The mailbox of one worker.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Depth {
    /// How often somebody looked.
    pub(crate) looks: u64,
    pub(crate) sum: u64,
    pub(crate) most: u64,
    pub(crate) last: u64,
}

impl Depths {
    /// Takes down what the workers of one stage have.
    pub(crate) fn note(&mut self, stage: usize, workers: &[WorkerStats]) {
        for stats in workers {
            let depth = self.by_worker.entry((stage, stats.worker)).or_default();
            depth.looks += 1;
            depth.last = stats.held as u64;
            depth.sum += depth.last;
            depth.most = depth.most.max(depth.last);
        }
    }

    /// What they had at the last look.
    pub(crate) fn last(&self) -> String {
        let held = |(&(stage, worker), depth): (&(usize, usize), &Depth)| {
            format!("{} {worker} {}", STAGES[stage], depth.last)
        };
        let held: Vec<String> = self.by_worker.iter().map(held).collect();
        format!("held: {}", held.join(", "))
    }
}
