//! Small plain values that anybody reads and writes, never torn.
//!
//! [`Register`] holds what fits in a machine word: numbers, `bool`, `char`, and small arrays and pairs of
//! them. Writing is one store, reading one load. [`Versioned`] is for values of up to four bytes, and a
//! reader sees which value it is. [`Snapshot`] is for plain values of several words: one writer, and readers
//! that try again when they were overtaken, a bounded number of times.
//!
//! ```
//! use windlass_qos::register::{Register, snapshot};
//!
//! let speed = Register::new(0.0_f64);
//! speed.write(12.5);
//! assert_eq!(speed.read(), 12.5);
//!
//! let (mut writer, reader) = snapshot([0.0_f64; 3]);
//! writer.write([1.0, 2.0, 3.0]);
//! assert_eq!(reader.read(10), Some([1.0, 2.0, 3.0]));
//! assert_eq!(reader.version(), 1);
//! ```
//!
//! Whoever reads a value of any of them sees what its writer wrote elsewhere before.
//!
//! # Progress
//!
//! | verb | progress |
//! |---|---|
//! | [`Register::write`], [`Register::read`] | wait-free: one store, one load |
//! | [`Versioned::write`], [`Versioned::read`] | lock-free for several writers, wait-free for readers |
//! | [`SnapshotWriter::write`] | wait-free: a store for each word, and two |
//! | [`Snapshot::try_read`] | wait-free; nothing while a write is under way, or if one came between |
//! | [`Snapshot::read`] | wait-free: so many attempts. A writer that stopped in the middle of a write stops readers from getting a value, but not from going on |

mod cell;
mod snapshot;
mod versioned;
mod word;
mod words;

pub use cell::Register;
pub use snapshot::{Snapshot, SnapshotWriter, snapshot};
pub use versioned::{Versioned, VersionedValue};
pub use word::{SmallWord, Word};
pub use words::Words;
