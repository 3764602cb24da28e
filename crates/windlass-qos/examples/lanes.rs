//! Work of three urgencies for one worker: control first, and nobody starves.
#![allow(
    clippy::std_instead_of_core,
    clippy::missing_assert_message,
    clippy::print_stdout,
    reason = "an example is for people, and has std"
)]

use std::error::Error;

use windlass_qos::QosLevel::{BestEffort, Guaranteed};
use windlass_qos::lanes::{Builder, Lane};
use windlass_sync::thread;

const NAMES: [&str; 3] = ["control", "orders", "telemetry"];

fn main() -> Result<(), Box<dyn Error>> {
    let (senders, mut rx) = Builder::new()
        .lane(Lane::new(Guaranteed, 16).budget(4))
        .lane(Lane::new(Guaranteed, 256).budget(16))
        .lane(Lane::new(BestEffort, 64))
        .build()?;
    let threads = senders.into_iter().map(|mut tx| {
        thread::spawn(move || {
            let messages = [10, 1_000, 100_000][tx.lane()];
            (0..messages).take_while(|n| tx.send(*n).is_ok()).count()
        })
    });
    let threads: Vec<_> = threads.collect();
    let mut received = [0_u64; 3];
    rx.iter().for_each(|(lane, _)| received[lane] += 1);
    for (lane, thread) in threads.into_iter().enumerate() {
        let sent = thread.join().map_err(|_| "a sender broke")?;
        let stats = rx.stats(lane).ok_or("no such lane")?;
        assert_eq!(stats.accepted, stats.delivered + stats.dropped());
        println!(
            "{}: {sent} sent, {} received, {} lost",
            NAMES[lane],
            received[lane],
            stats.dropped()
        );
    }
    Ok(())
}
