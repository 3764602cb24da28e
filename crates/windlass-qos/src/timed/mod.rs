//! Time to live and deadlines: a buffer whose messages are stamped when they are sent.
//!
//! A timed buffer is a buffer of any level whose senders stamp each message and whose receivers look at the
//! stamp. A message that is older than its time to live when a receiver meets it is dropped and never
//! delivered. Nothing looks for expired messages by itself: until a receiver comes to it, such a message
//! has its place. It is counted as [`expired`](crate::Stats::expired), and told to the callback; in line nobody is told
//! of it, at [`Reliable`](crate::Reliable) neither.
//!
//! ```
//! use std::time::Duration;
//! use windlass_qos::timed::{self, ManualClock};
//! use windlass_qos::{Builder, Reliable};
//!
//! let clock = ManualClock::new();
//! let (mut tx, mut rx) = timed::Builder::over(Builder::new(Reliable, 8))
//!     .time_to_live(Duration::from_millis(5))
//!     .clock(clock.clone())
//!     .build()?;
//! tx.send("old")?;
//! clock.advance(Duration::from_millis(4));
//! tx.send("new")?;
//! clock.advance(Duration::from_millis(3));
//! assert_eq!(rx.recv()?, "new");
//! assert_eq!(rx.last_age(), Duration::from_millis(3));
//! assert_eq!(rx.stats().expired, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Deadlines
//!
//! A receiver that expects a message at least once in a period, and a sender that offers one, each count
//! the periods without: [`Receiver::deadline_missed`], [`Sender::deadline_missed`]. Nobody is interrupted.
//!
//! # When the clock goes back
//!
//! Ages are differences that saturate at zero, and the stamps of one sender never go back. So a clock that
//! goes back makes messages look younger and none expires before its time, unless a sender that was idle
//! meanwhile stamps one before the clock is right again. What has expired is gone; what was counted stays.
//!
//! # What it goes with
//!
//! With everything that [`Builder`](crate::Builder) offers: levels, many senders and receivers, waits, dropping the
//! newest, waiting before it overwrites, a callback, which gets [`Stamped`] messages. Not with
//! [`conflate`](crate::conflate), [`lanes`](crate::lanes), [`broadcast`](crate::broadcast), [`latest`](crate::latest)
//! and [`adaptive`](crate::adaptive), which are buffers of their own.
//!
//! The ends have the verbs of the plain ones but these. `peek` would show what may have expired when it is taken.
//! `drain` would promise a number of messages of which some may have expired. A `Sink` may keep a message outside of
//! the buffer, and there would be two answers to when it was sent: a task calls [`Sender::send_async`]. What has
//! nothing to do with time, as `len` or `close`, is asked of [`Sender::plain`] and [`Receiver::plain`].
//!
//! # What it costs
//!
//! 8 bytes for each message, rounded up to its alignment, and a look at the clock on each side.
//!
//! # Source
//!
//! DDS: LIFESPAN, DEADLINE and the status that goes with it. Ideas only.

mod builder;
mod clock;
mod iter;
mod many;
mod numbers;
mod receiver;
mod sender;
#[cfg(feature = "stream")]
mod stream;
mod watch;
mod weak;

pub use builder::Builder;
pub use clock::{Clock, ManualClock, StdClock};
pub use iter::{Iter, TryIter};
pub use numbers::TimeHeld;
pub use receiver::Receiver;
pub use sender::{Sender, Stamped};
#[cfg(feature = "stream")]
pub use stream::{Messages, Reports};
pub use watch::DeadlineMissed;
pub use weak::WeakSender;
