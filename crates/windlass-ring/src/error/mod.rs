//! Why something was refused. Refusals give back what they refused.

mod build;
mod consume;
mod publish;

pub use build::BuildError;
pub use consume::{GateError, JoinError, PollError, TakeError};
pub use publish::{BatchError, ClaimError, Closed, PublishError};

const CLOSED: &str = "the ring is closed";
