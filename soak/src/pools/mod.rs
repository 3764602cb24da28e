//! Rounds with pools: a file for each kind of what they are asked to do.

pub(crate) mod keyed;
