//! A consumer's place in the graph: what it may read, and releasing what it has read.

use alloc::boxed::Box;

use windlass_sync::{Deadline, hint};

use crate::graph::{Blocker, Group, Node, Range};
use crate::slots::{Lease, Position};
use crate::state::State;
use crate::wait::{FIRST_LOOKS, Pacer};

/// The place of one consumer.
pub(crate) struct Seat {
    /// Its node in the graph.
    pub(crate) index: usize,
    /// What it waits for.
    after: Box<[usize]>,
    /// What it holds, and where it goes on.
    lease: Lease,
    /// Everything before was released.
    released: u64,
    /// Its member number, and the range it works on, if it is in a group.
    share: Option<Share>,
    /// Its key at the bells.
    key: u64,
    /// The most events of a batch.
    max_batch: u64,
    /// Whether the last look found as many.
    full: bool,
    pub(crate) pacer: Pacer,
}

/// A member's part of a group.
struct Share {
    member: usize,
    range: Option<Range>,
}

/// What a consumer finds when it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Events, up to this sequence.
    Until(u64),
    /// The end of the stream.
    End,
}

impl Seat {
    /// The seat of a solo consumer at `at`, or of member `member` of a group.
    pub(crate) fn new(
        index: usize,
        member: Option<usize>,
        after: &[usize],
        at: Position,
        max_batch: u64,
        mut pacer: Pacer,
    ) -> Self {
        let share = member.map(|member| Share { member, range: None });
        let key = ((index as u64) << 32) | member.unwrap_or(0) as u64;
        let after = after.into();
        let released = at.sequence;
        let max_batch = bounded(max_batch);
        pacer.set_full_batch(max_batch);
        let (lease, full) = (Lease::new(at), false);
        Self { index, after, lease, released, share, key, max_batch, full, pacer }
    }

    /// Sets the most events of a batch.
    pub(crate) fn set_max_batch(&mut self, events: u64) {
        self.max_batch = bounded(events);
        self.pacer.set_full_batch(self.max_batch);
        // What is known is about batches of another size.
        self.full = false;
    }

    /// Everything before this was taken by this consumer.
    #[inline(always)]
    pub(crate) fn at(&self) -> &Position {
        self.lease.at()
    }

    /// Everything before this was released by this consumer.
    #[inline]
    pub(crate) fn released(&self) -> u64 {
        self.released
    }

    /// Takes hold of what a look has found.
    #[inline(always)]
    pub(crate) fn hold(&mut self, end: u64) {
        self.lease.extend(end);
        let events = self.lease.left();
        self.full = self.max_batch <= events;
        self.pacer.found(events);
    }

    /// What it holds.
    #[inline(always)]
    pub(crate) fn lease(&self) -> &Lease {
        &self.lease
    }

    /// What it holds, to be taken.
    #[inline(always)]
    pub(crate) fn lease_mut(&mut self) -> &mut Lease {
        &mut self.lease
    }

    /// Whether what it holds is all that was published when it looked.
    #[cfg(feature = "std")]
    #[inline]
    pub(crate) fn has_all(&self) -> bool {
        self.after.is_empty() && self.share.is_none() && self.lease.left() < self.max_batch
    }

    fn node<'r, E>(&self, ring: &'r State<E>) -> &'r Node {
        ring.graph.node(self.index)
    }

    /// Looks for events. What it finds begins with one: slots without an event are released.
    #[inline(always)]
    pub(crate) fn look<E>(&mut self, ring: &State<E>) -> Option<Found> {
        if self.released != self.at().sequence {
            self.take_again(ring);
        }
        loop {
            let found = self.look_for_slots(ring);
            // Behind the look: a stage that fails poisons the ring before it leaves, so whoever
            // saw that it left sees why, and takes no event that it did not finish.
            if ring.life.is_over() {
                return Some(Found::End);
            }
            match found {
                Some(Found::Until(end)) if self.only_skipped(ring, end) => {}
                found => return found,
            }
        }
    }

    /// A batch was forgotten: it released nothing, so what it had taken comes again. Otherwise
    /// producers might wait for ever for slots that nobody holds any more.
    #[cold]
    #[inline(never)]
    fn take_again<E>(&mut self, ring: &State<E>) {
        self.lease = Lease::new(ring.storage.shape().locate::<E>(self.released));
    }

    /// Releases the skipped slots that come first. Says whether nothing else is there.
    #[inline(always)]
    fn only_skipped<E>(&mut self, ring: &State<E>, end: u64) -> bool {
        ring.storage.any_skipped(self.at()) && self.release_skipped(ring, end)
    }

    #[cold]
    fn release_skipped<E>(&mut self, ring: &State<E>, end: u64) -> bool {
        let mut at = *self.at();
        while at.sequence < end && ring.storage.skipped(&at) {
            ring.storage.shape().step_in_block::<E>(&mut at, 1);
        }
        self.lease = Lease::new(at);
        self.release(ring);
        at.sequence == end
    }

    /// Looks for published slots.
    #[inline(always)]
    fn look_for_slots<E>(&mut self, ring: &State<E>) -> Option<Found> {
        if self.share.is_some() {
            return self.look_for_share(ring);
        }
        if self.full && self.finds_full(ring) {
            return Some(Found::Until(self.at().sequence + self.max_batch));
        }
        let end = ring.available(&self.after, self.at(), self.max_batch);
        if self.at().sequence < end {
            return Some(Found::Until(end));
        }
        if ring.ended_at(self.at().sequence) { Some(Found::End) } else { None }
    }

    /// After a full batch: looks whether the next one is full, at its last event alone.
    ///
    /// A consumer that is behind would wait for the lines of a whole batch, looking at the mark of
    /// each, before it works on the first event. This way they come while it works.
    #[inline(never)]
    fn finds_full<E>(&self, ring: &State<E>) -> bool {
        let (at, most) = (self.at(), self.max_batch);
        // A larger batch is seldom there, and looking for it takes a line from its producer.
        let likely = most <= ring.storage.capacity() / 2;
        if !likely || !self.after.is_empty() || !ring.published_in_order(at, most) {
            return false;
        }
        ring.storage.prefetch_run(at, most);
        true
    }

    /// Looks as a member of a group: goes on with its range, or claims another one.
    #[inline(never)]
    fn look_for_share<E>(&mut self, ring: &State<E>) -> Option<Found> {
        let node = ring.graph.node(self.index);
        let (Some(share), Some(group)) = (&mut self.share, node.group()) else {
            return None;
        };
        if share.range.is_none() {
            let mut at = *self.lease.at();
            share.range = adopt(group, ring, &mut at).or_else(|| {
                claim(node, group, share.member, ring, &self.after, &mut at, self.max_batch)
            });
            self.lease = Lease::new(at);
            self.released = at.sequence;
        }
        match share.range {
            Some(range) => Some(Found::Until(range.end)),
            // Others may still leave unfinished work behind; their cursors stand at it.
            None => group_ended(group, ring).then_some(Found::End),
        }
    }

    /// Releases what was taken.
    #[inline(always)]
    pub(crate) fn release<E>(&mut self, ring: &State<E>) {
        if self.released != self.at().sequence {
            self.release_taken(ring);
        }
    }

    #[inline(never)]
    fn release_taken<E>(&mut self, ring: &State<E>) {
        debug_assert!(self.released < self.at().sequence, "what was released stays released");
        self.released = self.at().sequence;
        let node = self.node(ring);
        match node.cursor() {
            Some(cursor) => cursor.set(self.released),
            None => self.release_share(ring),
        }
        node.released.notify();
    }

    /// Releases what a member has finished of its range.
    #[inline(never)]
    fn release_share<E>(&mut self, ring: &State<E>) {
        let to = self.released;
        let Some(group) = ring.graph.node(self.index).group() else { return };
        let Some(share) = &mut self.share else { return };
        if let Some(range) = share.range {
            group.release(&range, to);
            if range.end == to {
                share.range = None;
            }
        }
    }

    /// Waits until there is something to read, or nothing more to expect.
    #[inline(always)]
    pub(crate) fn wait<E>(&mut self, ring: &State<E>, deadline: Deadline) -> Option<Found> {
        if self.lease.left() == 0 {
            self.pacer.stand_back(|cores| ring.crowded(cores));
        }
        match self.look(ring) {
            Some(found) => Some(found),
            None => self.wait_a_moment(ring, deadline),
        }
    }

    /// Looks a few times before anything else is considered.
    #[inline(never)]
    fn wait_a_moment<E>(&mut self, ring: &State<E>, deadline: Deadline) -> Option<Found> {
        if self.pacer.spins() && !ring.crowded(self.pacer.cores()) {
            for _ in 0..FIRST_LOOKS {
                hint::spin_loop();
                if let Some(found) = self.look(ring) {
                    return Some(found);
                }
            }
        }
        self.wait_longer(ring, deadline)
    }

    #[cold]
    fn wait_longer<E>(&mut self, ring: &State<E>, deadline: Deadline) -> Option<Found> {
        let mut pacer = core::mem::take(&mut self.pacer);
        let this = core::cell::RefCell::new(&mut *self);
        let mut look = || this.borrow_mut().look(ring);
        let mut park = |deadline: Deadline, look: &mut dyn FnMut() -> Option<Found>| {
            let key = this.borrow().key;
            let Some(blocker) = this.borrow().blocker(ring) else { return look() };
            let moved = || this.borrow().blocker(ring) != Some(blocker);
            let woken = ring.bell(blocker).wait_until(key, deadline, || match look() {
                Some(found) => Some(Some(found)),
                None => moved().then_some(None),
            });
            woken.flatten()
        };
        let found = pacer.wait(|cores| ring.crowded(cores), deadline, &mut look, &mut park);
        self.pacer = pacer;
        found
    }

    /// Whom this consumer waits for; nobody, if there is something to do by now.
    pub(crate) fn blocker<E>(&self, ring: &State<E>) -> Option<Blocker> {
        match self.node(ring).group() {
            Some(group) if ring.head.claimed() <= group.unclaimed() && ring.life.is_sealed() => {
                // Everything is claimed: wait for the other members to finish.
                Some(Blocker::Node(self.index))
            }
            Some(group) => ring.keeps_back(&self.after, group.unclaimed()),
            None => ring.keeps_back(&self.after, self.at().sequence),
        }
    }

    /// The key of this consumer at the bells.
    #[cfg(feature = "std")]
    pub(crate) fn key(&self) -> u64 {
        self.key
    }

    /// Leaves the ring. Its unfinished range goes to the other members of the group.
    pub(crate) fn leave<E>(&mut self, ring: &State<E>) {
        let node = self.node(ring);
        node.note_left_at(node.position().unwrap_or(0));
        let last = match (&mut self.share, node.group()) {
            (Some(share), Some(group)) => {
                // Without a range its cursor is vacant already.
                let all_left = group.leave(share.range.take());
                // The others may sleep at any bell.
                ring.wake_all();
                all_left && ring.graph.consumer_left()
            }
            _ => ring.graph.leave(self.index),
        };
        ring.after_leaving(last);
    }
}

/// A batch limit that can be added to any sequence; no ring has more slots.
fn bounded(max_batch: u64) -> u64 {
    max_batch.clamp(1, u64::from(u32::MAX))
}

/// Takes over a range that another member left behind.
fn adopt<E>(group: &Group, ring: &State<E>, at: &mut Position) -> Option<Range> {
    let range = group.adopt()?;
    *at = ring.storage.shape().locate::<E>(range.start);
    Some(range)
}

/// Claims the next range, if there are events in it.
fn claim<E>(
    node: &Node,
    group: &Group,
    member: usize,
    ring: &State<E>,
    after: &[usize],
    at: &mut Position,
    most: u64,
) -> Option<Range> {
    // Setting a cursor that turns out to be stale makes the group seem to be further back for a
    // moment. Somebody may have looked just then, and gone to sleep.
    let mut seemed_back = false;
    let claimed = loop {
        let start = group.unclaimed();
        let mut from = *at;
        if from.sequence <= start {
            ring.storage.shape().jump::<E>(&mut from, start);
        } else {
            from = ring.storage.shape().locate::<E>(start);
        }
        let end = ring.available(after, &from, most);
        if end <= start {
            group.idle(member);
            break None;
        }
        let n = end - start;
        // What is scarce is divided.
        let n = if n < most { n.div_ceil(group.size() as u64) } else { n };
        group.guard(member, start);
        if let Some(range) = group.claim(member, start, start + n) {
            *at = from;
            break Some(range);
        }
        seemed_back = true;
    };
    if seemed_back {
        node.released.notify();
    }
    claimed
}

/// Whether the members of a group have finished everything there will ever be.
fn group_ended<E>(group: &Group, ring: &State<E>) -> bool {
    ring.life.is_sealed() && group.position().is_none_or(|position| ring.head.claimed() <= position)
}
