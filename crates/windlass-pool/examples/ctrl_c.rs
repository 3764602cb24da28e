//! A pool that ends in order when Ctrl-C is pressed.
//!
//! ```sh
//! cargo run --release --example ctrl_c
//! ```
//!
//! It takes no more numbers, handles those that it has within five seconds, and says what became of each.
//! Pressed again, Ctrl-C ends the program at once.
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::disallowed_types,
    reason = "a program prints, and has the standard library"
)]

use std::error::Error;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use windlass_pool::{Context, Pool, Shutdown, Worker};

/// The number with the longest way down to 1 that one worker has met.
#[derive(Default)]
struct Longest {
    steps: u32,
    number: u64,
}

impl Worker for Longest {
    type Message = u64;
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, _: &mut Context<'_, Self>, number: u64) {
        let steps = steps(number);
        if self.steps < steps {
            *self = Self { steps, number };
        }
    }
}

/// How often a number is halved if it is even, or else tripled and one added, until it is 1.
fn steps(mut number: u64) -> u32 {
    let mut steps = 0;
    while number != 1 {
        number = if number.is_multiple_of(2) { number / 2 } else { 3 * number + 1 };
        steps += 1;
    }
    steps
}

fn main() -> Result<(), Box<dyn Error>> {
    let asked = Arc::new(AtomicBool::new(false));
    let ask = Arc::clone(&asked);
    ctrlc::set_handler(move || {
        if ask.swap(true, Ordering::Relaxed) {
            process::exit(130);
        }
    })?;
    let pool = Pool::builder(|_| Longest::default()).workers(2).name("steps").build()?;
    let mut tx = pool.sender()?;
    println!("counting; press Ctrl-C to end");
    for number in 1.. {
        if asked.load(Ordering::Relaxed) {
            break;
        }
        tx.send_any(number)?;
    }
    let all = pool.gather(|worker| (worker.steps, worker.number), Duration::from_secs(5));
    if let Some((steps, number)) = all.answers.iter().map(|(_, longest)| longest).max() {
        println!("so far {number} has the longest way, of {steps} steps");
    }
    let report = pool.shutdown(Shutdown::drain_for(Duration::from_secs(5)).then_abort());
    assert!(report.is_balanced(), "each number went somewhere");
    let (handled, left) = (report.handled, report.undelivered.len());
    println!("{} numbers taken: {handled} handled, {left} left", report.accepted);
    Ok(())
}
