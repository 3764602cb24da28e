//! Look-ups one after the other, none of which waits for the one before it.

use core::hint::black_box;

use super::SIZES;
use super::contenders::consistent_choose_k::ChooseK;
use super::contenders::fliphash::Fliphash;
use super::contenders::hashring::Hashring;
use super::contenders::hrw::Hrw;
use super::contenders::jumphash::Jumphash;
use super::contenders::maglev::MaglevTable;
use super::contenders::windlass::{
    Flips, Jumps, Kafka, Lots, Modulos, Nginx, Ranges, Ring, Slots, Tables, WeightedLots,
};
use super::contenders::xxh3_modulo::Xxh3Modulo;
use super::contenders::{Bytes, Contender};
use crate::case::{Case, Run, case};
use crate::micro::operations;

const NS_PER_LOOKUP: &str = "ns_per_lookup";

/// Look-ups of integers and of bytes, each in all sizes.
pub(super) fn cases() -> Vec<Case> {
    let about = |keys: &str, n: usize| format!("1 thread; {keys}; {n} partitions");
    let integers = SIZES.map(|n| {
        let id = format!("partition/lookup_u64/n_{n}");
        case(id, about("integers that count upwards", n), runs(n, &Integers))
    });
    let bytes = SIZES.map(|n| {
        let id = format!("partition/lookup_bytes16/n_{n}");
        case(id, about("16 bytes with a number that counts upwards", n), runs(n, &SixteenBytes))
    });
    integers.into_iter().chain(bytes).collect()
}

/// A kind of key.
pub(crate) trait Keys {
    /// Look-ups of one contender among `n` partitions.
    fn look_up<C: Contender>(&self, n: usize) -> Run;
}

/// Integers that count upwards.
pub(crate) struct Integers;

struct SixteenBytes;

impl Keys for Integers {
    fn look_up<C: Contender>(&self, n: usize) -> Run {
        let contender = C::build(n);
        operations(C::NAME, C::NOTE, NS_PER_LOOKUP, move |count| {
            let contender = black_box(&contender);
            let find = |key: u64| contender.of_integer(black_box(key));
            black_box((0..count).map(find).fold(0, usize::wrapping_add));
            Ok(())
        })
    }
}

impl Keys for SixteenBytes {
    fn look_up<C: Contender>(&self, n: usize) -> Run {
        let contender = C::build(n);
        operations(C::NAME, C::NOTE, NS_PER_LOOKUP, move |count| {
            let contender = black_box(&contender);
            let mut key: Bytes = *b"a key: 12345678,";
            let find = |number: u64| {
                key[8..].copy_from_slice(&number.to_le_bytes());
                contender.of_bytes(black_box(&key))
            };
            black_box((0..count).map(find).fold(0, usize::wrapping_add));
            Ok(())
        })
    }
}

fn runs(n: usize, keys: &impl Keys) -> Vec<Run> {
    vec![
        keys.look_up::<Slots>(n),
        keys.look_up::<Xxh3Modulo>(n),
        keys.look_up::<Modulos>(n),
        keys.look_up::<Jumps>(n),
        keys.look_up::<Flips>(n),
        keys.look_up::<Jumphash>(n),
        keys.look_up::<Fliphash>(n),
        keys.look_up::<ChooseK>(n),
        keys.look_up::<Ring>(n),
        keys.look_up::<Hashring>(n),
        keys.look_up::<Lots>(n),
        keys.look_up::<WeightedLots>(n),
        keys.look_up::<Hrw>(n),
        keys.look_up::<Tables>(n),
        keys.look_up::<MaglevTable>(n),
        keys.look_up::<Ranges>(n),
        keys.look_up::<Kafka>(n),
        keys.look_up::<Nginx>(n),
    ]
}
