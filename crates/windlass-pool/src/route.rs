//! Who is in the middle of a send, and by which table.
//!
//! A sender routes by a table of its own, so that a send touches nothing that others write. When owners
//! change, the pool must know that nobody is still sending by the old table; from then on nothing comes for
//! a slot at its old owner. That is asked once per change and not paid for by each message:
//!
//! ```text
//!   sender: section := odd; light(); load epoch     same: send; section := even
//!                                                   else: section := even; read the new table; again
//!   pool:   table := new; epoch := n; heavy(); wait until each section is even or has changed
//! ```
//!
//! By the promise of the barrier a sender that read the old epoch is seen inside its section. A section
//! contains no wait: a sender that finds no room leaves it first. So the pool waits for moments only, and
//! for no sender that is blocked.
//!
//! # Source
//!
//! Epochs with an asymmetric barrier: `membarrier` in `docs/references.md`.

use alloc::vec::Vec;

use windlass_sync::atomic::{AtomicU64, Ordering};
use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_sync::{CachePadded, barrier, thread};

/// The epoch of the table, and the sections of all senders.
pub(crate) struct Routes {
    epoch: CachePadded<AtomicU64>,
    sections: Mutex<Vec<Arc<CachePadded<Counters>>>>,
    /// Messages that were accepted from senders that are gone.
    accepted_before: AtomicU64,
}

/// What one sender writes and others read.
struct Counters {
    /// Odd while inside a section.
    section: AtomicU64,
    accepted: AtomicU64,
}

/// The place of one sender.
pub(crate) struct Place {
    routes: Arc<Routes>,
    counters: Arc<CachePadded<Counters>>,
    /// What is in `counters`, without reading it.
    section: u64,
    accepted: u64,
}

impl Routes {
    pub(crate) fn new() -> Self {
        barrier::init();
        Self {
            epoch: CachePadded::new(AtomicU64::new(0)),
            sections: Mutex::new(Vec::new()),
            accepted_before: AtomicU64::new(0),
        }
    }

    /// A place for another sender.
    pub(crate) fn place(routes: &Arc<Self>) -> Place {
        let counters = Counters { section: AtomicU64::new(0), accepted: AtomicU64::new(0) };
        let counters = Arc::new(CachePadded::new(counters));
        lock(&routes.sections).push(Arc::clone(&counters));
        Place { routes: Arc::clone(routes), counters, section: 0, accepted: 0 }
    }

    /// The epoch to read together with the table, under the lock of the table.
    pub(crate) fn epoch(&self) -> u64 {
        // ORDERING: Relaxed. The lock of the table orders it.
        self.epoch.load(Ordering::Relaxed)
    }

    /// Tells senders that the table has changed; under the lock of the table. Returns when none of them
    /// sends by an older one any more. Blocking, for as long as a send takes.
    pub(crate) fn change(&self) {
        // ORDERING: Relaxed. Senders take the lock of the table before they use what is in it.
        let epoch = self.epoch.load(Ordering::Relaxed) + 1;
        self.epoch.store(epoch, Ordering::Relaxed);
    }

    /// Waits until nobody is inside a section that began before this.
    pub(crate) fn wait_for_senders(&self) {
        // ORDERING(route_section): heavy barrier. The store of the epoch precedes the loads of sections.
        // Light end: `Place::enter`. Model: `nothing_comes_behind_the_fence`.
        barrier::heavy();
        // Not under the lock: what users wrote runs in a section when a message is dropped there, and may
        // drop a sender, which takes the lock.
        let sections = lock(&self.sections).clone();
        for counters in &sections {
            // ORDERING(route_left): Acquire. What was sent in a section that was left is in the mailbox.
            let inside = counters.section.load(Ordering::Acquire);
            if inside % 2 == 0 {
                continue;
            }
            // ORDERING(route_left): Acquire. As above.
            while counters.section.load(Ordering::Acquire) == inside {
                thread::yield_now();
            }
        }
    }

    /// Counts messages as accepted that no sender has.
    pub(crate) fn accept(&self, messages: u64) {
        // ORDERING: Relaxed. A number to show.
        self.accepted_before.fetch_add(messages, Ordering::Relaxed);
    }

    /// Messages that senders put into mailboxes. Exact at rest.
    pub(crate) fn accepted(&self) -> u64 {
        let sections = lock(&self.sections);
        // ORDERING: Relaxed. Numbers to show.
        let of = |counters: &Arc<CachePadded<Counters>>| counters.accepted.load(Ordering::Relaxed);
        sections.iter().map(of).sum::<u64>() + self.accepted_before.load(Ordering::Relaxed)
    }
}

impl Place {
    /// Enters a section, if the table is still that of `epoch`.
    #[inline]
    pub(crate) fn enter(&mut self, epoch: u64) -> Option<Inside<'_>> {
        self.section += 1;
        // ORDERING(route_left): Release. Whoever waits for the section before may see this one only, and then
        // what was sent in that one is in the mailbox.
        self.counters.section.store(self.section, Ordering::Release);
        // ORDERING(route_section): light barrier. The section is entered before the epoch is read. Heavy
        // end: `Routes::wait_for_senders`.
        barrier::light();
        // ORDERING: Relaxed. The barrier decides what is seen; the table itself is read under a lock.
        let same = self.routes.epoch.load(Ordering::Relaxed) == epoch;
        let inside = Inside(self);
        if same { Some(inside) } else { None }
    }
}

/// A section; it is left when this is dropped, also by a panic.
pub(crate) struct Inside<'p>(&'p mut Place);

impl Inside<'_> {
    /// Counts messages that were accepted in this section.
    #[inline]
    pub(crate) fn count(&mut self, messages: u64) {
        self.0.accepted += messages;
        // ORDERING: Relaxed. A number to show, with one writer.
        self.0.counters.accepted.store(self.0.accepted, Ordering::Relaxed);
    }
}

impl Drop for Inside<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.section += 1;
        // ORDERING(route_left): Release. What was sent in the section comes before its end.
        self.0.counters.section.store(self.0.section, Ordering::Release);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut sections = lock(&self.routes.sections);
        sections.retain(|counters| !Arc::ptr_eq(counters, &self.counters));
        // ORDERING: Relaxed. A number to show; the lock keeps it in step with the list.
        self.routes.accepted_before.fetch_add(self.accepted, Ordering::Relaxed);
    }
}
