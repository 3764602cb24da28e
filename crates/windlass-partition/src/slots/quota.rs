//! How many slots each member gets, and which ones move.

use alloc::vec;
use alloc::vec::Vec;

use crate::member::Members;

/// The owner of each slot: the one that held it where possible, and the fewest others.
///
/// There are at least as many slots as members.
pub(super) fn share_out(held: &[Option<usize>], members: &Members) -> Vec<usize> {
    let mut counts = vec![0; members.len()];
    held.iter().flatten().for_each(|owner| counts[*owner] += 1);
    let weights: Vec<u32> = members.iter().map(|member| member.weight.steps()).collect();
    let mut room = quotas(held.len(), &weights, &counts);
    // First everybody keeps as much as fits, then the others share what is left.
    let kept: Vec<Option<usize>> = held
        .iter()
        .map(|owner| {
            let owner = (*owner)?;
            let fits = room[owner] > 0;
            room[owner] -= usize::from(fits);
            fits.then_some(owner)
        })
        .collect();
    let mut turn = 0;
    let mut take = || {
        // One after the other, so that neighbouring slots go to different members. The quotas add
        // up to the slots, so somebody has room.
        while room[turn] == 0 {
            turn = (turn + 1) % room.len();
        }
        room[turn] -= 1;
        let taker = turn;
        turn = (turn + 1) % room.len();
        taker
    };
    kept.into_iter().map(|owner| owner.unwrap_or_else(&mut take)).collect()
}

/// How many of `slots` each weight deserves: its share rounded down or up, and at least one.
///
/// Where several could be rounded up, first whoever holds more than its share already, since then fewer
/// slots move; then whose share was cut most; then the smaller index.
fn quotas(slots: usize, weights: &[u32], held: &[usize]) -> Vec<usize> {
    let mut quotas = vec![0; weights.len()];
    let mut left = slots;
    let mut all: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
    // A share below one slot becomes one slot; the rest is shared by the others, which may push the
    // next one below one.
    loop {
        let (slots, sum) = (left, all);
        let small = |weight: u32| u128::from(weight) * (slots as u128) < u128::from(sum);
        for (quota, weight) in quotas.iter_mut().zip(weights) {
            if *quota == 0 && small(*weight) {
                *quota = 1;
                left -= 1;
                all -= u64::from(*weight);
            }
        }
        if left == slots {
            break;
        }
    }
    let (rest, sum) = (left as u128, u128::from(all));
    let mut candidates = Vec::new();
    for (at, (quota, weight)) in quotas.iter_mut().zip(weights).enumerate() {
        if *quota == 0 {
            let share = u128::from(*weight) * rest;
            // At most the slots that are left.
            *quota = usize::try_from(share / sum).unwrap_or(left);
            candidates.push((held[at] <= *quota, core::cmp::Reverse(share % sum), at));
        }
    }
    let shared: usize = quotas.iter().sum();
    candidates.retain(|(_, cut, _)| cut.0 > 0);
    candidates.sort_unstable();
    for (_, _, at) in candidates.into_iter().take(slots.saturating_sub(shared)) {
        quotas[at] += 1;
    }
    quotas
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_and_nobody_has_none() {
        assert_eq!(quotas(10, &[1, 1, 1], &[0; 3]), [4, 3, 3], "the first has the odd one");
        assert_eq!(quotas(10, &[1, 1, 1], &[3, 3, 4]), [3, 3, 4], "whoever has it keeps it");
        assert_eq!(quotas(10, &[1, 1000, 1], &[0; 3]), [1, 8, 1], "at least one");
        assert_eq!(quotas(4, &[5, 9, 5, 5], &[0; 4]), [1, 1, 1, 1], "as many as slots");
        // The second share is a whole slot until the first one has taken more than its own.
        assert_eq!(quotas(3, &[1, 2, 3], &[0, 0, 3]), [1, 1, 1], "small by what others took");
        assert_eq!(quotas(100, &[u32::MAX, u32::MAX], &[0; 2]), [50, 50], "no overflow");
    }

    #[test]
    #[cfg_attr(
        miri,
        ignore = "all tables of 6 slots; the arithmetic is that of the golden vectors"
    )]
    fn no_fair_table_moves_fewer_slots() {
        // All ways to share 6 slots among 3 weights fairly, against ours.
        for code in 0..3_usize.pow(6) {
            let held: Vec<usize> = (0..6).map(|slot| code / 3_usize.pow(slot) % 3).collect();
            let counts: Vec<usize> =
                (0..3).map(|at| held.iter().filter(|one| **one == at).count()).collect();
            for weights in [[1_u32, 1, 1], [1, 2, 1], [2, 3, 2], [4, 1, 2]] {
                let moved = |quotas: &[usize]| -> usize {
                    quotas.iter().zip(&counts).map(|(q, c)| q.saturating_sub(*c)).sum()
                };
                let ours = quotas(6, &weights, &counts);
                assert_eq!(ours.iter().sum::<usize>(), 6, "every slot has an owner");
                let sum: usize = weights.iter().map(|weight| *weight as usize).sum();
                let fair = |quotas: &[usize]| {
                    quotas.iter().zip(weights).all(|(quota, weight)| {
                        let share = 6 * weight as usize;
                        let (down, up) = (share / sum, share.div_ceil(sum));
                        (down.max(1)..=up.max(1)).contains(quota)
                    })
                };
                assert!(fair(&ours), "{ours:?} for {weights:?}");
                let least = (0..=6)
                    .flat_map(|a| (0..=6 - a).map(move |b| [a, b, 6 - a - b]))
                    .filter(|quotas| fair(quotas))
                    .map(|quotas| moved(&quotas))
                    .min();
                assert_eq!(Some(moved(&ours)), least, "{counts:?} to {ours:?} for {weights:?}");
            }
        }
    }
}
