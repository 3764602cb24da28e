//! Bounded loads, hot keys, suggestions, and the schemes without keys.

use std::collections::BTreeMap;

use proptest::prelude::*;
use windlass_partition::balance::{HotKeys, Loads, suggest, suggest_among};
use windlass_partition::{
    BuildError, HashRing, LoadBound, Member, Members, Partitioner, RoundRobin, SLOTS, Slot,
    SlotTable, Sticky,
};

use super::{built, fail, members};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nobody_gets_more_than_the_bound(
        list in members(10, true),
        keys in prop::collection::vec(0..20_u64, 1..400),
        bound in 1.0..3.0_f64,
    ) {
        let of = built(&list)?;
        let ring = HashRing::with_points(&of, 20).map_err(fail)?;
        let factor = LoadBound::try_from(bound).map_err(fail)?;
        let mut loads = Loads::new(of.len()).map_err(fail)?;
        let all: f64 = of.iter().map(|member| f64::from(member.weight.steps())).sum();
        for key in keys {
            let at = ring.partition_bounded(&key, &loads, factor).map_err(fail)?;
            let own = ring.partition(&key);
            loads.add(at, 1);
            // One step of 2^-16 beyond the bound, and up to the next whole number.
            let limit = |at: usize, total: u64| {
                let steps = of.get(at).map_or(0, |member| member.weight.steps());
                ((bound + 2e-5) * total as f64 * f64::from(steps) / all).ceil()
            };
            prop_assert!(loads.get(at) as f64 <= limit(at, loads.total()), "{loads:?} at {at}");
            // It is passed on only where it would not fit.
            let full = (loads.get(own) + 1) as f64 > (limit(own, loads.total()) - 1.0).max(0.0);
            prop_assert!(at == own || full, "{loads:?}: {own} had room");
        }
    }

    #[test]
    fn every_heavy_key_is_found(
        keys in prop::collection::vec(prop_oneof![0..3_u8, any::<u8>()], 1..500),
        room in 1..20_usize,
    ) {
        let mut hot = HotKeys::new(room).map_err(fail)?;
        let mut exact: BTreeMap<u8, u64> = BTreeMap::new();
        for key in &keys {
            hot.observe(key);
            *exact.entry(*key).or_default() += 1;
        }
        let found = hot.sorted();
        prop_assert!(found.len() <= room && found.is_sorted_by(|a, b| a.count >= b.count));
        prop_assert_eq!(hot.seen(), keys.len() as u64);
        for one in &found {
            let exact = exact[one.key];
            let range = one.count - one.error..=one.count;
            prop_assert!(range.contains(&exact), "{one:?} for {exact}");
        }
        for (key, count) in exact {
            let heavy = count > keys.len() as u64 / room as u64;
            let there = found.iter().any(|one| *one.key == key);
            prop_assert!(there || !heavy, "key {key} came {count} times");
        }
    }

    #[test]
    fn a_suggestion_helps_within_its_limit(
        list in members(12, true),
        hot in prop::collection::vec((0..SLOTS, 1..100_000_u64), 0..40),
        limit in 0..60_usize,
    ) {
        let of = built(&list)?;
        let table = SlotTable::new(&of).map_err(fail)?;
        let mut slots = Loads::new(SLOTS).map_err(fail)?;
        (0..SLOTS).for_each(|slot| slots.add(slot, 10));
        hot.into_iter().for_each(|(slot, load)| slots.add(slot, load));
        let by_member = |table: &SlotTable| {
            let mut loads = Loads::new(of.len()).map_err(fail)?;
            for (owner, load) in table.owners().iter().zip(slots.iter()) {
                loads.add(usize::from(*owner), load);
            }
            loads.imbalance_by(&of).map_err(fail)
        };
        let plan = suggest(&table, &slots, limit).map_err(fail)?;
        prop_assert!(plan.moves().len() <= limit, "{} moves", plan.moves().len());
        let better = table.apply(&plan).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let (before, after) = (by_member(&table)?, by_member(&better)?);
        prop_assert!(after <= before, "{before} to {after}");
        prop_assert!(better.counts().iter().all(|count| *count > 0), "everybody keeps a slot");
    }
}

#[test]
fn a_suggestion_evens_out_what_can_be() -> Result<(), Box<dyn std::error::Error>> {
    let of = Members::count(4)?;
    let table = SlotTable::new(&of)?;
    let mut slots = Loads::new(SLOTS)?;
    // The first member has forty busy slots, the others none.
    let own = (0..SLOTS).filter(|slot| table.owners()[*slot] == 0).take(40);
    own.for_each(|slot| slots.add(slot, 100));
    let plan = suggest(&table, &slots, 100)?;
    assert_eq!(plan.moves().len(), 30, "ten stay, ten go to each of the others");
    let better = table.apply(&plan)?;
    let mut loads = Loads::new(4)?;
    better
        .owners()
        .iter()
        .zip(slots.iter())
        .for_each(|(owner, load)| loads.add((*owner).into(), load));
    assert_eq!(loads.imbalance(), 1.0, "{loads:?}");
    Ok(())
}

#[test]
fn a_suggestion_moves_what_may_move_and_the_lighter_of_two()
-> Result<(), Box<dyn std::error::Error>> {
    let of = Members::count(2)?;
    let table = SlotTable::new(&of)?;
    let own: Vec<usize> = (0..SLOTS).filter(|slot| table.owners()[*slot] == 0).take(2).collect();
    let mut slots = Loads::new(SLOTS)?;
    slots.add(own[0], 70);
    slots.add(own[1], 30);
    let moved = |may_move: &dyn Fn(Slot) -> bool| {
        let plan = suggest_among(&table, &slots, 1, may_move)?;
        Ok::<_, BuildError>(plan.moves().iter().map(|one| one.slot.index()).collect::<Vec<_>>())
    };
    assert_eq!(moved(&|_| true)?, [own[1]], "either leaves 70 at one of them");
    assert_eq!(moved(&|slot| slot.index() != own[1])?, [own[0]], "the other one");
    assert!(moved(&|_| false)?.is_empty(), "none may");
    Ok(())
}

#[test]
fn a_suggestion_leaves_the_last_slot() -> Result<(), Box<dyn std::error::Error>> {
    // The light member is full for its weight; its only slot would be less in the other's hands.
    let heavy = Member::new(1, 8.try_into()?);
    let of = Members::new([Member::from(0), heavy])?;
    let mut owners = [1; SLOTS];
    owners[7] = 0;
    let mut slots = Loads::new(SLOTS)?;
    slots.add(7, 100);
    let plan = suggest(&SlotTable::from_owners(&of, &owners)?, &slots, 10)?;
    assert!(plan.is_empty(), "{plan:?}");
    Ok(())
}

#[test]
fn loads_add_up_and_stop_at_the_largest_total() -> Result<(), BuildError> {
    let mut loads = Loads::new(2)?;
    loads.add(0, 30);
    loads.add(1, 10);
    loads.remove(0, 20);
    loads.remove(1, 99);
    assert_eq!((loads.get(0), loads.get(1), loads.total()), (10, 0, 10), "no more than there was");
    loads.add(0, u64::MAX - 13);
    loads.add(1, 5);
    assert_eq!((loads.get(1), loads.total()), (3, u64::MAX), "what still fits");
    let mut other = Loads::new(2)?;
    other.add(1, 4);
    other.merge(&loads)?;
    assert_eq!((other.get(0), other.get(1)), (u64::MAX - 4, 4), "merged, in order");
    Ok(())
}

#[test]
fn round_robin_takes_turns() -> Result<(), BuildError> {
    let mut turn = RoundRobin::new(3)?.starting_at(5);
    let turns: Vec<usize> = (0..7).map(|_| turn.next()).collect();
    assert_eq!(turns, [2, 0, 1, 2, 0, 1, 2], "from the third on");
    Ok(())
}

#[test]
fn sticky_stays_for_its_limit_and_goes_elsewhere() -> Result<(), BuildError> {
    let mut sticky = Sticky::new(5, 10)?;
    let mut visited = [0_u32; 5];
    let mut last = usize::MAX;
    for _ in 0..1000 {
        let stays: Vec<usize> = (0..5).map(|_| sticky.next(2)).collect();
        assert!(stays.iter().all(|at| *at == stays[0]), "five times two: {stays:?}");
        assert_ne!(stays[0], last, "another one");
        last = stays[0];
        visited[last] += 1;
    }
    assert!(visited.iter().all(|count| (140..=260).contains(count)), "{visited:?}");
    let mut alone = Sticky::new(1, 1)?;
    assert_eq!([alone.next(1), alone.next(1)], [0, 0], "there is only one");
    Ok(())
}

#[test]
fn sticky_prefers_whoever_has_less() -> Result<(), BuildError> {
    let mut sticky = Sticky::new(3, 1)?;
    let mut loads = Loads::new(3)?;
    loads.add(0, 99);
    loads.add(1, 49);
    let mut visited = [0_u32; 3];
    for _ in 0..15_100 {
        visited[sticky.next_by(1, &loads)?] += 1;
    }
    // By 1, 51 and 100 out of 152.
    let near = |count: u32, expected: u32| count.abs_diff(expected) < 400;
    let [full, half, empty] = visited;
    assert!(near(full, 99) && near(half, 5_066) && near(empty, 9_934), "{visited:?}");
    assert!(full > 0, "the fullest has a chance");
    Ok(())
}
