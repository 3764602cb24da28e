//! Look-ups allocate nothing.
//!
//! A binary of its own, because it brings its own allocator; one test, because it counts for the whole
//! process.

#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "tests have std")]
#![cfg(not(miri))]

use std::alloc::System;
use std::error::Error;
use std::hint::black_box;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use windlass_partition::balance::Loads;
use windlass_partition::{
    AnyPartitioner, Custom, HashRing, Jump, KafkaMurmur2, Ketama, LoadBound, Maglev, Members,
    Modulo, Partitioner, Range, Rendezvous, RoundRobin, Scheme, SlotTable, Sticky,
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn look_up<P: Partitioner<u64> + Partitioner<str>>(partitioner: &P) {
    for key in 0..100_u64 {
        black_box(Partitioner::<u64>::partition(partitioner, black_box(&key)));
        black_box(Partitioner::<str>::partition(partitioner, black_box("some key")));
    }
}

#[test]
fn look_ups_allocate_nothing() -> Result<(), Box<dyn Error>> {
    let members = Members::count(20)?;
    let heavier = members.with(windlass_partition::Member::new(20, 3.try_into()?))?;
    let (modulo, jump) = (Modulo::new(20)?, Jump::new(20)?);
    let (slots, ring) = (SlotTable::new(&heavier)?, HashRing::new(&heavier)?);
    let (even, weighted) = (Rendezvous::new(&members), Rendezvous::new(&heavier));
    let maglev = Maglev::new(&heavier)?;
    let kafka = KafkaMurmur2::new(20)?;
    let ketama = Ketama::nginx([("a:1", 1), ("b:2", 2)])?;
    let range = Range::new(vec!["b".to_owned(), "m".to_owned()])?;
    let custom = Custom::new(20, |key: &u64| *key)?;
    let any: AnyPartitioner<str> = Scheme::Jump.build(&members)?;
    let (mut turn, mut sticky) = (RoundRobin::new(20)?, Sticky::new(21, 3)?);
    let mut loads = Loads::new(21)?;
    let bound = LoadBound::try_from(1.25)?;

    let region = Region::new(ALLOCATOR);
    look_up(&modulo);
    look_up(&jump);
    look_up(&slots);
    look_up(&ring);
    look_up(&even);
    look_up(&weighted);
    look_up(&maglev);
    black_box(kafka.partition("some key") + ketama.partition("some key"));
    black_box(range.partition("some key") + custom.partition(&7) + any.partition("some key"));
    black_box(even.best(&7_u64, &mut [0; 5]));
    for _ in 0..100 {
        let member = ring.partition_bounded("some key", &loads, bound)?;
        loads.add(member, 1);
        black_box(turn.next() + sticky.next(1) + sticky.next_by(1, &loads)?);
    }
    let change = region.change();
    assert_eq!(change.allocations + change.reallocations, 0, "{change:?}");
    Ok(())
}
