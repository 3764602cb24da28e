//! Counters, gauges and histograms that cost the thread that counts next to nothing.
//!
//! Every number has one writer, which the types enforce: counting takes `&mut self`. So counting is
//! a load and a store to a cache line that nobody else writes, and never an atomic
//! read-modify-write. Readers add up the parts of all writers whenever they like, and no writer
//! notices.
//!
//! ```text
//!  thread 1   Counter ---+                           +-> Snapshot -> difference, quantiles, JSON
//!  thread 2   Counter ---+-> Family -+-> Registry ---+-> Prometheus text
//!  thread 3   Histogram ---> Family -+               +-> `metrics` facade
//!  anybody    a closure, asked when somebody looks --+-> OpenTelemetry
//! ```
//!
//! | you want | you use |
//! |---|---|
//! | to count on a thread of your own | [`Counter`], [`Gauge`], [`HighWater`]; several: [`Block`] |
//! | to count anywhere | [`SharedCounter`], [`SharedGauge`], [`SharedHighWater`] |
//! | values by size: latencies, lengths | [`Histogram`], [`SharedHistogram`] |
//! | to time work as closely as a type says | [`Stopwatch`] with [`Off`] .. [`Full`] |
//! | names, labels and limits | [`Registry`], [`Family`], [`Spec`] |
//! | numbers that exist anyway | [`Registry::collector`], [`Family::observe`] |
//! | rates, and to reset | [`Snapshot::since`] |
//! | latency over time | [`HeatMap`] |
//!
//! # Example
//!
//! ```
//! use windlass_metrics::{Counter, Histogram, Registry, Spec, Unit};
//!
//! const SENT: Spec<Counter, 1> = Spec::new("app_messages_sent", "Accepted.", ["worker"]);
//! const WAIT: Spec<Histogram, 0> =
//!     Spec::new("app_wait", "From send to receive.", []).unit(Unit::Nanoseconds);
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let registry = Registry::new(1000);
//!     let sent = registry.family(SENT)?;
//!     let wait = registry.family(WAIT)?;
//!     std::thread::scope(|scope| {
//!         for worker in ["0", "1"] {
//!             // Each thread takes handles of its own, once.
//!             let (mut sent, mut wait) = (sent.writer([worker]), wait.writer([]));
//!             scope.spawn(move || {
//!                 sent.increment();
//!                 wait.record(1_500);
//!             });
//!         }
//!     });
//!     let now = registry.snapshot();
//!     assert_eq!(now.counter("app_messages_sent", &["1"]), Some(1));
//!     assert_eq!(now.histogram("app_wait", &[]).map(|wait| wait.count()), Some(2));
//!     Ok(())
//! }
//! ```
//!
//! # What it promises
//!
//! Counting and recording are wait-free, allocate nothing, never fail, and share nothing that is
//! written. Readers stop no writer. A snapshot of a histogram is a histogram of values that were
//! recorded, see [`HistogramReader::read`]. The error of a histogram is at most 3.2 %. Labels take
//! no more memory than was fixed at build. At the level [`Off`] nothing is left of a stopwatch.
//!
//! # What it does not do
//!
//! No global registry, no background thread, no server: a scrape is answered by whoever answers
//! other requests. No exact sums or maxima of histograms: they would be numbers beside the
//! buckets that a snapshot could see out of step.
//!
//! # Trade-offs
//!
//! Memory for speed: a counter occupies 256 bytes with its reference count, since it does not share
//! a cache line; fifteen numbers of one thread fit into a [`Block`] of the same size. Taking a
//! handle locks the family, so it is done once and not for each event.
//!
//! # Features
//!
//! - `std` (default): [`StdClock`], and locks that sleep. Without it the crate is `no_std` with
//!   `alloc`.
//! - `quanta`: `QuantaClock`, which reads the processor's counter.
//! - `json`: `Snapshot::to_json`.
//! - `prometheus`, `facade`, `opentelemetry`: see `export`.
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

extern crate alloc;

mod block;
mod clock;
mod counter;
mod error;
pub mod export;
mod gauge;
mod histogram;
mod level;
mod line;
mod registry;
mod shared;
mod snapshot;
mod spec;

pub use block::Block;
#[cfg(feature = "quanta")]
pub use clock::QuantaClock;
#[cfg(feature = "std")]
pub use clock::StdClock;
pub use clock::{Clock, ManualClock};
pub use counter::{Counter, CounterReader};
pub use error::{AttachError, LayoutError, LayoutsDiffer, RegisterError};
pub use gauge::{Gauge, GaugeReader, HighWater, HighWaterReader};
pub use histogram::{
    Column, HeatMap, Histogram, HistogramReader, HistogramSnapshot, Layout, SharedHistogram,
};
pub use level::{Counters, Full, Level, Off, Sampled, Stopwatch, StopwatchReader};
pub use registry::{Collected, Family, Metric, Readings, Registry, Scalar};
pub use shared::{SharedCounter, SharedGauge, SharedHighWater};
pub use snapshot::{FamilySnapshot, SeriesSnapshot, Snapshot, Value};
pub use spec::{Kind, LATENCY_BOUNDS, Spec, Unit};
