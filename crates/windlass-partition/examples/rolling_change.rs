//! Workers come and go while the keys stay where they can: what each change moves, and what it costs.
//!
//! Run with `cargo run -p windlass-partition --example rolling_change`.

#![allow(clippy::print_stdout, reason = "an example tells what it does")]

use core::error::Error;

use windlass_partition::balance::{HotKeys, Loads, suggest};
use windlass_partition::{Member, Members, Partitioner, SLOTS, SlotTable, Weight, plan};

fn main() -> Result<(), Box<dyn Error>> {
    let mut table = SlotTable::new(&Members::count(4)?)?;
    println!("4 workers: {:?} slots each", table.counts());

    let large = Member::new(4, Weight::try_from(2)?);
    for (what, members) in [
        ("a large one joins", table.members().with(large)?),
        ("the first one leaves", table.members().with(large)?.without(0)?),
    ] {
        let next = table.rebalanced(&members)?;
        let plan = plan(&table, &next)?;
        println!(
            "{what}: {} of {SLOTS} slots move, {:?} after that",
            plan.moves().len(),
            next.counts()
        );
        // A pool would hand over the state of each slot here, one after the other.
        table = table.apply(&plan)?;
    }

    // Traffic is never even: some keys come more often than others.
    let mut slots = Loads::new(SLOTS)?;
    let mut workers = Loads::new(table.members().len())?;
    let mut hot = HotKeys::new(16)?;
    for request in 0..200_000_u64 {
        let key = if request % 10 == 0 { 1000 } else { request % (request % 499 + 1) };
        slots.add(table.slot(&key).index(), 1);
        workers.add(table.partition(&key), 1);
        hot.observe(&key);
    }
    println!("the fullest has {:.2} times its share", workers.imbalance_by(table.members())?);
    for one in hot.sorted().iter().take(1) {
        println!("key {} came {} times or up to {} fewer", one.key, one.count, one.error);
    }

    let plan = suggest(&table, &slots, 20)?;
    let better = table.apply(&plan)?;
    let mut after = Loads::new(workers.len())?;
    for (owner, load) in better.owners().iter().zip(slots.iter()) {
        after.add(usize::from(*owner), load);
    }
    let ratio = after.imbalance_by(better.members())?;
    println!("after {} moves the fullest has {ratio:.2} times its share", plan.moves().len());
    Ok(())
}
