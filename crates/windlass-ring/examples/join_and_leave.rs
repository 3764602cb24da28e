//! Consumers that come and go while the ring runs.
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    reason = "a program prints, and has the standard library"
)]

use std::error::Error;

use windlass_ring::{Builder, JoinFrom, Sequence};

fn main() -> Result<(), Box<dyn Error>> {
    let (mut producer, ring) = Builder::new(64, || 0_u64).joiners(2).start()?;
    let mut publish = |n| producer.publish(move |slot| *slot = n).map(drop);
    publish(10)?;

    let mut all = ring.join(JoinFrom::Oldest)?;
    let mut new = ring.join(JoinFrom::Next)?;
    publish(11)?;
    assert_eq!(all.poll()?.len(), 2, "what was kept, and what came");
    assert_eq!(new.poll()?.next(), Some(&11), "only what came");

    // A seat that is left can be taken again, and nobody waits for who is gone.
    drop(new);
    publish(12)?;
    let mut third = ring.join(JoinFrom::At(Sequence::new(2)))?;
    assert_eq!(third.poll()?.next(), Some(&12), "from where it asked to");

    let mut seen = Vec::new();
    all.poll()?.for_each(|n, _| seen.push(*n));
    println!("whoever stayed saw {seen:?}");
    assert_eq!(seen, [10, 11, 12], "a batch that was only looked at comes again");
    Ok(())
}
