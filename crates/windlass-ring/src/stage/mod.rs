//! Stages: consumers that the ring runs on threads of its own.

mod options;
#[cfg(feature = "std")]
mod policy;
#[cfg(feature = "std")]
mod runner;

pub(crate) use options::Options;
#[cfg(feature = "std")]
pub use policy::{Member, PanicPolicy, Rewinds};
#[cfg(feature = "std")]
pub(crate) use runner::{Runner, Work, run};
