//! A ring in ten lines: a stage that adds up what a producer publishes.
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    reason = "a program prints, and has the standard library"
)]

use windlass::ring::Builder;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut sum = 0;
    let (mut producer, ring) = Builder::new(64, || 0_u64)
        .stage("sum")
        .each(move |n, at| {
            sum += n;
            println!("event {}: {n}, so far {sum}", at.sequence);
        })
        .start()?;
    producer
        .publish_batch(5, |mut slots| slots.iter_mut().zip(1..).for_each(|(slot, n)| *slot = n))?;
    drop(producer);
    ring.wait_end()?;
    Ok(())
}
