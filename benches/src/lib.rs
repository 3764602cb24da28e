//! The benchmark harness of Windlass.
//!
//! Every figure is measured beside its peers in one process, round by round, and every throughput
//! has a consumer at the other end that checks what arrived. `docs/benchmarks.md` tells how to run
//! it and how to read it.
//!
//! Each [`suite`] is one module, such as [`ring`], and says what is done and by whom as [`case`]s;
//! [`runner`] interleaves the rounds, and [`record`], [`table`], [`report`] and [`against`] say what
//! came out.

#![forbid(unsafe_code)]
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the harness measures real threads and real clocks; loom never sees it"
)]
#![allow(clippy::std_instead_of_alloc, reason = "a tool that always has std")]
#![allow(
    missing_debug_implementations,
    reason = "most types here hold the ends of peers that have no Debug"
)]
#![allow(clippy::print_stderr, reason = "the watchdog tells the user who hangs")]

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

pub mod advice;
pub mod against;
pub mod board;
pub mod case;
pub mod choices;
pub mod course;
pub mod cpu;
pub mod host;
pub mod metrics;
pub mod micro;
pub mod partition;
pub mod payload;
pub mod pin;
pub mod plot;
pub mod pool;
pub mod qos;
pub mod record;
pub mod report;
pub mod ring;
pub mod runner;
pub mod setup;
pub mod stats;
pub mod strategies;
pub mod suite;
pub mod table;
pub mod twins;
pub mod watchdog;

/// Counts every allocation of the process, for `ring/alloc`.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Allocations and reallocations of this process so far.
#[must_use]
pub fn allocations() -> usize {
    let stats = ALLOCATOR.stats();
    stats.allocations + stats.reallocations
}
