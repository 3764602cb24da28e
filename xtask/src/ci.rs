//! `cargo xtask ci`: everything that continuous integration runs, in order, on this machine.
//!
//! A failing step does not stop the later ones: one run shows all there is to mend.

use crate::{
    bench,
    crates::Crate,
    examples,
    gates::{api::Api, deny, features, package::Package, semver, spelling, unused},
    loom::Loom,
    miri::Miri,
    process::run,
    soak,
    tidy::Tidy,
    tsan::Tsan,
    workspace::{Outcome, Workspace},
};
use anyhow::{Context, Result, bail};
use clap::builder::PossibleValuesParser;
use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

/// Run all checks in order and print a table of their outcomes.
#[derive(clap::Args)]
pub(crate) struct Ci {
    /// Leave this step out (repeatable)
    #[arg(long, value_parser = names())]
    skip: Vec<String>,
    /// Run only this step (repeatable)
    #[arg(long, value_parser = names(), conflicts_with = "skip")]
    only: Vec<String>,
}

type Step = fn(&Workspace) -> Result<Outcome>;

const STEPS: [(&str, Step); 21] = [
    ("tidy", |workspace| Tidy {}.run(workspace)),
    ("fmt", |workspace| cargo(workspace, "fmt --all --check")),
    ("spelling", spelling::run_all),
    ("unused", unused::run_all),
    ("deny", deny::rules),
    ("advisory", deny::advisories),
    ("clippy", |workspace| {
        cargo(workspace, "clippy --workspace --all-targets --all-features -- -D warnings")
    }),
    ("no-std", no_std),
    ("hack", features::run_all),
    ("api", |workspace| Api::check().run(workspace)),
    ("semver", semver::run_all),
    ("test", test),
    ("doc", doc),
    ("package", |workspace| Package {}.run(workspace)),
    ("loom", |workspace| Loom::bounded(15).run(workspace)),
    ("example", examples::run_all),
    ("bench", bench::smoke),
    ("soak", soak::short),
    ("miri", |workspace| Miri::bounded(30).run(workspace)),
    ("tsan", |workspace| Tsan::bounded(20).run(workspace)),
    ("msrv", msrv),
];

impl Ci {
    /// Every step.
    pub(crate) fn all() -> Self {
        Self { skip: Vec::new(), only: Vec::new() }
    }

    pub(crate) fn run(&self, workspace: &Workspace) -> Result<Outcome> {
        let mut table = Vec::new();
        for (name, step) in STEPS.iter().filter(|(name, _)| self.wants(name)) {
            println!("\n==> {name}");
            let started = Instant::now();
            let outcome = step(workspace).and_then(|outcome| workspace.accept(outcome));
            let seconds = started.elapsed().as_secs_f64();
            match &outcome {
                Ok(Outcome::Passed(note)) => println!("{note}"),
                Ok(Outcome::Skipped(why)) => println!("skipped: {why}"),
                Ok(Outcome::Idle(why)) => println!("nothing to check: {why}"),
                Err(error) => println!("error: {error:#}"),
            }
            table.push(Line { name, outcome, seconds });
        }
        println!("\n{}", render(&table));
        let failed: Vec<&str> =
            table.iter().filter(|line| line.outcome.is_err()).map(|line| line.name).collect();
        if !failed.is_empty() {
            bail!("failed: {}", failed.join(", "));
        }
        Ok(Outcome::Passed("all checks passed".to_owned()))
    }

    fn wants(&self, name: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|item| item == name);
        !named(&self.skip) && (self.only.is_empty() || named(&self.only))
    }
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(STEPS.map(|(name, _)| name))
}

/// One row of the table at the end.
struct Line {
    name: &'static str,
    outcome: Result<Outcome>,
    seconds: f64,
}

fn render(table: &[Line]) -> String {
    let mut text = format!("{:<8} {:<8} {:>8}  note\n", "step", "outcome", "seconds");
    for Line { name, outcome, seconds } in table {
        let (word, note) = match outcome {
            Ok(Outcome::Passed(note)) => ("passed", note.clone()),
            Ok(Outcome::Skipped(why)) => ("skipped", why.clone()),
            Ok(Outcome::Idle(why)) => ("nothing", why.clone()),
            Err(error) => ("FAILED", error.to_string()),
        };
        let note = note.lines().next().unwrap_or_default();
        text.push_str(&format!("{name:<8} {word:<8} {seconds:>8.1}  {note}\n"));
    }
    let total: f64 = table.iter().map(|line| line.seconds).sum();
    text + &format!("{:<8} {:<8} {total:>8.1}", "total", "")
}

const LIMIT: Duration = Duration::from_secs(900);

fn cargo(workspace: &Workspace, line: &str) -> Result<Outcome> {
    run(&mut workspace.cargo(line), LIMIT)?;
    Ok(Outcome::Passed(String::new()))
}

fn no_std(workspace: &Workspace) -> Result<Outcome> {
    for one in Crate::those(workspace.root(), |one| one.is_published && one.is_no_std)? {
        // One by one: together they would have the features of each other.
        let line = format!("clippy -p {} --no-default-features -- -D warnings", one.name);
        run(&mut workspace.cargo(&line), LIMIT)?;
    }
    Ok(Outcome::Passed(String::new()))
}

fn test(workspace: &Workspace) -> Result<Outcome> {
    cargo(workspace, "test --workspace --all-features")
}

fn doc(workspace: &Workspace) -> Result<Outcome> {
    let mut command = workspace.cargo("doc --workspace --no-deps --all-features");
    run(command.env("RUSTDOCFLAGS", "-D warnings"), LIMIT)?;
    // As most users have it: without a layer that its page names.
    let mut command = workspace.cargo("doc -p windlass --no-deps");
    run(command.env("RUSTDOCFLAGS", "-D warnings"), LIMIT)?;
    Ok(Outcome::Passed(String::new()))
}

/// Checks the published crates with the oldest promised toolchain, where it is installed.
fn msrv(workspace: &Workspace) -> Result<Outcome> {
    let manifest = fs::read_to_string(workspace.root().join("Cargo.toml"))?;
    let version = rust_version(&manifest)?;
    let mut list = Command::new("rustup");
    let listed = list.args(["toolchain", "list"]).output();
    let listed = listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let Some(toolchain) = installed(&listed.unwrap_or_default(), &version) else {
        return Ok(Outcome::Skipped(format!("toolchain {version} is not installed")));
    };
    let mut command = workspace.toolchain_cargo(&toolchain, "check --all-features");
    for one in Crate::those(workspace.root(), |one| one.is_published)? {
        command.args(["-p", &one.name]);
    }
    run(command.env("CARGO_TARGET_DIR", workspace.target("msrv")), LIMIT)?;
    Ok(Outcome::Passed(format!("checked with {toolchain}")))
}

fn rust_version(manifest: &str) -> Result<String> {
    let table: toml::Table = manifest.parse()?;
    let version = table.get("workspace").and_then(|value| value.get("package"));
    let version = version.and_then(|value| value.get("rust-version"));
    Ok(version.and_then(toml::Value::as_str).context("no rust-version")?.to_owned())
}

/// Finds a toolchain of `version` (as `1.88`) in the output of `rustup toolchain list`.
fn installed(list: &str, version: &str) -> Option<String> {
    let names = list.lines().filter_map(|line| line.split_whitespace().next());
    let of_version = |name: &&str| {
        let rest = name.strip_prefix(version);
        rest.is_some_and(|rest| rest.starts_with(['.', '-']) || rest.is_empty())
    };
    names.filter(|name| name.starts_with(char::is_numeric)).find(of_version).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn the_table_names_step_outcome_and_seconds() {
        let table = [
            Line { name: "tidy", outcome: Ok(Outcome::Passed("fine".into())), seconds: 1.25 },
            Line { name: "miri", outcome: Ok(Outcome::Skipped("absent".into())), seconds: 0.0 },
            Line { name: "test", outcome: Err(anyhow!("exit 101")), seconds: 2.0 },
        ];
        let text = render(&table);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "tidy     passed        1.2  fine", "wrong row");
        assert_eq!(lines[2], "miri     skipped       0.0  absent", "wrong row");
        assert_eq!(lines[3], "test     FAILED        2.0  exit 101", "wrong row");
        assert_eq!(lines[4], "total                  3.2", "wrong total");
    }

    #[test]
    fn steps_are_chosen_by_name() {
        let skip = Ci { skip: vec!["test".into()], only: vec![] };
        assert!(!skip.wants("test") && skip.wants("tidy"), "skip ignored");
        let only = Ci { skip: vec![], only: vec!["tidy".into()] };
        assert!(!only.wants("test") && only.wants("tidy"), "only ignored");
    }

    #[test]
    fn the_oldest_toolchain_is_found_by_its_version() {
        let list = "stable-x86_64 (default)\n1.8-x86_64\n1.88.0-x86_64\n1.95.0-x86_64 (active)\n";
        assert_eq!(installed(list, "1.88").as_deref(), Some("1.88.0-x86_64"), "not found");
        assert_eq!(installed(list, "1.9"), None, "a prefix is not a version");
        let manifest = "[workspace.package]\nrust-version = \"1.88\"\n";
        assert_eq!(rust_version(manifest).unwrap(), "1.88", "wrong version");
        assert!(rust_version("[workspace]\n").is_err(), "invented a version");
    }
}
