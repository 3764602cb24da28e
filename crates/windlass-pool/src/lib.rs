//! Workers that share nothing: typed threads that are reached by messages only.
//!
//! A worker is a value that lives on a thread of its own. Nobody else touches it; what it is to know comes
//! as a message. Each key belongs to one worker, so that what is kept for a key needs no lock, and its
//! messages are handled in the order in which they were sent, also while workers are added, fail and end.
//!
//! ```
//! use windlass_pool::{Context, Pool, Shutdown, Worker};
//!
//! struct Sum(u64);
//!
//! impl Worker for Sum {
//!     type Message = u64;
//!     type Control = ();
//!     type Slot = ();
//!
//!     fn on_message(&mut self, _: &mut Context<'_, Self>, n: u64) {
//!         self.0 += n;
//!     }
//! }
//!
//! let pool = Pool::builder(|_| Sum(0)).workers(2).build()?;
//! let mut tx = pool.sender()?;
//! for n in 0..100 {
//!     tx.send(&n, n)?; // to the worker that has the key `n`
//! }
//! let report = pool.shutdown(Shutdown::drain());
//! assert_eq!((report.accepted, report.handled), (100, 100));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | you want | you use |
//! |---|---|
//! | a worker with state | [`Worker`] and [`Pool::builder`] |
//! | a worker that is a closure | [`Pool::each`] |
//! | to send by key, to one worker, to the next in turn | [`Sender::send`], [`send_to`](Sender::send_to), [`send_any`](Sender::send_any) |
//! | to send many at once, or before others | [`Sender::send_batch`], [`Sender::send_batch_async`], [`Sender::send_high`] |
//! | to send later, once or again and again | [`Sender::after`], [`Sender::every`], [`Context::after_key`] |
//! | to send from inside a worker | [`Context::send`], which never waits; [`Context::after`] for later |
//! | to send from a worker into another pool | [`PoolLink`], by [`Init::link`]; it never waits either |
//! | what has no key to go to whoever is free, has least to do, or to fill batches | [`Builder::spread`] |
//! | keys to go by a rule of your own | [`Builder::partition_by`], [`Pool::sender_by`] |
//! | workers on certain cores | [`Builder::placement`] |
//! | to stop trying a worker that refuses | [`Builder::breaker`] |
//! | to ask a worker, and wait for its answer, poll it or await it | [`Sender::ask`], [`reply`] |
//! | to tell all of them something, in one order | [`Pool::broadcast`] |
//! | to ask all of them something | [`Pool::gather`] |
//! | more workers, or fewer, while messages flow | [`Pool::resize`], [`Worker::slot_out`], [`Worker::slot_in`] |
//! | workers that have as much to do each | [`Pool::rebalance`] |
//! | to say what becomes of a panic | [`Builder::restart`], [`Builder::poison`] |
//! | the keys of a worker that is gone for good to go to others | [`Builder::orphans`] |
//! | to know how it is doing, or be told | [`Pool::health`], [`Pool::watch`] |
//! | its numbers in a registry, its restarts, changes and dead letters in a trace | feature `metrics`; feature `tracing` and [`trace`] |
//! | not to handle what comes too late | [`Builder::shed`] |
//! | what workers keep to outlive panics and the pool | [`snapshot`] |
//! | messages that nobody handled | [`Pool::take_dead_letters`], [`Sender::resend`] |
//! | an end that loses nothing | [`Pool::shutdown`] |
//! | a test that finds rare schedules and repeats them | [`Simulation`] |
//!
//! # What it promises
//!
//! - `accepted = handled + dead + undelivered`: each message that was accepted is handled, or lies among the
//!   dead letters with a reason, or comes back in the report. One that is refused comes back at once.
//! - The messages of one sender arrive at each worker in order, and those for one key arrive in order also
//!   when the key gets another owner. The old owner has handled all of its messages, and handed its state
//!   over, before the new one handles any.
//! - Broadcasts arrive in the same order everywhere.
//! - A panic costs the worker's state and the message that it was at, and nothing else.
//! - A send takes no lock and allocates nothing, unless it is for later. Nobody waits for ever: each wait ends when
//!   the pool does.
//!
//! # Trade-offs
//!
//! A key is as quick as the worker that has it: one hot key does not get quicker with more workers. There is no
//! order between the messages of different senders, or between messages and broadcasts. What a worker sends to others goes
//! by way of an outbox of limited size, which may refuse: so no two workers wait for each other, and no two pools.
//!
//! # Features
//!
//! - `metrics`: `PoolMetrics` shows the numbers of pools in a registry of `windlass-metrics`. The pools
//!   themselves are the same with and without it.
//! - `serde`: [`Saved`] can be written and read.
//! - `tracing`: beginnings, panics, restarts, changes and ends are told to whoever subscribes, messages are not;
//!   see [`trace`].
//!
//! # What it does not do
//!
//! It runs no futures, steals no messages, and does not cross processes. Threads are pinned only on request.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
extern crate std;

mod balance;
mod batch;
mod breaker;
mod builder;
mod changes;
mod context;
mod controller;
mod dead;
mod desk;
mod error;
mod events;
mod gather;
mod hand;
mod health;
mod holdings;
#[cfg(feature = "tracing")]
mod in_span;
mod late;
mod letter;
mod links;
#[cfg(all(feature = "metrics", not(loom)))]
mod metrics;
#[cfg(loom)]
#[doc(hidden)]
pub mod model;
mod nanos;
mod orphans;
mod outbox;
mod partition_rule;
mod placement;
mod poison;
mod pool;
mod pool_link;
mod quiet;
mod random;
mod recent;
pub mod reply;
mod restart;
mod route;
mod runner;
mod schedule;
mod sender;
mod shared;
mod shared_queue;
mod shed;
mod shutdown;
mod simulation;
pub mod snapshot;
mod spread;
mod status;
mod time;
pub mod trace;
mod wheel;
mod worker;

pub use balance::{Balance, Outcome, Rebalanced, SlotMove};
pub use batch::Batch;
pub use breaker::{Breaker, BreakerError};
pub use builder::Builder;
pub use context::{Context, Timer};
pub use dead::{DeadCounts, DeadLetter, DeadReason};
pub use error::{BuildError, ChangeError, Closed, ControlError, SendTimeoutError, TrySendError};
pub use gather::Gathered;
#[cfg(not(loom))]
pub use health::Watch;
pub use health::{Health, HealthRules, PoolHealth, Symptom, WorkerHealth};
#[cfg(all(feature = "metrics", not(loom)))]
#[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
pub use metrics::PoolMetrics;
pub use orphans::Orphans;
pub use placement::{Placement, PlacementError};
pub use poison::Poison;
pub use pool::Pool;
pub use pool_link::PoolLink;
pub use restart::{Restart, RestartError};
pub use schedule::{Repeated, Scheduled};
pub use sender::{ResendError, Sender, SenderBy, Unsent};
pub use shared::Init;
pub use shed::Shed;
pub use shutdown::{Report, Shutdown};
pub use simulation::{Faults, Simulation};
pub use snapshot::{Saved, Snapshot};
pub use spread::Spread;
pub use status::{Phase, WorkerStats};
pub use windlass_partition::{Key, Slot};
pub use windlass_qos::{Deadline, Pause, QosLevel, Round, UnknownLevel, Wait};
pub use worker::{Arrived, Each, StopReason, Worker};
