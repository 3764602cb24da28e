//! Buffers between threads that say exactly what happens when they are full.
//!
//! A buffer has a capacity that is fixed when it is built, and a level: what becomes of a message for which
//! there is no room. Messages are moved in and out, of any type that is `Send`.
//!
//! | level | when full | the receiver gets | lost |
//! |---|---|---|---|
//! | [`BestEffort`] | the oldest makes room; the sender never waits | the survivors, in order | counted |
//! | [`Reliable`] | the oldest makes room, and comes back to a sender that asks | all in order, and [`Lagged`](TryRecvError::Lagged) where some are missing | what was overwritten: told in line, exactly; else: counted |
//! | [`Guaranteed`] | [`Full`](TrySendError::Full), or the sender waits | all in order | nothing, ever |
//! | [`RealTime`] | the oldest makes room; the sender never waits | the freshest first | counted |
//!
//! What [`Reliable`] tells in line is what made room for others. What was [dropped as the newest](Builder::drop_newest), has
//! [expired](timed) or was [passed over](Receiver::take_latest) is counted, and nothing is told in its place.
//!
//! ```
//! use windlass_qos::{Builder, Reliable, TryRecvError};
//!
//! let (mut tx, mut rx) = Builder::new(Reliable, 3).build()?;
//! for i in 1..=5 {
//!     tx.send(i)?;
//! }
//! assert_eq!(rx.try_recv(), Err(TryRecvError::Lagged(2)));
//! assert_eq!([rx.recv()?, rx.recv()?, rx.recv()?], [3, 4, 5]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | you want | you use |
//! |---|---|
//! | a buffer between two threads | [`reliable`], [`guaranteed`], [`best_effort`], [`real_time`] |
//! | many senders or receivers, other waits, a callback for what is dropped | [`Builder`] |
//! | the level out of a configuration | [`QosLevel`] in place of the level |
//! | everything shown to several readers, a slow one missing some | [`broadcast`] |
//! | the newest value only | [`latest`]; for plain numbers [`register`] |
//! | the newest value of each key, in the order of first change | [`conflate`] |
//! | urgent messages first, none starved | [`lanes`] |
//! | messages that go stale, and to know when none came | [`timed`] |
//! | a level that follows the load | [`adaptive`] |
//!
//! # Options
//!
//! | | callback for what is dropped | drop the newest, or wait first | time to live, deadlines | many senders | many receivers |
//! |---|---|---|---|---|---|
//! | [`Builder`] | yes | yes, where it overwrites | yes, as [`timed`] over it | yes | yes |
//! | [`timed`] | yes | yes, where it overwrites | yes | yes | yes |
//! | [`lanes`] | yes | no | no | yes, on each lane | no |
//! | [`conflate`] | yes | no | no | yes | no |
//! | [`adaptive`] | yes | no | no | no | no |
//! | [`broadcast`] | no | no | no | no | yes, each sees all |
//! | [`latest`] | no | no | no | no | yes, each sees all |
//!
//! The rows do not combine with each other, but for [`timed`] over a plain buffer. A [`latest::Writer`] gets back what
//! nobody read, in place of a callback.
//!
//! # What it promises
//!
//! `accepted = delivered + dropped + held`, exactly, whenever nobody is at work on the buffer. Each message
//! is delivered once or dropped once. Nothing allocates after the build. `try_` verbs never wait; every wait
//! ends at close, or at its deadline. Where the receivers have gone and no sender is at work, nothing is held. A
//! level pays for itself alone: [`Guaranteed`] has no read-modify-write between one sender and one receiver.
//!
//! No code of yours runs between the claim of a place and the message being in it: messages are moved, and callbacks,
//! destructors and wakers come afterwards. So no panic leaves a place claimed, and a thread that dies of one in a
//! callback or in the iterator of a batch leaves a buffer whose sum is exact and at which nobody hangs.
//!
//! # Progress
//!
//! Of each attempt, by the type of the buffer, however many handles there are:
//!
//! | | [`OneToOne`] | [`ManyToOne`] | [`ManyToMany`] |
//! |---|---|---|---|
//! | `send`, `try_send`, `force_send` where the level overwrites | wait-free | lock-free | lock-free |
//! | `try_send`, and `send` that finds room, at [`Guaranteed`] | wait-free | lock-free | lock-free |
//! | `try_recv`, `peek`, `take_latest` where the level overwrites | lock-free | lock-free | lock-free |
//! | `try_recv`, `peek` at [`Guaranteed`] | wait-free | wait-free | lock-free |
//! | `recv` that finds nothing; `send` that finds no room, at [`Guaranteed`] or [built to wait](Builder::wait_then_overwrite) | blocking | blocking | blocking |
//! | `close`, `is_closed`, `len`, `stats` | waits for nobody | the same | the same |
//!
//! Each claim has a test in which another party is stopped in the middle of its call. Verbs with a deadline and futures
//! are attempts with waits between them; batches and iterators are several attempts. [`QosLevel`] is as the level that
//! it is, and a buffer that drops the newest as one that overwrites.
//!
//! - Who sends while a receiver sleeps, or makes room while a sender does, takes a lock for a moment, and makes a system
//!   call for each thread that it wakes. So does `close`, which may make one more as a barrier.
//! - When the last receiver has gone each send takes a lock. So do handles that are made and dropped.
//! - At [`Guaranteed`] an attempt returns, but not always with what you want: a sender that stopped in the middle of a
//!   send hides what others put in behind it, and one of several receivers that stopped in the middle of a take keeps its
//!   place from the senders. At the levels that overwrite neither holds anybody up.
//!
//! # Trade-offs
//!
//! - [`RealTime`] keeps what is among the last `capacity` messages: taking a fresh one makes no room for an older.
//! - A receiver that is overtaken while it takes messages goes ahead of the oldest, by up to half of the
//!   capacity, and to one of the newest if that does not help; it takes some into its hand. What it passes is
//!   told and counted as overwritten.
//! - With several senders one that stopped in the middle of a send may be stepped over, at the levels that
//!   overwrite: its message comes back to it as if it had been overwritten at once, even if there was room. The
//!   receiver lets other threads run up to 256 times before, so that one that was only suspended goes on. A later
//!   message may meanwhile overwrite what came after the oldest, which is still there.
//! - Messages of the levels that overwrite lie in slots that cells name: one more line to fetch, and a
//!   slot or two for each handle.
//!
//! # Memory
//!
//! With messages of 64 bytes and 64-bit pointers, one to one, both handles and their slots included: 1,176
//! bytes a buffer and 8 a message beyond the message at the levels that overwrite; 984 a buffer at [`Guaranteed`],
//! 1,272 for [`QosLevel::Guaranteed`], and nothing beyond the message. Smaller messages at [`Guaranteed`] share a header
//! of 8 bytes, seven at most. A [`broadcast`] takes 620 bytes, 36 a message, and 260 a reader, whose slot is
//! part of that.
//!
//! # Features
//!
//! - `stream`: [`Receiver::stream`](Receiver), a `futures_core::Stream`.
//! - `sink`: [`Sender::sink`](Sender), a `futures_sink::Sink`.
//! - `metrics`: `BufferMetrics` shows the numbers of buffers in a registry of `windlass-metrics`.
//!
//! # What it does not do
//!
//! It does not hand events to a graph of consumers in place (that is `windlass-ring`), does not choose a
//! worker by key, does not persist.
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

pub mod adaptive;
mod apart;
mod bell;
pub mod broadcast;
mod builder;
pub mod conflate;
mod error;
#[cfg(all(test, not(loom)))]
mod halt;
pub mod lanes;
mod late;
#[cfg(all(test, not(loom)))]
mod late_tests;
pub mod latest;
mod level;
mod listen;
#[cfg(all(feature = "metrics", not(loom)))]
mod metrics;
#[cfg(loom)]
#[doc(hidden)]
pub mod model;
#[cfg(all(test, not(loom)))]
mod passed_tests;
mod paths;
#[cfg(all(test, not(loom)))]
mod progress_tests;
mod receiver;
pub mod register;
mod sender;
mod shared;
mod slots;
mod stats;
mod store;
pub mod timed;

pub use builder::{Builder, Pair, best_effort, guaranteed, real_time, reliable};

pub use error::{
    BuildError, Closed, RecvError, RecvTimeoutError, SendTimeoutError, TryRecvError, TrySendError,
};
pub use level::{
    BestEffort, Guaranteed, Level, Overwrites, QosLevel, RealTime, Reliable, UnknownLevel, Waits,
};
#[cfg(all(feature = "metrics", not(loom)))]
#[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
pub use metrics::{BufferMetrics, Watchable};
pub use paths::{ManyReceivers, ManySenders, ManyToMany, ManyToOne, OneReceiver, OneToOne, Paths};
pub use receiver::{Drain, IntoIter, Iter, Receiver, RecvAsync, TryIter};
#[cfg(feature = "stream")]
pub use receiver::{Messages, Reports};
#[cfg(feature = "sink")]
pub use sender::Outlet;
pub use sender::{SendAsync, Sender, Unsent, WeakSender};
pub use stats::{DropReason, Stats};
pub use windlass_ring::{Deadline, Pause, Round, Wait};
