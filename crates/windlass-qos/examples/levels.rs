//! Five messages into a buffer for three, at each level.
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    reason = "a program prints, and has the standard library"
)]

use std::error::Error;

use windlass_qos::{Builder, QosLevel, RecvError};

fn main() -> Result<(), Box<dyn Error>> {
    for level in QosLevel::ALL {
        let (mut tx, mut rx) = Builder::new(level, 3).build()?;
        let refused =
            tx.try_send_many(1..=5).map_or_else(|unsent| unsent.into_iter().count(), |_| 0);
        drop(tx);
        print!("{level}: {refused} refused;");
        loop {
            match rx.recv() {
                Ok(message) => print!(" {message}"),
                Err(RecvError::Lagged(missing)) => print!(" ({missing} missing)"),
                Err(RecvError::Closed) => break,
            }
        }
        println!("; {} lost", rx.lost());
    }
    Ok(())
}
