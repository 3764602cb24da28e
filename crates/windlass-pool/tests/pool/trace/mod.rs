//! What a pool tells those who subscribe to `tracing`.

mod changes;
mod ear;
mod lives;
mod spans;

use tracing::Level;
use windlass_pool::Shutdown;

use crate::support::{LONG, Msg, balanced, gated, note, panics};
use ear::{Ear, HATED};

fn told(level: Level, about: &str) -> (Level, String) {
    (level, about.to_owned())
}

#[test]
fn nothing_is_told_of_messages_that_are_handled() {
    let run = |name: &str, messages: u64| {
        let ear = Ear::new(name);
        let pool = ear.actors().workers(2).build().unwrap();
        let mut tx = pool.sender().unwrap();
        for n in 0..messages {
            tx.send(&n, note(n)).unwrap();
            tx.send_high(&n, note(n)).unwrap();
        }
        balanced(&pool.shutdown(Shutdown::drain()));
        ear.all().len()
    };
    assert_eq!(run("few", 1), run("many", 1_000));
}

#[test]
fn a_subscriber_that_panics_does_not_harm_the_pool() {
    let ear = Ear::new("hated");
    assert_eq!(ear.name(), HATED);
    let pool = ear.actors().workers(2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    let (message, key): (Msg, _) = gated(0);
    tx.send_to(0, message).unwrap();
    key.wait_until_entered();
    key.open();
    tx.send_to(0, panics(1)).unwrap();
    tx.send_to(0, note(2)).unwrap();
    pool.resize(3, LONG).unwrap();
    let report = pool.shutdown(Shutdown::drain());
    balanced(&report);
    assert_eq!((report.handled, report.dead.total(), report.restarts), (2, 1, 1), "{report:?}");
    assert!(ear.all().is_empty(), "it hears nothing");
}
