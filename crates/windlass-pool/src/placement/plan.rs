//! Which worker goes to which core: a function of the placement and of a machine given as data.

use super::{
    Pin, Placement, PlacementError,
    machine::{Core, Machine},
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec,
    vec::Vec,
};
use core::cmp::Reverse;

/// The core of each worker. A plan for more workers begins with the one for fewer.
pub(super) fn plan(
    placement: &Placement,
    machine: &Machine,
    workers: usize,
) -> Result<Vec<Option<Pin>>, PlacementError> {
    let cores = match placement {
        Placement::None => return Ok(vec![None; workers]),
        Placement::Compact => compact(machine),
        Placement::Spread => spread(&machine.cores),
        Placement::Cores(cores) => listed(cores, machine)?,
        Placement::Node(node) => within(*node, machine)?,
    };
    if cores.len() < workers {
        return Err(PlacementError::TooFewCores { workers, cores: cores.len() });
    }
    Ok(cores.into_iter().take(workers).map(|core| Some(Pin { core })).collect())
}

/// Node after node, the one with the most cores first, and the threads of a core together.
fn compact(machine: &Machine) -> Vec<usize> {
    let mut sizes = BTreeMap::<usize, usize>::new();
    for core in &machine.cores {
        *sizes.entry(core.node).or_default() += 1;
    }
    let mut cores = machine.cores.clone();
    cores.sort_by_key(|core| (Reverse(sizes[&core.node]), core.node, core.physical, core.number));
    cores.into_iter().map(|core| core.number).collect()
}

/// First threads before second ones; among them, first cores of all nodes before second cores.
fn spread(cores: &[Core]) -> Vec<usize> {
    let mut threads = BTreeMap::<usize, usize>::new();
    let mut placed = BTreeMap::<(usize, usize), usize>::new();
    let mut ranked: Vec<_> = cores
        .iter()
        .map(|core| {
            let thread = next(&mut threads, core.physical);
            let turn = next(&mut placed, (core.node, thread));
            (thread, turn, core.node, core.number)
        })
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().map(|(.., number)| number).collect()
}

/// Counts how often it was asked about `key` before.
fn next<K: Ord>(counts: &mut BTreeMap<K, usize>, key: K) -> usize {
    let count = counts.entry(key).or_default();
    *count += 1;
    *count - 1
}

fn listed(cores: &[usize], machine: &Machine) -> Result<Vec<usize>, PlacementError> {
    let allowed = machine.allowed();
    let mut seen = BTreeSet::new();
    for &core in cores {
        if !allowed.contains(&core) {
            return Err(PlacementError::NotAllowed { core, allowed });
        }
        if !seen.insert(core) {
            return Err(PlacementError::Twice { core });
        }
    }
    Ok(cores.to_vec())
}

fn within(node: usize, machine: &Machine) -> Result<Vec<usize>, PlacementError> {
    if !machine.nodes {
        return Err(PlacementError::NoNodes);
    }
    let cores: Vec<Core> = machine.cores.iter().copied().filter(|core| core.node == node).collect();
    if cores.is_empty() {
        let nodes: BTreeSet<usize> = machine.cores.iter().map(|core| core.node).collect();
        return Err(PlacementError::NoSuchNode { node, nodes: nodes.into_iter().collect() });
    }
    Ok(spread(&cores))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    /// Numbers as Linux gives them on many machines: first threads of all cores, then second ones.
    fn machine(nodes: usize, cores: usize, threads: usize) -> Machine {
        let number = |node, core, thread| (thread * nodes + node) * cores + core;
        let mut all = Vec::new();
        for thread in 0..threads {
            for node in 0..nodes {
                all.extend((0..cores).map(|core| Core {
                    number: number(node, core, thread),
                    physical: number(node, core, 0),
                    node,
                }));
            }
        }
        Machine { cores: all, nodes: true }
    }

    fn masked(machine: Machine, allowed: &[usize]) -> Machine {
        let cores = machine.cores.into_iter().filter(|core| allowed.contains(&core.number));
        Machine { cores: cores.collect(), ..machine }
    }

    fn cores(placement: &Placement, machine: &Machine, workers: usize) -> Vec<usize> {
        let plan = plan(placement, machine, workers).unwrap();
        plan.into_iter().map(|pin| pin.unwrap().core).collect()
    }

    #[test]
    fn one_core_has_room_for_one_worker() {
        let one = machine(1, 1, 1);
        for placement in [Placement::Compact, Placement::Spread, Placement::Node(0)] {
            assert_eq!(cores(&placement, &one, 1), [0], "{placement:?}");
            let error = PlacementError::TooFewCores { workers: 2, cores: 1 };
            assert_eq!(plan(&placement, &one, 2), Err(error), "{placement:?}");
        }
        assert_eq!(plan(&Placement::None, &one, 2), Ok(vec![None; 2]), "unpinned, any number");
    }

    #[test]
    fn two_cores_and_two_workers() {
        let two = machine(1, 2, 1);
        assert_eq!(cores(&Placement::Compact, &two, 2), [0, 1], "side by side");
        assert_eq!(cores(&Placement::Spread, &two, 2), [0, 1], "there is no other way");
        assert_eq!(cores(&Placement::Cores(vec![1, 0]), &two, 2), [1, 0], "in the given order");
        assert_eq!(cores(&Placement::Cores(vec![1, 0]), &two, 1), [1], "one core is left");
    }

    #[test]
    fn two_nodes_of_four_cores_with_two_threads_each() {
        // Node 0 has cores 0 to 3 and their second threads 8 to 11, node 1 has 4 to 7 and 12 to 15.
        let large = machine(2, 4, 2);
        let compact = [0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15];
        assert_eq!(cores(&Placement::Compact, &large, 16), compact, "node by node");
        let spread = [0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15];
        assert_eq!(cores(&Placement::Spread, &large, 16), spread, "alternating, threads last");
        assert_eq!(cores(&Placement::Node(1), &large, 6), [4, 5, 6, 7, 12, 13], "on node 1");
        let error = PlacementError::TooFewCores { workers: 9, cores: 8 };
        assert_eq!(plan(&Placement::Node(1), &large, 9), Err(error), "node 1 is full");
        let error = PlacementError::NoSuchNode { node: 2, nodes: vec![0, 1] };
        assert_eq!(plan(&Placement::Node(2), &large, 1), Err(error), "there is no node 2");
    }

    #[test]
    fn a_mask_with_holes_is_respected() {
        // Node 0 keeps one thread of core 1, which is its second, and core 3; node 1 keeps three cores.
        let holes = masked(machine(2, 4, 2), &[3, 4, 6, 7, 9, 14]);
        assert_eq!(cores(&Placement::Compact, &holes, 6), [4, 6, 14, 7, 9, 3], "most cores first");
        assert_eq!(cores(&Placement::Spread, &holes, 6), [3, 4, 9, 6, 7, 14], "14 shares core 6");
        assert_eq!(cores(&Placement::Node(0), &holes, 2), [3, 9], "what is left of node 0");
        let allowed = vec![3, 4, 6, 7, 9, 14];
        let error = PlacementError::NotAllowed { core: 5, allowed };
        assert_eq!(plan(&Placement::Cores(vec![4, 5]), &holes, 1), Err(error), "a hole");
        let all_of_node_1 = masked(machine(2, 4, 2), &[4, 5]);
        let error = PlacementError::NoSuchNode { node: 0, nodes: vec![1] };
        assert_eq!(plan(&Placement::Node(0), &all_of_node_1, 1), Err(error), "masked out");
    }

    #[test]
    fn lists_are_checked() {
        let two = machine(1, 2, 1);
        let twice = PlacementError::Twice { core: 1 };
        assert_eq!(plan(&Placement::Cores(vec![1, 1]), &two, 1), Err(twice), "even if not needed");
        let few = PlacementError::TooFewCores { workers: 1, cores: 0 };
        assert_eq!(plan(&Placement::Cores(vec![]), &two, 1), Err(few), "an empty list");
    }

    #[test]
    fn without_nodes_only_a_placement_by_node_fails() {
        let flat = Machine { nodes: false, ..machine(1, 2, 1) };
        assert_eq!(plan(&Placement::Node(0), &flat, 1), Err(PlacementError::NoNodes), "no nodes");
        assert_eq!(cores(&Placement::Spread, &flat, 2), [0, 1], "others need none");
    }

    #[test]
    fn errors_say_what_to_do() {
        let list = vec![0, 1];
        for (error, words) in [
            (PlacementError::Unsupported, "use Placement::None"),
            (PlacementError::NotAllowed { core: 7, allowed: list.clone() }, "choose from [0, 1]"),
            (PlacementError::Twice { core: 7 }, "one of its own"),
            (PlacementError::TooFewCores { workers: 3, cores: 2 }, "build fewer workers"),
            (PlacementError::NoSuchNode { node: 7, nodes: list }, "choose from [0, 1]"),
            (PlacementError::NoNodes, "use another placement"),
            (PlacementError::Unreadable { what: "the mask" }, "the mask cannot be read"),
            (PlacementError::Refused { core: 7 }, "check whether"),
            (PlacementError::OutOfReach { core: 7, limit: 5 }, "below 5"),
        ] {
            assert!(error.to_string().contains(words), "{error} does not say {words}");
        }
    }

    #[cfg(not(loom))]
    mod properties {
        use super::*;
        use proptest::prelude::*;

        fn any_machine() -> impl Strategy<Value = Machine> {
            (1_usize..4, 1_usize..5, 1_usize..3, any::<u32>()).prop_map(|(n, c, t, mask)| {
                let machine = machine(n, c, t);
                let allowed: Vec<_> = (0..32).filter(|bit| (mask >> bit) & 1 == 1).collect();
                masked(machine, &allowed)
            })
        }

        proptest! {
            #![proptest_config(ProptestConfig {
                cases: 1_000,
                failure_persistence: None,
                ..ProptestConfig::default()
            })]

            #[test]
            #[cfg_attr(miri, ignore = "pure arithmetic, slow in the interpreter")]
            fn each_core_is_used_once_and_more_workers_move_nobody(machine in any_machine()) {
                let count = machine.cores.len();
                for placement in [Placement::Compact, Placement::Spread] {
                    let all = cores(&placement, &machine, count);
                    let sorted: BTreeSet<_> = all.iter().copied().collect();
                    prop_assert!(sorted.into_iter().eq(machine.allowed()), "each once");
                    for fewer in 0..count {
                        prop_assert_eq!(&cores(&placement, &machine, fewer), &all[..fewer], "moved");
                    }
                }
            }

            #[test]
            #[cfg_attr(miri, ignore = "pure arithmetic, slow in the interpreter")]
            fn spread_fills_cores_before_second_threads(machine in any_machine()) {
                let physical = |number| {
                    let core = machine.cores.iter().find(|core| core.number == number);
                    core.map(|core| core.physical)
                };
                let all: BTreeSet<_> = machine.cores.iter().map(|core| core.physical).collect();
                let first = cores(&Placement::Spread, &machine, all.len());
                let used: BTreeSet<_> = first.into_iter().filter_map(physical).collect();
                prop_assert_eq!(used, all, "a core without a worker");
            }
        }
    }
}
