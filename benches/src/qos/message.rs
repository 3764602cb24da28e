//! What is sent: a message that carries a number, in one word, in a line, or behind a pointer.

/// A message whose number tells which one it was.
pub(crate) trait Message: Clone + Send + Sync + 'static {
    /// The last part of an id; empty for a single word.
    const SUFFIX: &'static str;
    /// What the note says.
    const ABOUT: &'static str;

    /// The message of this number.
    fn of(number: u64) -> Self;

    /// Its number; `u64::MAX` if its parts do not belong together.
    fn number(&self) -> u64;
}

/// Eight words that are all the same.
#[derive(Clone)]
pub(crate) struct Line([u64; 8]);

impl Message for u64 {
    const SUFFIX: &'static str = "";
    const ABOUT: &'static str = "payload 8 B";

    #[inline]
    fn of(number: u64) -> Self {
        number
    }

    #[inline]
    fn number(&self) -> u64 {
        *self
    }
}

impl Message for Line {
    const SUFFIX: &'static str = "/bytes_64";
    const ABOUT: &'static str = "payload 64 B";

    #[inline]
    fn of(number: u64) -> Self {
        Self([number; 8])
    }

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
    fn of(number: u64) -> Self {
        Self::new(number)
    }

    #[inline]
    fn number(&self) -> u64 {
        **self
    }
}
