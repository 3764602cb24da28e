//! A gate: answers go out only for what is safely stored.
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    reason = "a program prints, and has the standard library"
)]

use std::error::Error;
use std::sync::mpsc::{self, TryRecvError};

use windlass_ring::Builder;

fn main() -> Result<(), Box<dyn Error>> {
    let (answer, answers) = mpsc::channel();
    let (mut producer, mut ring) = Builder::new(64, || 0_u64)
        .stage("store")
        .poller()
        .gate("stored")
        .stage("answer")
        .after("stored")
        .each(move |n, _| answer.send(*n).expect("main listens"))
        .start()?;
    let mut store = ring.poller("store")?;
    let gate = ring.gate("stored")?;

    for n in 1..=3 {
        producer.publish(move |slot| *slot = n)?;
    }
    // The first two are stored together; nothing is answered before that is done.
    let mut stored = Vec::new();
    let mut batch = store.poll()?;
    stored.extend(batch.next());
    stored.extend(batch.next());
    drop(batch);
    assert_eq!(answers.try_recv(), Err(TryRecvError::Empty), "not yet");
    gate.advance_to(store.sequence())?;
    assert_eq!((answers.recv()?, answers.recv()?), (stored[0], stored[1]), "now");
    assert_eq!(answers.try_recv(), Err(TryRecvError::Empty), "the third one is not stored");

    // The rest may pass: the store is done, and so is the gate.
    store.poll()?.skip_rest();
    gate.open();
    drop((producer, store));
    ring.wait_end()?;
    println!("stored and answered: {stored:?}, answered at the end: {:?}", answers.recv()?);
    Ok(())
}
