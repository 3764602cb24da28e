//! Sticky: no keys, but a while in one place, so that batches fill.

use crate::balance::Loads;
use crate::error::BuildError;
use crate::hash;
use crate::member::count;

/// Stays with one partition until enough went there, then goes to a random other one.
///
/// For what has no key and is sent in batches: a batch fills sooner than by
/// [`RoundRobin`](crate::RoundRobin). With loads, emptier partitions are likelier. It has state and is
/// no [`Partitioner`](crate::Partitioner): keep one for each sender, each with a seed of its own.
///
/// # Examples
///
/// ```
/// use windlass_partition::Sticky;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // 16 KiB to each before the next.
/// let mut sticky = Sticky::new(4, 16_384)?.with_seed(7);
/// let first = sticky.next(10_000);
/// assert_eq!(sticky.next(6_384), first);
/// assert_ne!(sticky.next(1), first);
/// # Ok(())
/// # }
/// ```
///
/// # Source
///
/// `kip-794` in `docs/references.md`.
#[derive(Clone, Debug)]
pub struct Sticky {
    n: u32,
    limit: u64,
    spent: u64,
    current: u32,
    /// The state of `SplitMix64`.
    state: u64,
}

impl Sticky {
    /// Over `n` partitions, each for a cost of `limit` in any unit, such as bytes or messages.
    ///
    /// # Errors
    ///
    /// Where `n` is 0 or does not fit into 32 bits, or `limit` is 0.
    pub fn new(n: usize, limit: u64) -> Result<Self, BuildError> {
        if limit == 0 {
            return Err(BuildError::NoLimit);
        }
        let n = count(n, u32::MAX as usize)?;
        Ok(Self { n, limit, spent: 0, current: 0, state: 0 }.with_seed(0))
    }

    /// The same with other random choices, the first one among them.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.state = hash::integer(seed, 0);
        self.current = self.draw(u64::from(self.n));
        self
    }

    /// The partition for something of this cost; where the limit was reached before, another one.
    pub fn next(&mut self, cost: u64) -> usize {
        if self.is_full() {
            // One of the others: as far as there are any.
            let step = self.draw(u64::from(self.n - 1).max(1)) + u32::from(self.n > 1);
            let next = (u64::from(self.current) + u64::from(step)) % u64::from(self.n);
            self.change(next);
        }
        self.pay(cost)
    }

    /// The same; the next partition is chosen the likelier the less it has, by
    /// `largest load + 1 - load`. It may be the same again.
    ///
    /// # Errors
    ///
    /// [`BuildError::WrongLength`] where `loads` are not those of as many partitions.
    pub fn next_by(&mut self, cost: u64, loads: &Loads) -> Result<usize, BuildError> {
        if loads.len() != self.partitions() {
            let (given, expected) = (loads.len(), self.partitions());
            return Err(BuildError::WrongLength { given, expected });
        }
        if self.is_full() {
            let largest = u128::from(loads.iter().max().unwrap_or_default());
            let room = |load: u64| largest + 1 - u128::from(load);
            let all: u128 = loads.iter().map(room).sum();
            // `all * random / 2^64`, in two parts since the product has up to 160 bits.
            let random = u128::from(self.random());
            let (high, low) = ((all >> 32) * random, (all & 0xFFFF_FFFF) * random);
            let mut lot = (high + (low >> 32)) >> 32;
            let mut chosen = 0;
            for load in loads.iter() {
                match lot.checked_sub(room(load)) {
                    Some(rest) => lot = rest,
                    None => break,
                }
                chosen += 1;
            }
            self.change(chosen.min(u64::from(self.n - 1)));
        }
        Ok(self.pay(cost))
    }

    /// How many partitions there are; at least 1.
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.n as usize
    }

    fn is_full(&self) -> bool {
        self.spent >= self.limit
    }

    #[expect(clippy::cast_possible_truncation, reason = "below n, which is a u32")]
    fn change(&mut self, to: u64) {
        self.current = to as u32;
        self.spent = 0;
    }

    fn pay(&mut self, cost: u64) -> usize {
        self.spent = self.spent.saturating_add(cost);
        self.current as usize
    }

    fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(1);
        hash::integer(self.state, 0)
    }

    /// A random number below `n`, which is at most 2^32.
    fn draw(&mut self, n: u64) -> u32 {
        (((self.random() >> 32) * n) >> 32) as u32
    }
}
