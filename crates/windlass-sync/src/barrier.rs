//! Asymmetric store-load barrier: the hot side pays nothing, the rare side pays for both.
//!
//! Two threads that each write one variable and then read the other's need a full fence between
//! the two steps, or both may read the old value. Where one side runs for every message and the
//! other only before a thread goes to sleep, that fence is paid at the wrong place. Here the rare
//! side calls [`heavy`], which makes every running thread of the process execute a fence
//! (membarrier on Linux), and the hot side calls [`light`], which only holds back the compiler.
//!
//! ```text
//!   A: store x; light(); load y        B: store y; heavy(); load x
//!
//!   not both loads miss the other side's store
//! ```
//!
//! Where membarrier cannot be had, both sides are sequentially consistent fences and the promise
//! is that of the memory model.
//!
//! # Argument
//!
//! The state is `UNDECIDED` once and moves once, to `ASYMMETRIC` or to `STRONG`, by one
//! compare-exchange. `heavy` decides before it acts, so it acts on the final state. `light` reads
//! the state with Relaxed and may lag. The cases are final state by what `light` read:
//!
//! - Final `STRONG`. `light` cannot read `ASYMMETRIC`, which never was the state. It fences, and so
//!   does `heavy`. Of two sequentially consistent fences one comes first, and the load after the
//!   second one sees the store before the first one.
//! - Final `ASYMMETRIC`, and `light` read `UNDECIDED`. It fences, which is more than is needed in
//!   the next case.
//! - Final `ASYMMETRIC`, and `light` read it. The process was registered before the state was
//!   published, so `heavy` is a membarrier. Between its start and its return, every thread passes
//!   a full barrier: one on a core by an interrupt, any other one because it was switched out. That
//!   barrier falls somewhere in A's program order. If it falls after A's store, the store is visible
//!   when `heavy` returns and B's load sees it. Otherwise A's store, hence also A's load, comes
//!   after the barrier, before which B's store had become visible, and A's load sees that one.
//!   `light` keeps the compiler from moving A's load before A's store; nothing else is asked of it.
//!
//! Two threads that decide at once may disagree about what the kernel supports. The exchange picks
//! one answer and both go by it; a registration that is not used does no harm.
//!
//! The last case is an argument about the kernel and the processor. It is outside the memory model
//! of the language, so loom and Miri cannot follow it and sanitizers must not: there both sides are
//! fences, and so they are under `--cfg windlass_strong_barrier`.
//!
//! # Source
//!
//! membarrier(2), command `PRIVATE_EXPEDITED`. The names follow the proposal for asymmetric fences
//! in C++ (P1202). Ideas only.

#[cfg(all(
    target_os = "linux",
    feature = "std",
    not(any(loom, miri, windlass_strong_barrier))
))]
use asymmetric as backend;

#[cfg(not(all(
    target_os = "linux",
    feature = "std",
    not(any(loom, miri, windlass_strong_barrier))
)))]
use strong as backend;

/// Decides which kind of barrier this process uses, unless that is decided.
///
/// Until then [`light`] is a full fence. Call it where something that uses the barrier is built;
/// [`EventCount::new`](crate::EventCount::new) does.
pub fn init() {
    backend::init();
}

/// The hot side: keeps a load after it from passing a store before it, together with [`heavy`].
///
/// Wait-free. One predictable branch on a word that is written once in the life of the process,
/// and no fence, where membarrier works; otherwise a sequentially consistent fence. Two `light`
/// sides do not order each other.
#[inline(always)]
pub fn light() {
    backend::light();
}

/// The rare side: keeps a load after it from passing a store before it, and makes every other
/// thread's [`light`] do the same.
///
/// Where membarrier works this is a system call that interrupts each core on which another thread
/// of the process runs. It orders against [`light`] and against itself.
///
/// # Panics
///
/// If membarrier worked when the kind was decided and the kernel refuses it now, as a system call
/// filter installed at run time may do. Going on would break the promise for threads that rely on
/// it already. Such a program is built with `--cfg windlass_strong_barrier`.
pub fn heavy() {
    backend::heavy();
}

#[cfg(all(target_os = "linux", feature = "std", not(any(loom, miri, windlass_strong_barrier))))]
mod asymmetric {
    use super::strong;
    use crate::CachePadded;
    use crate::atomic::{AtomicU8, Ordering};

    const UNDECIDED: u8 = 0;
    const ASYMMETRIC: u8 = 1;
    const STRONG: u8 = 2;

    /// Padded: a neighbour that is written often would take this line from every notifier.
    static STATE: CachePadded<AtomicU8> = CachePadded::new(AtomicU8::new(UNDECIDED));

    #[inline(always)]
    pub(super) fn light() {
        // ORDERING: Relaxed. A stale answer is UNDECIDED and takes the fence, see the module.
        if STATE.load(Ordering::Relaxed) == ASYMMETRIC {
            #[expect(clippy::disallowed_methods, reason = "the light side of the barrier is this")]
            core::sync::atomic::compiler_fence(Ordering::SeqCst);
        } else {
            light_fence();
        }
    }

    #[cold]
    #[inline(never)]
    fn light_fence() {
        strong::light();
    }

    pub(super) fn init() {
        decided();
    }

    pub(super) fn heavy() {
        if decided() == ASYMMETRIC {
            // The kernel passes full barriers on this thread at entry and at exit. The call is
            // opaque to the compiler, which moves no shared access across it.
            let done = membarrier(PRIVATE_EXPEDITED).is_some();
            assert!(done, "membarrier worked when the process started and is refused now");
        } else {
            strong::heavy();
        }
    }

    /// Returns the final state, deciding it first if nobody has.
    fn decided() -> u8 {
        // ORDERING(decided): Acquire. The registration precedes a membarrier of this thread.
        match STATE.load(Ordering::Acquire) {
            UNDECIDED => decide(),
            state => state,
        }
    }

    #[cold]
    fn decide() -> u8 {
        let answer = if register() { ASYMMETRIC } else { STRONG };
        // ORDERING(decided): Release. Whoever reads ASYMMETRIC finds the process registered.
        // Acquire on failure: the same for the answer of the thread that was first.
        match STATE.compare_exchange(UNDECIDED, answer, Ordering::Release, Ordering::Acquire) {
            Ok(_) => answer,
            Err(earlier) => earlier,
        }
    }

    /// Registers the process, and returns whether a membarrier then works.
    fn register() -> bool {
        let needed = PRIVATE_EXPEDITED | REGISTER_PRIVATE_EXPEDITED;
        membarrier(QUERY).is_some_and(|commands| commands & needed == needed)
            && membarrier(REGISTER_PRIVATE_EXPEDITED).is_some()
            && membarrier(PRIVATE_EXPEDITED).is_some()
    }

    // Commands of linux/membarrier.h; they are the same on every architecture.
    const QUERY: libc::c_int = 0;
    const PRIVATE_EXPEDITED: libc::c_int = 1 << 3;
    const REGISTER_PRIVATE_EXPEDITED: libc::c_int = 1 << 4;

    /// Returns what the kernel answers, or `None` if it refuses.
    fn membarrier(command: libc::c_int) -> Option<libc::c_int> {
        const NO_FLAGS: libc::c_uint = 0;
        // SAFETY: the call takes two integers and touches no memory of the program.
        let answer = unsafe { libc::syscall(libc::SYS_membarrier, command, NO_FLAGS) };
        libc::c_int::try_from(answer).ok().filter(|&answer| 0 <= answer)
    }
}

mod strong {
    use crate::atomic::{Ordering, fence};

    #[cfg_attr(
        all(target_os = "linux", feature = "std", not(any(loom, miri, windlass_strong_barrier))),
        expect(dead_code, reason = "there is nothing to decide where both sides are fences")
    )]
    pub(super) fn init() {}

    #[inline(always)]
    pub(super) fn light() {
        // ORDERING(barrier): SeqCst fence. Of this one and the one in `heavy` one comes first; the
        // load after the second sees the store before the first. No access is hot enough to carry
        // the order instead: it would have to be on the caller's store and load.
        fence(Ordering::SeqCst);
    }

    pub(super) fn heavy() {
        // ORDERING(barrier): SeqCst fence. See `light`.
        fence(Ordering::SeqCst);
    }
}
