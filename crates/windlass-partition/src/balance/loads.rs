//! How much each partition has.

use alloc::boxed::Box;
use alloc::vec;

use crate::error::BuildError;
use crate::member::{Members, count};

/// A load for each partition, or each slot, in any unit: messages, bytes, requests in flight.
///
/// Plain numbers with one owner; nothing is shared. Whoever counts on several threads has one for each
/// and adds them up by [`merge`](Loads::merge).
///
/// # Examples
///
/// ```
/// use windlass_partition::balance::Loads;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut loads = Loads::new(4)?;
/// for (partition, messages) in [40, 20, 10, 10].into_iter().enumerate() {
///     loads.add(partition, messages);
/// }
/// // The fullest has twice the average.
/// assert_eq!(loads.imbalance(), 2.0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loads {
    loads: Box<[u64]>,
    total: u64,
}

impl Loads {
    /// No load on any of `n` partitions.
    ///
    /// # Errors
    ///
    /// Where `n` is 0 or does not fit into 32 bits.
    pub fn new(n: usize) -> Result<Self, BuildError> {
        count(n, u32::MAX as usize)?;
        Ok(Self { loads: vec![0; n].into(), total: 0 })
    }

    /// Adds to one; stops at the largest total that a `u64` holds.
    ///
    /// # Panics
    ///
    /// Where there is no such partition.
    pub fn add(&mut self, partition: usize, load: u64) {
        let load = load.min(u64::MAX - self.total);
        self.loads[partition] += load;
        self.total += load;
    }

    /// Takes from one, at most what is there.
    ///
    /// # Panics
    ///
    /// Where there is no such partition.
    pub fn remove(&mut self, partition: usize, load: u64) {
        let load = load.min(self.loads[partition]);
        self.loads[partition] -= load;
        self.total -= load;
    }

    /// Adds what somebody else counted.
    ///
    /// # Errors
    ///
    /// [`BuildError::WrongLength`] where `other` has not as many partitions.
    pub fn merge(&mut self, other: &Self) -> Result<(), BuildError> {
        if other.len() != self.len() {
            return Err(BuildError::WrongLength { given: other.len(), expected: self.len() });
        }
        other.iter().enumerate().for_each(|(partition, load)| self.add(partition, load));
        Ok(())
    }

    /// The load of one.
    ///
    /// # Panics
    ///
    /// Where there is no such partition.
    #[must_use]
    pub fn get(&self, partition: usize) -> u64 {
        self.loads[partition]
    }

    /// All loads, in the order of the partitions.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = u64> + '_ {
        self.loads.iter().copied()
    }

    /// The sum of all loads.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many partitions there are; at least 1.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is at least one")]
    pub fn len(&self) -> usize {
        self.loads.len()
    }

    /// The largest load by the average one: 1 is perfect, `n` is everything in one place. 1 without load.
    #[must_use]
    pub fn imbalance(&self) -> f64 {
        let largest = self.loads.iter().copied().max().unwrap_or_default();
        if self.total == 0 {
            return 1.0;
        }
        largest as f64 * self.len() as f64 / self.total as f64
    }

    /// The largest load by the share that its member's weight gives it. 1 without load.
    ///
    /// # Errors
    ///
    /// [`BuildError::WrongLength`] where there are not as many members.
    pub fn imbalance_by(&self, members: &Members) -> Result<f64, BuildError> {
        if members.len() != self.len() {
            return Err(BuildError::WrongLength { given: members.len(), expected: self.len() });
        }
        if self.total == 0 {
            return Ok(1.0);
        }
        let all = members.steps() as f64;
        let share = |steps: u32| self.total as f64 * f64::from(steps) / all;
        let ratios = self
            .iter()
            .zip(members)
            .map(|(load, member)| load as f64 / share(member.weight.steps()));
        Ok(ratios.fold(0.0, f64::max))
    }
}
