//! The suite of `windlass-partition`: look-ups, building, balance and moves, beside other partitioners.
//!
//! Everything runs on one thread. [`contenders`] say who takes part, the other modules what is done.

use crate::case::Case;
use crate::suite::{Context, QUICK, Suite};

mod build;
pub mod contenders;
pub(crate) mod look_up;
pub(crate) mod quality;

/// The suite.
pub const SUITE: Suite = Suite {
    name: "partition",
    about: "From keys to partitions, on one thread. windlass is the slot table, the default; the other \
            names say the scheme. Balance: the fullest partition by the average, 1 is perfect. Moved: \
            keys that change their partition by the share that has to, 1 is perfect.",
    parameters: &["n"],
    twins: &[
        ("windlass", "xxh3_modulo"),
        ("windlass_modulo", "xxh3_modulo"),
        ("windlass_jump", "jumphash"),
        ("windlass_flip", "fliphash"),
        ("windlass_jump", "consistent_choose_k"),
        ("windlass_ring", "hashring"),
        ("windlass_rendezvous", "hrw"),
        ("windlass_maglev", "maglev"),
    ],
    peers: true,
    quick: QUICK,
    cases,
    not_measured,
    advice: |_| Vec::new(),
};

/// How many partitions.
const SIZES: [usize; 3] = [4, 64, 1024];

fn cases(_: &Context) -> Vec<Case> {
    [look_up::cases(), quality::cases(), build::cases()].into_iter().flatten().collect()
}

fn not_measured(_: &Context, _: bool) -> Vec<String> {
    vec![
        "look-ups of which each waits for the one before it".to_owned(),
        "look-ups with caches that something else has emptied".to_owned(),
        "several threads: a look-up shares nothing".to_owned(),
    ]
}
