//! What can go wrong, and what to do about it.

use std::fmt;
use std::io;
use std::path::PathBuf;

use windlass_pool::{BuildError, ChangeError};

/// Why there is no result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The pools could not be started.
    Start(BuildError),
    /// The number of workers could not be changed.
    Resize(ChangeError),
    /// So many messages were not handled.
    Lost(u64),
    /// The result could not be written.
    Output(io::Error),
    /// The second count found something else.
    Mismatch { what: String, pools: u64, single: u64 },
    /// An input could be read once, but not again.
    Again(Problem),
}

/// Why an input was not counted, or not all of it. The others are counted nevertheless.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The file or folder cannot be opened.
    Closed { path: PathBuf, error: io::Error },
    /// Reading failed on the way.
    Broken { path: PathBuf, line: u64, error: io::Error },
    /// A line is too long, and there is no place to cut it.
    NoText { path: PathBuf, line: u64, limit: usize },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(error) => {
                write!(f, "{error}; try a smaller `--capacity` or fewer `--workers`")
            }
            Self::Resize(error) => write!(f, "{error}; try other numbers after `--resize`"),
            Self::Lost(messages) => {
                write!(f, "{messages} messages were not handled; this is a bug, please report it")
            }
            Self::Output(error) => write!(f, "cannot write the result: {error}"),
            Self::Mismatch { what, pools, single } => write!(
                f,
                "check failed: {what}: {pools} by the pools, {single} on one thread; if the input \
                 did not change meanwhile, this is a bug, please report it"
            ),
            Self::Again(problem) => write!(f, "check failed: {problem}"),
        }
    }
}

impl std::error::Error for Failure {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed { path, error } => {
                write!(f, "{}: {error}; check that it exists and may be read", path.display())
            }
            Self::Broken { path, line, error } => {
                write!(f, "{}:{line}: {error}; lines from here on are missing", path.display())
            }
            Self::NoText { path, line, limit } => write!(
                f,
                "{}:{line}: {limit} bytes without a space or a punctuation mark are no text; \
                 the file is left out from here on",
                path.display()
            ),
        }
    }
}

impl std::error::Error for Problem {}
