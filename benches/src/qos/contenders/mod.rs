//! Who is measured, by what they do.

pub(super) mod latest;
pub(super) mod lossy;
pub(super) mod many;
