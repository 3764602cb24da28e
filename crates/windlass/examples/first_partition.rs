//! Partitions in ten lines: who has a key, and what moves when somebody leaves.
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    reason = "a program prints, and has the standard library"
)]

use windlass::partition::{Members, Partitioner, SlotTable, plan};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let four = SlotTable::new(&Members::count(4)?)?;
    for key in ["alice", "bob", "carol"] {
        println!("{key} belongs to worker {}", four.partition(key));
    }
    let three = four.rebalanced(&four.members().without(3)?)?;
    println!("{} of 4096 slots move when worker 3 leaves", plan(&four, &three)?.moves().len());
    Ok(())
}
