//! Balance, and what moves when a member comes or goes. No clock: the same in every run.

use core::time::Duration;

use super::SIZES;
use super::contenders::consistent_choose_k::ChooseK;
use super::contenders::fliphash::Fliphash;
use super::contenders::hashring::Hashring;
use super::contenders::hrw::Hrw;
use super::contenders::jumphash::Jumphash;
use super::contenders::maglev::MaglevTable;
use super::contenders::windlass::{Flips, Jumps, Lots, Modulos, Nginx, Ring, Slots, Tables};
use super::contenders::xxh3_modulo::Xxh3Modulo;
use super::contenders::{Contender, Joins, Leaves};
use crate::case::{Case, Failure, Run, Sample, Size, case, run};

/// Keys for each member: chance alone makes the fullest of 64 about 2.5 % fuller than the average.
const KEYS_EACH: u64 = 10_000;

/// The sizes that are worth it: rendezvous asks every member for every key.
const FEW: [usize; 2] = [SIZES[0], SIZES[1]];

/// Balance, and moves when one joins and when one in the middle leaves.
pub(super) fn cases() -> Vec<Case> {
    let about = |n: usize| format!("{n} partitions; integers 0 to {}", n as u64 * KEYS_EACH - 1);
    let fixed = |id: String, about: String, runs: Vec<Run>| Case {
        size: Size::Fixed,
        ..case(id, about, runs)
    };
    let balanced = FEW.map(|n| fixed(format!("partition/balance/n_{n}"), about(n), balances(n)));
    let joined = FEW.map(|n| {
        let about = format!("{}; one more joins", about(n));
        fixed(format!("partition/moved/join/n_{n}"), about, joins(n))
    });
    let left = FEW.map(|n| {
        let about = format!("{}; the one in the middle leaves", about(n));
        fixed(format!("partition/moved/leave/n_{n}"), about, leaves(n))
    });
    balanced.into_iter().chain(joined).chain(left).collect()
}

fn balances(n: usize) -> Vec<Run> {
    vec![
        balance::<Slots>(n),
        balance::<Xxh3Modulo>(n),
        balance::<Modulos>(n),
        balance::<Jumps>(n),
        balance::<Flips>(n),
        balance::<Jumphash>(n),
        balance::<Fliphash>(n),
        balance::<ChooseK>(n),
        balance::<Ring>(n),
        balance::<Hashring>(n),
        balance::<Lots>(n),
        balance::<Hrw>(n),
        balance::<Tables>(n),
        balance::<MaglevTable>(n),
        balance::<Nginx>(n),
    ]
}

fn joins(n: usize) -> Vec<Run> {
    vec![
        join::<Slots>(n),
        join::<Xxh3Modulo>(n),
        join::<Modulos>(n),
        join::<Jumps>(n),
        join::<Flips>(n),
        join::<Jumphash>(n),
        join::<Fliphash>(n),
        join::<ChooseK>(n),
        join::<Ring>(n),
        join::<Hashring>(n),
        join::<Lots>(n),
        join::<Hrw>(n),
        join::<Tables>(n),
        join::<MaglevTable>(n),
        join::<Nginx>(n),
    ]
}

fn leaves(n: usize) -> Vec<Run> {
    vec![
        leave::<Slots>(n),
        leave::<ChooseK>(n),
        leave::<Ring>(n),
        leave::<Hashring>(n),
        leave::<Lots>(n),
        leave::<Hrw>(n),
        leave::<Tables>(n),
        leave::<MaglevTable>(n),
    ]
}

/// The fullest partition by the average.
pub(crate) fn balance<C: Contender>(n: usize) -> Run {
    measure::<C>("max_by_mean", move || {
        let contender = C::build(n);
        let mut counts = vec![0_u64; n];
        for key in keys(n) {
            let at = contender.of_integer(key);
            let got = at as u64;
            let wrong = Failure::WrongSum { expected: n as u64 - 1, got };
            *counts.get_mut(at).ok_or(wrong)? += 1;
        }
        Ok(counts.into_iter().max().unwrap_or_default() as f64 / KEYS_EACH as f64)
    })
}

/// The keys that moved by those of a fair share of the new member.
pub(crate) fn join<C: Joins>(n: usize) -> Run {
    measure::<C>("by_fair_share", move || {
        let before = C::build(n);
        let after = before.join(n);
        let moved = keys(n).filter(|key| before.of_integer(*key) != after.of_integer(*key)).count();
        Ok(moved as f64 * (n + 1) as f64 / (n as u64 * KEYS_EACH) as f64)
    })
}

/// The keys that moved by those that the leaving member had.
pub(crate) fn leave<C: Leaves>(n: usize) -> Run {
    measure::<C>("by_what_it_had", move || {
        let gone = n / 2;
        let before = C::build(n);
        let after = before.leave(n, gone);
        let (mut had, mut moved) = (0_u64, 0_u64);
        for key in keys(n) {
            let (from, to) = (before.of_integer(key), C::name(after.of_integer(key), gone));
            had += u64::from(from == gone);
            moved += u64::from(from != to);
        }
        Ok(moved as f64 / had.max(1) as f64)
    })
}

fn keys(n: usize) -> core::ops::Range<u64> {
    0..n as u64 * KEYS_EACH
}

fn measure<C: Contender>(
    unit: &'static str,
    value: impl Fn() -> Result<f64, Failure> + 'static,
) -> Run {
    run(C::NAME, C::NOTE, move |_| Ok(Sample::one(unit, value()?, Duration::ZERO)))
}
