//! The stores by themselves, for the models of this crate. There only under the model checker.
#![allow(missing_debug_implementations, reason = "for models only")]

pub mod late;
pub mod queue;
pub mod swap;
