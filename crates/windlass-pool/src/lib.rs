//! Workers that share nothing: typed threads that are reached by messages only.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
extern crate std;

mod batch;
mod builder;
mod context;
mod controller;
mod dead;
mod error;
mod events;
mod holdings;
mod letter;
#[cfg(loom)]
#[doc(hidden)]
pub mod model;
mod poison;
mod pool;
mod quiet;
mod restart;
mod route;
mod runner;
mod sender;
mod shared;
mod shutdown;
mod status;
mod worker;

pub use batch::Batch;
pub use builder::Builder;
pub use context::Context;
pub use dead::{DeadCounts, DeadLetter, DeadReason};
pub use error::{BuildError, ChangeError, Closed, ControlError, SendTimeoutError, TrySendError};
pub use poison::Poison;
pub use pool::{Gathered, Pool};
pub use restart::Restart;
pub use sender::Sender;
pub use shared::Init;
pub use shutdown::{Report, Shutdown};
pub use status::{Phase, WorkerStats};
pub use windlass_partition::{Key, Slot};
pub use windlass_qos::{QosLevel, Wait};
pub use worker::{Arrived, Each, StopReason, Worker};
