//! Tools to see how evenly the load lies, which keys are hot, and what to move.
//!
//! Nothing here is asked by a look-up. [`Loads`] counts by partition or by slot, [`HotKeys`] finds the
//! keys that make up most of the traffic in a fixed space, and [`suggest`] turns the loads of slots
//! into a [`Plan`](crate::Plan) of a few moves.

mod hot_keys;
mod loads;
mod suggest;

pub use hot_keys::{HotKey, HotKeys};
pub use loads::Loads;
pub use suggest::{suggest, suggest_among};
