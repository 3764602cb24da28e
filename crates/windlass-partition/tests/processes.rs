//! Two processes agree: nothing in a mapping depends on where things lie or when the process began.

#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "tests have std")]
#![allow(clippy::print_stdout, reason = "what the other process reads")]
#![cfg(not(miri))]

mod mapping;

use std::env;
use std::error::Error;
use std::process::Command;

const ASKED: &str = "WINDLASS_PARTITION_TELL_MAPPING";

/// What the second process prints; on its own it only checks that the mapping can be made.
#[test]
fn the_mapping_can_be_told() -> Result<(), Box<dyn Error>> {
    let digests = mapping::digests()?;
    if env::var_os(ASKED).is_some() {
        println!("{}", told(&digests));
    }
    Ok(())
}

fn told(digests: &[(&str, u64)]) -> String {
    let lines: Vec<String> =
        digests.iter().map(|(name, digest)| format!("mapping {name}: {digest:x}")).collect();
    lines.join("\n")
}

#[test]
fn two_processes_agree_on_every_mapping() -> Result<(), Box<dyn Error>> {
    let here = told(&mapping::digests()?);
    for _ in 0..2 {
        let output = Command::new(env::current_exe()?)
            .args(["--exact", "the_mapping_can_be_told", "--nocapture"])
            .env(ASKED, "1")
            .output()?;
        let text = String::from_utf8(output.stdout)?;
        // The runner prints its own words before the first line.
        let begin = text.find("mapping ").ok_or("the other process told nothing")?;
        assert!(text[begin..].starts_with(&here), "there:\n{text}\nhere:\n{here}");
    }
    Ok(())
}
