//! The keyed schemes: results, orders, moves, balance.

use proptest::prelude::*;
use windlass_partition::{
    BuildError, Custom, Flip, HashRing, Jump, KafkaMurmur2, Ketama, Key, Maglev, Member, MemberId,
    Members, Modulo, Partitioner, Rendezvous, RoundRobin, Scheme, SlotTable, Sticky,
};

use super::{Named, Owners, built, fail, members};

/// Schemes, each with its name.
type Schemes = Vec<(&'static str, Box<dyn Owners>)>;

/// The schemes that have members.
fn all(of: &Members) -> Result<Schemes, TestCaseError> {
    let schemes = exact(of)?;
    let maglev = Maglev::with_size(of, 4099).map_err(fail)?;
    Ok(schemes.into_iter().chain([("maglev", boxed(maglev, of))]).collect())
}

/// Those of which no key moves needlessly.
fn exact(of: &Members) -> Result<Schemes, TestCaseError> {
    Ok(vec![
        ("ring", boxed(HashRing::with_points(of, 40).map_err(fail)?, of)),
        ("rendezvous", boxed(Rendezvous::new(of), of)),
    ])
}

fn boxed<P: Partitioner<u64> + 'static>(partitioner: P, of: &Members) -> Box<dyn Owners> {
    Box::new(Named(partitioner, of.clone()))
}

fn below<K: ?Sized, P: Partitioner<K>>(partitioner: &P, key: &K) -> Result<(), TestCaseError> {
    let (partition, n) = (partitioner.partition(key), partitioner.partitions());
    prop_assert!(partition < n, "{partition} of {n}");
    prop_assert_eq!(partition, partitioner.partition(key), "the same again");
    Ok(())
}

fn below_by_both<P>(partitioner: &P, number: u64, text: &str) -> Result<(), TestCaseError>
where
    P: Partitioner<u64> + Partitioner<str>,
{
    below::<u64, P>(partitioner, &number)?;
    below::<str, P>(partitioner, text)
}

proptest! {
    #[test]
    fn results_are_below_n(
        list in members(40, true),
        n in prop_oneof![1..50_usize, Just(65_535), Just(i32::MAX as usize)],
        number: u64, text: String, seed: u64,
    ) {
        let of = built(&list)?;
        below_by_both(&Modulo::new(n).map_err(fail)?.with_seed(seed), number, &text)?;
        below_by_both(&Jump::new(n).map_err(fail)?.with_seed(seed), number, &text)?;
        below_by_both(&Flip::new(n).map_err(fail)?.with_seed(seed), number, &text)?;
        below_by_both(&SlotTable::new(&of).map_err(fail)?.with_seed(seed), number, &text)?;
        below_by_both(&HashRing::new(&of).map_err(fail)?.with_seed(seed), number, &text)?;
        below_by_both(&Rendezvous::new(&of).with_seed(seed), number, &text)?;
        below_by_both(&Maglev::with_size(&of, 211).map_err(fail)?.with_seed(seed), number, &text)?;
        below(&KafkaMurmur2::new(n).map_err(fail)?, text.as_str())?;
        below(&Custom::new(n, |key: &u64| *key).map_err(fail)?, &number)?;
        let upstream = Ketama::nginx((0..5).map(|at| (format!("h{at}:1"), 1))).map_err(fail)?;
        below(&upstream, text.as_str())?;
        let start = usize::try_from(number >> 33).unwrap_or_default();
        let mut turn = RoundRobin::new(n).map_err(fail)?.starting_at(start);
        let mut sticky = Sticky::new(n, 1).map_err(fail)?.with_seed(seed);
        for _ in 0..5 {
            prop_assert!(turn.next() < n && sticky.next(1) < n, "without keys");
        }
    }

    #[test]
    fn the_order_of_members_does_not_matter(
        list in members(12, true).prop_shuffle(), keys: [u64; 32],
    ) {
        let given = built(&list)?;
        let sorted = built(&{
            let mut sorted = list.clone();
            sorted.sort_by_key(|member| member.id);
            sorted
        })?;
        // One after the other, in the order given, beside all at once.
        let mut grown = built(&list[..1])?;
        for member in &list[1..] {
            grown = grown.with(*member).map_err(fail)?;
        }
        prop_assert_eq!(&grown, &given, "grown one by one");
        let tables = (SlotTable::new(&given).map_err(fail)?, SlotTable::new(&sorted).map_err(fail)?);
        prop_assert_eq!(tables.0.owners(), tables.1.owners(), "slots");
        for ((name, one), (_, other)) in all(&given)?.iter().zip(&all(&sorted)?) {
            for key in keys {
                prop_assert_eq!(one.owner(key), other.owner(key), "{}: key {}", name, key);
            }
        }
    }

    #[test]
    fn whoever_joins_takes_and_whoever_leaves_gives(
        list in members(12, true), joiner: u64, keys: [u64; 64],
    ) {
        let few = built(&list)?;
        let joiner = MemberId(joiner);
        prop_assume!(few.index(joiner).is_none());
        let weight = list[0].weight;
        let many = few.with(Member::new(joiner, weight)).map_err(fail)?;
        for ((name, before), (_, after)) in exact(&few)?.iter().zip(&exact(&many)?) {
            for key in keys {
                // Read forwards a join, read backwards a leave.
                let (from, to) = (before.owner(key), after.owner(key));
                prop_assert!(from == to || to == joiner, "{name}: key {key} from {from} to {to}");
            }
        }
    }

    #[test]
    fn jump_grows_towards_the_new_partition_only(key: u64, n in 1..100_000_usize) {
        let (few, many) = (Jump::new(n).map_err(fail)?, Jump::new(n + 1).map_err(fail)?);
        let (from, to) = (few.partition(&key), many.partition(&key));
        prop_assert!(from == to || to == n, "key {key} from {from} to {to} of {n}");
    }

    #[test]
    fn flip_grows_towards_the_new_partition_only(
        key: u64, n in prop_oneof![1..70_usize, 1..100_000_usize, Just(u32::MAX as usize - 1)],
    ) {
        let (few, many) = (Flip::new(n).map_err(fail)?, Flip::new(n + 1).map_err(fail)?);
        let (from, to) = (few.partition(&key), many.partition(&key));
        prop_assert!(from == to || to == n, "key {key} from {from} to {to} of {n}");
    }

    #[test]
    fn the_second_best_takes_over(list in members(10, true), key: u64) {
        let of = built(&list)?;
        let rendezvous = Rendezvous::new(&of);
        let mut best = vec![usize::MAX; of.len() + 2];
        prop_assert_eq!(rendezvous.best(&key, &mut best), of.len(), "everybody, once");
        prop_assert_eq!(best[0], rendezvous.partition(&key), "the best is the owner");
        let name = |at: usize| of.get(at).map(|member| member.id);
        if let (Some(first), Some(second)) = (name(best[0]), best.get(1).and_then(|at| name(*at))) {
            let left = of.without(first).map_err(fail)?;
            let heir = Named(Rendezvous::new(&left), left);
            prop_assert_eq!(heir.owner(key), second, "when the first one is gone");
        }
    }

    #[test]
    fn a_scheme_by_name_is_the_scheme_itself(n in 1..30_usize, key: u64) {
        let of = Members::count(n).map_err(fail)?;
        let by_name = |text: &str| -> Result<usize, TestCaseError> {
            let scheme: Scheme = text.parse().map_err(|_| TestCaseError::fail("no scheme"))?;
            Ok(scheme.build::<u64>(&of).map_err(fail)?.partition(&key))
        };
        prop_assert_eq!(by_name("modulo")?, Modulo::new(n).map_err(fail)?.partition(&key));
        prop_assert_eq!(by_name("jump")?, Jump::new(n).map_err(fail)?.partition(&key));
        prop_assert_eq!(by_name("flip")?, Flip::new(n).map_err(fail)?.partition(&key));
        prop_assert_eq!(by_name("slots")?, SlotTable::new(&of).map_err(fail)?.partition(&key));
        prop_assert_eq!(by_name("rendezvous")?, Rendezvous::new(&of).partition(&key));
        let ring = HashRing::with_points(&of, 9).map_err(fail)?;
        prop_assert_eq!(by_name("ring:9")?, ring.partition(&key));
        let maglev = Maglev::with_size(&of, 101).map_err(fail)?;
        prop_assert_eq!(by_name("maglev:101")?, maglev.partition(&key));
    }
}

const KEYS: u64 = 200_000;

/// How often each member is the owner, as a multiple of its share by weight.
fn shares<P: Partitioner<u64>>(partitioner: &P, of: &Members) -> Vec<f64> {
    let mut counts = vec![0_u64; of.len()];
    (0..KEYS).for_each(|key| counts[partitioner.partition(&key)] += 1);
    let all: f64 = of.iter().map(|member| f64::from(member.weight.steps())).sum();
    let share = |member: &Member| KEYS as f64 * f64::from(member.weight.steps()) / all;
    counts.iter().zip(of).map(|(count, member)| *count as f64 / share(member)).collect()
}

fn even(shares: &[f64], bound: f64) -> bool {
    shares.iter().all(|share| (1.0 - bound..=1.0 + bound).contains(share))
}

#[test]
fn each_scheme_keeps_its_balance() -> Result<(), BuildError> {
    // Chance alone moves a share of 12 500 keys by about 1 %, four times that at the most.
    let of = Members::count(16)?;
    let check = |name: &str, shares: Vec<f64>, bound: f64| {
        assert!(even(&shares, bound), "{name}: {shares:.3?}");
    };
    check("modulo", shares(&Modulo::new(16)?, &of), 0.04);
    check("jump", shares(&Jump::new(16)?, &of), 0.04);
    check("flip", shares(&Flip::new(16)?, &of), 0.04);
    for n in [3, 9, 13, 15] {
        check("flip between powers", shares(&Flip::new(n)?, &Members::count(n)?), 0.04);
    }
    check("slots", shares(&SlotTable::new(&of)?, &of), 0.07);
    check("rendezvous", shares(&Rendezvous::new(&of), &of), 0.04);
    check("maglev", shares(&Maglev::new(&of)?, &of), 0.04);
    check("ring", shares(&HashRing::new(&of)?, &of), 0.25);
    check("ring of 2000 points", shares(&HashRing::with_points(&of, 2000)?, &of), 0.10);
    Ok(())
}

#[test]
fn weights_are_shares() -> Result<(), Box<dyn std::error::Error>> {
    let weights = [0.25, 0.5, 1.0, 1.5, 2.0, 3.0];
    let list: Result<Vec<Member>, _> = (0_u64..)
        .zip(weights)
        .map(|(id, weight)| weight.try_into().map(|weight| Member::new(id, weight)))
        .collect();
    let of = Members::new(list?)?;
    for (name, shares, bound) in [
        ("slots", shares(&SlotTable::new(&of)?, &of), 0.12),
        ("rendezvous", shares(&Rendezvous::new(&of), &of), 0.05),
        ("maglev", shares(&Maglev::new(&of)?, &of), 0.05),
        ("ring", shares(&HashRing::with_points(&of, 2000)?, &of), 0.12),
    ] {
        assert!(even(&shares, bound), "{name}: {shares:.3?}");
    }
    Ok(())
}

/// The share of keys that change their owner's name, as a multiple of the fair share of one in `n`.
fn moved<A: Partitioner<u64>, B: Partitioner<u64>>(before: &A, after: &B, n: usize) -> f64 {
    let moved = (0..KEYS).filter(|key| before.partition(key) != after.partition(key)).count();
    moved as f64 * n as f64 / KEYS as f64
}

#[test]
fn one_more_takes_a_fair_share_and_ten_percent_at_most() -> Result<(), BuildError> {
    for n in [2, 7, 16, 33] {
        let (few, many) = (Members::count(n - 1)?, Members::count(n)?);
        let table = SlotTable::new(&few)?;
        let ring = |of| HashRing::with_points(of, 4000);
        for (name, moved) in [
            ("jump", moved(&Jump::new(n - 1)?, &Jump::new(n)?, n)),
            ("flip", moved(&Flip::new(n - 1)?, &Flip::new(n)?, n)),
            ("slots", moved(&table, &table.rebalanced(&many)?, n)),
            ("rendezvous", moved(&Rendezvous::new(&few), &Rendezvous::new(&many), n)),
            ("ring", moved(&ring(&few)?, &ring(&many)?, n)),
        ] {
            assert!((0.9..=1.1).contains(&moved), "{name}: {moved:.3} of the fair share at {n}");
        }
        // Needless moves of the default table: few, but not none.
        let maglev = moved(&Maglev::new(&few)?, &Maglev::new(&many)?, n);
        assert!(maglev <= 1.0 + 0.1 + 0.008 * n as f64, "maglev: {maglev:.3} at {n}");
    }
    Ok(())
}

#[test]
fn low_bits_of_keys_do_not_show_in_partitions() -> Result<(), BuildError> {
    // Pointers and identifiers are often multiples of a power of two.
    let of = Members::count(16)?;
    for shift in [0, 4, 12, 32, 44] {
        let of_shifted = |partitioner: &dyn Partitioner<u64>| {
            let mut counts = [0_u32; 16];
            (0..64_000_u64).for_each(|key| counts[partitioner.partition(&(key << shift))] += 1);
            counts.iter().all(|count| (3_600..=4_400).contains(count))
        };
        assert!(of_shifted(&Modulo::new(16)?), "modulo, shift {shift}");
        assert!(of_shifted(&Flip::new(16)?), "flip, shift {shift}");
        assert!(of_shifted(&SlotTable::new(&of)?), "slots, shift {shift}");
        assert!(of_shifted(&Rendezvous::new(&of)), "rendezvous, shift {shift}");
    }
    Ok(())
}

#[test]
fn the_keys_of_a_slot_do_not_crowd_in_a_hash_table() -> Result<(), BuildError> {
    // A hash table that uses the same hash: 7 bits of tag on top, buckets from the low bits.
    let table = SlotTable::new(&Members::count(16)?)?;
    let (mut tags, mut buckets) = ([0_u32; 128], [0_u32; 128]);
    for key in (0..1_000_000_u64).filter(|key| table.slot(key).index() < 256) {
        let hash = key.stable_hash(windlass_partition::DEFAULT_SEED);
        tags[(hash >> 57) as usize] += 1;
        buckets[(hash & 127) as usize] += 1;
    }
    for count in tags.iter().chain(&buckets) {
        assert!((350..=650).contains(count), "about 488 each: {count}");
    }
    Ok(())
}
