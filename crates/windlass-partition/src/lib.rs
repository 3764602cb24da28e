//! Pure functions from a key to a partition: the same everywhere, for ever.
//!
//! A partitioner says which of `n` workers, shards, nodes or topic partitions a key belongs to. It asks
//! nobody, allocates nothing, and gives the same answer in every process, on every platform and in every
//! later version of this crate, so that what is stored by it is found again.
//!
//! | you have | you use | when the members change |
//! |---|---|---|
//! | workers that keep state by key | [`SlotTable`] | as few whole slots move as can be; weights |
//! | a number of shards that never changes | [`Modulo`] | nearly all keys move |
//! | shards that grow and shrink at the end | [`Flip`], or [`Jump`] as others have it | only the unavoidable keys move |
//! | a few nodes, weights, replicas | [`Rendezvous`] | only the unavoidable keys move |
//! | many nodes that come and go | [`HashRing`] | only the unavoidable keys move; bounded load |
//! | many nodes, perfect balance | [`Maglev`] | a few needless moves |
//! | keys that should stay in order | [`Range`] | ranges are split and merged |
//! | a Kafka topic, an nginx upstream | [`KafkaMurmur2`], [`Ketama`] | as there |
//! | no keys | [`RoundRobin`], [`Sticky`] | |
//! | a rule of your own | [`Custom`] | |
//!
//! # Examples
//!
//! ```
//! use windlass_partition::{Members, Partitioner, SlotTable, plan};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let workers = SlotTable::new(&Members::count(4)?)?;
//! assert!(workers.partition("customer 42") < 4);
//! assert!(workers.partition(&42_u64) < 4);
//!
//! // One leaves: the plan says which slots to hand over, and to whom.
//! let fewer = workers.rebalanced(&workers.members().without(2)?)?;
//! for one in plan(&workers, &fewer)?.moves() {
//!     println!("slot {}: from {} to {}", one.slot, one.from, one.to);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What it promises
//!
//! A result is below `n`. Look-ups are wait-free and allocate nothing. For keys, seeds and members that
//! are equal the results are equal, for ever: each type says its version, and [`HASH_VERSION`] that of
//! the hashes under it. Another mapping would be another type or another version beside this one.
//!
//! # What it does not do
//!
//! It does not hash by the standard library's `Hash`, which is not stable; see [`Key`]. It holds no
//! connections, watches no members, and moves no data: [`plan`] says what has to move.
//!
//! # Trade-offs
//!
//! The seed is fixed, so that every process agrees without being told. Whoever chooses keys and knows
//! the seed can aim them all at one partition; where keys come from strangers, give each scheme a secret
//! seed by its `with_seed` and keep that seed as long as the data. The hashes are quick, not
//! cryptographic.
//!
//! Do not use the hash of the routing for hash tables within a partition, or leave it to the defaults
//! here: they use the middle of a hash, hash tables the ends.
//!
//! # Features
//!
//! None. The crate is `no_std` with `alloc`.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod balance;
mod crc32;
mod custom;
mod error;
mod flip;
mod hash;
mod hash_ring;
mod jump;
mod kafka;
mod ketama;
mod key;
mod load_bound;
mod log2;
mod maglev;
mod member;
mod modulo;
mod partitioner;
mod range;
mod rendezvous;
mod round_robin;
mod scheme;
mod slots;
mod sticky;
mod weight;

pub use custom::Custom;
pub use error::{BuildError, PlanError, SchemeError, WeightError};
pub use flip::Flip;
pub use hash::{DEFAULT_SEED, HASH_VERSION};
pub use hash_ring::HashRing;
pub use jump::Jump;
pub use kafka::KafkaMurmur2;
pub use ketama::Ketama;
pub use key::Key;
pub use load_bound::LoadBound;
pub use maglev::Maglev;
pub use member::{Member, MemberId, Members};
pub use modulo::Modulo;
pub use partitioner::Partitioner;
pub use range::{Merge, Range, Split};
pub use rendezvous::Rendezvous;
pub use round_robin::RoundRobin;
pub use scheme::{AnyPartitioner, Scheme};
pub use slots::{Move, Plan, SLOTS, Slot, SlotTable, plan};
pub use sticky::Sticky;
pub use weight::Weight;
