//! The example `ctrl_c`, ended as its users end it.
#![cfg(all(unix, not(any(loom, miri, windlass_strong_barrier))))]
#![allow(
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "a test has the standard library, and may panic in its helpers too"
)]

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

#[test]
fn whoever_presses_ctrl_c_gets_a_report_that_adds_up() {
    // Cargo builds it beside the folder of the tests.
    let test = std::env::current_exe().unwrap();
    let path = test.ancestors().nth(2).unwrap().join("examples/ctrl_c");
    let mut child = Command::new(path).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert_eq!(line, "counting; press Ctrl-C to end\n", "it has begun");
    let pressed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(pressed.success(), "it was there");
    let mut said = String::new();
    out.read_to_string(&mut said).unwrap();
    assert!(child.wait().unwrap().success(), "it ended in order: {said}");
    let numbers = said.lines().last().unwrap().split(|c: char| !c.is_ascii_digit());
    let numbers: Vec<u64> = numbers.filter_map(|number| number.parse().ok()).collect();
    let [taken, handled, left] = numbers[..] else { panic!("not three numbers: {said}") };
    assert_eq!((taken, left), (handled, 0), "all that it had: {said}");
}
