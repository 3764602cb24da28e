//! One consumer, group or gate of a graph.

use alloc::boxed::Box;
use alloc::string::String;

use windlass_sync::atomic::{AtomicU64, Ordering};
use windlass_sync::{CachePadded, EventCount};

use super::group::Group;
use crate::cursor::Cursor;

/// A point of the graph that others can wait for.
pub(crate) struct Node {
    /// Its name.
    pub(crate) name: String,
    /// What it waits for; nothing means the producers.
    pub(crate) after: Box<[usize]>,
    /// What moves it.
    pub(crate) kind: Kind,
    /// Whether it may change events.
    pub(crate) exclusive: bool,
    /// Where it was when it left.
    pub(crate) left_at: AtomicU64,
    /// Rung when it moves.
    pub(crate) released: CachePadded<EventCount>,
}

/// What moves a node.
pub(crate) enum Kind {
    /// One consumer that sees every event.
    Solo(Cursor),
    /// Members that share the events.
    Group(Box<Group>),
    /// Somebody outside the ring.
    Gate(Cursor),
}

impl Node {
    /// The first sequence that it has not released, or nothing if it left.
    #[inline]
    pub(crate) fn position(&self) -> Option<u64> {
        match &self.kind {
            Kind::Solo(cursor) | Kind::Gate(cursor) => cursor.get(),
            Kind::Group(group) => group.position(),
        }
    }

    /// The first sequence that it has not released, or where it was when it left.
    pub(crate) fn last_position(&self) -> u64 {
        // ORDERING: Relaxed. A number to show.
        self.position().unwrap_or_else(|| self.left_at.load(Ordering::Relaxed))
    }

    /// Notes where it is when it leaves.
    pub(crate) fn note_left_at(&self, sequence: u64) {
        // ORDERING: Relaxed. A number to show.
        self.left_at.fetch_max(sequence, Ordering::Relaxed);
    }

    /// The cursor of a solo consumer or gate.
    #[inline]
    pub(crate) fn cursor(&self) -> Option<&Cursor> {
        match &self.kind {
            Kind::Solo(cursor) | Kind::Gate(cursor) => Some(cursor),
            Kind::Group(_) => None,
        }
    }

    /// The group, if it is one.
    #[inline]
    pub(crate) fn group(&self) -> Option<&Group> {
        match &self.kind {
            Kind::Group(group) => Some(group),
            Kind::Solo(_) | Kind::Gate(_) => None,
        }
    }

    /// Whether it consumes; a gate does not.
    #[inline]
    pub(crate) fn consumes(&self) -> bool {
        !matches!(self.kind, Kind::Gate(_))
    }
}
