//! Conflation by key: of each key only the newest unread update is kept, at the place of the first one.
//!
//! A price feed, a set of gauges, the state of many objects: who reads late wants the last value of each
//! key, once, and in the order in which they began to change. There is a cell for each key, and a queue
//! of the keys that have something unread. A newer update is exchanged for the one in the cell and the
//! queue stays as it is, so a key that changes all the time neither comes more often nor is put off.
//! The queue has a place for each key and so is never full.
//!
//! ```
//! let (mut tx, mut rx) = windlass_qos::conflate::channel(3)?;
//! tx.send(2, "b1")?;
//! tx.send(0, "a1")?;
//! tx.send(2, "b2")?; // takes the place of b1
//! assert_eq!([rx.recv()?, rx.recv()?], [(2, "b2"), (0, "a1")]);
//! assert_eq!(rx.stats().conflated, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Progress
//!
//! [`Sender::send`] is wait-free: one exchange, and for the first unread update of a key one addition.
//! [`Sender::send_merge`] and [`Receiver::try_recv`] are lock-free: they try again if another one changed
//! the same key meanwhile. A sender that is suspended inside `send`, between the exchange and the entry of
//! its key, hides keys that were entered behind it until it goes on; it makes no sender wait.
//!
//! # Order
//!
//! Keys come in the order of their first unread update. Two senders that update one key at once share an
//! entry, made by one of them; what the other one sends next may come before it.
//!
//! # Source
//!
//! An entry per key whose place is kept: the conflation queues of tools4j nobark. The exchange of slots that
//! handles own: triple buffers. Ideas only.

mod builder;
mod cells;
mod names;
mod queue;
mod receiver;
mod seat;
mod sender;
mod shared;
mod taker;

pub use builder::{Builder, channel};
pub use names::{Keys, NamedPair, NamedReceiver, NamedSender, named};
pub use receiver::{Iter, Receiver, TryIter};
pub use sender::{SendError, Sender};
