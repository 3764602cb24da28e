//! A buffer in ten lines: five messages into room for three, and the reader learns what is missing.
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    reason = "a program prints, and has the standard library"
)]

use windlass::qos::{RecvError, reliable};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut tx, mut rx) = reliable(3)?;
    (1..=5).try_for_each(|n| tx.send(n))?;
    drop(tx);
    loop {
        match rx.recv() {
            Ok(n) => println!("message {n}"),
            Err(RecvError::Lagged(missing)) => println!("{missing} are missing"),
            Err(RecvError::Closed) => return Ok(()),
        }
    }
}
