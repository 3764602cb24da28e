//! Threads, as many as it takes, and sums that only come out if every event arrived once and whole.
#![cfg(not(loom))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    clippy::missing_assert_message,
    reason = "tests have std, and fail by panicking"
)]

mod graphs;
mod lives;
mod streams;

/// Events of a run. The interpreter is some thousand times slower.
pub(crate) const EVENTS: u64 = if cfg!(miri) { 40 } else { 40_000 };
/// Runs where threads come and go.
pub(crate) const VISITS: u64 = if cfg!(miri) { 4 } else { 400 };
/// More than any machine for tests has cores.
pub(crate) const CROWD: usize = if cfg!(miri) { 3 } else { 24 };
/// Tiny rings, where everybody always waits for everybody, and one where nobody does.
pub(crate) const CAPACITIES: [usize; 3] = [1, 2, 1024];
