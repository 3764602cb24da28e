//! Where numbers go: one module for each, behind a feature of its name.
//!
//! All of them pull: they take a snapshot when somebody asks, and no writer notices. Times are
//! exported in seconds, counters end in `_total` where that is usual, and buckets are those of
//! [`Spec::bounds`](crate::Spec::bounds).

#[cfg(feature = "facade")]
pub mod facade;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "opentelemetry")]
pub mod opentelemetry;
#[cfg(feature = "prometheus")]
pub mod prometheus;
