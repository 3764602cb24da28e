//! What was changed, in numbers.

use windlass_sync::atomic::{AtomicU64, Ordering};

/// What changes the owners of slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Resize,
    MoveSlot,
    Rebalance,
}

pub(crate) const KINDS: [Kind; 3] = [Kind::Resize, Kind::MoveSlot, Kind::Rebalance];

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Resize => "resize",
            Self::MoveSlot => "move_slot",
            Self::Rebalance => "rebalance",
        }
    }
}

/// A change that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) kind: Kind,
    /// In nanoseconds of the pool.
    pub(crate) began: u64,
    /// Slots that get another owner.
    pub(crate) slots: u64,
}

/// Changes that were done. Whoever changes the pool writes here, one at a time, and anybody reads.
pub(crate) struct Changes([OfKind; KINDS.len()]);

#[derive(Default)]
struct OfKind {
    done: AtomicU64,
    slots: AtomicU64,
    nanos: AtomicU64,
    longest: AtomicU64,
}

/// Changes of one kind that were done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Changed {
    pub(crate) done: u64,
    pub(crate) slots: u64,
    pub(crate) nanos: u64,
    pub(crate) longest: u64,
}

impl Changes {
    pub(crate) fn new() -> Self {
        Self(Default::default())
    }

    pub(crate) fn note(&self, change: Open, nanos: u64) {
        let of = &self.0[change.kind as usize];
        let before = self.of(change.kind);
        // ORDERING: Relaxed. Numbers to show; no read-modify-write, since one writes at a time.
        of.done.store(before.done + 1, Ordering::Relaxed);
        of.slots.store(before.slots + change.slots, Ordering::Relaxed);
        of.nanos.store(before.nanos.saturating_add(nanos), Ordering::Relaxed);
        of.longest.store(before.longest.max(nanos), Ordering::Relaxed);
    }

    pub(crate) fn of(&self, kind: Kind) -> Changed {
        let of = &self.0[kind as usize];
        // ORDERING: Relaxed. Numbers to show.
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Changed {
            done: read(&of.done),
            slots: read(&of.slots),
            nanos: read(&of.nanos),
            longest: read(&of.longest),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_longest_change_stays_the_longest() {
        let changes = Changes::new();
        for (slots, nanos) in [(1, 10), (2, 30), (3, 20)] {
            changes.note(Open { kind: Kind::Rebalance, began: 0, slots }, nanos);
        }
        let all = Changed { done: 3, slots: 6, nanos: 60, longest: 30 };
        assert_eq!(changes.of(Kind::Rebalance), all, "added up, and the longest");
        assert_eq!(changes.of(Kind::Resize), Changed::default(), "none of these");
    }
}
