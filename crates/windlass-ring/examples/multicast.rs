//! Two stages beside each other: both see every event.
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    reason = "a program prints, and has the standard library"
)]

use std::error::Error;
use std::sync::mpsc;

use windlass_ring::Builder;

fn main() -> Result<(), Box<dyn Error>> {
    let (evens, evens_seen) = mpsc::channel();
    let (odds, odds_seen) = mpsc::channel();
    let (mut producer, ring) = Builder::new(64, || 0_u64)
        .stage("evens")
        .each(move |&n, _| {
            if n % 2 == 0 {
                evens.send(n).expect("main listens");
            }
        })
        .stage("odds")
        .each(move |&n, _| {
            if n % 2 == 1 {
                odds.send(n).expect("main listens");
            }
        })
        .start()?;
    producer.publish_batch(10, |mut slots| {
        slots.iter_mut().zip(1..).for_each(|(slot, n)| *slot = n);
    })?;
    drop(producer);
    ring.wait_end()?;

    let (evens, odds): (Vec<u64>, Vec<u64>) =
        (evens_seen.iter().collect(), odds_seen.iter().collect());
    println!("evens {evens:?}, odds {odds:?}");
    assert_eq!(evens, [2, 4, 6, 8, 10], "one stage kept these");
    assert_eq!(odds, [1, 3, 5, 7, 9], "the other one those");
    Ok(())
}
