//! Which slots to move, if only a few may.

use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::balance::Loads;
use crate::error::BuildError;
use crate::slots::{Plan, SLOTS, Slot, SlotTable, difference};

/// A plan of at most `limit` moves that evens out what was observed.
///
/// `loads` holds the load of each slot. Time and again, the slot that helps most goes from the member
/// that is fullest for its weight to the one that is emptiest, until none helps or the limit is reached.
/// The plan never makes the fullest member fuller, and leaves everybody a slot. One hot key in a slot of
/// its own cannot be split: then the plan moves what else its owner has.
///
/// # Errors
///
/// [`BuildError::WrongLength`] where `loads` are not those of [`SLOTS`] slots.
///
/// # Examples
///
/// ```
/// use windlass_partition::balance::{Loads, suggest};
/// use windlass_partition::{Members, SLOTS, SlotTable};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let table = SlotTable::new(&Members::count(4)?)?;
/// let mut loads = Loads::new(SLOTS)?;
/// for key in 0..100_000_u64 {
///     // Small numbers come more often.
///     loads.add(table.slot(&(key % (key % 97 + 1))).index(), 1);
/// }
/// let plan = suggest(&table, &loads, 3)?;
/// assert!(plan.moves().len() <= 3);
/// let better = table.apply(&plan)?;
/// # assert_ne!(better, table);
/// # Ok(())
/// # }
/// ```
pub fn suggest(table: &SlotTable, loads: &Loads, limit: usize) -> Result<Plan, BuildError> {
    suggest_among(table, loads, limit, |_| true)
}

/// As [`suggest`], of those slots only that may move: not one that has just moved, for instance.
///
/// # Errors
///
/// As [`suggest`].
///
/// # Examples
///
/// ```
/// use windlass_partition::balance::{Loads, suggest_among};
/// use windlass_partition::{Members, SLOTS, SlotTable};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let table = SlotTable::new(&Members::count(2)?)?;
/// let mut loads = Loads::new(SLOTS)?;
/// [(0, 50), (2, 50), (4, 10)].into_iter().for_each(|(slot, load)| loads.add(slot, load));
/// let plan = suggest_among(&table, &loads, 1, |slot| slot.index() != 0)?;
/// assert_eq!(plan.moves()[0].slot.index(), 2);
/// # Ok(())
/// # }
/// ```
pub fn suggest_among(
    table: &SlotTable,
    loads: &Loads,
    limit: usize,
    may_move: impl Fn(Slot) -> bool,
) -> Result<Plan, BuildError> {
    if loads.len() != SLOTS {
        return Err(BuildError::WrongLength { given: loads.len(), expected: SLOTS });
    }
    let mut owners = *table.owners();
    let mut state = State::of(table, loads);
    for _ in 0..limit {
        let Some((slot, to)) = state.next_move(&owners, loads, &may_move) else { break };
        let from = core::mem::replace(&mut owners[slot.index()], to);
        state.carry_out(from, to, loads.get(slot.index()));
    }
    Ok(difference(table, &table.with_owners(owners)))
}

/// What each member has, in the middle of the moves.
struct State {
    loads: Vec<u64>,
    slots: Vec<usize>,
    weights: Vec<u32>,
}

impl State {
    fn of(table: &SlotTable, loads: &Loads) -> Self {
        let mut sums = vec![0; table.members().len()];
        for (owner, load) in table.owners().iter().zip(loads.iter()) {
            sums[usize::from(*owner)] += load;
        }
        let weights = table.members().iter().map(|member| member.weight.steps()).collect();
        Self { loads: sums, slots: table.counts(), weights }
    }

    /// Compares two loads by the weights of two members, exactly.
    fn compare(&self, one: (u64, usize), other: (u64, usize)) -> Ordering {
        let left = u128::from(one.0) * u128::from(self.weights[other.1]);
        left.cmp(&(u128::from(other.0) * u128::from(self.weights[one.1])))
    }

    fn next_move(
        &self,
        owners: &[u16; SLOTS],
        loads: &Loads,
        may_move: &impl Fn(Slot) -> bool,
    ) -> Option<(Slot, u16)> {
        let by_fill =
            |a: &usize, b: &usize| self.compare((self.loads[*a], *a), (self.loads[*b], *b));
        let full = (0..self.loads.len()).filter(|at| self.slots[*at] > 1).max_by(by_fill)?;
        let empty = (0..self.loads.len()).min_by(by_fill)?;
        // What the fuller of the two has afterwards; the less, the better.
        let after = |slot: &Slot| {
            let load = loads.get(slot.index());
            let (left, right) = (self.loads[full] - load, self.loads[empty] + load);
            match self.compare((left, full), (right, empty)) {
                Ordering::Less => (right, empty),
                _ => (left, full),
            }
        };
        let own = |slot: &Slot| usize::from(owners[slot.index()]) == full && may_move(*slot);
        // Of two that help as much, the one with less to carry.
        let by_help = |a: &Slot, b: &Slot| {
            let load = |slot: &Slot| loads.get(slot.index());
            self.compare(after(a), after(b)).then(load(a).cmp(&load(b)))
        };
        let best = Slot::all().filter(own).min_by(by_help)?;
        let helps = self.compare(after(&best), (self.loads[full], full)) == Ordering::Less;
        helps.then_some((best, u16::try_from(empty).ok()?))
    }

    fn carry_out(&mut self, from: u16, to: u16, load: u64) {
        let (from, to) = (usize::from(from), usize::from(to));
        self.loads[from] -= load;
        self.slots[from] -= 1;
        self.loads[to] += load;
        self.slots[to] += 1;
    }
}
