//! One sender, and readers that each see every message: a slow one never holds up the sender.
//!
//! The last `capacity` messages are kept. The oldest makes room, a reader that had not seen it is told in
//! line how many it missed, and one that comes late may begin with what is kept. Readers see messages in
//! place: nothing is cloned, and a message that is being read stays until it was read, however often the
//! sender goes round meanwhile.
//!
//! ```
//! use windlass_qos::broadcast::{Builder, From};
//! use windlass_qos::RecvError;
//!
//! let (mut tx, readers) = Builder::new(3).readers(2).build::<String>()?;
//! let mut early = readers.subscribe(From::Next)?;
//! for i in 1..=5 {
//!     tx.send(i.to_string())?;
//! }
//! let mut late = readers.subscribe(From::Oldest)?;
//! assert_eq!(early.recv().err(), Some(RecvError::Lagged(2)));
//! assert_eq!(*early.recv()?, "3");
//! assert_eq!(*late.recv()?, "3");
//! assert_eq!(*late.latest()?, "5");
//! assert_eq!(late.stats().passed_over, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Progress
//!
//! | verb | progress |
//! |---|---|
//! | [`Sender::send`] | wait-free; it takes a lock for a moment only to wake who sleeps |
//! | [`Reader::try_recv`], [`Reader::latest`], `len`, dropping a [`Ref`] | wait-free, one read-modify-write each |
//! | [`Reader::recv`], `recv_timeout`, `recv_deadline`, `recv_async` | wait for the sender, until close or the deadline |
//! | [`Readers::subscribe`], [`Reader::another`] | lock-free, a look at each seat |
//!
//! # Memory
//!
//! Eight bytes a message beyond its slot, a slot of the message and 16 to 24 bytes, `readers + 1` slots more
//! than the capacity, and what a reader itself takes: 260 bytes with its slot, for messages of 64. Nothing
//! allocates after the build. A message that was
//! overwritten while somebody read it is dropped by the sender, at a later `send`, or with the last handle.

mod builder;
mod head;
mod reader;
mod recv_async;
mod sender;
mod view;

pub use builder::{Builder, Readers, TooManyReaders};
pub(crate) use reader::Spot;
pub use reader::{From, Reader, ReaderStats};
pub use recv_async::RecvAsync;
pub use sender::{BroadcastStats, Sender};
pub use view::Ref;

#[cfg(all(test, not(loom)))]
mod progress_tests;
#[cfg(all(test, not(loom)))]
mod tests;
