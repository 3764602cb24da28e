//! The graph of consumers: who waits for whom, and how far everybody is.

mod check;
mod group;
mod node;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use windlass_sync::CachePadded;
use windlass_sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};

pub(crate) use check::{Plan, Planned, Role};
pub(crate) use group::{Group, Range};
pub(crate) use node::Node;

/// All consumers and gates of a ring.
pub(crate) struct Graph {
    /// The declared ones, then the seats for joiners.
    nodes: Box<[Node]>,
    /// Consumers that no declared consumer waits for, and the seats for joiners: when all of
    /// these have released an event, everybody has.
    terminals: Box<[usize]>,
    /// Which seats for joiners are taken.
    seats: Box<[AtomicBool]>,
    /// Consumers that have not left.
    live: AtomicUsize,
    joining: CachePadded<Joining>,
}

/// Where joiners and producers meet; touched only when a consumer joins or a producer has used
/// up what it knows to be free.
struct Joining {
    /// The largest gate that a producer was ever given: slots of earlier events may be reused.
    promised: AtomicU64,
    /// How many consumers have joined.
    joins: AtomicU64,
}

/// What a consumer waits for.
#[derive(Clone, Copy)]
pub(crate) struct Upstream {
    /// The position of the slowest node before it; `u64::MAX` without one.
    pub(crate) limit: u64,
    /// Whether it reads what producers publish, with no node in between.
    pub(crate) producers: bool,
}

/// Whom a waiting party waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Blocker {
    /// The producers.
    Producers,
    /// A node of the graph.
    Node(usize),
}

impl Graph {
    /// Builds the graph of a plan, every cursor at `origin`.
    pub(crate) fn new(plan: &Plan, joiners: usize, origin: u64, waiters: usize) -> Self {
        let mut nodes: Vec<Node> =
            plan.nodes().iter().map(|planned| planned.build(origin, waiters)).collect();
        let declared = nodes.len();
        nodes.extend((0..joiners).map(|seat| Planned::seat(seat).build_vacant(waiters)));
        let waited_for = |index: usize| {
            nodes[..declared].iter().any(|node| node.consumes() && node.after.contains(&index))
        };
        let terminals = (0..nodes.len())
            .filter(|&index| nodes[index].consumes() && !waited_for(index))
            .collect();
        let live = nodes[..declared].iter().filter(|node| node.consumes()).count();
        Self {
            nodes: nodes.into(),
            terminals,
            seats: (0..joiners).map(|_| AtomicBool::new(false)).collect(),
            live: AtomicUsize::new(live),
            joining: CachePadded::new(Joining {
                promised: AtomicU64::new(origin),
                joins: AtomicU64::new(0),
            }),
        }
    }

    /// All nodes.
    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// One node.
    #[inline]
    pub(crate) fn node(&self, index: usize) -> &Node {
        &self.nodes[index]
    }

    /// The declared nodes, without the seats for joiners.
    pub(crate) fn declared(&self) -> &[Node] {
        &self.nodes[..self.nodes.len() - self.seats.len()]
    }

    /// The declared node of this name.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.declared().iter().position(|node| node.name == name)
    }

    /// How many consumers may join at one time.
    pub(crate) fn joiners(&self) -> usize {
        self.seats.len()
    }

    /// How many consumers have not left.
    #[inline]
    pub(crate) fn live(&self) -> usize {
        // ORDERING: Relaxed. A number to show, or read after the change that matters.
        self.live.load(Ordering::Relaxed)
    }

    /// What a consumer after these nodes waits for. A node that left is replaced by what it
    /// waited for itself.
    #[inline]
    pub(crate) fn upstream(&self, after: &[usize]) -> Upstream {
        let mut upstream = Upstream { limit: u64::MAX, producers: after.is_empty() };
        for &index in after {
            let node = &self.nodes[index];
            match node.position() {
                Some(position) => upstream.limit = upstream.limit.min(position),
                None => upstream = upstream.and(self.beyond(index)),
            }
        }
        upstream
    }

    #[cold]
    #[inline(never)]
    fn beyond(&self, left: usize) -> Upstream {
        self.upstream(&self.nodes[left].after)
    }

    /// The node that keeps a consumer after these nodes from going beyond `sequence`, if one does.
    pub(crate) fn blocker(&self, after: &[usize], sequence: u64) -> Option<usize> {
        after.iter().find_map(|&index| match self.nodes[index].position() {
            Some(position) => (position <= sequence).then_some(index),
            None => self.blocker(&self.nodes[index].after, sequence),
        })
    }

    /// The position that every gating consumer has released, and who is there; nothing if no
    /// consumer gates.
    pub(crate) fn gate(&self) -> Option<(u64, usize)> {
        self.terminals
            .iter()
            .filter_map(|&index| self.gate_at(index))
            .min_by_key(|&(position, _)| position)
    }

    /// How far a terminal is; for one that left, how far those are that it waited for.
    fn gate_at(&self, index: usize) -> Option<(u64, usize)> {
        let node = &self.nodes[index];
        if !node.consumes() {
            // Nobody's events wait at a gate itself.
            return None;
        }
        match node.position() {
            Some(position) => Some((position, index)),
            None => node
                .after
                .iter()
                .filter_map(|&before| self.gate_at(before))
                .min_by_key(|&(position, _)| position),
        }
    }

    /// Finds out up to where slots may be reused, and promises it: no consumer can join before.
    ///
    /// `ungated` tells the position when no consumer gates.
    pub(crate) fn promise(&self, mut ungated: impl FnMut(u64) -> u64) -> u64 {
        loop {
            // ORDERING(joined): Acquire. The cursor of every consumer counted here is seen.
            let joins = self.joining.joins.load(Ordering::Acquire);
            let gate = match self.gate() {
                Some((position, _)) => position,
                None => ungated(self.promised()),
            };
            // ORDERING(promised): Release. Whoever goes by this promise comes after what was seen
            // here: events published by others, and slots released by consumers that have left.
            self.joining.promised.fetch_max(gate, Ordering::Release);
            // ORDERING(promise): a SeqCst fence, the only way to order a store before a load.
            // Either the joiner sees the promise and joins after it, or the join is seen here
            // and the gate is taken again. No data is handed over by this fence.
            fence(Ordering::SeqCst);
            // ORDERING: Relaxed. The fence orders it.
            if self.joining.joins.load(Ordering::Relaxed) == joins {
                return gate;
            }
        }
    }

    /// The oldest sequence that is kept for a joiner.
    pub(crate) fn promised(&self) -> u64 {
        // ORDERING(promised): Acquire. The slots of earlier events may be written on the strength of
        // it: by a producer where nobody gates, and by one that a joiner lets pass.
        self.joining.promised.load(Ordering::Acquire)
    }

    /// Takes a seat, from which everything after the returned sequence is kept.
    pub(crate) fn take_seat(&self) -> Option<(usize, u64)> {
        let free = |taken: &AtomicBool| {
            // ORDERING(seat): Acquire. What the last joiner here did is over.
            taken.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok()
        };
        let seat = self.seats.iter().position(free)?;
        let index = self.declared().len() + seat;
        // ORDERING: Relaxed. A count; the edge `joined` is what producers rely on.
        self.live.fetch_add(1, Ordering::Relaxed);
        let cursor = self.nodes[index].cursor()?;
        // Low enough for any promise that was made so far.
        cursor.set(self.promised());
        // ORDERING(joined): Release. Who counts this join sees the cursor.
        self.joining.joins.fetch_add(1, Ordering::Release);
        // ORDERING(promise): the other fence, see `promise`.
        fence(Ordering::SeqCst);
        let oldest = self.promised();
        cursor.set(oldest);
        Some((index, oldest))
    }

    /// A solo consumer, a joiner or a gate leaves. Says whether it was the last consumer.
    pub(crate) fn leave(&self, index: usize) -> bool {
        let node = &self.nodes[index];
        if let Some(cursor) = node.cursor() {
            cursor.vacate();
        }
        if let Some(seat) = index.checked_sub(self.declared().len()) {
            // ORDERING(seat): Release. The next joiner in this seat begins after this one.
            self.seats[seat].store(false, Ordering::Release);
        }
        let last = node.consumes() && self.consumer_left();
        node.released.notify();
        last
    }

    /// Counts a consumer out. Says whether it was the last one.
    pub(crate) fn consumer_left(&self) -> bool {
        // ORDERING: Relaxed. The count alone says who is the last one, and that one closes the ring,
        // which is ordered by itself.
        self.live.fetch_sub(1, Ordering::Relaxed) == 1
    }

    /// The declared nodes that change events and that a consumer after `after` may run beside.
    pub(crate) fn beside(&self, after: &[usize]) -> Option<String> {
        let ancestors = check::ancestors(after, |index| &self.nodes[index].after);
        let mut declared = self.declared().iter().enumerate();
        declared
            .find(|(index, node)| node.exclusive && !ancestors.contains(index))
            .map(|(_, node)| node.name.clone())
    }
}

impl Upstream {
    fn and(self, other: Self) -> Self {
        Self { limit: self.limit.min(other.limit), producers: self.producers || other.producers }
    }
}
