//! Answers: how whoever asks a worker gets one value back, or learns why not.
//!
//! An ask has two halves. The port, [`ReplyTo`], goes with the message to the worker. The asker keeps
//! [`Pending`] and waits for it as a thread, polls it, or awaits it. Each ask has a deadline and ends in
//! exactly one way: with the answer, or with one of [`AskError`].
//!
//! ```
//! use std::time::Duration;
//! use windlass_pool::Deadline;
//! use windlass_pool::reply::{Book, ReplyTo};
//!
//! enum Message {
//!     Double(u64, ReplyTo<u64>),
//! }
//!
//! let mut book = Book::new(4);
//! let (reply, pending) = book.open(Deadline::after(Duration::from_secs(1))).ok_or("window full")?;
//! let message = Message::Double(21, reply);
//!
//! let worker = std::thread::spawn(move || match message {
//!     Message::Double(n, reply) if reply.is_wanted() => reply.send(2 * n).is_ok(),
//!     Message::Double(..) => false,
//! });
//! assert_eq!(pending.wait()?, 42);
//! assert!(worker.join().unwrap(), "somebody wanted it");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it ends
//!
//! | what happens first | the asker gets | the port |
//! |---|---|---|
//! | [`ReplyTo::send`] | the answer | |
//! | the port is dropped, by a worker or with a message | [`Gone`](AskError::Gone) | |
//! | [`ReplyTo::reject`], [`Pending::reject`] | [`Rejected`](AskError::Rejected) | has its answer back |
//! | a look of the asker behind the deadline | [`Timeout`](AskError::Timeout) | has its answer back |
//! | [`Pending::cancel`], or [`Pending`] is dropped | [`Cancelled`](AskError::Cancelled) | has its answer back |
//!
//! An answer that is there wins over a deadline that has passed.
//!
//! # Progress
//!
//! | verb | progress |
//! |---|---|
//! | [`ReplyTo::send`], dropping a port | a lock that is held for a few instructions; a system call only if the asker sleeps |
//! | [`ReplyTo::is_wanted`] | wait-free; reads the clock |
//! | [`Pending::try_take`], polling | never waits for the answer; the same lock |
//! | [`Pending::wait`] | blocking, until the deadline |
//! | [`Book::open`] | takes no lock while cells are free; looks at each cell of the window once at most |
//!
//! # Trade-offs
//!
//! - The value lies in a lock that the two halves hold one after the other, so that no unsafe code is needed.
//! - A future does not wake itself at its deadline, since there is no timer here: poll it again, or
//!   let the runtime's timer do so.

mod book;
mod cell;
mod error;
mod pending;
mod port;
#[cfg(all(test, not(loom)))]
mod tests;

pub use book::{Book, pair};
pub use error::AskError;
pub use pending::Pending;
pub use port::ReplyTo;
