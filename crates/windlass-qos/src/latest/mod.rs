//! The newest value of one writer, which readers look at as often as they like.
//!
//! Writing allocates nothing and waits for nobody; what was not read is replaced. A value is not used up by
//! looking at it, and the last one stays when the writer closes. That is what tells this from a buffer of
//! capacity 1, which is a queue.
//!
//! [`channel`] is for one reader, who may change the value or take it out, and needs `T: Send` only.
//! [`shared`] is for several, who see the same value in place, and needs `T: Sync` too.
//!
//! ```
//! use windlass_qos::latest;
//!
//! let (mut writer, mut reader) = latest::channel();
//! assert_eq!(writer.write("one".to_string()), None);
//! assert_eq!(writer.write("two".to_string()), Some("one".to_string()), "nobody had read it");
//! assert_eq!(reader.read().map(String::as_str), Some("two"));
//! assert_eq!(reader.skipped(), 1);
//! writer.close();
//! assert_eq!(reader.read().map(String::as_str), Some("two"), "the last value stays");
//! assert!(reader.changed().is_err(), "but nothing comes any more");
//! ```
//!
//! # Progress
//!
//! | verb | progress |
//! |---|---|
//! | `write` | wait-free: one exchange for one reader; it takes a lock for a moment only to wake who sleeps |
//! | `read` with nothing new, `is_new` | wait-free: one load, no write |
//! | `read` with a new value, `take` | wait-free: one or two read-modify-writes |
//! | `changed` and its relatives | wait for the writer, until close or the deadline |

mod many;
mod one;
mod waiting;

pub use many::{SharedReader, SharedReaders, SharedWriter, shared};
pub use one::{Reader, Writer, channel};

#[cfg(all(test, not(loom)))]
mod tests;
