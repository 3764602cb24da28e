//! Copies of what workers keep: for a restart, for another pool, for a file.
//!
//! A worker that keeps its state by slot, and hands it over by [`slot_out`](Worker::slot_out) and
//! [`slot_in`](Worker::slot_in), needs one method more to be copied: [`Snapshot::slot_copy`]. What comes back
//! comes by `slot_in`, as from another worker.
//!
//! ```
//! use std::collections::HashMap;
//! use std::time::Duration;
//!
//! use windlass_pool::{Arrived, Context, Pool, Shutdown, Slot, Snapshot, Worker};
//!
//! #[derive(Default)]
//! struct Sums(HashMap<usize, u64>);
//!
//! impl Worker for Sums {
//!     type Message = u64;
//!     type Control = ();
//!     type Slot = u64;
//!
//!     fn on_message(&mut self, _: &mut Context<'_, Self>, n: u64) {
//!         *self.0.entry(Slot::of_key(&n).index()).or_default() += n;
//!     }
//!
//!     fn slot_out(&mut self, slot: Slot) -> Option<u64> {
//!         self.0.remove(&slot.index())
//!     }
//!
//!     fn slot_in(&mut self, slot: Slot, state: Arrived<u64>) {
//!         if let Arrived::State(sum) = state {
//!             self.0.insert(slot.index(), sum);
//!         }
//!     }
//! }
//!
//! impl Snapshot for Sums {
//!     fn slot_copy(&self, slot: Slot) -> Option<u64> {
//!         self.0.get(&slot.index()).copied()
//!     }
//! }
//!
//! // Copied every 100 batches, for the case that a worker panics.
//! let pool = Pool::builder(|_| Sums::default()).workers(2).snapshots(100).build()?;
//! let mut tx = pool.sender()?;
//! for n in 1..=10 {
//!     tx.send(&n, n)?;
//! }
//! # while pool.stats().iter().map(|stats| stats.handled).sum::<u64>() < 10 {
//! #     std::thread::yield_now();
//! # }
//! // Copied now, for whoever wants it.
//! let saved = pool.snapshot(Duration::from_secs(1));
//! assert!(saved.is_complete());
//! assert_eq!(saved.slots.iter().map(|(_, sum)| sum).sum::<u64>(), 55);
//! pool.shutdown(Shutdown::drain());
//!
//! // Another pool begins with it, and may have another number of workers.
//! let pool = Pool::builder(|_| Sums::default()).workers(3).restore(saved).build()?;
//! let sums = pool.gather(|worker| worker.0.values().sum::<u64>(), Duration::from_secs(1));
//! assert_eq!(sums.answers.iter().map(|(_, sum)| sum).sum::<u64>(), 55);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When copies are made, and who gets them
//!
//! | copies are made | by | of |
//! |---|---|---|
//! | every so many batches | [`Builder::snapshots`](crate::Builder::snapshots) | all slots of a worker |
//! | when somebody asks | [`Pool::snapshot`] | all slots of all workers |
//! | when a slot comes from another worker | a pool with `snapshots` | that slot |
//! | before an ordered restart | [`Pool::restart`] in a pool with `snapshots` | all slots of the worker |
//!
//! A worker that is built anew, after a panic or by [`Pool::restart`], gets the newest copies of its slots
//! before anything else reaches it. A slot whose owner panics when it is to hand it out goes on as its newest
//! copy. A worker that is gone for good takes its copies with it, unless its
//! slots go to others by [`Orphans::Move`](crate::Orphans::Move): those get them.
//!
//! Copying holds the worker up for as long as it takes, between two batches; no other one waits for it. What is
//! cheap to copy, such as an `Arc` of something that is not changed in place, is cheap here. State that belongs
//! to no slot is not copied.
//!
//! # What a copy holds, and what is lost
//!
//! A copy of a slot holds what the worker did up to some moment between two batches: all messages that were
//! handled before, and none of those that came later. The slots of one worker are copied at the same moment,
//! different workers at different ones. Messages that lie in mailboxes are not part of it.
//!
//! After a panic, the worker has the state of the copy. **Lost is what the messages did that were handled
//! between the copy and the panic**: up to as many batches as `snapshots` says. They count as handled all the
//! same. The message that panicked is settled by [`Poison`](crate::Poison), and what is queued follows. An
//! ordered restart loses nothing, since it copies first.
//!
//! # Closing the gap by replay
//!
//! Whoever can read messages a second time loses nothing: number the messages of each key or slot, and keep
//! the number of the last one beside the state, so that the copy says how far it has come. Then
//!
//! - **a new pool**: send everything again from the smallest number on. A worker skips what its slot has seen;
//! - **a restart in a running pool**: what was queued comes behind the gap, so the worker must not take it as
//!   if nothing were missing. It sees from the number that some are, and reads those from the log first.
//!
//! ```
//! # use std::sync::Arc;
//! # use std::time::Duration;
//! # use windlass_pool::{Arrived, Context, Poison, Pool, Shutdown, Slot, Snapshot, Worker};
//! /// The sum of a log, as far as it was sent; this one has a single key.
//! struct Sum {
//!     log: Arc<Vec<u64>>,
//!     next: usize,
//!     sum: u64,
//! }
//!
//! impl Sum {
//!     /// Does what messages before `end` say, as far as that was not done before.
//!     fn catch_up(&mut self, end: usize) {
//!         while self.next < end {
//!             self.sum += self.log[self.next];
//!             self.next += 1;
//!         }
//!     }
//! }
//!
//! impl Worker for Sum {
//!     /// The number of an entry.
//!     type Message = usize;
//!     type Control = ();
//!     type Slot = (usize, u64);
//!
//!     fn on_message(&mut self, cx: &mut Context<'_, Self>, n: usize) {
//!         self.catch_up(n + 1);
//! #       if n == 70 && cx.restarts() == 0 { panic!("as an example") }
//!     }
//!
//!     fn slot_in(&mut self, _: Slot, state: Arrived<(usize, u64)>) {
//!         if let Arrived::State(state) = state {
//!             (self.next, self.sum) = state;
//!         }
//!     }
//! }
//!
//! impl Snapshot for Sum {
//!     fn slot_copy(&self, slot: Slot) -> Option<(usize, u64)> {
//!         (slot == Slot::of_key("log")).then_some((self.next, self.sum))
//!     }
//! }
//!
//! let log: Arc<Vec<u64>> = Arc::new((0..100).collect());
//! let worker = { let log = log.clone(); move |_: &_| Sum { log: log.clone(), next: 0, sum: 0 } };
//! let pool = Pool::builder(worker).snapshots(4).batch(8).build()?;
//! let mut tx = pool.sender()?;
//! for n in 0..log.len() {
//!     tx.send("log", n)?; // The worker panics at one of them.
//! }
//! # while pool.stats()[0].handled < 99 { std::thread::yield_now() }
//! let sums = pool.gather(|worker| worker.sum, Duration::from_secs(1));
//! assert_eq!(sums.answers, [(0, 4950)]);
//! # assert_eq!(pool.shutdown(Shutdown::drain()).restarts, 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Formats
//!
//! With the feature `serde`, [`Saved`] can be written and read in any format that serde has; otherwise
//! [`Saved::slots`] is a list that you may write as you like, and collecting such a list gives a `Saved` again.

mod copies;
mod saved;
mod take;

use windlass_partition::Slot;

use crate::worker::Worker;

#[cfg(doc)]
use crate::pool::Pool;

pub(crate) use copies::{Copies, Keeper, Save};
pub use saved::Saved;

/// A worker whose slots can be copied.
///
/// A copy is what [`Worker::slot_out`] would give, except that the worker keeps its own. The
/// [module](crate::snapshot) says when copies are made, and what they are good for.
pub trait Snapshot: Worker<Slot: Clone> {
    /// A copy of what is kept for a slot; nothing if nothing is.
    fn slot_copy(&self, slot: Slot) -> Option<Self::Slot>;
}
