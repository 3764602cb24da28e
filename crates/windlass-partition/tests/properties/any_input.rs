//! Configurations out of any bytes: refused, or as good as any other.

use proptest::prelude::*;
use windlass_partition::{
    Custom, Flip, HashRing, Jump, KafkaMurmur2, Ketama, Maglev, Member, Members, Modulo,
    Partitioner, Range, Rendezvous, RoundRobin, Scheme, SlotTable, Sticky, Weight,
};

/// Texts that are nearly a scheme, more often than chance would make them.
fn scheme_text() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "modulo",
        "slots",
        "jump",
        "flip",
        "ring",
        "rendezvous",
        "maglev",
        "Ring",
        "",
        "ring ",
    ]);
    let number = prop_oneof![
        any::<u64>().prop_map(|n| n.to_string()),
        any::<u32>().prop_map(|n| n.to_string()),
        (0..300_u32).prop_map(|n| n.to_string()),
        any::<i8>().prop_map(|n| format!("{n:+}")),
        "[-+0-9: a]{0,6}",
    ];
    prop_oneof![
        (name, prop::option::of(number)).prop_map(|(name, number)| match number {
            Some(number) => format!("{name}:{number}"),
            None => name.to_owned(),
        }),
        prop::collection::vec(any::<u8>(), 0..24)
            .prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ]
}

/// Any members: doubled, none, of any weight that there is.
fn any_members() -> impl Strategy<Value = Vec<Member>> {
    let id = prop_oneof![any::<u64>(), 0..8_u64];
    let weight = prop_oneof![any::<f64>(), 0.0..4.0_f64, Just(1.0)];
    let member = (id, weight).prop_map(|(id, weight)| {
        let weight = Weight::try_from(weight).unwrap_or_default();
        Member::new(id, weight)
    });
    prop::collection::vec(member, 0..12)
}

fn is_below<K: ?Sized>(partitioner: &impl Partitioner<K>, key: &K) -> bool {
    partitioner.partition(key) < partitioner.partitions()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_scheme_or_is_refused(
        text in scheme_text(),
        members in any_members(),
        keys: [u64; 4],
    ) {
        let Ok(scheme) = text.parse::<Scheme>() else { return Ok(()) };
        prop_assert_eq!(scheme.to_string().parse(), Ok(scheme), "its own text");
        prop_assert!(!text.contains('+'), "numbers have no sign: {}", text);
        let Ok(members) = Members::new(members) else { return Ok(()) };
        if let Ok(built) = scheme.build::<u64>(&members) {
            prop_assert_eq!(built.partitions(), members.len(), "each member has one");
            prop_assert!(keys.iter().all(|key| built.partition(key) < members.len()), "below n");
        }
    }

    #[test]
    fn any_members_make_a_partitioner_or_are_refused(
        members in any_members(),
        points in prop_oneof![any::<u32>(), 0..100_u32],
        size in prop_oneof![any::<u32>(), 0..2_000_u32],
        seed: u64,
        key: Vec<u8>,
    ) {
        let Ok(members) = Members::new(members) else { return Ok(()) };
        let key = key.as_slice();
        let rendezvous = Rendezvous::new(&members).with_seed(seed);
        prop_assert!(is_below(&rendezvous, key), "rendezvous");
        if let Ok(table) = SlotTable::new(&members) {
            prop_assert!(is_below(&table, key), "slots");
        }
        if let Ok(ring) = HashRing::with_points(&members, points) {
            prop_assert!(is_below(&ring.with_seed(seed), key), "ring");
        }
        if let Ok(maglev) = Maglev::with_size(&members, size) {
            prop_assert!(is_below(&maglev.with_seed(seed), key), "maglev");
        }
    }

    #[test]
    fn any_number_of_partitions_is_kept_to_or_refused(
        n in prop_oneof![any::<usize>(), 0..70_000_usize, Just(usize::MAX)],
        cost in prop_oneof![any::<u64>(), 0..3_u64],
        key: Vec<u8>,
        wild: u64,
    ) {
        let key = key.as_slice();
        prop_assert!(Modulo::new(n).map_or(true, |one| is_below(&one, key)), "modulo");
        prop_assert!(Jump::new(n).map_or(true, |one| is_below(&one, key)), "jump");
        prop_assert!(Flip::new(n).map_or(true, |one| is_below(&one, key)), "flip");
        prop_assert!(KafkaMurmur2::new(n).map_or(true, |one| is_below(&one, key)), "kafka");
        let custom = Custom::new(n, |_: &[u8]| wild);
        prop_assert!(custom.map_or(true, |one| is_below(&one, key)), "whatever the rule says");
        if let Ok(mut turns) = RoundRobin::new(n) {
            turns = turns.starting_at(usize::try_from(wild).unwrap_or(usize::MAX));
            prop_assert!((0..4).all(|_| turns.next() < n), "round robin");
        }
        if let Ok(mut sticky) = Sticky::new(n, cost) {
            prop_assert!((0..4).all(|_| sticky.next(cost) < n), "sticky");
        }
    }

    #[test]
    fn any_servers_make_a_ring_of_nginx_or_are_refused(
        servers in prop::collection::vec((any::<String>(), prop_oneof![any::<u32>(), 0..5_u32]), 0..8),
        bytes: Vec<u8>,
        key: Vec<u8>,
    ) {
        let names = servers.iter().map(|server| server.0.as_str());
        let odd = String::from_utf8_lossy(&bytes);
        let more = ["", ":", "unix:", "a:b:80", "\u{10ffff}:1", odd.as_ref()];
        let all = names.zip(servers.iter().map(|server| server.1)).chain(more.map(|name| (name, 1)));
        if let Ok(ring) = Ketama::nginx(all) {
            prop_assert!(is_below(&ring, &key), "below n");
        }
    }

    #[test]
    fn any_bounds_are_ranges_or_are_refused(bounds: Vec<String>, split: String, key: String) {
        let Ok(mut range) = Range::new(bounds) else { return Ok(()) };
        prop_assert!(is_below(&range, &key), "below n");
        if range.split(split.clone()).is_ok() {
            prop_assert!(is_below(&range, &split), "after a split");
            prop_assert!(range.merge(&split).is_some(), "what was split can be merged");
        }
    }
}
