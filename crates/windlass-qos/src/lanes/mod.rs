//! Priority lanes: several buffers, one receiver, and budgets so that none starves.
//!
//! Each lane has its own capacity, level, budget and senders. The receiver takes from lane 0 first, then
//! from lane 1, and so on; a lane that has given as many messages as its budget lets the others give theirs.
//!
//! ```
//! use windlass_qos::QosLevel::{Guaranteed, RealTime};
//! use windlass_qos::lanes::{Builder, Lane};
//!
//! let (mut lanes, mut rx) = Builder::new()
//!     .lane(Lane::new(Guaranteed, 16).budget(2)) // control
//!     .lane(Lane::new(RealTime, 64)) // data
//!     .build()?;
//! for n in 0..3 {
//!     lanes[1].send(n)?;
//!     lanes[0].send(10 + n)?;
//! }
//! let order: Vec<(usize, i32)> = rx.try_iter().collect();
//! assert_eq!(order, [(0, 10), (0, 11), (1, 2), (0, 12), (1, 1), (1, 0)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The rule
//!
//! Lanes take turns in rounds. In a round each lane gives at most as many messages as its budget, the ones
//! with lower numbers first; when every lane that has something has given its share, a new round begins. No
//! lane gives more than its budget in a row while another one has something. So a lane that has something
//! waits for at most twice the sum of the other budgets, and a message of lane 0 for at most the sum of the
//! other budgets, if lane 0 keeps within its own. Within a lane the order is that of its level.
//!
//! # Progress
//!
//! That of the level on each lane, see [the crate](crate#progress). Receiving looks at each lane once or twice.

mod builder;
mod receiver;
mod sender;
mod shared;
mod turn;

pub use builder::{Builder, Lane};
pub use receiver::{Iter, Receiver, TryIter};
pub use sender::Sender;

#[cfg(all(test, not(loom)))]
mod progress_tests;
