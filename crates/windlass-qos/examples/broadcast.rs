//! Prices for everybody: a slow reader misses some and is told, the feed never waits.
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    clippy::disallowed_methods,
    reason = "a program prints, and has the standard library"
)]

use std::thread;

use windlass_qos::RecvError;
use windlass_qos::broadcast::{Builder, From};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut feed, readers) = Builder::new(64).readers(3).build::<(String, u64)>()?;
    let mut threads = Vec::new();
    for name in ["screen", "log", "model"] {
        let mut reader = readers.subscribe(From::Next)?;
        threads.push(thread::spawn(move || {
            let (mut seen, mut missed) = (0, 0);
            loop {
                match reader.recv() {
                    Ok(price) => seen += u64::from(!price.0.is_empty()),
                    Err(RecvError::Lagged(n)) => missed += n,
                    Err(RecvError::Closed) => return (name, seen, missed),
                }
            }
        }));
    }
    for price in 0..10_000 {
        feed.send(("WND".into(), price))?;
    }
    drop(feed);
    for thread in threads {
        let (name, seen, missed) = thread.join().map_err(|_| "a reader panicked")?;
        println!("{name}: {seen} seen, {missed} missed");
        assert_eq!(seen + missed, 10_000, "each was seen or told missing");
    }
    Ok(())
}
