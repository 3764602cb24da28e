//! One producer, one consumer: a queue between two threads.
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    reason = "a program prints, and has the standard library"
)]

use std::error::Error;
use std::thread;

use windlass_ring::one_to_one;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut producer, mut poller) = one_to_one(1024, || 0_u64)?;
    // Moved into the thread, the producer is dropped at its end, which closes the ring.
    let writer = thread::scope(|scope| {
        let writer = scope.spawn(move || {
            (1..=1_000)
                .try_for_each(|n| producer.publish(|slot| *slot = n).map(drop).map_err(|_| n))
        });
        let mut sum = 0;
        while let Ok(mut batch) = poller.wait() {
            batch.for_each(|n, _| sum += n);
        }
        println!("the sum of 1 to 1000 is {sum}");
        assert_eq!(sum, 500_500, "every number arrived once");
        writer.join()
    });
    assert!(matches!(writer, Ok(Ok(()))), "the ring took all of them");
    Ok(())
}
