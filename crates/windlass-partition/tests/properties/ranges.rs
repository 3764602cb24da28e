//! Ranges against a plain list of bounds.

use proptest::prelude::*;
use windlass_partition::{Partitioner, Range};

use super::fail;

/// The number of each range by its lower bound, the lowest first.
type Model = Vec<(Option<u16>, usize)>;

fn look_up(model: &Model, key: u16) -> usize {
    model.iter().rfind(|(bound, _)| bound.is_none_or(|bound| bound <= key)).map_or(0, |one| one.1)
}

proptest! {
    #[test]
    fn ranges_follow_a_plain_list(
        bounds in prop::collection::btree_set(any::<u16>(), 0..8),
        changes in prop::collection::vec((any::<bool>(), any::<u16>()), 0..40),
        keys: [u16; 32],
    ) {
        let bounds: Vec<u16> = bounds.into_iter().collect();
        let lows = [None].into_iter().chain(bounds.iter().copied().map(Some));
        let mut model: Model = lows.zip(0..).collect();
        let mut range = Range::new(bounds).map_err(fail)?;
        for (split, at) in changes {
            // A merge takes one of the bounds that there are.
            let n = model.len();
            if split {
                let old = look_up(&model, at);
                if let Ok(split) = range.split(at) {
                    prop_assert_eq!((split.from, split.to), (old, n), "what a split tells");
                    let after = model.partition_point(|one| one.0 < Some(at));
                    model.insert(after, (Some(at), n));
                }
            } else if n > 1 {
                let gone = usize::from(at) % (n - 1) + 1;
                let (bound, from) = model.remove(gone);
                let last = n - 1;
                let renumbered = (from != last).then_some(last);
                model.iter_mut().filter(|one| one.1 == last).for_each(|one| one.1 = from);
                let merge = bound.and_then(|bound| range.merge(&bound));
                let told = merge.map(|merge| (merge.from, merge.to, merge.renumbered));
                prop_assert_eq!(told, Some((from, model[gone - 1].1, renumbered)), "a merge");
            }
            let lows: Vec<u16> = model.iter().filter_map(|one| one.0).collect();
            prop_assert_eq!(range.bounds(), &lows[..], "the bounds");
            prop_assert_eq!(Partitioner::<u16>::partitions(&range), model.len(), "how many");
            for key in keys.iter().chain(&lows) {
                prop_assert_eq!(range.partition(key), look_up(&model, *key), "key {}", key);
            }
        }
    }
}
