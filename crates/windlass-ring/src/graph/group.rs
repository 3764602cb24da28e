//! Work-sharing groups: each event goes to exactly one member.
//!
//! Members claim ranges of the stream from one shared counter. A member first sets its own
//! cursor to the start of the range that it wants and then moves the counter; whoever reads the
//! counter first and the cursors after it therefore never sees a claimed range unguarded.
//!
//! A member that leaves in the middle of a range leaves its cursor behind as an orphan, which
//! another member adopts together with the rest of the range.
//!
//! # Source
//!
//! The `WorkerPool` that the LMAX Disruptor had until version 3. Ranges and orphans are ours.

use alloc::boxed::Box;

use windlass_sync::CachePadded;
use windlass_sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::cursor::Cursor;

/// A range without a keeper: none.
const NO_ORPHAN: u64 = u64::MAX;

/// The cursors of a group.
pub(crate) struct Group {
    /// The next sequence that no member claimed.
    work: Cursor,
    members: Box<[Member]>,
    /// Members that have not left.
    live: CachePadded<AtomicUsize>,
    /// Ranges that wait to be adopted.
    orphans: CachePadded<AtomicUsize>,
}

struct Member {
    /// The first sequence of its range that it has not released; vacant between ranges.
    cursor: Cursor,
    /// The end of a range that its keeper left behind.
    orphan_end: AtomicU64,
}

/// A range that a member works on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Range {
    /// Whose cursor guards it.
    pub(crate) guard: usize,
    /// The first sequence.
    pub(crate) start: u64,
    /// The end.
    pub(crate) end: u64,
}

impl Group {
    /// A group of `members` at `sequence`.
    pub(crate) fn new(members: usize, sequence: u64) -> Self {
        let member = |_| Member { cursor: Cursor::vacant(), orphan_end: AtomicU64::new(NO_ORPHAN) };
        Self {
            work: Cursor::new(sequence),
            members: (0..members).map(member).collect(),
            live: CachePadded::new(AtomicUsize::new(members)),
            orphans: CachePadded::new(AtomicUsize::new(0)),
        }
    }

    /// How many members it was built with.
    pub(crate) fn size(&self) -> usize {
        self.members.len()
    }

    /// The first sequence that no member has finished, or nothing when all members left.
    pub(crate) fn position(&self) -> Option<u64> {
        // ORDERING(left): Acquire. A group that all left is seen with what they released.
        if self.live.load(Ordering::Acquire) == 0 {
            return None;
        }
        // The counter first: see the module's page.
        let claimed = self.unclaimed();
        let held = self.members.iter().filter_map(|member| member.cursor.get());
        Some(held.fold(claimed, u64::min))
    }

    /// The first sequence that no member has claimed.
    pub(crate) fn unclaimed(&self) -> u64 {
        self.work.get().unwrap_or(0)
    }

    /// Guards from `start` on with the cursor of `member`, before it claims.
    pub(crate) fn guard(&self, member: usize, start: u64) {
        self.members[member].cursor.set(start);
    }

    /// Claims `start..end` for `member`, which guards it already.
    pub(crate) fn claim(&self, member: usize, start: u64, end: u64) -> Option<Range> {
        self.work.claim(start, end).then_some(Range { guard: member, start, end })
    }

    /// Releases everything of a range before `sequence`; all of it ends the range.
    pub(crate) fn release(&self, range: &Range, sequence: u64) {
        let cursor = &self.members[range.guard].cursor;
        if sequence == range.end { cursor.vacate() } else { cursor.set(sequence) }
    }

    /// Stops guarding: the member found nothing to claim.
    pub(crate) fn idle(&self, member: usize) {
        self.members[member].cursor.vacate();
    }

    /// Takes over a range that a member left behind.
    pub(crate) fn adopt(&self) -> Option<Range> {
        // ORDERING: Relaxed. A hint; the exchange below decides.
        if self.orphans.load(Ordering::Relaxed) == 0 {
            return None;
        }
        for (guard, member) in self.members.iter().enumerate() {
            // ORDERING: Relaxed. Leaves alone what has nothing to adopt; the exchange decides.
            if member.orphan_end.load(Ordering::Relaxed) == NO_ORPHAN {
                continue;
            }
            // ORDERING(orphan): Acquire. The cursor that its keeper set last is seen.
            let end = member.orphan_end.swap(NO_ORPHAN, Ordering::Acquire);
            if end != NO_ORPHAN {
                // ORDERING: Relaxed. Only a hint for other members.
                self.orphans.fetch_sub(1, Ordering::Relaxed);
                let start = member.cursor.get().unwrap_or(end);
                return Some(Range { guard, start, end });
            }
        }
        None
    }

    /// A member leaves, perhaps in the middle of a range. Says whether it was the last one.
    pub(crate) fn leave(&self, unfinished: Option<Range>) -> bool {
        if let Some(range) = unfinished {
            // ORDERING: Relaxed. A hint; it is set first so that no adopter overlooks the range.
            self.orphans.fetch_add(1, Ordering::Relaxed);
            // ORDERING(orphan): Release. Whoever adopts the range sees its cursor.
            self.members[range.guard].orphan_end.store(range.end, Ordering::Release);
        }
        // ORDERING(left): Release. Whoever sees that all left sees what each of them did; the steps
        // of a counter hand on those before.
        self.live.fetch_sub(1, Ordering::Release) == 1
    }
}
