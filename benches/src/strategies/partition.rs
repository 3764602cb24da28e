//! Who owns a key: what a look-up costs, how even it is, and what moves with the members.

use crate::case::{Case, Run, Size, case};
use crate::partition::contenders::windlass::{Flips, Jumps, Lots, Modulos, Ring, Slots, Tables};
use crate::partition::look_up::{Integers, Keys};
use crate::partition::quality::{balance, join, leave};

/// Partitions in all cases.
const N: usize = 64;

/// Calls `$each` with the schemes, each under its own name.
macro_rules! schemes {
    ($each:ident: $($scheme:ident $name:literal),*) => {
        vec![$(Run { contender: $name, ..$each::<$scheme>(N) }),*]
    };
}

pub(super) fn cases() -> Vec<Case> {
    let about = format!("{N} partitions; integers that count upwards");
    let fixed = |id: &str, about: String, runs| Case { size: Size::Fixed, ..case(id, about, runs) };
    vec![
        case(
            "strategies/partition/n_64/lookup",
            format!("1 thread; {about}"),
            schemes!(
                look_up: Slots "windlass_slot_table", Modulos "windlass_modulo",
                Jumps "windlass_jump", Flips "windlass_flip", Ring "windlass_hash_ring",
                Lots "windlass_rendezvous", Tables "windlass_maglev"
            ),
        ),
        fixed(
            "strategies/partition/n_64/balance",
            about.clone(),
            schemes!(
                balance: Slots "windlass_slot_table", Modulos "windlass_modulo",
                Jumps "windlass_jump", Flips "windlass_flip", Ring "windlass_hash_ring",
                Lots "windlass_rendezvous", Tables "windlass_maglev"
            ),
        ),
        fixed(
            "strategies/partition/n_64/moved_join",
            format!("{about}; one more joins"),
            schemes!(
                join: Slots "windlass_slot_table", Modulos "windlass_modulo",
                Jumps "windlass_jump", Flips "windlass_flip", Ring "windlass_hash_ring",
                Lots "windlass_rendezvous", Tables "windlass_maglev"
            ),
        ),
        fixed(
            "strategies/partition/n_64/moved_leave",
            format!("{about}; the one in the middle leaves; the others have no such thing"),
            schemes!(
                leave: Slots "windlass_slot_table", Ring "windlass_hash_ring",
                Lots "windlass_rendezvous", Tables "windlass_maglev"
            ),
        ),
    ]
}

fn look_up<C: crate::partition::contenders::Contender>(n: usize) -> Run {
    Integers.look_up::<C>(n)
}
