//! A buffer that changes its level by what happens to it, by rules that are stated.
//!
//! A [`Controller`] sees, window by window, how much was accepted, lost and refused and how full the buffer
//! was, and moves along a ladder: from the strictest rung, where nothing is lost and the sender is held up,
//! to the loosest, where the receiver gets the newest alone. [`Sender`] and [`Receiver`] are the ends of a
//! buffer that does what its rung says. Nothing runs by itself: the sender's thread calls
//! [`Sender::adapt`] once a window, of whatever length.
//!
//! | rung | when full | the receiver gets |
//! |---|---|---|
//! | [`Guaranteed`](QosLevel::Guaranteed), with a budget | refuses, or waits | all, in order |
//! | [`Guaranteed`](QosLevel::Guaranteed) | refuses, or waits | all, in order |
//! | [`Reliable`](QosLevel::Reliable) | the oldest makes room | all in order, and `Lagged` where some are missing |
//! | [`RealTime`](QosLevel::RealTime) | the oldest makes room | the newest, and `Lagged` as above; older ones are dropped |
//!
//! The receiver is told what is missing on every rung, so also at [`RealTime`](QosLevel::RealTime), where a buffer
//! of that level alone only counts it: what made room may have been accepted while it was to be told. Messages
//! that the receiver itself passed over for a newer one are never told, only counted, as
//! [`passed_over`](crate::Stats::passed_over).
//!
//! # The rules
//!
//! | window | counts as |
//! |---|---|
//! | more than [`loss`](Rules::loss) of what was offered was lost or refused | strained |
//! | the buffer is at least [`strained_at`](Rules::strained_at) full | strained |
//! | nothing was lost or refused, and it is at most [`calm_at`](Rules::calm_at) full | calm |
//! | anything else | neither, and both series are broken |
//!
//! | series | decision |
//! |---|---|
//! | [`patience`](Rules::patience) strained windows in a row | one rung looser |
//! | [`relief`](Rules::relief) calm windows in a row | one rung stricter |
//! | a strained series right after a stricter rung was tried | one rung looser, and the relief that is asked for doubles, up to 16 times |
//! | a whole relief on the strictest rung | the relief is what it was at first |
//!
//! Each change begins both series anew. So two changes in opposite directions are at least `patience`
//! windows apart, and a load that is too much for a rung is tried on it ever more seldom.
//!
//! # What there is not
//!
//! The sender's [`budget`](Sender::budget) holds up `try_send` alone; verbs that wait do so for room in the buffer
//! as it was built. There are no clones, for the one sender decides and the one receiver answers. There are no
//! batches and no `peek`, which would go past what is decided for each message, and no `Stream` or `Sink`: tasks call
//! [`Receiver::recv_async`] and [`Sender::send_async`].
//!
//! # What was accepted keeps its promise
//!
//! A looser rung is in force once every message that was accepted before is gone from the buffer; until then
//! nothing is overwritten that was not before. A stricter one is in force at once if only the sender has to
//! change, and else once the receiver has said that it takes in order; it says so when it receives next. That
//! is why there is one sender and one receiver.
//!
//! ```
//! use windlass_qos::QosLevel;
//! use windlass_qos::adaptive::{Builder, Rules};
//!
//! let rules = Rules::default().patience(2).relief(2);
//! let (mut tx, mut rx) = Builder::new(2).rules(rules).build()?;
//! for window in 0..2 {
//!     (0..4).for_each(|n| drop(tx.try_send(window * 10 + n))); // two are refused
//!     tx.adapt();
//! }
//! assert_eq!(tx.wanted(), QosLevel::Reliable);
//! assert_eq!(tx.level(), QosLevel::Guaranteed); // 0 and 1 are still there
//! assert_eq!([rx.recv()?, rx.recv()?], [0, 1]);
//! tx.try_send(20)?;
//! assert_eq!(tx.level(), QosLevel::Reliable);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builder;
mod controller;
mod iter;
mod order;
mod receiver;
mod sender;

#[cfg(doc)]
use crate::level::QosLevel;

pub use builder::Builder;
pub use controller::{Controller, Decision, Observation, Rules};
pub use iter::{Iter, TryIter};
pub use receiver::Receiver;
pub use sender::Sender;
