//! Slot storage: the only module of this crate with unsafe code.

#![allow(unsafe_code, reason = "slots are memory that threads hand to each other")]

pub(crate) mod shared;
pub(crate) mod triple;
