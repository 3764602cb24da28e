//! Rings that hand events from producers to graphs of consumers.
//!
//! A ring is a fixed number of slots that are filled once and then overwritten in place. Producers
//! claim slots, write events, and publish them; consumers read them where they lie, each at its
//! own pace; a slot is reused when the slowest consumer has released it.
//!
//! ```text
//!  one to one      P -> C              multicast   P -> A        pipeline  P -> A -> B -> C
//!  many to one     P, P, P -> C                    P -> B
//!                                                                diamond   P -> A -> C
//!  work sharing    P -> { W | W | W }  gate        P -> (g) -> C           P -> B -> C
//! ```
//!
//! | you want | you use |
//! |---|---|
//! | a fast queue between two threads | [`one_to_one`] |
//! | a fast queue from many threads | [`many_to_one`] |
//! | stages on threads, in any acyclic graph | [`Builder`] |
//! | to consume on a thread of your own | [`Poller`] |
//! | workers that share the load | [`StageBuilder::members`] |
//! | consumers that come and go | [`Ring::join`] |
//! | to hold events back until something else happened | [`Builder::gate`] |
//!
//! # What it promises
//!
//! Every consumer sees every published event whole, once and in order. Nothing is overwritten that
//! a consumer has not released. `try_` verbs never wait; waits end when the ring closes or is
//! poisoned, or at a deadline. Nothing allocates after the ring is started.
//!
//! # What it does not do
//!
//! It does not drop events when it is full, route by key, or cross processes.
//!
//! # Trade-offs
//!
//! The slowest consumer holds up everybody. Events lie in cache lines together with the word that
//! publishes them, so runs of events that lie side by side are short: seven of eight bytes.
//!
//! # Features
//!
//! - `std` (default): threads, deadlines, parking, async. Without it the crate is `no_std` with
//!   `alloc`, and has producers and pollers that spin.
//! - `stream`: [`Poller::stream`](Poller), a `futures_core::Stream`.
//! - `metrics`: `RingMetrics`, which shows the numbers of rings in a registry of `windlass-metrics`.
//!   The rings themselves are the same with and without it.
//!
//! # Models
//!
//! Under `--cfg loom` the threads, atomics and waits of a ring are those of loom: so rings may stand
//! in the loom models of your own crate. Model small ones, and publish and take a few events only.
//! `RingMetrics` is not there then.
//!
//! # Source
//!
//! The LMAX Disruptor: slots that are written in place, sequences, batches, graphs of consumers.
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod access;
mod builder;
mod consumer;
mod cursor;
mod error;
mod gate;
mod graph;
#[cfg(feature = "std")]
mod handler;
mod head;
mod life;
#[cfg(all(feature = "metrics", not(loom)))]
mod metrics;
mod producer;
mod ring;
mod sequence;
#[cfg(feature = "std")]
mod shutdown;
mod slots;
mod stage;
mod stage_builder;
mod state;
mod stats;
mod wait;

pub use access::{Access, Exclusive, Shared};
pub use builder::{Builder, many_to_one, one_to_one};
#[cfg(feature = "stream")]
pub use consumer::Events;
#[cfg(feature = "std")]
pub use consumer::Ready;
pub use consumer::{At, Batch, Poller};
pub use error::{
    BatchError, BuildError, ClaimError, Closed, GateError, JoinError, PollError, PublishError,
    TakeError,
};
pub use gate::Gate;
#[cfg(feature = "std")]
pub use handler::{Flow, Handler};
pub use life::Poison;
#[cfg(all(feature = "metrics", not(loom)))]
pub use metrics::RingMetrics;
#[cfg(feature = "std")]
pub use producer::PublishAsync;
pub use producer::{Claim, Multi, MultiProducer, Producer, ProducerOf, Sequencer, Single};
pub use ring::{JoinFrom, Ring};
pub use sequence::Sequence;
#[cfg(feature = "std")]
pub use shutdown::{Report, StageReport};
pub use slots::{RunsMut, Slots};
#[cfg(feature = "std")]
pub use stage::{Member, PanicPolicy, Rewinds};
pub use stage_builder::StageBuilder;
pub use stats::{RingStats, StageStats};
pub use wait::{Pause, Round, Wait, Waiter};
pub use windlass_sync::Deadline;
