//! Why workers were not placed, and what to do about it.

use alloc::vec::Vec;
use core::fmt;

/// Why workers cannot be placed as asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlacementError {
    /// Threads cannot be pinned on this platform: use [`Placement::None`](crate::Placement::None).
    Unsupported,
    /// The process may not use this core: choose one that it may, or widen its affinity mask.
    NotAllowed {
        /// The core.
        core: usize,
        /// The cores that the process may use.
        allowed: Vec<usize>,
    },
    /// A core is listed twice, and each worker needs one of its own.
    Twice {
        /// The core.
        core: usize,
    },
    /// Each pinned worker needs a core of its own: build fewer workers or give them more cores.
    TooFewCores {
        /// How many there would be.
        workers: usize,
        /// How many cores there are for them.
        cores: usize,
    },
    /// No core of this NUMA node is the process's: choose another node, or widen the mask.
    NoSuchNode {
        /// The node.
        node: usize,
        /// Nodes with cores that the process may use.
        nodes: Vec<usize>,
    },
    /// The system tells of no NUMA nodes: choose a placement that needs none.
    NoNodes,
    /// The system does not tell which cores the process may use: use
    /// [`Placement::None`](crate::Placement::None).
    Unreadable {
        /// What could not be read.
        what: &'static str,
    },
    /// The system has refused to pin a thread, or has not done it: the mask may have changed since the
    /// pool was built.
    Refused {
        /// The core.
        core: usize,
    },
    /// The system's interface has no name for a core with this number: choose a lower one.
    OutOfReach {
        /// The core.
        core: usize,
        /// The number that it has to be below.
        limit: usize,
    },
}

impl fmt::Display for PlacementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported => {
                f.write_str("threads cannot be pinned on this platform: use Placement::None")
            }
            Self::NotAllowed { core, allowed } => write!(
                f,
                "the process may not use core {core}: choose from {allowed:?} or widen its mask"
            ),
            Self::Twice { core } => {
                write!(f, "core {core} is listed twice: each worker needs one of its own")
            }
            Self::TooFewCores { workers, cores } => write!(
                f,
                "{workers} pinned workers need a core each and there are {cores}: \
                 build fewer workers or give them more cores"
            ),
            Self::NoSuchNode { node, nodes } => {
                write!(f, "the process has no core on NUMA node {node}: choose from {nodes:?}")
            }
            Self::NoNodes => f.write_str(
                "the system tells of no NUMA nodes: use another placement than Placement::Node",
            ),
            Self::Unreadable { what } => {
                write!(f, "{what} cannot be read: use Placement::None where cores are not shown")
            }
            Self::Refused { core } => write!(
                f,
                "the system did not pin a thread to core {core}: \
                 check whether the affinity mask of the process has changed"
            ),
            Self::OutOfReach { core, limit } => {
                write!(f, "core {core} cannot be named to the system: choose one below {limit}")
            }
        }
    }
}

impl core::error::Error for PlacementError {}
