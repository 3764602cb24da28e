//! What cannot be built is refused with a typed error that says what to do.

#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "tests have std")]

use std::error::Error;

use windlass_partition::balance::{HotKeys, Loads, suggest};
use windlass_partition::{
    BuildError, Custom, Flip, HashRing, Jump, KafkaMurmur2, Ketama, LoadBound, Maglev, Member,
    MemberId, Members, Modulo, PlanError, Range, Rendezvous, RoundRobin, SLOTS, Scheme,
    SchemeError, SlotTable, Sticky, Weight, WeightError, plan,
};

type Checked = Result<(), Box<dyn Error>>;

#[test]
fn no_partitions_are_refused_by_every_scheme() {
    let refused = Some(BuildError::NoPartitions);
    assert_eq!(Modulo::new(0).err(), refused, "modulo");
    assert_eq!(Jump::new(0).err(), refused, "jump");
    assert_eq!(Flip::new(0).err(), refused, "flip");
    assert_eq!(KafkaMurmur2::new(0).err(), refused, "kafka");
    assert_eq!(RoundRobin::new(0).err(), refused, "round robin");
    assert_eq!(Sticky::new(0, 1).err(), refused, "sticky");
    assert_eq!(Custom::new(0, |key: &u64| *key).err(), refused, "custom");
    assert_eq!(Members::count(0).err(), refused, "members");
    assert_eq!(Members::new([] as [u64; 0]).err(), refused, "a list of members");
    assert_eq!(Ketama::nginx([] as [(&str, u32); 0]).err(), refused, "ketama");
    assert_eq!(Loads::new(0).err(), refused, "loads");
}

#[test]
fn too_many_partitions_are_refused() -> Checked {
    let given = Members::MAX + 1;
    let refused = BuildError::TooManyPartitions { given, limit: Members::MAX };
    assert_eq!(Members::count(given).err(), Some(refused), "members");
    let refused = BuildError::TooManyPartitions { given: SLOTS + 1, limit: SLOTS };
    let many = Members::count(SLOTS + 1)?;
    assert_eq!(SlotTable::new(&many).err(), Some(refused), "more members than slots");
    let table = SlotTable::new(&Members::count(1)?)?;
    assert_eq!(table.rebalanced(&many).err(), Some(refused), "later on");
    assert_eq!(SlotTable::new(&Members::count(SLOTS)?)?.counts(), [1; SLOTS], "as many as slots");
    #[cfg(target_pointer_width = "64")]
    assert!(
        Modulo::new(1 << 32).is_err() && Flip::new(1 << 32).is_err() && Jump::new(1 << 31).is_err(),
        "beyond the width"
    );
    Ok(())
}

#[test]
fn members_are_there_once_and_known() -> Checked {
    let twice = Members::new([7_u64, 3, 7]);
    assert_eq!(twice.err(), Some(BuildError::DuplicateMember(MemberId(7))), "twice in a list");
    let weights = Members::new([Member::new(7, 1.try_into()?), Member::new(7, 2.try_into()?)]);
    assert_eq!(weights.err(), Some(BuildError::DuplicateMember(MemberId(7))), "of two weights");
    let members = Members::count(3)?;
    let again = members.with(2_u64);
    assert_eq!(again.err(), Some(BuildError::DuplicateMember(MemberId(2))), "there already");
    let unknown = members.without(9);
    assert_eq!(unknown.err(), Some(BuildError::UnknownMember(MemberId(9))), "not there");
    let last = Members::count(1)?.without(0);
    assert_eq!(last.err(), Some(BuildError::NoPartitions), "the last one stays");
    Ok(())
}

#[test]
fn what_is_no_weight_is_an_error() {
    assert_eq!(Weight::try_from(0), Err(WeightError::Zero), "zero");
    assert_eq!(Weight::try_from(0.0), Err(WeightError::Zero), "zero");
    assert_eq!(Weight::try_from(-1.0), Err(WeightError::Negative), "negative");
    assert_eq!(Weight::try_from(f64::NAN), Err(WeightError::NotANumber), "not a number");
    assert_eq!(Weight::try_from(f64::INFINITY), Err(WeightError::TooLarge), "infinite");
    assert!(matches!(LoadBound::try_from(f64::NAN), Err(BuildError::BadLoadBound(_))), "a bound");
}

#[test]
fn bounds_have_to_rise() -> Checked {
    let at = |bounds: &[i32]| Range::new(bounds).err();
    assert_eq!(at(&[1, 3, 2]), Some(BuildError::Unsorted { at: 2 }), "falls");
    assert_eq!(at(&[1, 1]), Some(BuildError::Unsorted { at: 1 }), "stays");
    let mut range = Range::new([5])?;
    assert_eq!(range.split(5), Err(BuildError::Unsorted { at: 0 }), "split at a bound");
    assert_eq!(range.merge(&6), None, "no such bound");
    Ok(())
}

#[test]
fn tables_and_rings_of_a_wrong_size_are_refused() -> Checked {
    let members = Members::count(5)?;
    for size in [0, 1, 5, 6, 65_536, u32::MAX] {
        let refused = BuildError::TableSize { size, members: 5 };
        assert_eq!(Maglev::with_size(&members, size).err(), Some(refused), "size {size}");
    }
    assert!(Maglev::with_size(&members, 7).is_ok(), "a prime above the members");
    assert_eq!(HashRing::with_points(&members, 0).err(), Some(BuildError::NoPoints), "no points");
    let many = HashRing::with_points(&members, u32::MAX).err();
    assert!(matches!(many, Some(BuildError::TooManyPoints { .. })), "too many points");
    assert_eq!(Sticky::new(5, 0).err(), Some(BuildError::NoLimit), "no limit");
    assert_eq!(HotKeys::<u64>::new(0).err(), Some(BuildError::NoRoom), "no room");
    Ok(())
}

#[test]
fn servers_without_name_or_weight_are_refused() {
    let of = |name: &str, weight| Ketama::nginx([("a:1", 1), (name, weight)]).err();
    assert_eq!(of("", 1), Some(BuildError::BadName { at: 1 }), "no name");
    assert_eq!(of(&"x".repeat(5000), 1), Some(BuildError::BadName { at: 1 }), "a long name");
    assert_eq!(of("b:1", 0), Some(BuildError::BadWeight(WeightError::Zero)), "no weight");
    assert_eq!(of("a:1", 2), Some(BuildError::DuplicateName { at: 1 }), "there already");
    assert!(matches!(of("b:1", u32::MAX), Some(BuildError::TooManyPoints { .. })), "too heavy");
}

#[test]
fn stored_tables_are_checked() -> Checked {
    let members = Members::count(2)?;
    let short = SlotTable::from_owners(&members, &[0; 7]).err();
    let refused = BuildError::WrongLength { given: 7, expected: SLOTS };
    assert_eq!(short, Some(refused), "not a table");
    let mut owners = [1; SLOTS];
    owners[9] = 2;
    let unknown = SlotTable::from_owners(&members, &owners).err();
    let refused = BuildError::UnknownOwner { slot: 9, owner: 2, members: 2 };
    assert_eq!(unknown, Some(refused), "an owner that is no member");
    Ok(())
}

#[test]
fn loads_have_to_fit() -> Checked {
    let members = Members::count(4)?;
    let mut loads = Loads::new(3)?;
    let refused = BuildError::WrongLength { given: 3, expected: 4 };
    let bounded =
        HashRing::new(&members)?.partition_bounded(&1_u64, &loads, LoadBound::try_from(1.5)?);
    assert_eq!(bounded, Err(refused), "a bounded look-up");
    assert_eq!(Sticky::new(4, 1)?.next_by(1, &loads), Err(refused), "sticky");
    assert_eq!(
        loads.imbalance_by(&members),
        Err(BuildError::WrongLength { given: 4, expected: 3 }),
        "weights"
    );
    assert!(loads.merge(&Loads::new(4)?).is_err(), "merged");
    assert!(suggest(&SlotTable::new(&members)?, &loads, 1).is_err(), "a suggestion");
    Ok(())
}

#[test]
fn plans_fit_their_table_or_are_refused() -> Checked {
    let old = SlotTable::new(&Members::count(3)?)?;
    let other = old.rebalanced(&Members::count(4)?)?;
    let seeded = plan(&old, &other.clone().with_seed(1));
    assert_eq!(seeded.err(), Some(PlanError::DifferentSeeds), "another seed");
    let onward = plan(&old, &old.rebalanced(&Members::new([0_u64, 1])?)?)?;
    let stale = old.apply(&onward)?.apply(&onward).err();
    assert!(matches!(stale, Some(PlanError::Stale { .. })), "applied twice: {stale:?}");
    // Somebody else has the slot by now: neither whom the plan takes it from, nor whom it gives it to.
    let one = onward.moves().first().ok_or("no moves")?;
    let third = MemberId(1 - one.to.0);
    let mut owners = *old.owners();
    owners[one.slot.index()] = u16::try_from(third.0)?;
    let stale = SlotTable::from_owners(old.members(), &owners)?.apply(&onward).err();
    let refused = PlanError::Stale { slot: one.slot, expected: one.from, found: third };
    assert_eq!(stale, Some(refused), "a slot that went elsewhere");
    let two = SlotTable::new(&Members::count(2)?)?;
    let behind = old.apply(&plan(&two, &two)?).err();
    let owner = MemberId(2);
    let refused =
        matches!(behind, Some(PlanError::LeftBehind { owner: left, .. }) if left == owner);
    assert!(refused, "a member that the plan does not know: {behind:?}");
    Ok(())
}

#[test]
fn texts_that_name_no_scheme_are_refused() -> Checked {
    let of = |text: &str| text.parse::<Scheme>();
    assert_eq!(of("magic"), Err(SchemeError::UnknownName), "an unknown name");
    assert_eq!(of("jump:7"), Err(SchemeError::BadParameter), "takes no number");
    assert_eq!(of("ring:many"), Err(SchemeError::BadParameter), "not a number");
    for text in ["modulo", "slots", "jump", "ring:160", "rendezvous", "maglev:65537"] {
        assert_eq!(of(text)?.to_string(), text, "there and back");
    }
    let heavier = Members::count(2)?.with(Member::new(2, Weight::try_from(2)?))?;
    for text in ["modulo", "jump"] {
        let refused = of(text)?.build::<u64>(&heavier).err();
        assert_eq!(refused, Some(BuildError::Unweighted), "{text} takes no weights");
    }
    Ok(())
}

#[test]
fn debug_shows_no_keys() -> Checked {
    let mut hot = HotKeys::new(2)?;
    hot.observe(&"secret");
    let range = Range::new(["secret"])?;
    let shown = format!("{hot:?} {:?} {range:?}", hot.sorted());
    assert!(!shown.contains("secret"), "{shown}");
    Ok(())
}

#[test]
fn errors_say_what_to_do() -> Checked {
    let members = Members::count(5)?;
    let errors: [Box<dyn Error>; 4] = [
        Box::new(WeightError::Zero),
        Box::new(Maglev::with_size(&members, 6).err().ok_or("built")?),
        Box::new(PlanError::DifferentSeeds),
        Box::new(SchemeError::UnknownName),
    ];
    for error in errors {
        let text = error.to_string();
        assert!(text.contains(": "), "a cause and a remedy: {text}");
    }
    assert_eq!(Rendezvous::new(&members).best(&1_u64, &mut []), 0, "no replicas asked for");
    Ok(())
}
