//! What the buffers are sent: a message that tells its number, in one word, in a line, or behind a pointer.

use crate::payload::{Payload, Words};

/// A message whose number tells which one it was.
pub(crate) trait Message: Payload {
    /// The last part of an id; empty for a single word.
    const SUFFIX: &'static str;
    /// What the note says.
    const ABOUT: &'static str;

    /// Its number; `u64::MAX` if its parts do not belong together.
    fn number(&self) -> u64;
}

impl Message for u64 {
    const SUFFIX: &'static str = "";
    const ABOUT: &'static str = "payload 8 B";

    #[inline]
    fn number(&self) -> u64 {
        *self
    }
}

impl Message for Words<8> {
    const SUFFIX: &'static str = "/bytes_64";
    const ABOUT: &'static str = "payload 64 B";

    #[inline]
    fn number(&self) -> u64 {
        let first = self.0[0];
        if self.0.iter().all(|word| *word == first) { first } else { u64::MAX }
    }
}

impl Message for Box<u64> {
    const SUFFIX: &'static str = "/boxed";
    const ABOUT: &'static str = "payload a Box<u64>, allocated for each message";

    #[inline]
    fn number(&self) -> u64 {
        **self
    }
}

/// Calls `$each` with every kind of message and adds up the cases.
macro_rules! messages {
    ($each:ident($($argument:expr),*)) => {
        [
            $each::<u64>($($argument),*),
            $each::<$crate::payload::Words<8>>($($argument),*),
            $each::<Box<u64>>($($argument),*),
        ]
    };
}
pub(crate) use messages;
