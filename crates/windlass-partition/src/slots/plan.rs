//! A change of members as a value.

use alloc::boxed::Box;

use crate::error::PlanError;
use crate::member::{MemberId, Members};
use crate::slots::{Slot, SlotTable};

/// One slot that changes hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// The slot.
    pub slot: Slot,
    /// Who has it.
    pub from: MemberId,
    /// Who is to have it.
    pub to: MemberId,
}

/// The exact moves from one slot table to another, in the order of the slots; each slot at most once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    moves: Box<[Move]>,
    members: Members,
}

/// Compares two tables: what has to move so that `old` becomes `new`.
///
/// # Errors
///
/// Where the tables have different seeds.
///
/// # Examples
///
/// ```
/// use windlass_partition::{Members, SlotTable, plan};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let old = SlotTable::new(&Members::count(3)?)?;
/// let new = old.rebalanced(&old.members().without(1)?)?;
/// let plan = plan(&old, &new)?;
/// // Only what belonged to the member that leaves.
/// assert!(plan.moves().iter().all(|one| one.from.0 == 1));
/// assert_eq!(old.apply(&plan)?, new);
/// # Ok(())
/// # }
/// ```
pub fn plan(old: &SlotTable, new: &SlotTable) -> Result<Plan, PlanError> {
    if old.seed != new.seed {
        return Err(PlanError::DifferentSeeds);
    }
    Ok(difference(old, new))
}

/// The moves between two tables of one seed.
pub(crate) fn difference(old: &SlotTable, new: &SlotTable) -> Plan {
    let moves = Slot::all().filter_map(|slot| {
        let (from, to) = (old.owner_id(slot), new.owner_id(slot));
        (from != to).then_some(Move { slot, from, to })
    });
    Plan { moves: moves.collect(), members: new.members.clone() }
}

impl Plan {
    /// The moves.
    #[must_use]
    pub fn moves(&self) -> &[Move] {
        &self.moves
    }

    /// The members after the moves.
    #[must_use]
    pub fn members(&self) -> &Members {
        &self.members
    }

    /// Whether nothing moves.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.moves.is_empty()
    }
}

impl SlotTable {
    /// The table after all moves of a plan.
    ///
    /// # Errors
    ///
    /// Where a slot does not belong to whom the plan takes it from, or the plan leaves one behind with a
    /// member that leaves; this table was not what the plan was made from.
    pub fn apply(&self, plan: &Plan) -> Result<Self, PlanError> {
        let mut moves = plan.moves.iter().peekable();
        let mut table = Self { members: plan.members.clone(), ..self.clone() };
        for slot in Slot::all() {
            let found = self.owner_id(slot);
            let owner = match moves.next_if(|one| one.slot == slot) {
                Some(one) if one.from == found => one.to,
                Some(one) => return Err(PlanError::Stale { slot, expected: one.from, found }),
                None => found,
            };
            let index = plan.members.index(owner).and_then(|index| u16::try_from(index).ok());
            let index = index.ok_or(PlanError::LeftBehind { slot, owner })?;
            table.owners[slot.index()] = index;
        }
        Ok(table)
    }
}
