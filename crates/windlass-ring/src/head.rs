//! The producers' end of a ring: what was claimed, and up to where claims may go.

use windlass_sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use windlass_sync::{CachePadded, EventCount, barrier};

/// The bit of [`Head::claimed`] by which several producers learn that the ring is closed.
const CLOSED: u64 = 1 << 63;

/// What producers share with the rest of the ring.
pub(crate) struct Head {
    owned: CachePadded<Owned>,
    /// Producers that are left.
    producers: AtomicUsize,
    /// Producers that there ever were.
    entered: AtomicU64,
    noted: CachePadded<Noted>,
    /// Rung when something is published.
    pub(crate) published: CachePadded<EventCount>,
}

/// What a single producer writes at every event; nobody reads it on a hot path.
struct Owned {
    /// Every sequence before this one was claimed.
    claimed: AtomicU64,
    /// Claims of a single producer must end at this sequence or before; 0 refuses all.
    limit: AtomicU64,
}

/// Numbers to show, apart from what waiting parties read.
struct Noted {
    /// How often a claim found no room.
    stalls: AtomicU64,
    /// The most events that a producer saw in the ring.
    high_water: AtomicU64,
}

/// Why a claim was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no room.
    Full,
    /// The ring is closed.
    Closed,
}

impl Head {
    pub(crate) fn new(origin: u64, limit: u64, waiters: usize) -> Self {
        Self {
            owned: CachePadded::new(Owned {
                claimed: AtomicU64::new(origin),
                limit: AtomicU64::new(limit),
            }),
            producers: AtomicUsize::new(1),
            entered: AtomicU64::new(1),
            noted: CachePadded::new(Noted {
                stalls: AtomicU64::new(0),
                high_water: AtomicU64::new(0),
            }),
            published: CachePadded::new(EventCount::new(waiters)),
        }
    }

    /// The sequence after the last claimed one.
    #[inline]
    pub(crate) fn claimed(&self) -> u64 {
        // ORDERING: Relaxed. Whoever looks for the end of the stream has seen it sealed.
        self.owned.claimed.load(Ordering::Relaxed) & !CLOSED
    }

    /// A single producer announces that it claims everything before `end`, or that it does not
    /// after all. Says whether the claim stands.
    #[inline(always)]
    pub(crate) fn announce(&self, end: u64) -> bool {
        // ORDERING: Relaxed. The barrier orders it.
        self.owned.claimed.store(end, Ordering::Relaxed);
        // ORDERING(close): the light half. Either `close` sees the claim, or the closed limit
        // is seen here.
        barrier::light();
        // ORDERING: Relaxed. Only this producer raises the limit, after it acquired what
        // consumers released.
        end <= self.owned.limit.load(Ordering::Relaxed)
    }

    /// A single producer takes an announcement back. Says whether the ring was closed.
    #[cold]
    pub(crate) fn retract(&self, end: u64) -> bool {
        // ORDERING: Relaxed. The bell below orders it before the look for waiting consumers.
        self.owned.claimed.store(end, Ordering::Relaxed);
        // A consumer may wait for the claim that will not come.
        self.published.notify();
        // Behind the barrier of the bell: either the ring is seen closed here, or whoever sees it
        // sealed sees that the claim was taken back.
        // ORDERING(refused): Acquire. Whoever is refused sees why the ring was closed.
        self.owned.limit.load(Ordering::Acquire) == 0
    }

    /// The limit of a single producer, which it stays below of its own accord.
    #[inline]
    pub(crate) fn limit(&self) -> u64 {
        // ORDERING: Relaxed. As in `announce`.
        self.owned.limit.load(Ordering::Relaxed)
    }

    /// A single producer raises its limit; refused when the ring was closed.
    pub(crate) fn raise(&self, limit: u64) -> Result<(), Refusal> {
        // ORDERING(refused): Acquire. As in `retract`.
        let old = self.owned.limit.load(Ordering::Acquire);
        if old == 0 {
            return Err(Refusal::Closed);
        }
        self.owned
            .limit
            // ORDERING(refused): Acquire on failure, which is a refusal. Relaxed otherwise: the
            // exchange only keeps a closed limit closed.
            .compare_exchange(old, limit.max(old), Ordering::Relaxed, Ordering::Acquire)
            .map(|_| ())
            .map_err(|_| Refusal::Closed)
    }

    /// Refuses the claims of a single producer; afterwards every claim is visible.
    pub(crate) fn close_single(&self) {
        // ORDERING(refused): Release. Who finds the limit closed sees the cause of a poisoned ring.
        self.owned.limit.swap(0, Ordering::Release);
        // ORDERING(close): the heavy half. See `announce`.
        barrier::heavy();
    }

    /// Claims for one of several producers: moves the counter from `from` to `to`.
    #[inline(always)]
    pub(crate) fn claim(&self, from: u64, to: u64) -> bool {
        // ORDERING: Relaxed. A claim hands nothing over; the slots were acquired with the gate,
        // and what is written into them is released with their stamps.
        self.owned.claimed.compare_exchange(from, to, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// What one of several producers would claim from; refused when the ring was closed.
    #[inline(always)]
    pub(crate) fn open_claims(&self) -> Result<u64, Refusal> {
        // ORDERING: Relaxed. The exchange of `claim` decides.
        let claimed = self.owned.claimed.load(Ordering::Relaxed);
        if claimed & CLOSED == 0 { Ok(claimed) } else { Err(self.refused()) }
    }

    /// One of several producers is refused for good.
    #[cold]
    fn refused(&self) -> Refusal {
        // ORDERING(refused): Acquire. As in `retract`. Looked at again, because the hot path need
        // not pay for it; the closed bit stays.
        let claimed = self.owned.claimed.load(Ordering::Acquire);
        debug_assert!(claimed & CLOSED != 0, "closed for good");
        Refusal::Closed
    }

    /// Refuses the claims of several producers; afterwards every claim is visible.
    pub(crate) fn close_multi(&self) {
        // ORDERING(refused): Release. As in `close_single`. It is one more step of the counter, and
        // ends the claims.
        self.owned.claimed.fetch_or(CLOSED, Ordering::Release);
    }

    /// Notes how full a producer saw the ring, and whether its claim found no room.
    #[cold]
    pub(crate) fn note_fill(&self, fill: u64, stalled: bool) {
        // ORDERING: Relaxed. Numbers to show, written where a producer asks for room. Most often
        // there is nothing new, and then several producers need not take the line from each other.
        if self.noted.high_water.load(Ordering::Relaxed) < fill {
            // ORDERING: Relaxed. As above.
            self.noted.high_water.fetch_max(fill, Ordering::Relaxed);
        }
        if stalled {
            // ORDERING: Relaxed. As above.
            self.noted.stalls.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How often a claim found no room, and the most events that were seen in the ring.
    pub(crate) fn noted(&self) -> (u64, u64) {
        // ORDERING: Relaxed. Numbers to show.
        (self.noted.stalls.load(Ordering::Relaxed), self.noted.high_water.load(Ordering::Relaxed))
    }

    /// Counts a producer in. Returns its number.
    pub(crate) fn enter(&self) -> u64 {
        // ORDERING: Relaxed. The handle that is cloned keeps the count above zero.
        self.producers.fetch_add(1, Ordering::Relaxed);
        // ORDERING: Relaxed. Only the number matters.
        self.entered.fetch_add(1, Ordering::Relaxed)
    }

    /// Counts a producer out. Says whether it was the last one.
    pub(crate) fn leave(&self) -> bool {
        // ORDERING(last_producer): Release. The claims of this one come before the close.
        // ORDERING(last_producer): Acquire. The last one closes the ring after what all others did.
        self.producers.fetch_sub(1, Ordering::AcqRel) == 1
    }

    /// Producers that are left.
    #[inline]
    pub(crate) fn producers(&self) -> usize {
        // ORDERING: Relaxed. An estimate for the waits.
        self.producers.load(Ordering::Relaxed)
    }
}
