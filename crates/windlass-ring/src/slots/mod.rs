//! Slot storage: the only module of this crate with unsafe code.

#![allow(unsafe_code, reason = "slots are memory that threads hand to each other")]
#![allow(clippy::cast_ptr_alignment, reason = "the geometry aligns blocks, headers and events")]

mod ahead;
mod claimed;
mod geometry;
mod header;
mod position;
mod publication;
mod read;
mod storage;
mod write;

pub(crate) use claimed::Claimed;
pub(crate) use geometry::Geometry;
pub(crate) use header::Marking;
pub(crate) use position::Position;
pub(crate) use read::{Lease, Leased};
pub(crate) use storage::Storage;
pub use write::{RunsMut, Slots};
