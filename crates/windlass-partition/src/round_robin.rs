//! Round robin: no keys, one after the other.

use crate::error::BuildError;
use crate::member::count;

/// Each partition in turn, for what has no key.
///
/// It has state and is no [`Partitioner`](crate::Partitioner): keep one for each sender, so that
/// nothing is shared, and start each at another place, so that they do not all begin with the first.
///
/// # Examples
///
/// ```
/// use windlass_partition::RoundRobin;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut turn = RoundRobin::new(3)?.starting_at(2);
/// assert_eq!([turn.next(), turn.next(), turn.next()], [2, 0, 1]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RoundRobin {
    n: u32,
    next: u32,
}

impl RoundRobin {
    /// Over `n` partitions, the first one first.
    ///
    /// # Errors
    ///
    /// Where `n` is 0 or does not fit into 32 bits.
    pub fn new(n: usize) -> Result<Self, BuildError> {
        Ok(Self { n: count(n, u32::MAX as usize)?, next: 0 })
    }

    /// The same from another place on; `start` is taken modulo `n`, such as the number of the sender.
    #[must_use]
    pub fn starting_at(self, start: usize) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "below a u32")]
        let next = (start % self.n as usize) as u32;
        Self { next, ..self }
    }

    /// The partition whose turn it is.
    #[expect(
        clippy::should_implement_trait,
        reason = "it never ends, and a loop over it would not"
    )]
    #[inline]
    pub fn next(&mut self) -> usize {
        let turn = self.next;
        // A comparison is cheaper than a division.
        self.next = if turn + 1 == self.n { 0 } else { turn + 1 };
        turn as usize
    }

    /// How many partitions there are; at least 1.
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.n as usize
    }
}
