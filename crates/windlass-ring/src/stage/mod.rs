//! Stages: consumers that the ring runs on threads of its own.

mod options;
mod runner;

pub(crate) use options::Options;
pub use options::{Member, PanicPolicy, Rewinds};
pub(crate) use runner::{Runner, Work, run};
