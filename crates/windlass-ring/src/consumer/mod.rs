//! The consumers' side: seats in the graph, batches, and pollers.

mod batch;
mod poller;
#[cfg(feature = "std")]
mod poller_async;
mod seat;

pub use batch::{At, Batch};
pub use poller::Poller;
#[cfg(feature = "stream")]
pub use poller_async::Events;
#[cfg(feature = "std")]
pub use poller_async::Ready;
pub(crate) use seat::Seat;
