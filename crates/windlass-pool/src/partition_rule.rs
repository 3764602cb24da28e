//! A rule of the user's own that says which slot a key has.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::any::Any;

use windlass_partition::{Partitioner, SLOTS, Slot};

/// The rule of a pool, for keys of one type.
pub(crate) struct Rule<K: ?Sized>(Box<dyn Partitioner<K> + Send + Sync>);

/// The same, where the type of the keys is not known.
#[derive(Clone)]
pub(crate) struct AnyRule {
    rule: Arc<dyn Any + Send + Sync>,
    partitions: usize,
}

impl<K: ?Sized> Rule<K> {
    /// The slot of a key; whatever partition the rule says.
    #[inline]
    pub(crate) fn slot(&self, key: &K) -> u16 {
        slot_of_partition(self.0.partition(key))
    }
}

impl AnyRule {
    pub(crate) fn new<K: ?Sized + 'static>(
        partitioner: impl Partitioner<K> + Send + Sync + 'static,
    ) -> Self {
        let partitions = partitioner.partitions();
        Self { rule: Arc::new(Rule::<K>(Box::new(partitioner))), partitions }
    }

    /// How many partitions it has.
    pub(crate) fn partitions(&self) -> usize {
        self.partitions
    }

    /// The rule, if it is for keys of this type.
    pub(crate) fn for_keys<K: ?Sized + 'static>(&self) -> Option<Arc<Rule<K>>> {
        Arc::clone(&self.rule).downcast().ok()
    }
}

/// Which slot a partition is: each another one, and neighbours far from each other.
///
/// Workers give and get slots from one end of the table to the other, so however few partitions there are,
/// about as many are with each worker. The factor is odd, hence all slots are different, and about the
/// golden section of the table, hence those of few partitions lie evenly.
fn slot_of_partition(partition: usize) -> u16 {
    let slot = partition.wrapping_mul(2531) & (SLOTS - 1);
    #[expect(clippy::cast_possible_truncation, reason = "12 bits")]
    let slot = slot as u16;
    debug_assert!(Slot::new(slot).is_some(), "12 bits");
    slot
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use windlass_partition::{Members, SlotTable};

    #[test]
    fn each_partition_is_another_slot() {
        let slots: BTreeSet<u16> = (0..SLOTS).map(slot_of_partition).collect();
        assert_eq!(slots.len(), SLOTS, "all of them");
        assert_eq!(slot_of_partition(SLOTS + 5), slot_of_partition(5), "never beyond");
    }

    #[test]
    fn few_partitions_lie_evenly_whatever_the_number_of_workers() {
        for partitions in [8, 12, 16, 32, 100] {
            let mut table = SlotTable::new(&Members::count(1).unwrap()).unwrap();
            for workers in [2, 3, 4, 8, 5, 2] {
                table = table.rebalanced(&Members::count(workers).unwrap()).unwrap();
                let mut counts = [0_usize; 8];
                let owner = |one| table.owner(Slot::new(slot_of_partition(one)).unwrap());
                (0..partitions).for_each(|one| counts[owner(one)] += 1);
                let most = counts.iter().max().unwrap();
                let share = partitions.div_ceil(workers);
                assert!(*most <= share * 2, "{partitions} over {workers}: {counts:?}");
            }
        }
    }
}
