//! Who is measured, by what they do.

pub(super) mod latest;
pub(crate) mod lossy;
pub(super) mod many;
