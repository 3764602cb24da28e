//! The numbers of a ring.

use alloc::string::String;
use alloc::vec::Vec;

use crate::sequence::Sequence;

/// How a ring is doing, at one moment.
///
/// Every number is read by itself while the others move on, so sums need not match to the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RingStats {
    /// Slots in the ring.
    pub capacity: u64,
    /// The sequence that is claimed next.
    pub next: Sequence,
    /// Events that are claimed and not released by every consumer.
    pub fill: u64,
    /// Events that could be published now.
    pub remaining: u64,
    /// The largest fill that was seen: whenever a producer asked the consumers for room, and
    /// now. A ring that was ever full shows its capacity.
    pub high_water: u64,
    /// How often a claim found no room.
    pub stalls: u64,
    /// The declared stages, pollers and gates.
    pub stages: Vec<StageStats>,
}

/// How a stage is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageStats {
    /// Its name.
    pub name: String,
    /// The first sequence that it has not released.
    pub position: Sequence,
    /// Events that are claimed and that it has not released.
    pub lag: u64,
    /// Whether it left the ring.
    pub left: bool,
}
