//! Workers that share nothing: typed threads that are reached by messages only.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

#[cfg_attr(not(test), expect(dead_code, reason = "used by the pool, which is not here yet"))]
mod breaker;
mod nanos;
#[cfg_attr(
    any(not(test), loom),
    expect(dead_code, reason = "used by the pool, which is not here yet")
)]
mod placement;
mod recent;
#[cfg_attr(not(test), expect(dead_code, reason = "used by the pool, which is not here yet"))]
mod restart;
#[cfg_attr(not(test), expect(dead_code, reason = "used by the pool, which is not here yet"))]
mod wheel;

pub use breaker::{Breaker, BreakerError};
pub use placement::{Placement, PlacementError};
pub use restart::{Restart, RestartError};
