//! What tests of several crates share: a reference ring, events that count their destructors, and
//! an executor small enough to be seen through.

#![forbid(unsafe_code)]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a tool for tests, which always have std"
)]

mod block_on;
mod reference;
mod seen;
mod tally;

pub use block_on::{Wakes, block_on, poll_once};
pub use reference::{Reference, Refused};
pub use seen::Seen;
pub use tally::{Tallied, Tally};
