//! Atomics, cells, threads, barriers and parking, under names that a model checker can replace.
//!
//! Every crate of the workspace takes what threads share from here. In production these are the
//! types of `core`, `alloc` and `std`; under `--cfg loom` they are loom's, so that one source is
//! both shipped and modelled. Two things are not in the standard library and are built here:
//! [`barrier`], whose hot side costs no fence, and [`EventCount`], which parks threads and tasks
//! and costs one load while nobody waits.
//!
//! ```text
//!   ring, qos, metrics, pool                     event_count
//!             |                                /     |      \
//!        windlass-sync            barrier  deadline  thread  sync
//!         /    |     \                 \       |       |     /
//!      core   std   loom             atomic  cell  hint  (core | std | loom)
//! ```
//!
//! # What it does not do
//!
//! No channels, no queues, no scheduler. It adds no lock of its own where `std` has one.
//!
//! # Trade-offs
//!
//! - Under loom there are no static atomics, because loom's have no `const fn new`. Nothing that
//!   is modelled may need one.
//! - The barrier interrupts the other running threads of the process on its rare side, so that
//!   the hot side pays nothing.
//!
//! # Features
//!
//! - `std` (default): threads, parking, deadlines, membarrier. Without it the crate is `no_std`
//!   with `alloc`: barriers are fences, [`EventCount`] wakes tasks only and its blocking wait
//!   spins.
//!
//! # Configurations
//!
//! - `--cfg loom`: everything is loom's.
//! - `--cfg windlass_strong_barrier`: both sides of [`barrier`] are fences. For sanitizers, and for
//!   processes that forbid the membarrier system call after they have started.
#![no_std]
#![warn(missing_docs)]
#![allow(unsafe_code, reason = "cells, system calls and prefetch instructions live here")]

extern crate alloc;
#[cfg(any(feature = "std", loom, test))]
extern crate std;

#[cfg(any(feature = "std", loom))]
mod alarm;
pub mod atomic;
pub mod barrier;
pub mod cell;
#[cfg(any(feature = "std", loom))]
mod cores;
mod deadline;
mod event_count;
pub mod hint;
#[cfg(loom)]
mod parker;
#[cfg(all(not(loom), any(test, not(feature = "std"))))]
mod spin_mutex;
pub mod sync;
pub mod thread;
mod waiters;

#[cfg(any(feature = "std", loom))]
pub use alarm::Alarm;
pub use crossbeam_utils::CachePadded;
pub use deadline::Deadline;
pub use event_count::EventCount;
