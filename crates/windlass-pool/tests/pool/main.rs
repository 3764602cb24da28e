//! What a pool promises, by subject. One program, since each would be the whole pool once more.
#![cfg(not(loom))]
#![allow(
    missing_docs,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests have std, and fail by panicking"
)]

mod accounting;
#[cfg(not(miri))]
mod any_input;
mod bad_input;
mod batch_async;
mod control;
#[cfg(not(miri))]
mod dead_letters;
mod health;
mod links;
mod links_simulation;
mod links_threads;
#[cfg(feature = "metrics")]
mod metrics;
mod order;
mod orphans;
mod outbox;
mod partition_by;
mod promises;
mod rebalance;
mod resize;
mod schedule;
mod shared;
mod shared_ends;
mod shared_simulation;
mod shed;
mod shutdown;
mod simulation;
#[cfg(not(miri))]
mod snapshot;
mod spread;
mod supervision;
mod support;
#[cfg(all(feature = "tracing", not(miri)))]
mod trace;
