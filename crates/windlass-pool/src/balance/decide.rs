//! What to move, by what was observed. A pure function.

use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;

use windlass_partition::balance::{Loads, suggest_among};
use windlass_partition::{BuildError, MemberId, Members, SLOTS, Slot, SlotTable};

use super::{Balance, Outcome, SlotMove};

/// What was observed since the last decision, and which slots rest.
pub(crate) struct Observed {
    pub(crate) messages: Vec<u64>,
    /// For how many decisions a slot stays where it is.
    rest: Vec<u8>,
}

impl Default for Observed {
    fn default() -> Self {
        Self { messages: vec![0; SLOTS], rest: vec![0; SLOTS] }
    }
}

/// What is to be done.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) moves: Vec<SlotMove>,
    pub(crate) outcome: Outcome,
    pub(crate) before: f64,
    pub(crate) after: f64,
    pub(crate) messages: u64,
    pub(crate) hot: Vec<Slot>,
}

impl Observed {
    /// What moved rests, what rested does so for one decision less, and the counts begin anew.
    fn decided(&mut self, moves: &[SlotMove], rest: u8) {
        self.rest.iter_mut().for_each(|rest| *rest = rest.saturating_sub(1));
        moves.iter().for_each(|one| self.rest[one.slot.index()] = rest);
        self.messages.fill(0);
    }
}

/// Decides what to move. Workers that do not run get nothing, and keep what they have.
pub(crate) fn decide(
    observed: &mut Observed,
    owners: &[u16; SLOTS],
    runs: &[bool],
    rules: &Balance,
) -> Result<Decision, BuildError> {
    let running: Vec<u64> = (0..).zip(runs).filter(|(_, runs)| **runs).map(|(at, _)| at).collect();
    let members = Members::new(running.iter().map(|at| MemberId(*at)))?;
    let place = |owner: u16| members.index(MemberId(u64::from(owner)));
    #[expect(clippy::cast_possible_truncation, reason = "as many as there are workers")]
    let of: Vec<u16> = owners.iter().map(|owner| place(*owner).unwrap_or(0) as u16).collect();
    let is_ours = |slot: usize| place(owners[slot]).is_some();
    let table = SlotTable::from_owners(&members, &of)?;
    let mut loads = Loads::new(SLOTS)?;
    for (slot, messages) in observed.messages.iter().enumerate().filter(|(at, _)| is_ours(*at)) {
        loads.add(slot, *messages);
    }
    let before = imbalance(&table, &loads)?;
    let share = loads.total() / members.len() as u64;
    let mut hot: Vec<Slot> = Slot::all().filter(|slot| share < loads.get(slot.index())).collect();
    hot.sort_by_key(|slot| Reverse(loads.get(slot.index())));
    let messages = loads.total();
    let mut decision = Decision {
        moves: Vec::new(),
        outcome: Outcome::Even,
        before,
        after: before,
        messages,
        hot,
    };
    if messages < rules.least.max(1) {
        decision.outcome = Outcome::TooFewMessages;
        return Ok(decision);
    }
    // What is no number bounds nothing.
    if rules.above.max(1.0) < before {
        let may_move = |slot: Slot| is_ours(slot.index()) && observed.rest[slot.index()] == 0;
        let plan = suggest_among(&table, &loads, rules.moves, may_move)?;
        let next = table.apply(&plan).unwrap_or_else(|_| table.clone());
        let after = imbalance(&next, &loads)?;
        if plan.is_empty() || before - after < rules.gain.max(0.0) {
            decision.outcome = Outcome::NothingHelps;
        } else {
            let worker = |id: MemberId| usize::try_from(id.0).unwrap_or(usize::MAX);
            let moves = plan.moves().iter().map(|one| SlotMove {
                slot: one.slot,
                from: worker(one.from),
                to: worker(one.to),
            });
            (decision.moves, decision.after) = (moves.collect(), after);
            decision.outcome = Outcome::Moved;
        }
    }
    observed.decided(&decision.moves, rules.rest);
    Ok(decision)
}

fn imbalance(table: &SlotTable, loads: &Loads) -> Result<f64, BuildError> {
    let mut by_member = Loads::new(table.members().len())?;
    for (owner, load) in table.owners().iter().zip(loads.iter()) {
        by_member.add(usize::from(*owner), load);
    }
    Ok(by_member.imbalance())
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
