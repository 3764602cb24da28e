//! The behaviours behind the names of the LMAX Disruptor's own tests, asked of this crate.
//!
//! Their names stand in the comments; the tests were written anew. What is left out there has no
//! counterpart here: null arguments, exceptions as control flow, sequences of -1.
#![cfg(not(loom))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    clippy::missing_assert_message,
    reason = "tests have std, and fail by panicking"
)]

mod batch_processor;
mod dsl;
mod dsl_endings;
mod poller;
mod rewind;
mod ring_buffer;
mod sequencer;
mod stress;
mod wait_strategies;

/// Everything a poller finds now.
macro_rules! drain {
    ($poller:expr) => {{
        let mut found = Vec::new();
        while let Ok(mut batch) = $poller.poll() {
            batch.for_each(|event, _| found.push(*event));
        }
        found
    }};
}
pub(crate) use drain;
