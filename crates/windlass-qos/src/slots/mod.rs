//! Message storage: the only module of this crate with unsafe code.

#![allow(unsafe_code, reason = "slots are memory that threads hand to each other")]
#![allow(clippy::cast_ptr_alignment, reason = "blocks and slots are aligned by the layout")]

mod line;
mod pool;

pub(crate) use line::{Filled, Line, PACKED, STAMPED, Vacant, Walk};
pub(crate) use pool::{Cell, Loaded, Old, Pool, Spare};
pub(crate) mod shared;
pub(crate) mod triple;
