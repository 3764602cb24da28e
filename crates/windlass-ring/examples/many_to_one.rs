//! Several producers, one consumer: each producer's events stay in order.
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    reason = "a program prints, and has the standard library"
)]

use std::error::Error;
use std::thread;

use windlass_ring::many_to_one;

fn main() -> Result<(), Box<dyn Error>> {
    let (producer, mut poller) = many_to_one(256, || (0_usize, 0_u32))?;
    let mut next = [0; 3];
    thread::scope(|scope| {
        for who in 0..next.len() {
            let mut producer = producer.clone();
            scope.spawn(move || {
                for n in 0..500 {
                    let published = producer.publish(|slot| *slot = (who, n));
                    assert!(published.is_ok(), "the ring is open while the poller lives");
                }
            });
        }
        // The ring closes with its last producer, and this one publishes nothing.
        drop(producer);
        while let Ok(mut batch) = poller.wait() {
            batch.for_each(|&(who, n), _| {
                assert_eq!(n, next[who], "in the order of producer {who}");
                next[who] += 1;
            });
        }
    });
    println!("events of the three producers: {next:?}");
    assert_eq!(next, [500; 3], "all of them came");
    Ok(())
}
