//! What buffers promise, by subject. One program, since each would be the whole crate once more.
#![cfg(not(loom))]
#![allow(
    missing_docs,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::missing_assert_message,
    clippy::mem_forget,
    clippy::unwrap_used,
    reason = "tests have std, and fail by panicking; what is forgotten is tested too"
)]

mod adaptive;
mod adaptive_ends;
#[cfg(not(miri))]
mod any_input;
mod async_ends;
mod bad_input;
mod batches;
mod conflate;
mod conflate_ends;
mod ends;
mod lane_runs;
mod lanes;
mod levels;
mod many_to_many;
#[cfg(feature = "metrics")]
mod metrics;
mod numbers;
mod overwriting;
mod peek;
mod progress;
#[cfg(not(miri))]
mod shared_model;
#[cfg(not(miri))]
mod shared_stress;
mod table;
mod timed;
mod timed_deadlines;
mod timed_ends;
