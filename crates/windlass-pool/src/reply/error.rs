//! Why an ask brought no answer.

use core::error::Error;
use core::fmt;

/// Why an ask brought no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskError {
    /// The deadline passed before an answer came.
    Timeout,
    /// The port was dropped unanswered: by the worker, or with a message that nobody handled.
    Gone,
    /// The message was refused, or the worker would not answer it.
    Rejected,
    /// The asker took the question back, or has had its answer already.
    Cancelled,
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "no answer came before the deadline",
            Self::Gone => "the port was dropped unanswered: no answer will come",
            Self::Rejected => "the question was refused",
            Self::Cancelled => "the question was taken back or has been answered already",
        })
    }
}

impl Error for AskError {}
