//! Ours, through its public API only.

use windlass_partition::{
    Flip, HashRing, Jump, KafkaMurmur2, Ketama, Maglev, Member, Members, Modulo, Partitioner,
    Range, Rendezvous, SlotTable,
};

use super::{Bytes, Contender, Joins, Leaves, POINTS};

/// One of our partitioners under a name.
macro_rules! ours {
    ($type:ident, $inner:ty, $name:literal, $note:literal, |$n:ident| $build:expr) => {
        #[doc = $note]
        pub struct $type($inner);

        impl Contender for $type {
            const NAME: &'static str = $name;
            const NOTE: &'static str = $note;

            fn build($n: usize) -> Self {
                Self($build.expect("within the limits of the scheme"))
            }

            #[inline]
            fn of_integer(&self, key: u64) -> usize {
                self.0.partition(&key)
            }

            #[inline]
            fn of_bytes(&self, key: &Bytes) -> usize {
                self.0.partition(key)
            }
        }
    };
}

ours!(Slots, SlotTable, "windlass", "slot table, 4096 slots", |n| {
    Members::count(n).and_then(|of| SlotTable::new(&of))
});
ours!(Modulos, Modulo, "windlass_modulo", "modulo, by multiplication", |n| Modulo::new(n));
ours!(Jumps, Jump, "windlass_jump", "jump", |n| Jump::new(n));
ours!(Flips, Flip, "windlass_flip", "flip", |n| Flip::new(n));
ours!(Ring, HashRing, "windlass_ring", "ring of 160 points a member", |n| {
    Members::count(n).and_then(|of| HashRing::with_points(&of, POINTS))
});
ours!(Lots, Rendezvous, "windlass_rendezvous", "rendezvous, even weights", |n| {
    Members::count(n).map(|of| Rendezvous::new(&of))
});
ours!(
    WeightedLots,
    Rendezvous,
    "windlass_rendezvous_weighted",
    "rendezvous, one member of double weight",
    |n| heavier(n).map(|of| Rendezvous::new(&of))
);
ours!(Tables, Maglev, "windlass_maglev", "Maglev, 65537 entries", |n| {
    Members::count(n).and_then(|of| Maglev::new(&of))
});

fn heavier(n: usize) -> Result<Members, windlass_partition::BuildError> {
    let double = windlass_partition::Weight::try_from(2)?;
    let all =
        (0..n as u64).map(|id| Member::new(id, if id == 0 { double } else { Default::default() }));
    Members::new(all)
}

/// Bounds at equal distances; integers and bytes each have their own.
pub struct Ranges(Range<u64>, Range<Bytes>);

impl Contender for Ranges {
    const NAME: &'static str = "windlass_range";
    const NOTE: &'static str = "range, bounds at equal distances, spread keys";

    fn build(n: usize) -> Self {
        let bound = |at: usize| (u128::MAX / n as u128 * at as u128).to_be_bytes();
        let bytes: Vec<Bytes> = (1..n).map(bound).collect();
        let integers: Vec<u64> = (1..n as u64).map(|at| u64::MAX / n as u64 * at).collect();
        let sorted = "bounds rise";
        Self(Range::new(integers).expect(sorted), Range::new(bytes).expect(sorted))
    }

    #[inline]
    fn of_integer(&self, key: u64) -> usize {
        // Keys count upwards here; without this all of them would lie in the first range.
        self.0.partition(&key.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    #[inline]
    fn of_bytes(&self, key: &Bytes) -> usize {
        // The same for keys that begin alike.
        let mut spread = *key;
        spread[0] = key[8].wrapping_mul(0x9D);
        spread[1] = key[9];
        self.1.partition(&spread)
    }
}

/// Kafka's partitioner; integers go in as eight bytes, as Kafka's serialiser writes them.
pub struct Kafka(KafkaMurmur2);

impl Contender for Kafka {
    const NAME: &'static str = "windlass_kafka";
    const NOTE: &'static str = "Kafka's murmur2 and modulo";

    fn build(n: usize) -> Self {
        Self(KafkaMurmur2::new(n).expect("within the limits of Kafka"))
    }

    #[inline]
    fn of_integer(&self, key: u64) -> usize {
        self.0.partition(&key.to_be_bytes())
    }

    #[inline]
    fn of_bytes(&self, key: &Bytes) -> usize {
        self.0.partition(key)
    }
}

/// nginx's ring; integers go in as eight bytes.
pub struct Nginx(Ketama);

impl Contender for Nginx {
    const NAME: &'static str = "windlass_ketama";
    const NOTE: &'static str = "nginx's ring of 160 points a member";

    fn build(n: usize) -> Self {
        let servers = (0..n).map(|at| (format!("10.0.{}.{}:80", at / 256, at % 256), 1));
        Self(Ketama::nginx(servers).expect("within the limits of the ring"))
    }

    #[inline]
    fn of_integer(&self, key: u64) -> usize {
        self.0.partition(&key.to_be_bytes())
    }

    #[inline]
    fn of_bytes(&self, key: &Bytes) -> usize {
        self.0.partition(key)
    }
}

impl Joins for Modulos {}
impl Joins for Jumps {}
impl Joins for Flips {}
impl Joins for Ring {}
impl Joins for Lots {}
impl Joins for Tables {}
impl Joins for Nginx {}

impl Joins for Slots {
    fn join(&self, n: usize) -> Self {
        let grown = Members::count(n + 1).and_then(|of| self.0.rebalanced(&of));
        Self(grown.expect("fewer members than slots"))
    }
}

const KNOWN: &str = "a member that is there, and is not the last one";

fn without(members: &Members, gone: usize) -> Members {
    members.without(gone as u64).expect(KNOWN)
}

/// A look-up gives the place among those that are left, in the order of their names.
fn name(found: usize, gone: usize) -> usize {
    if found < gone { found } else { found + 1 }
}

impl Leaves for Slots {
    fn leave(&self, _: usize, gone: usize) -> Self {
        Self(self.0.rebalanced(&without(self.0.members(), gone)).expect(KNOWN))
    }

    fn name(found: usize, gone: usize) -> usize {
        name(found, gone)
    }
}

impl Leaves for Ring {
    fn leave(&self, _: usize, gone: usize) -> Self {
        Self(HashRing::with_points(&without(self.0.members(), gone), POINTS).expect(KNOWN))
    }

    fn name(found: usize, gone: usize) -> usize {
        name(found, gone)
    }
}

impl Leaves for Lots {
    fn leave(&self, _: usize, gone: usize) -> Self {
        Self(Rendezvous::new(&without(self.0.members(), gone)))
    }

    fn name(found: usize, gone: usize) -> usize {
        name(found, gone)
    }
}

impl Leaves for Tables {
    fn leave(&self, _: usize, gone: usize) -> Self {
        Self(Maglev::new(&without(self.0.members(), gone)).expect(KNOWN))
    }

    fn name(found: usize, gone: usize) -> usize {
        name(found, gone)
    }
}
