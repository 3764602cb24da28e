//! Numbers in ten lines: what a ring does, read when somebody looks.
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    reason = "a program prints, and has the standard library"
)]

use windlass::metrics::Registry;
use windlass::ring::{Builder, RingMetrics};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let registry = Registry::new(100);
    let numbers = RingMetrics::new(&registry, 1, 1)?;
    let (mut producer, ring) = Builder::new(64, || 0_u64).stage("reader").poller().start()?;
    numbers.watch("orders", &ring);
    producer.publish(|slot| *slot = 7)?;
    let now = registry.snapshot();
    println!("published: {:?}", now.counter("windlass_ring_events_published", &["orders"]));
    println!(
        "ahead of the reader: {:?}",
        now.gauge("windlass_ring_stage_lag", &["orders", "reader"])
    );
    Ok(())
}
