//! Whether a history of calls that overlapped could have happened one step after the other.
//!
//! The search puts steps in an order that keeps real time: a call takes effect between its begin and its
//! end. What was tried from one state with the same calls done is not tried again. A call may take effect in
//! several steps, and a step may leave more than one state behind: what buffers promise needs both.
//!
//! # Source
//!
//! Wing and Gong, for the search; Lowe, for remembering states.

use std::collections::HashSet;
use std::hash::Hash;

/// What calls do when no two of them overlap.
pub(crate) trait Sequential: Clone + Eq + Hash {
    /// A call together with its outcome.
    type Call;

    /// In how many steps the call takes effect; at least one.
    fn steps(&self, call: &Self::Call) -> usize;

    /// All that may be the case behind this step of the call; nothing if it cannot happen here. Others may
    /// have been at work at the same time, or not.
    fn step(&self, number: usize, call: &Self::Call, step: usize, alone: bool) -> Vec<Self>;
}

/// A call, and when it began and ended by a clock that all threads share.
#[derive(Debug, Clone)]
pub(crate) struct Timed<C> {
    pub(crate) call: C,
    pub(crate) begin: u64,
    pub(crate) end: u64,
}

/// Looks for an order in which `history` could have happened from `start` on.
///
/// Returns how many calls were finished at most where there is none.
pub(crate) fn linearise<S: Sequential>(start: S, history: &[Timed<S::Call>]) -> Result<(), usize> {
    let alone = |one: &Timed<S::Call>| {
        history.iter().filter(|other| other.begin < one.end && one.begin < other.end).count() == 1
    };
    let steps = history.iter().map(|one| start.steps(&one.call)).collect();
    let alone = history.iter().map(alone).collect();
    let mut search = Search { history, steps, alone, known: HashSet::new(), best: 0 };
    if search.goes_on(&start, &mut vec![0; history.len()], 0) { Ok(()) } else { Err(search.best) }
}

struct Search<'a, S: Sequential> {
    history: &'a [Timed<S::Call>],
    steps: Vec<usize>,
    alone: Vec<bool>,
    /// Where nothing was found: the state, and how many steps of each call were done.
    known: HashSet<(S, Vec<u8>)>,
    best: usize,
}

impl<S: Sequential> Search<'_, S> {
    /// Whether the rest of the calls can happen.
    fn goes_on(&mut self, state: &S, done: &mut Vec<u8>, finished: usize) -> bool {
        self.best = self.best.max(finished);
        let history = self.history;
        if finished == history.len() {
            return true;
        }
        if !self.known.insert((state.clone(), done.clone())) {
            return false;
        }
        // Nothing begins behind the first end of a call that is not finished.
        let first_end = (0..history.len())
            .filter(|&call| usize::from(done[call]) < self.steps[call])
            .map(|call| history[call].end)
            .min()
            .unwrap_or(u64::MAX);
        for call in 0..history.len() {
            let step = usize::from(done[call]);
            if step == self.steps[call] || first_end < history[call].begin {
                continue;
            }
            done[call] += 1;
            let finished = finished + usize::from(step + 1 == self.steps[call]);
            for next in state.step(call, &history[call].call, step, self.alone[call]) {
                if self.goes_on(&next, done, finished) {
                    return true;
                }
            }
            done[call] -= 1;
        }
        false
    }
}
