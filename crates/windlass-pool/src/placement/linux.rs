//! Cores and nodes as Linux shows them in its files.
//!
//! Files and no library of its own: what is needed are three lists, and the libraries that know more
//! (hwloc and its kind) are written in C and would have to be installed.

use super::{
    PlacementError, list,
    machine::{Core, Machine},
};
use alloc::{collections::BTreeMap, format, vec::Vec};
use std::{fs, path::Path};

/// Cores that `core_affinity` can name: the bits of a `cpu_set_t`.
pub(super) const CORES: usize = 1024;

pub(super) const SUPPORTED: bool = true;

pub(super) fn machine() -> Result<Machine, PlacementError> {
    let allowed = allowed().ok_or(PlacementError::Unreadable { what: "the affinity mask" })?;
    Ok(read(Path::new("/sys/devices/system"), &allowed))
}

/// Whether the calling thread may run on this core only.
pub(super) fn is_on(core: usize) -> bool {
    let mask = core_affinity::get_core_ids().unwrap_or_default();
    matches!(mask[..], [only] if only.id == core)
}

/// The cores of the main thread: `self` is the process, and its status that of the thread that leads
/// it. The mask of the calling thread, which `core_affinity` tells, may be a single core.
fn allowed() -> Option<Vec<usize>> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    mask(&status).filter(|mask| !mask.is_empty())
}

fn mask(status: &str) -> Option<Vec<usize>> {
    let mut lines = status.lines();
    list::parse(lines.find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?)
}

/// What is not shown is taken as simple: a core that has one thread, and no nodes.
fn read(system: &Path, allowed: &[usize]) -> Machine {
    let nodes = nodes(&system.join("node"));
    let core = |&number: &usize| {
        let siblings = system.join(format!("cpu/cpu{number}/topology/thread_siblings_list"));
        let siblings = list_in(&siblings).unwrap_or_default();
        let physical = siblings.first().copied().unwrap_or(number);
        Core { number, physical, node: nodes.get(&number).copied().unwrap_or(0) }
    };
    Machine { cores: allowed.iter().map(core).collect(), nodes: !nodes.is_empty() }
}

/// The node of each core. Empty on a kernel without nodes.
fn nodes(folder: &Path) -> BTreeMap<usize, usize> {
    let mut nodes = BTreeMap::new();
    for node in list_in(&folder.join("online")).unwrap_or_default() {
        let cores = list_in(&folder.join(format!("node{node}/cpulist")));
        nodes.extend(cores.unwrap_or_default().into_iter().map(|core| (core, node)));
    }
    nodes
}

fn list_in(file: &Path) -> Option<Vec<usize>> {
    list::parse(&fs::read_to_string(file).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_is_one_line_of_many() {
        let status = "Name:\tx\nCpus_allowed:\t103\nCpus_allowed_list:\t0-1,8\nMems_allowed:\t1\n";
        assert_eq!(mask(status), Some([0, 1, 8].into()), "the list");
        assert_eq!(mask("Name:\tCpus_allowed_list:\t0\n"), None, "not in the middle of a line");
    }

    #[test]
    #[cfg_attr(miri, ignore = "reads files of the machine")]
    fn this_machine_is_understood() {
        let machine = machine().unwrap();
        assert!(!machine.cores.is_empty(), "somebody is running this");
        assert!(machine.allowed().is_sorted(), "rising numbers");
        assert!(machine.cores.iter().all(|core| core.physical <= core.number), "the lowest thread");
    }

    #[test]
    #[cfg_attr(miri, ignore = "reads and writes files")]
    fn a_folder_is_read_as_a_machine() {
        let name = format!("windlass-pool-{}", std::process::id());
        let system = std::env::temp_dir().join(name);
        for (file, text) in [
            ("node/online", "0,2\n"),
            ("node/node0/cpulist", "0-1\n"),
            ("node/node2/cpulist", "2-3\n"),
            ("cpu/cpu0/topology/thread_siblings_list", "0,2\n"),
            ("cpu/cpu2/topology/thread_siblings_list", "0,2\n"),
        ] {
            let path = system.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let whole = read(&system, &[0, 2, 3]);
        fs::remove_dir_all(system.join("node")).unwrap();
        let flat = read(&system, &[0, 2, 3]);
        fs::remove_dir_all(&system).unwrap();

        let core = |number, physical, node| Core { number, physical, node };
        let expected = [core(0, 0, 0), core(2, 0, 2), core(3, 3, 2)];
        assert_eq!(whole.cores, expected, "core 1 is not allowed, core 3 shows no siblings");
        assert!(whole.nodes && !flat.nodes, "nodes are told, and then not");
        assert!(flat.cores.iter().all(|core| core.node == 0), "as if on one node");
    }
}
