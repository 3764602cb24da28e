//! `cargo xtask <verb>`: what the project does more than once, as one binary.
//!
//! One file per verb. A tool that is not installed is one clear line and a skip; with `--strict`
//! it is an error. Nothing here depends on the crates it checks.

#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    reason = "a command line tool talks to its user and runs outside the loom models"
)]

mod bench;
mod ci;
mod crates;
mod examples;
mod gates;
mod loom;
mod miri;
mod process;
mod release;
mod soak;
mod tidy;
mod tool;
mod tsan;
mod workspace;

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use workspace::{Outcome, Workspace};

/// Runs the project's checks and measurements.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    /// Treat a missing tool as an error instead of a skip
    #[arg(long, global = true)]
    strict: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Ci(ci::Ci),
    Loom(loom::Loom),
    Miri(miri::Miri),
    Tsan(tsan::Tsan),
    Tidy(tidy::Tidy),
    Api(gates::api::Api),
    Package(gates::package::Package),
    Soak(soak::Soak),
    Release(release::Release),
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = Workspace::find(cli.strict).and_then(|workspace| {
        let outcome = match &cli.verb {
            Verb::Ci(verb) => verb.run(&workspace),
            Verb::Loom(verb) => verb.run(&workspace),
            Verb::Miri(verb) => verb.run(&workspace),
            Verb::Tsan(verb) => verb.run(&workspace),
            Verb::Tidy(verb) => verb.run(&workspace),
            Verb::Api(verb) => verb.run(&workspace),
            Verb::Package(verb) => verb.run(&workspace),
            Verb::Soak(verb) => verb.run(&workspace),
            Verb::Release(verb) => verb.run(&workspace),
            Verb::Bench(verb) => verb.run(&workspace),
        }?;
        workspace.accept(outcome)
    });
    match outcome {
        Ok(Outcome::Passed(note)) => {
            println!("{note}");
            ExitCode::SUCCESS
        }
        Ok(Outcome::Idle(why)) => {
            println!("nothing to check: {why}");
            ExitCode::SUCCESS
        }
        Ok(Outcome::Skipped(why)) => {
            println!("skipped: {why}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn bench_passes_unknown_flags_on() {
        let cli = Cli::try_parse_from(["x", "bench", "ring", "--quick", "--rounds", "3"]);
        let Verb::Bench(bench) = cli.unwrap().verb else { panic!("not parsed as bench") };
        assert_eq!(bench.arguments(), ["ring", "--quick", "--rounds", "3"], "arguments changed");
    }

    #[test]
    fn bench_takes_a_flag_first() {
        let cli = Cli::try_parse_from(["x", "bench", "--quick"]);
        let Verb::Bench(bench) = cli.unwrap().verb else { panic!("not parsed as bench") };
        assert_eq!(bench.arguments(), ["--quick"], "arguments changed");
    }

    #[test]
    fn every_verb_has_help() {
        for verb in
            ["ci", "loom", "miri", "tsan", "tidy", "api", "package", "soak", "release", "bench"]
        {
            let help = Cli::try_parse_from(["x", verb, "--help"]).map(|_| ());
            let kind = help.map_err(|error| error.kind());
            assert_eq!(kind, Err(clap::error::ErrorKind::DisplayHelp), "no help for {verb}");
        }
    }
}
