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
//! The state is undecided at first and moves once, to asymmetric or to strong, by one
//! compare-exchange. `heavy` decides before it acts, so it acts on the final state. `light` reads
//! the state with Relaxed and may lag. The cases are final state by what `light` read:
//!
//! - Final strong. `light` cannot read asymmetric, which never was the state. It fences, and so
//!   does `heavy`. Of two sequentially consistent fences one comes first, and the load after the
//!   second one sees the store before the first one.
//! - Final asymmetric, and `light` read undecided. It fences, which is more than is needed in
//!   the next case.
//! - Final asymmetric, and `light` read it. The process was registered before the state was
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

#[cfg(all(target_os = "linux", feature = "std", not(any(loom, miri, windlass_strong_barrier))))]
mod asymmetric;
#[cfg(all(target_os = "linux", feature = "std", not(any(loom, miri, windlass_strong_barrier))))]
mod decision;
mod strong;

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
