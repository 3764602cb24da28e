//! Maglev hashing: a large table that members fill in turns, each in an order of its own.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use crate::error::BuildError;
use crate::hash::{self, DEFAULT_SEED, reduce};
use crate::key::Key;
use crate::member::Members;
use crate::partitioner::Partitioner;

/// Google's Maglev: nearly perfect balance, one read for a look-up, few needless moves.
///
/// When a member comes or goes its keys move, and a few others too: about one key in 300 with 16
/// members and the default size; a larger table moves fewer. Where none may move, use a
/// [`SlotTable`](crate::SlotTable). The table has two bytes for each entry and does not fit into the
/// first cache.
///
/// Version 1: the order of a member is `offset + i * skip` modulo the size, both out of the hash of
/// its name; members take turns in the order of their names, heavier ones more often. A key goes to
/// the entry that its hash ([`HASH_VERSION`](crate::HASH_VERSION)) reduces to.
///
/// # Source
///
/// `maglev-2016` in `docs/references.md`.
#[derive(Clone, Debug)]
pub struct Maglev {
    table: Box<[u16]>,
    members: Members,
    seed: u64,
}

/// Where in the table a member begins, and how far apart its wishes are.
#[derive(Clone, Copy, Debug)]
struct Wishes {
    next: u32,
    skip: u32,
    /// Of 2^16 the heaviest has in each turn.
    steps: u32,
}

/// Keeps the orders of members apart from the hashes of keys.
const ORDER_SEED: u64 = 0x6D61_676C_6576_2D31;

impl Maglev {
    /// The entries of a table where no size is given: a prime.
    pub const SIZE: u32 = 65_537;

    /// The most entries of a table.
    pub const MAX_SIZE: u32 = 1 << 26;

    /// A table of [`SIZE`](Maglev::SIZE) entries for these members.
    ///
    /// # Errors
    ///
    /// None with the members that there can be; the type is that of
    /// [`with_size`](Maglev::with_size).
    pub fn new(members: &Members) -> Result<Self, BuildError> {
        Self::with_size(members, Self::SIZE)
    }

    /// The same with another number of entries: a hundred for each member or more keep it even.
    ///
    /// # Errors
    ///
    /// Where `size` is no prime, not above the number of members, or above
    /// [`MAX_SIZE`](Maglev::MAX_SIZE).
    pub fn with_size(members: &Members, size: u32) -> Result<Self, BuildError> {
        let fits = size as usize > members.len() && size <= Self::MAX_SIZE;
        if !fits || !is_prime(size) {
            return Err(BuildError::TableSize { size, members: members.len() });
        }
        let wishes = members.iter().map(|member| {
            let hash = hash::integer(member.id.0, ORDER_SEED);
            let (next, skip) = (reduce(hash, size), reduce(hash::integer(hash, 0), size - 1) + 1);
            Wishes { next, skip, steps: member.weight.steps() }
        });
        let table = fill(size, wishes.collect());
        Ok(Self { table, members: members.clone(), seed: DEFAULT_SEED })
    }

    /// The same under another seed for keys: another mapping.
    #[must_use]
    pub fn with_seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// How many partitions there are; at least 1.
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.members.len()
    }

    /// The members; their indices are the partitions.
    #[must_use]
    pub fn members(&self) -> &Members {
        &self.members
    }
}

/// Members take turns; whoever's turn it is takes the first free entry of its order.
///
/// With weights, a turn comes whenever the weights added up so far pass the heaviest.
fn fill(size: u32, mut wishes: Vec<Wishes>) -> Box<[u16]> {
    const FREE: u16 = u16::MAX;
    let mut table = vec![FREE; size as usize];
    let heaviest = wishes.iter().map(|wish| wish.steps).max().unwrap_or(1);
    let mut saved = vec![0_u64; wishes.len()];
    let mut left = size;
    loop {
        for ((owner, wish), saved) in (0_u16..).zip(&mut wishes).zip(&mut saved) {
            *saved += u64::from(wish.steps);
            if *saved < u64::from(heaviest) {
                continue;
            }
            *saved -= u64::from(heaviest);
            if left == 0 {
                return table.into();
            }
            while table[wish.next as usize] != FREE {
                wish.advance(size);
            }
            table[wish.next as usize] = owner;
            left -= 1;
        }
    }
}

impl Wishes {
    fn advance(&mut self, size: u32) {
        // Both are below the size, which is at most 2^26: a comparison is quicker than a division.
        let next = self.next + self.skip;
        self.next = if next < size { next } else { next - size };
    }
}

fn is_prime(n: u32) -> bool {
    let mut divisors = (2_u32..).take_while(|divisor| divisor.saturating_mul(*divisor) <= n);
    n >= 2 && divisors.all(|divisor| !n.is_multiple_of(divisor))
}

impl<K: Key + ?Sized> Partitioner<K> for Maglev {
    #[inline]
    fn partition(&self, key: &K) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "made from a u32")]
        let size = self.table.len() as u32;
        usize::from(self.table[reduce(key.stable_hash(self.seed), size) as usize])
    }

    fn partitions(&self) -> usize {
        self.partitions()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(offsets_and_skips: &[(u32, u32)]) -> Vec<Wishes> {
        let wish = |(next, skip): &(u32, u32)| Wishes { next: *next, skip: *skip, steps: 1 };
        offsets_and_skips.iter().map(wish).collect()
    }

    #[test]
    fn tables_are_filled_as_published() {
        // The orders 2,6,3,0,4,1,5 and 0,5,3,1,6,4,2 and 1,3,5,0,2,4,6.
        let all = fill(7, wishes(&[(2, 4), (0, 5), (1, 2)]));
        assert_eq!(*all, [1, 2, 0, 2, 0, 1, 0], "three members");
        let two = fill(7, wishes(&[(2, 4), (1, 2)]));
        assert_eq!(*two, [0, 1, 0, 1, 0, 1, 0], "the second one is gone");
    }

    #[test]
    fn heavier_members_have_more_turns() {
        let mut members = wishes(&[(0, 1), (50, 1)]);
        members[0].steps = 3;
        let heavy = fill(101, members).iter().filter(|owner| **owner == 0).count();
        assert!((75..=76).contains(&heavy), "three quarters of 101, not {heavy}");
    }

    #[test]
    fn primes_are_known() {
        let primes: Vec<u32> = (0..30).filter(|n| is_prime(*n)).collect();
        assert_eq!(primes, [2, 3, 5, 7, 11, 13, 17, 19, 23, 29], "below 30");
        assert!(is_prime(Maglev::SIZE), "the default size");
    }
}
