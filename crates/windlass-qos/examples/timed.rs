//! Measurements that are worthless after a while, and a receiver that notices when they stop.
#![allow(
    clippy::std_instead_of_core,
    clippy::missing_assert_message,
    clippy::print_stdout,
    reason = "an example is for people, and has std"
)]

use std::error::Error;
use std::time::Duration;

use windlass_qos::timed::{self, ManualClock};
use windlass_qos::{Builder, Reliable, TryRecvError};

fn main() -> Result<(), Box<dyn Error>> {
    // A clock that is set by hand, so that the output is the same each time; without it the system's.
    let clock = ManualClock::new();
    let (mut tx, mut rx) = timed::Builder::over(Builder::new(Reliable, 16))
        .time_to_live(Duration::from_millis(50))
        .receive_every(Duration::from_millis(100))
        .clock(clock.clone())
        .build()?;
    for (n, pause) in (1..).zip([10, 20, 60, 10]) {
        tx.send(n)?;
        clock.advance(Duration::from_millis(pause));
    }
    loop {
        match rx.try_recv() {
            Ok(n) => println!("measurement {n}, {:?} old", rx.last_age()),
            Err(TryRecvError::Lagged(missing)) => println!("{missing} are missing"),
            Err(_) => break,
        }
    }
    clock.advance(Duration::from_millis(350));
    println!("{} expired; held {:?}", rx.stats().expired, rx.time_held().mean);
    println!("deadline missed: {:?}", rx.deadline_missed());
    Ok(())
}
