//! The example of the first page: two stages on threads of their own, one after the other.
#![allow(clippy::print_stdout, clippy::std_instead_of_core, reason = "a program prints")]

use windlass_ring::Builder;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // 1024 slots, two stages: the second sees each value after the first has changed it.
    let (mut producer, ring) = Builder::new(1024, || 0_u64)
        .stage("square")
        .each_mut(|value, _| *value *= *value)
        .stage("print")
        .after("square")
        .each(|value, at| println!("{}: {value}", at.sequence))
        .start()?;
    for number in 1..=5 {
        producer.publish(move |value| *value = number)?;
    }
    // The last producer closes the ring; the stages handle what is left, then end.
    drop(producer);
    ring.wait_end()?;
    Ok(())
}
