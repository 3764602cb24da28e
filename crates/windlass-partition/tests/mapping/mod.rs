//! One number for the whole mapping of each scheme, to compare between processes and platforms.

#![allow(dead_code, reason = "each test binary uses its part")]

use windlass_partition::{
    BuildError, Flip, HashRing, Jump, KafkaMurmur2, Ketama, Maglev, Member, MemberId, Members,
    Modulo, Partitioner, Range, Rendezvous, SlotTable, Weight,
};

/// Hashes of keys of every kind.
pub(crate) const HASHES: [u64; 8] = [
    0x83fb_5980_3d77_6afc,
    0xdd58_1bc8_4a13_ed9c,
    0x6409_8f5a_6532_04dc,
    0xc8c8_1bb0_332f_74a0,
    0xb6b1_5432_6b1f_15ab,
    0x6576_db92_e9c4_2ae1,
    0xc8c8_593a_241c_8fcd,
    0x6536_7a6e_4883_f6ca,
];

/// Where the keys 0 to 39 lie in a small Maglev table.
pub(crate) const MAGLEV: [usize; 40] = [
    2, 0, 2, 2, 1, 1, 0, 0, 1, 2, 0, 2, 2, 2, 1, 1, 1, 2, 2, 1, 1, 1, 2, 1, 0, 0, 0, 1, 0, 2, 1, 0,
    0, 2, 0, 1, 1, 0, 2, 2,
];

/// The digests of version 1.
pub(crate) const DIGESTS: [(&str, u64); 13] = [
    ("modulo", 0x6b31_0977_8088_6487),
    ("modulo, seeded", 0xe724_cd57_ae82_57a3),
    ("jump", 0x7311_5ab9_6407_e177),
    ("flip", 0x4d56_f36a_9944_a088),
    ("slots", 0x6ed8_d994_830d_8980),
    ("slots, after changes", 0x93c8_e33a_2d8d_aa26),
    ("ring", 0x31b9_a83a_5991_4626),
    ("rendezvous", 0x99ed_0da5_226e_91ab),
    ("rendezvous, weighted", 0x698a_83ad_a35e_89e5),
    ("maglev", 0xa83c_86a5_711a_b1c4),
    ("range", 0x59b9_9c23_afc4_6ca5),
    ("kafka", 0x964e_0b40_6e51_cfca),
    ("ketama", 0xdfc3_d34b_917a_6b04),
];

/// FNV-1a over the partitions of many keys, little-endian.
fn digest<P: Partitioner<u64> + Partitioner<str>>(partitioner: &P) -> u64 {
    let mut digest = Fnv::default();
    for key in 0..300_u64 {
        digest.add(Partitioner::<u64>::partition(partitioner, &key));
        digest.add(Partitioner::<u64>::partition(partitioner, &(key << 40)));
        digest.add(Partitioner::<str>::partition(partitioner, &format!("key {key}")));
    }
    digest.0
}

struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl Fnv {
    fn add(&mut self, partition: usize) {
        for byte in (partition as u64).to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }
}

/// Members with names of both kinds and with weights.
fn weighted() -> Result<Members, BuildError> {
    let weights = [(3, 0x1_0000), (10, 0x2_8000), (u64::MAX, 0x8000)];
    let named = MemberId::named("host:80").0;
    let all = weights.into_iter().chain([(named, 0x1_4000)]);
    Members::new(all.map(|(id, steps)| {
        let weight = Weight::try_from(f64::from(steps) / 65_536.0).unwrap_or_default();
        Member::new(id, weight)
    }))
}

/// All schemes, each with its name and digest.
pub(crate) fn digests() -> Result<[(&'static str, u64); 13], BuildError> {
    let even = Members::count(11)?;
    let table = SlotTable::new(&even)?;
    let grown = table.rebalanced(&Members::count(13)?)?.rebalanced(&weighted()?)?;
    let kafka = KafkaMurmur2::new(11)?;
    let ketama = Ketama::nginx([("10.0.0.1:80", 1), ("b", 2), ("unix:/run/c", 1)])?;
    let range = Range::new((1..9).map(|bound| bound << 38).collect::<Vec<u64>>())?;
    let of_text = |partitioner: &dyn Partitioner<str>| {
        let mut digest = Fnv::default();
        (0..300).for_each(|key| digest.add(partitioner.partition(&format!("key {key}"))));
        digest.0
    };
    let mut of_range = Fnv::default();
    (0..300_u64).for_each(|key| of_range.add(range.partition(&(key << 33))));
    Ok([
        ("modulo", digest(&Modulo::new(11)?)),
        ("modulo, seeded", digest(&Modulo::new(11)?.with_seed(7))),
        ("jump", digest(&Jump::new(1_000_000)?)),
        ("flip", digest(&Flip::new(1_000_000)?)),
        ("slots", digest(&table)),
        ("slots, after changes", digest(&grown)),
        ("ring", digest(&HashRing::new(&weighted()?)?)),
        ("rendezvous", digest(&Rendezvous::new(&even))),
        ("rendezvous, weighted", digest(&Rendezvous::new(&weighted()?))),
        ("maglev", digest(&Maglev::with_size(&weighted()?, 4099)?)),
        ("range", of_range.0),
        ("kafka", of_text(&kafka)),
        ("ketama", of_text(&ketama)),
    ])
}
