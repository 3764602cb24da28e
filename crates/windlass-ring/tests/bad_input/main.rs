//! What happens when a ring is misused, or when what it calls misbehaves.
#![cfg(not(loom))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    clippy::missing_assert_message,
    clippy::mem_forget,
    reason = "tests have std, and fail by panicking"
)]

#[cfg(not(miri))]
mod any_input;
mod building;
mod claims;
mod endings;
mod events;
mod leaving;
mod panic_policies;
mod panic_releases;
mod panics;
mod rewinds;
mod skipped;
