//! What there is to be placed on, as data.

use alloc::vec::Vec;

/// The cores that the process may use, sorted by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Machine {
    pub(super) cores: Vec<Core>,
    /// Whether the system tells which node a core belongs to.
    pub(super) nodes: bool,
}

/// What the scheduler calls a core: one thread of a physical one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Core {
    pub(super) number: usize,
    /// The lowest number among the threads of its physical core.
    pub(super) physical: usize,
    /// Its NUMA node; 0 where there are none.
    pub(super) node: usize,
}

impl Machine {
    pub(super) fn allowed(&self) -> Vec<usize> {
        self.cores.iter().map(|core| core.number).collect()
    }
}
