//! A group of workers: each event goes to exactly one of them.
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    reason = "a program prints, and has the standard library"
)]

use std::error::Error;
use std::sync::mpsc::{self, Sender};

use windlass_ring::{Batch, Builder, Flow, Handler, Shared};

struct Worker {
    number: usize,
    results: Sender<(u64, usize)>,
}

impl Handler<u64, Shared> for Worker {
    fn on_batch(&mut self, batch: &mut Batch<'_, u64, Shared>) -> Flow {
        while let Some(&n) = batch.next() {
            self.results.send((n * n, self.number)).expect("main listens");
        }
        Flow::Continue
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (results, seen) = mpsc::channel();
    let (mut producer, ring) = Builder::new(256, || 0_u64)
        .stage("square")
        .members(3)
        .max_batch(4)
        .build_with(move |member| Worker { number: member.index, results: results.clone() })
        .start()?;
    for n in 0..1_000 {
        producer.publish(move |slot| *slot = n)?;
    }
    drop(producer);
    ring.wait_end()?;

    let mut done = [0; 3];
    let mut squares: Vec<u64> =
        seen.iter().inspect(|&(_, who)| done[who] += 1).map(|it| it.0).collect();
    println!("squares by each worker: {done:?}");
    // Between workers there is no order.
    squares.sort_unstable();
    assert!(squares.into_iter().eq((0..1_000).map(|n| n * n)), "every number once");
    Ok(())
}
