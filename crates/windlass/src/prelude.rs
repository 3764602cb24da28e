//! The names that most programs need, of the layers that are there.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use windlass::prelude::*;
//!
//! let (mut tx, mut rx) = reliable(3)?;
//! for n in 1..=5 {
//!     tx.send(n)?;
//! }
//! drop(tx);
//! assert_eq!(rx.iter().collect::<Vec<_>>(), [3, 4, 5]);
//! assert_eq!(rx.lost(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! A name stands here only if it means the same in every layer, and no name hides one of the standard
//! library's prelude. So there is no `Builder`, `Sender` or `Closed`: write `ring::Builder`, `pool::Sender`.

#[cfg(all(feature = "metrics", feature = "pool", not(loom)))]
pub use windlass_pool::PoolMetrics;
#[cfg(all(feature = "metrics", feature = "qos", not(loom)))]
pub use windlass_qos::BufferMetrics;
#[cfg(all(feature = "metrics", feature = "ring", not(loom)))]
pub use windlass_ring::RingMetrics;

#[cfg(feature = "metrics")]
pub use windlass_metrics::{Counter, Gauge, Histogram, Registry, Spec};
#[cfg(feature = "partition")]
pub use windlass_partition::{Key, Members, Partitioner, Slot, SlotTable};
#[cfg(all(feature = "pool", not(feature = "qos")))]
pub use windlass_pool::QosLevel;
#[cfg(feature = "pool")]
pub use windlass_pool::{Arrived, Context, Placement, Pool, Restart, Shutdown, StopReason, Worker};
#[cfg(all(feature = "pool", not(any(feature = "qos", feature = "ring"))))]
pub use windlass_pool::{Deadline, Wait};
#[cfg(all(feature = "pool", not(feature = "partition")))]
pub use windlass_pool::{Key, Slot};
#[cfg(feature = "qos")]
pub use windlass_qos::{
    BestEffort, Guaranteed, QosLevel, RealTime, Reliable, best_effort, guaranteed, real_time,
    reliable,
};
#[cfg(all(feature = "qos", not(feature = "ring")))]
pub use windlass_qos::{Deadline, Wait};
#[cfg(feature = "ring")]
pub use windlass_ring::{
    At, Deadline, Gate, JoinFrom, MultiProducer, Poller, Producer, Ring, Sequence, Wait,
    many_to_one, one_to_one,
};
#[cfg(all(feature = "ring", feature = "std"))]
pub use windlass_ring::{Flow, Handler, PanicPolicy};
