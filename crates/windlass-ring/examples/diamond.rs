//! Two stages beside each other, and one that waits for both.
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    reason = "a program prints, and has the standard library"
)]

use std::error::Error;
use std::sync::mpsc;

use windlass_ring::Builder;

fn main() -> Result<(), Box<dyn Error>> {
    let (journal, journaled) = mpsc::channel();
    let (replicate, replicated) = mpsc::channel();
    let (apply, applied) = mpsc::channel();
    let (mut producer, ring) = Builder::new(64, || "")
        .stage("journal")
        .each(move |_, at| journal.send(at.sequence).expect("`apply` listens"))
        .stage("replicate")
        .each(move |_, at| replicate.send(at.sequence).expect("`apply` listens"))
        .stage("apply")
        .after("journal")
        .after("replicate")
        .each(move |command, at| {
            // No need to wait: both stages have released the event before this one sees it.
            assert_eq!(journaled.try_recv(), Ok(at.sequence), "{command} is journaled");
            assert_eq!(replicated.try_recv(), Ok(at.sequence), "{command} is replicated");
            apply.send(*command).expect("main listens");
        })
        .start()?;
    for command in ["open", "write", "close"] {
        producer.publish(move |slot| *slot = command)?;
    }
    drop(producer);
    ring.wait_end()?;

    let applied: Vec<&str> = applied.iter().collect();
    println!("applied, each after both: {applied:?}");
    assert_eq!(applied, ["open", "write", "close"], "in order");
    Ok(())
}
