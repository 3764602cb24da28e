//! Building from a list of members, and planning a change.

use core::hint::black_box;

use windlass_partition::{Members, SlotTable, plan};

use super::SIZES;
use super::contenders::Contender;
use super::contenders::hashring::Hashring;
use super::contenders::hrw::Hrw;
use super::contenders::maglev::MaglevTable;
use super::contenders::windlass::{Lots, Nginx, Ring, Slots, Tables};
use crate::case::{Case, Failure, Run, case};
use crate::micro::operations;

/// Building in all sizes, and one more member for a slot table.
pub(super) fn cases() -> Vec<Case> {
    let builds = SIZES.map(|n| {
        let runs = vec![
            build::<Slots>(n),
            build::<Ring>(n),
            build::<Hashring>(n),
            build::<Lots>(n),
            build::<Hrw>(n),
            build::<Tables>(n),
            build::<MaglevTable>(n),
            build::<Nginx>(n),
        ];
        let about = format!("1 thread; from a list of {n} members to the first look-up");
        counted(case(format!("partition/build/n_{n}"), about, runs))
    });
    let plans = SIZES.map(|n| {
        let about = format!("1 thread; {n} members and one more: new table and plan");
        counted(case(format!("partition/plan/n_{n}"), about, vec![planned(n)]))
    });
    builds.into_iter().chain(plans).collect()
}

/// These take up to a hundred milliseconds each.
fn counted(case: Case) -> Case {
    Case { least: 1, ..case }
}

fn build<C: Contender>(n: usize) -> Run {
    operations(C::NAME, C::NOTE, "ns_per_build", move |count| {
        for key in 0..count {
            let contender = C::build(black_box(n));
            let member = contender.of_integer(key);
            if member >= n {
                let (expected, got) = (n as u64 - 1, member as u64);
                return Err(Failure::WrongSum { expected, got });
            }
            black_box(contender);
        }
        Ok(())
    })
}

fn planned(n: usize) -> Run {
    let note = "slot table: rebalanced and compared";
    operations("windlass", note, "ns_per_plan", move |count| {
        let broken = |_| Failure::Panicked("plan".to_owned());
        let of = |n: usize| Members::count(n).map_err(broken);
        let old = SlotTable::new(&of(n)?).map_err(broken)?;
        let more = of(n + 1)?;
        for _ in 0..count {
            let new = black_box(&old).rebalanced(black_box(&more)).map_err(broken)?;
            let moves = plan(&old, &new).map_or(0, |plan| plan.moves().len());
            let fair = 4096 / (n + 1);
            if moves != fair && moves != fair + 1 {
                let (expected, got) = (fair as u64, moves as u64);
                return Err(Failure::WrongSum { expected, got });
            }
        }
        Ok(())
    })
}
