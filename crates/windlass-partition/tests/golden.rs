//! The mapping is fixed for ever: published vectors, and our own for what nobody published.
//!
//! A test here that fails means that stored state would not be found again. Never change a value; add a
//! new version beside it.

#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "tests have std")]

mod mapping;

use std::error::Error;

use windlass_partition::{
    DEFAULT_SEED, Jump, KafkaMurmur2, Ketama, Key, Maglev, Members, Partitioner, SlotTable,
};

type Checked = Result<(), Box<dyn Error>>;

#[test]
fn jump_follows_its_published_vectors() -> Checked {
    let of = |hash: u64, n: usize| Jump::new(n).map(|jump| jump.of_hash(hash));
    let hundred = [0, 55, 62, 8, 45, 59, 86, 97, 82, 59, 73, 37, 17, 56, 86, 21, 90, 37, 38, 83];
    for (hash, bucket) in (0..).zip(hundred) {
        assert_eq!(of(hash, 100)?, bucket, "hash {hash} of 100");
    }
    for (hash, n, bucket) in [
        (10_863_919_174_838_991, 11, 6),
        (2_016_238_256_797_177_309, 11, 3),
        (1_673_758_223_894_951_030, 11, 5),
        (2, 100_001, 80_343),
        (2201, 100_001, 22_152),
        (2202, 100_001, 15_018),
        (256, 1024, 520),
    ] {
        assert_eq!(of(hash, n)?, bucket, "hash {hash} of {n}");
    }
    let growing = [
        (0xDEAD_BEEF, [0, 1, 2, 3, 3, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 16, 16, 16]),
        (0x0DDC_0FFE_EBAD_F00D, [0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 15, 15, 15, 15]),
        (1, [0, 0, 0, 0, 0, 0, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 17, 17]),
    ];
    for (hash, buckets) in growing {
        for (n, bucket) in (1..).zip(buckets) {
            assert_eq!(of(hash, n)?, bucket, "hash {hash:x} of {n}");
        }
    }
    Ok(())
}

#[test]
fn kafka_follows_its_published_vectors() -> Checked {
    let topic = KafkaMurmur2::new(10)?;
    for (key, hash, partition) in [
        ("21", -973_932_308_i32, 0),
        ("foobar", -790_332_482, 6),
        ("a-little-bit-long-string", -985_981_536, 2),
        ("a-little-bit-longer-string", -1_486_304_829, 9),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971, 7),
        ("abc", 479_470_107, 7),
    ] {
        assert_eq!(KafkaMurmur2::murmur2(key.as_bytes()).cast_signed(), hash, "hash of {key}");
        assert_eq!(topic.partition(key), partition, "partition of {key}");
    }
    Ok(())
}

/// Keys and the last part of the address that a real nginx sent them to, with nine servers
/// `10.0.0.1:443` to `10.0.0.9:443` of weight 100: the first rows of the published sample.
const NGINX: [(&str, usize); 30] = [
    ("/81fa1d251d605775d647b5b55565e71526d4cef6", 7),
    ("/2fec328e6ccdda6a7edf329f9f780e546ea183b4", 5),
    ("/19fb835d90883a6263ec4279c6da184e3f1a79b2", 4),
    ("/da7a88e542f7aaddc074f988164b9df7e5f7fea6", 4),
    ("/8f87cfd8005306643b6528b3d4125cf005139a7e", 5),
    ("/26d2769eab098458bc3e4e641a4b7d8abffd0aea", 6),
    ("/aa5b5323980f2d3e21246212ebd820c3949c1e88", 7),
    ("/d9c4bc3cc4517c629e8f4c911c2fd8baf260ae65", 1),
    ("/28c1c069a2904bb3b3e0f9731b1ff8de9ab7a76d", 4),
    ("/fe5199bdfeee5cd431ae7e9f77f178164f9995a0", 9),
    ("/43992eee187920c5e8695332f71ca6e23ef6ac4b", 3),
    ("/38528aab753a6f32de86b5a7acdbb0c885137a81", 9),
    ("/12d4b9155ff599c0ac554226796b58a2278b450f", 7),
    ("/9c34c9a4f9009997dd29c6e6a627b0aca7beb6e5", 5),
    ("/eb5a2ab55796afd673874fd7560f1329be5540bd", 9),
    ("/ad7b5395766b77098c3f212043650a805b622ffe", 3),
    ("/c72fedf4177499635302849496898fe4f3409cc1", 9),
    ("/77766138aaf0c016bdd1f6b996177fc8ca1d2204", 8),
    ("/860c86b94e04f2648fb164c87fd6166707fd08ff", 6),
    ("/1b419454e4eb63ef915e8e06cc11110a3ccd607e", 7),
    ("/a8762dc488e1a1af31e53af8ddb887d4f3cca990", 8),
    ("/2e8e8e8fdeada0bbd33ba57d20209b4d9343f965", 4),
    ("/0220fa8b9a256e7fcf823097759aa3c44e6390e3", 6),
    ("/418c1c554186b78c11de89227fbc24ef128bce54", 8),
    ("/bc86e565b76f8e6f560064b02ab26529b6064571", 3),
    ("/5c6a9b50df69956bd2b937ce7871ba6d67678db6", 5),
    ("/5726f95dd0b1b145ad1a06755580f42fea41ac2a", 9),
    ("/db601a7f7e24504b820e5ef5276b2653ec6c17d9", 4),
    ("/668fd6d99bfb50b85b0928a8915761be2ca19089", 2),
    ("/fefbfb22035c938b44d305dbb71b11d531257af8", 2),
];

#[test]
#[cfg_attr(miri, ignore = "144 000 points are too many for it; the mapping's ring is smaller")]
fn ketama_sends_keys_where_nginx_sent_them() -> Checked {
    let servers = (1..=9).map(|last| (format!("10.0.0.{last}:443"), 100));
    let upstream = Ketama::nginx(servers)?;
    for (key, last) in NGINX {
        assert_eq!(upstream.partition(key) + 1, last, "key {key}");
    }
    Ok(())
}

#[test]
fn hashes_of_keys_are_fixed() {
    // No reference publishes these; they are what version 1 gave first.
    assert_eq!(DEFAULT_SEED.to_be_bytes(), *b"WINDLASS", "the seed");
    let hashes = [
        0_u64.stable_hash(DEFAULT_SEED),
        (-1_i32).stable_hash(DEFAULT_SEED),
        u128::MAX.stable_hash(DEFAULT_SEED),
        "".stable_hash(DEFAULT_SEED),
        "windlass".stable_hash(DEFAULT_SEED),
        [7_u8; 300].stable_hash(DEFAULT_SEED),
        (1_u64, "two").stable_hash(DEFAULT_SEED),
        (1_u64, 'b', true).stable_hash(DEFAULT_SEED),
    ];
    assert_eq!(hashes, mapping::HASHES, "{hashes:#x?}");
}

#[test]
fn every_scheme_keeps_its_mapping() -> Checked {
    let digests = mapping::digests()?;
    assert_eq!(digests, mapping::DIGESTS, "{digests:#x?}");
    Ok(())
}

#[test]
fn a_slot_is_bits_45_to_56_of_a_hash() -> Checked {
    let table = SlotTable::new(&Members::count(3)?)?;
    for key in 0..1000_u64 {
        let bits = (key.stable_hash(DEFAULT_SEED) >> 45) & 0xFFF;
        assert_eq!(table.slot(&key).index() as u64, bits, "key {key}");
    }
    Ok(())
}

#[test]
fn a_new_maglev_table_is_fixed() -> Checked {
    let small = Maglev::with_size(&Members::count(3)?, 13)?;
    let owners: Vec<usize> = (0..40_u64).map(|key| small.partition(&key)).collect();
    assert_eq!(owners, mapping::MAGLEV, "13 entries, 3 members");
    Ok(())
}
