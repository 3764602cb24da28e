//! Runs random topologies with faults for as long as one likes, and checks that every sum adds up.
//!
//! A seed says what a round looks like: sizes, levels, who panics, leaves or dawdles, and what the
//! operator does. How the threads take turns is up to the machine, so a failure may need its seed
//! several times to come back. Schedules that repeat exactly are the business of `Simulation` and of
//! the models.

#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "a command line tool talks to its user and has std"
)]

mod account;
mod buffers;
mod plan;
mod pools;
mod rings;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_sync::thread;

use account::Account;
use plan::Dice;

/// Runs random topologies with faults, and checks every accounting identity.
#[derive(Parser)]
struct Arguments {
    /// For so many seconds
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// The seed of the first round; each later one is the next. By the clock if it is not given
    #[arg(long)]
    seed: Option<u64>,
    /// So many rounds of each kind at most
    #[arg(long)]
    rounds: Option<u64>,
    /// Only this kind of topology
    #[arg(long, value_parser = KINDS.map(|(kind, _)| kind))]
    only: Option<String>,
    /// Name each round as it begins
    #[arg(long)]
    verbose: bool,
}

type Round = fn(&mut Dice) -> Account;

/// Each seed is rolled once for each of these.
const KINDS: [(&str, Round); 11] = [
    ("ring", rings::round),
    ("buffer", buffers::levels::round),
    ("broadcast", buffers::broadcast::round),
    ("lanes", buffers::lanes::round),
    ("conflation", buffers::conflation::round),
    ("timed", buffers::timed::round),
    ("latest", buffers::latest::round),
    ("pool", pools::keyed::round),
    ("ask", pools::asks::round),
    ("later", pools::later::round),
    ("link", pools::links::round),
];

/// A round that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..1_000_000_000));
    println!("first seed {seed}, {} s", arguments.seconds);
    let watched = watch();
    let end = Instant::now() + Duration::from_secs(arguments.seconds);
    let (mut all, mut rounds) = (Account::default(), 0_u64);
    for seed in seed.. {
        let is_enough = arguments.rounds.is_some_and(|most| rounds >= most);
        if is_enough || (arguments.rounds.is_none() && end <= Instant::now()) {
            break;
        }
        let wanted = |kind: &str| arguments.only.as_deref().is_none_or(|only| only == kind);
        for (kind, round) in KINDS.into_iter().filter(|(kind, _)| wanted(kind)) {
            *lock(&watched) = Some((kind, seed, Instant::now()));
            if arguments.verbose {
                println!("{kind} {seed}");
            }
            let account = catch_unwind(AssertUnwindSafe(|| round(&mut Dice::new(seed))));
            let account = account.unwrap_or_else(|_| Account {
                broken: vec!["the round panicked".to_owned()],
                ..Account::default()
            });
            for broken in &account.broken {
                eprintln!("BROKEN {kind} {seed}: {broken}");
            }
            if !account.broken.is_empty() {
                eprintln!("{}", again(kind, seed));
            }
            all.add(account);
        }
        rounds += 1;
        if rounds.is_multiple_of(1_000) {
            println!("{rounds} rounds, at seed {seed}: {}", summary(&all));
        }
    }
    *lock(&watched) = None;
    println!("{rounds} rounds of each kind from seed {seed}: {}", summary(&all));
    if all.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn summary(all: &Account) -> String {
    let Account { messages, checked, broken } = all;
    format!("{messages} messages, {checked} identities checked, {} broken", broken.len())
}

/// How a round is had again.
fn again(kind: &str, seed: u64) -> String {
    format!("again: cargo xtask soak --only {kind} --seed {seed} --rounds 1")
}

type Watched = Arc<Mutex<Option<(&'static str, u64, Instant)>>>;

/// Ends the program when a round hangs, and says which.
fn watch() -> Watched {
    let watched = Watched::default();
    let rounds = Arc::clone(&watched);
    thread::spawn(move || {
        loop {
            thread::sleep(Duration::from_secs(1));
            let now = *lock(&rounds);
            if let Some((kind, seed, _)) = now.filter(|(_, _, began)| LIMIT < began.elapsed()) {
                eprintln!("BROKEN {kind} {seed}: not finished after {} s", LIMIT.as_secs());
                eprintln!("{}", again(kind, seed));
                std::process::exit(1);
            }
        }
    });
    watched
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn rounds_of_each_kind_add_up() {
        for (kind, round) in KINDS {
            for seed in 0..if cfg!(miri) { 1 } else { 20 } {
                let account = round(&mut Dice::new(seed));
                assert_eq!(account.broken, [""; 0], "{kind}, seed {seed}");
            }
        }
    }

    #[test]
    fn a_summary_says_how_much_was_checked() {
        let all = Account { messages: 7, checked: 3, broken: vec!["x".to_owned()] };
        assert_eq!(summary(&all), "7 messages, 3 identities checked, 1 broken", "wrong text");
    }
}
