//! Changes of members: exact, minimal, in any order.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use windlass_partition::{Member, MemberId, Members, SLOTS, Slot, SlotTable, plan};

use super::{built, fail, members, weight};

/// What happens to a pool.
#[derive(Clone, Debug)]
enum Change {
    Join(u64, u32),
    Leave(usize),
    Weigh(usize, u32),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        3 => (any::<u64>(), 1..=12_u32).prop_map(|(id, quarters)| Change::Join(id, quarters)),
        2 => any::<usize>().prop_map(Change::Leave),
        1 => (any::<usize>(), 1..=12_u32).prop_map(|(at, quarters)| Change::Weigh(at, quarters)),
    ];
    prop::collection::vec(change, 1..12)
}

/// The members after a change, or none where it cannot be.
fn changed(of: &Members, change: &Change) -> Option<Members> {
    let nth = |at: usize| of.get(at % of.len()).copied();
    match change {
        Change::Join(id, quarters) => of.with(Member::new(*id, weight(*quarters))).ok(),
        Change::Leave(at) => of.without(nth(*at)?.id).ok(),
        Change::Weigh(at, quarters) => {
            let id = nth(*at)?.id;
            let others = of.iter().copied().filter(|member| member.id != id);
            Members::new(others.chain([Member::new(id, weight(*quarters))])).ok()
        }
    }
}

/// The slots of each member by name.
fn counts(table: &SlotTable) -> BTreeMap<MemberId, usize> {
    table.members().iter().map(|member| member.id).zip(table.counts()).collect()
}

fn fair(table: &SlotTable) -> Result<(), TestCaseError> {
    let all: u128 = table.members().iter().map(|one| u128::from(one.weight.steps())).sum();
    for (member, count) in table.members().iter().zip(table.counts()) {
        let share = u128::from(member.weight.steps()) * SLOTS as u128;
        let (down, up) = (share / all, share.div_ceil(all));
        prop_assert!((down..=up).contains(&(count as u128)), "{count}, not {down} to {up}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn plans_are_exact_fair_and_minimal_in_any_order(
        list in members(12, true), changes in changes(),
    ) {
        let mut old = SlotTable::new(&built(&list)?).map_err(fail)?;
        fair(&old)?;
        for change in changes {
            let Some(of) = changed(old.members(), &change) else { continue };
            let new = old.rebalanced(&of).map_err(fail)?;
            fair(&new)?;
            let plan = plan(&old, &new).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(&old.apply(&plan).ok(), &Some(new.clone()), "exact");
            let moved: BTreeSet<Slot> = plan.moves().iter().map(|one| one.slot).collect();
            prop_assert_eq!(moved.len(), plan.moves().len(), "each slot at most once");
            // Nobody both gives and takes, so nothing moves that could stay.
            let givers: BTreeSet<MemberId> = plan.moves().iter().map(|one| one.from).collect();
            let takers: BTreeSet<MemberId> = plan.moves().iter().map(|one| one.to).collect();
            prop_assert!(givers.is_disjoint(&takers), "{givers:?} and {takers:?}");
            let (before, after) = (counts(&old), counts(&new));
            for (id, count) in &after {
                let had = before.get(id).copied().unwrap_or_default();
                let taken = plan.moves().iter().filter(|one| one.to == *id).count();
                prop_assert_eq!(taken, count.saturating_sub(had), "no detours");
            }
            old = new;
        }
    }

    #[test]
    fn with_even_weights_slots_move_to_who_joins_and_from_who_leaves(
        list in members(40, false), joiner: u64, leaver: usize,
    ) {
        let old = SlotTable::new(&built(&list)?).map_err(fail)?;
        let joiner = MemberId(joiner);
        prop_assume!(old.members().index(joiner).is_none());
        let new = old.rebalanced(&old.members().with(joiner).map_err(fail)?).map_err(fail)?;
        let joins = plan(&old, &new).map_err(|_| TestCaseError::fail("plan"))?;
        prop_assert!(joins.moves().iter().all(|one| one.to == joiner), "towards it only");
        let n = new.members().len();
        let fair = SLOTS / n..=SLOTS.div_ceil(n);
        prop_assert!(fair.contains(&joins.moves().len()), "a fair share");

        let leaver = list[leaver % list.len()].id;
        let rest = new.members().without(leaver).map_err(fail)?;
        let less = new.rebalanced(&rest).map_err(fail)?;
        let leaves = plan(&new, &less).map_err(|_| TestCaseError::fail("plan"))?;
        prop_assert!(leaves.moves().iter().all(|one| one.from == leaver), "its slots only");
        let had = counts(&new).get(&leaver).copied();
        prop_assert_eq!(Some(leaves.moves().len()), had, "all of them");
    }

    #[test]
    fn a_stored_table_comes_back(list in members(20, true), changes in changes()) {
        let mut table = SlotTable::new(&built(&list)?).map_err(fail)?;
        for change in changes {
            if let Some(of) = changed(table.members(), &change) {
                table = table.rebalanced(&of).map_err(fail)?;
            }
        }
        let read = SlotTable::from_owners(table.members(), table.owners()).map_err(fail)?;
        prop_assert_eq!(read, table);
    }
}
