//! The checks of `cargo xtask ci` that are more than one command of cargo's own.
//!
//! One file per check. Those that need a program of others skip with a line where it is absent.

pub(crate) mod api;
pub(crate) mod deny;
pub(crate) mod features;
pub(crate) mod package;
pub(crate) mod semver;
pub(crate) mod spelling;
pub(crate) mod unused;
