//! A pool in ten lines: two workers, each with numbers that nobody else touches.
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    reason = "a program prints, and has the standard library"
)]

use windlass::pool::{Pool, Shutdown};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = Pool::each(|init| {
        let (worker, mut sum) = (init.worker, 0);
        move |n: u64| {
            sum += n;
            println!("worker {worker}: {n}, so far {sum}");
        }
    });
    let pool = pool.workers(2).build()?;
    let mut tx = pool.sender()?;
    (0..10).try_for_each(|n| tx.send(&n, n))?;
    let report = pool.shutdown(Shutdown::drain());
    println!("{} accepted, {} handled", report.accepted, report.handled);
    Ok(())
}
