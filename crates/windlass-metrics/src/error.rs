//! What the registry refuses, and why.

use core::fmt;

pub use crate::histogram::{LayoutError, LayoutsDiffer};

/// A family could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegisterError {
    /// There is a family of this name. Keep the one that was made, or choose another name.
    NameTaken {
        /// The name.
        name: &'static str,
    },
    /// There is not so much room. Build the registry with a higher limit, or give the families
    /// lower ones.
    Full {
        /// How many series the family asked for.
        asked: usize,
        /// How many are left.
        left: usize,
    },
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameTaken { name } => {
                write!(f, "there is a family {name} already: keep it, or choose another name")
            }
            Self::Full { asked, left } => write!(
                f,
                "{asked} series asked for and {left} left: raise the limit of the registry, or \
                 lower that of the family"
            ),
        }
    }
}

impl core::error::Error for RegisterError {}

/// A reader could not be added to a family; it comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttachError<R> {
    /// There is no room for another label set.
    Full(R),
    /// The histogram has another layout than the family.
    OtherLayout(R),
}

impl<R> AttachError<R> {
    /// Returns what was refused.
    pub fn into_inner(self) -> R {
        match self {
            Self::Full(reader) | Self::OtherLayout(reader) => reader,
        }
    }
}

impl<R> fmt::Debug for AttachError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::OtherLayout(_) => "OtherLayout(..)",
        })
    }
}

impl<R> fmt::Display for AttachError<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "the family has no room for these labels: raise its limit",
            Self::OtherLayout(_) => {
                "the histogram has not the layout of its family: build both with one"
            }
        })
    }
}

impl<R> core::error::Error for AttachError<R> {}
