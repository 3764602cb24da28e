//! Measures the suites of Windlass beside their peers.

#![allow(clippy::print_stderr, reason = "a command line tool tells its user what failed")]

use core::time::Duration;
use std::env::args;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use benches::against::Changes;
use benches::case::Case;
use benches::host::{self, Host};
use benches::pin::Cores;
use benches::record::{Record, SCHEMA};
use benches::runner::{Budget, run};
use benches::suite::{Context, SUITES, Suite};
use benches::twins::twins;
use benches::watchdog::Watchdog;
use benches::{advice, choices, report, table};
use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Measures Windlass beside its peers, round by round in one process.
#[derive(Parser)]
#[command(name = "bench")]
struct Arguments {
    /// The suites to run; all there are if none is named.
    #[arg(value_name = "SUITE")]
    suites: Vec<String>,
    /// Prints the names of the suites and ends.
    #[arg(long)]
    list: bool,
    /// Short rounds and no sweeps: one suite ends within 45 seconds.
    #[arg(long)]
    quick: bool,
    /// The shortest run that still measures everything once: whether it works, not how fast it is.
    #[arg(long, conflicts_with = "rounds")]
    smoke: bool,
    /// Measures nothing: writes the tables and the page of a record.
    #[arg(long, value_name = "RECORD", conflicts_with_all = ["suites", "quick", "smoke", "json"])]
    show: Option<PathBuf>,
    /// Sweeps over parameters such as capacity, also in a quick run.
    #[arg(long)]
    sweep: bool,
    /// Rounds for each contender.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Only ids that contain this text.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Writes all results to this file as well.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Marks what changed since this record.
    #[arg(long, value_name = "RECORD")]
    against: Option<PathBuf>,
}

/// The time of a suite in a run that only shows that it works.
const SMOKE: Duration = Duration::from_secs(2);

/// With more load than this before it starts, a run is not on a quiet machine.
const BUSY: f64 = 0.5;

/// The length of a full round.
const SLICE: Duration = Duration::from_millis(120);

impl Arguments {
    /// Whether sweeps are run.
    fn sweeps(&self) -> bool {
        self.sweep || !(self.quick || self.smoke)
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match measure(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &Arguments) -> Result<(), String> {
    if arguments.list {
        return say(&SUITES.iter().map(|suite| suite.name.to_owned()).collect::<Vec<_>>());
    }
    let folder = host::root().join("target/bench");
    let before = arguments.against.as_deref().map(read).transpose()?;
    if let Some(path) = &arguments.show {
        return finish(arguments, &read(path)?, before.as_ref(), &folder);
    }
    // Before anything is pinned, and before anything takes long.
    let cores = Cores::read();
    let context = Context { pauses: host::pauses_in(25.0), cores };
    let chosen = chosen(arguments, &context)?;
    let watchdog = Watchdog::start();
    let host = Host::read(&context.cores);
    let sweep = arguments.sweeps();
    let mut whole = Record {
        schema: SCHEMA,
        host,
        command: args().collect::<Vec<_>>().join(" "),
        not_measured: Vec::new(),
        advice: Vec::new(),
        results: Vec::new(),
    };
    if let Some(text) = &arguments.filter {
        whole.not_measured.push(format!("ids without {text:?}"));
    }
    if let Some(load) = host::load().filter(|load| *load > BUSY) {
        let busy = format!("a quiet machine: the load was {load} when the run began");
        eprintln!("warning: not measured: {busy}");
        whole.not_measured.push(busy);
    }
    let general = whole.not_measured.clone();
    for (suite, cases) in &chosen {
        let mut record = whole.clone();
        record.not_measured = (suite.not_measured)(&context, sweep);
        for left in &record.not_measured {
            whole.not_measured.push(format!("{}: {left}", suite.name));
        }
        record.not_measured.extend_from_slice(&general);
        record.results = results(arguments, suite, cases, &watchdog)?;
        record.advice = (suite.advice)(&record);
        write(&record, &folder.join(format!("{}.json", suite.name)))?;
        whole.advice.append(&mut record.advice);
        whole.results.append(&mut record.results);
    }
    finish(arguments, &whole, before.as_ref(), &folder)
}

/// The named suites, each once, with the cases that pass the filter.
fn chosen(arguments: &Arguments, context: &Context) -> Result<Vec<(Suite, Vec<Case>)>, String> {
    let unknown = |name: &String| Suite::named(name).is_none();
    if let Some(name) = arguments.suites.iter().find(|name| unknown(name)) {
        return Err(format!("there is no suite {name:?}; there is: {}", Suite::names()));
    }
    let named = |suite: &&Suite| {
        arguments.suites.is_empty() || arguments.suites.iter().any(|name| name == suite.name)
    };
    let sweep = arguments.sweeps();
    let text = arguments.filter.as_deref().unwrap_or_default();
    let mut chosen = Vec::new();
    for suite in SUITES.iter().filter(named) {
        let mut cases = (suite.cases)(context);
        cases.retain(|case| sweep || !case.sweep);
        cases.retain(|case| case.ids().any(|id| id.contains(text)));
        if !cases.is_empty() {
            chosen.push((*suite, cases));
        }
    }
    if chosen.is_empty() {
        return Err(format!("no id contains {text:?}"));
    }
    Ok(chosen)
}

fn results(
    arguments: &Arguments,
    suite: &Suite,
    cases: &[Case],
    watchdog: &Watchdog,
) -> Result<Vec<benches::record::Outcome>, String> {
    let rounds = if arguments.smoke { 1 } else { usize::from(arguments.rounds) };
    let total = match arguments {
        Arguments { smoke: true, .. } => Some(SMOKE),
        Arguments { quick: true, .. } => Some(suite.quick),
        _ => None,
    };
    let budget = Budget { rounds, slice: SLICE, total };
    let turns: usize = cases.iter().map(|case| case.runs.len() * (rounds + 1)).sum();
    let progress = progress(turns);
    let outcomes = run(cases, budget, watchdog, &progress);
    progress.finish_and_clear();
    let mut outcomes = outcomes.map_err(|fault| {
        let benches::runner::Fault { id, contender, failure } = fault;
        format!("{contender} in {id}: {failure}")
    })?;
    if let Some(text) = &arguments.filter {
        outcomes.retain(|outcome| outcome.id.contains(text.as_str()));
    }
    Ok(outcomes)
}

/// A bar that only moves between rounds: a ticking thread would disturb them.
fn progress(turns: usize) -> ProgressBar {
    let style = "{bar:30} {pos}/{len} {eta} {msg}";
    let target = if io::stderr().is_terminal() {
        ProgressDrawTarget::stderr_with_hz(4)
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(turns as u64), target);
    bar.with_style(ProgressStyle::with_template(style).unwrap_or(ProgressStyle::default_bar()))
}

fn finish(
    arguments: &Arguments,
    record: &Record,
    before: Option<&Record>,
    folder: &Path,
) -> Result<(), String> {
    let changes = before.map(|before| Changes::between(before, record));
    let mut lines = tables(record, changes.as_ref());
    let pairs: Vec<String> = SUITES
        .iter()
        .flat_map(|suite| twins(record, suite))
        .map(|pair| format!("  {}", pair.line()))
        .collect();
    if !pairs.is_empty() {
        lines.push("each beside its twin, the ratio first:".to_owned());
        lines.extend(pairs);
    }
    lines.extend(report::provenance(record));
    if let Some(changes) = &changes {
        lines.push("against the record:".to_owned());
        lines.extend(changes.lines().into_iter().map(|line| format!("  {line}")));
    }
    let advice = advice::lines(record);
    if !advice.is_empty() {
        lines.push("recommended on this machine:".to_owned());
        lines.extend(advice);
    }
    say(&lines)?;
    let page = folder.join("report.html");
    let html = report::page(record, changes.as_ref())?;
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    std::fs::write(&page, html).map_err(|error| format!("{}: {error}", page.display()))?;
    say(&[format!("written: {}", page.display())])?;
    if let Some(path) = &arguments.json {
        write(record, path)?;
    }
    Ok(())
}

/// One table of all suites with peers, then those in which ours stand beside each other.
fn tables(record: &Record, changes: Option<&Changes>) -> Vec<String> {
    let of = |peers: bool| {
        let owns = move |id: &&str| SUITES.iter().any(|one| one.owns(id) && one.peers == peers);
        record.ids().into_iter().filter(owns).collect::<Vec<_>>()
    };
    let (beside_peers, among_ours) = (of(true), of(false));
    let mut tables = Vec::new();
    if !beside_peers.is_empty() {
        tables.push(table::table(record, &beside_peers, changes));
    }
    let groups = choices::groups(record, &among_ours);
    tables.extend(groups.iter().map(|group| group.table(record, changes)));
    if !groups.is_empty() {
        tables.push("*: nobody is better beyond the spread of the rounds".to_owned());
    }
    tables
}

fn read(path: &Path) -> Result<Record, String> {
    Record::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(record: &Record, path: &Path) -> Result<(), String> {
    record.write(path).map_err(|error| format!("{}: {error}", path.display()))?;
    say(&[format!("written: {}", path.display())])
}

/// Prints lines; whoever stops reading early, such as `head`, is no error.
fn say(lines: &[String]) -> Result<(), String> {
    let text = lines.join("\n") + "\n";
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.to_string()),
        _ => Ok(()),
    }
}
