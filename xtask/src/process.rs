//! Running a command to its end, or to the end of its time.
//!
//! A concurrency bug likes to show as a hang, so nothing runs without a limit.

use anyhow::{Context, Result, bail};
use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Runs a command to its end and fails unless it succeeds within `limit`.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<()> {
    announce(command);
    let mut child = spawn(command)?;
    settle(command, wait(&mut child, limit)?, limit)
}

/// Runs a command as [`run`] does, and returns what it wrote to its standard output, which is
/// passed on line by line as it comes.
pub(crate) fn run_and_read(command: &mut Command, limit: Duration) -> Result<String> {
    run_and_read_as("", command, limit)
}

/// Does the same beside other commands: a name stands before each line that is passed on.
pub(crate) fn run_and_read_as(
    name: &str,
    command: &mut Command,
    limit: Duration,
) -> Result<String> {
    announce(command);
    let mut child = spawn(command.stdout(Stdio::piped()))?;
    let output = child.stdout.take().context("the child's output is not piped")?;
    let prefix = if name.is_empty() { String::new() } else { format!("{name}: ") };
    let reader = thread::spawn(move || echo(&prefix, output));
    let status = wait(&mut child, limit)?;
    let text = reader.join().unwrap_or_default();
    settle(command, status, limit)?;
    Ok(text)
}

/// Runs a command that says little and ends soon, and returns its standard output, shown only if it
/// fails.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let (success, text) = run_quietly(command, Duration::from_secs(600))?;
    if !success {
        println!("{text}");
        bail!("{} failed", name(command));
    }
    Ok(text)
}

/// Runs a command and returns whether it succeeded, with its standard output, or if it failed with
/// what it wrote to the standard error before that.
pub(crate) fn run_quietly(command: &mut Command, limit: Duration) -> Result<(bool, String)> {
    announce(command);
    let mut child = spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let collect = |pipe: Option<Box<dyn Read + Send>>| {
        thread::spawn(move || {
            let mut text = Vec::new();
            // What could be read until the pipe broke is all there is.
            drop(pipe.map(|mut pipe| pipe.read_to_end(&mut text)));
            String::from_utf8_lossy(&text).into_owned()
        })
    };
    let output = collect(child.stdout.take().map(|pipe| Box::new(pipe) as _));
    let errors = collect(child.stderr.take().map(|pipe| Box::new(pipe) as _));
    let status = wait(&mut child, limit)?;
    let (output, errors) = (output.join().unwrap_or_default(), errors.join().unwrap_or_default());
    match status {
        Some(status) if status.success() => Ok((true, output)),
        Some(_) => Ok((false, errors + &output)),
        None => settle(command, None, limit).map(|()| (false, output)),
    }
}

/// Adds up the passed tests of all test binaries in the output of `cargo test`.
///
/// Programs that run at once may write into each other's lines, so every number in a line counts.
pub(crate) fn passed(output: &str) -> u64 {
    let results = output.lines().filter(|line| line.starts_with("test result: "));
    let parts = results.flat_map(|line| line.split(" passed;").collect::<Vec<_>>());
    parts.filter_map(|part| part.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

/// Shows the command as a person would type it.
fn announce(command: &Command) {
    let variables = command.get_envs().filter_map(|(name, value)| {
        Some(format!("{}={:?} ", name.to_string_lossy(), value?.to_string_lossy()))
    });
    let words = command.get_args().map(|word| format!(" {}", word.to_string_lossy()));
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let line = variables.chain([program.to_string_lossy().into_owned()]).chain(words);
    println!("$ {}", line.collect::<String>());
}

fn spawn(command: &mut Command) -> Result<Child> {
    let program = command.get_program().to_owned();
    let child = command.stdin(Stdio::null()).spawn();
    child.with_context(|| format!("{} does not start", program.to_string_lossy()))
}

fn echo(prefix: &str, output: impl Read) -> String {
    let mut text = String::new();
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        println!("{prefix}{line}");
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// Waits for a child, or ends it and whatever it started once the limit has passed.
fn wait(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let started = Instant::now();
    while started.elapsed() < limit {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(Duration::from_millis(20));
    }
    end_descendants(child.id());
    child.kill().context("the child cannot be stopped")?;
    child.wait()?;
    Ok(None)
}

fn settle(command: &Command, status: Option<ExitStatus>, limit: Duration) -> Result<()> {
    let first = name(command);
    match status {
        Some(status) if status.success() => Ok(()),
        Some(status) => bail!("{first}: {status}"),
        None => bail!("{first}: not finished after {} s", limit.as_secs()),
    }
}

/// What a command does, in a word: its first argument, or else the program.
fn name(command: &Command) -> String {
    let first = command.get_args().next().unwrap_or(command.get_program());
    first.to_string_lossy().into_owned()
}

/// Ends the processes below `parent`: cargo does not pass a kill on to the tests it runs.
///
/// Each is stopped before its children are listed, so that none is started meanwhile.
fn end_descendants(parent: u32) {
    let mut stopped = vec![parent];
    signal("-STOP", parent);
    while let Some(table) = process_table() {
        let found = descendants(&table, parent);
        let fresh: Vec<u32> = found.into_iter().filter(|pid| !stopped.contains(pid)).collect();
        if fresh.is_empty() {
            break;
        }
        fresh.iter().for_each(|&pid| signal("-STOP", pid));
        stopped.extend(fresh);
    }
    stopped[1..].iter().for_each(|&pid| signal("-KILL", pid));
}

fn signal(name: &str, pid: u32) {
    // Built into every shell, where the program of that name may be missing. The process may be
    // gone already, which is as good: nothing to report.
    let line = format!("kill {name} {pid}");
    drop(Command::new("sh").args(["-c", &line]).stderr(Stdio::null()).status());
}

/// Lists all processes as lines of `pid ppid`: from `/proc` where there is one, else from `ps`.
fn process_table() -> Option<String> {
    let Ok(entries) = fs::read_dir("/proc") else {
        let output = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output().ok()?;
        return Some(String::from_utf8_lossy(&output.stdout).into_owned());
    };
    let stats =
        entries.flatten().filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    Some(stats.filter_map(|stat| table_line(&stat)).collect())
}

/// Takes pid and ppid from a line of the form `pid (name) state ppid ...`.
fn table_line(stat: &str) -> Option<String> {
    let (pid, rest) = stat.split_once(" (")?;
    // The name may contain anything, brackets too.
    let ppid = rest.rsplit_once(')')?.1.split_whitespace().nth(1)?;
    Some(format!("{pid} {ppid}\n"))
}

/// Finds all processes below `parent` in a table of `pid ppid` lines.
fn descendants(table: &str, parent: u32) -> Vec<u32> {
    let pairs: Vec<(u32, u32)> = table
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace().map(str::parse);
            Some((words.next()?.ok()?, words.next()?.ok()?))
        })
        .collect();
    let mut found = vec![parent];
    let mut next = 0;
    while next < found.len() {
        let above = found[next];
        found.extend(pairs.iter().filter(|pair| pair.1 == above).map(|pair| pair.0));
        next += 1;
    }
    found.split_off(1)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn descendants_are_found_at_any_depth() {
        let table = " 1 0\n 10 1\n 11 10\n 12 11\n 20 1\n";
        assert_eq!(descendants(table, 10), [11, 12], "wrong processes");
        assert_eq!(descendants(table, 20), [] as [u32; 0], "wrong processes");
    }

    #[test]
    fn names_in_the_process_table_may_be_odd() {
        let line = table_line("17 (a) b (c)) S 4 17 17 0 -1").unwrap();
        assert_eq!(line, "17 4\n", "wrong pair");
        assert_eq!(table_line("cpu 1 2 3"), None, "no process");
    }

    #[test]
    fn output_is_returned() {
        let text = run_and_read(&mut shell("echo one; echo two"), Duration::from_secs(60));
        assert_eq!(text.unwrap(), "one\ntwo\n", "output changed");
    }

    #[test]
    fn what_a_failing_command_said_is_not_lost() {
        let limit = Duration::from_secs(60);
        let said = run_quietly(&mut shell("echo out; echo err >&2"), limit).unwrap();
        assert_eq!(said, (true, "out\n".to_owned()), "more than its output");
        let said = run_quietly(&mut shell("echo out; echo err >&2; exit 1"), limit).unwrap();
        assert_eq!(said, (false, "err\nout\n".to_owned()), "lost");
        assert!(read(&mut shell("exit 1")).is_err(), "success");
        assert!(run_quietly(&mut shell("sleep 1000"), Duration::ZERO).is_err(), "did not end");
    }

    #[test]
    fn a_failing_command_is_an_error() {
        let error = run(&mut shell("exit 3"), Duration::from_secs(60)).unwrap_err().to_string();
        assert!(error.contains('3'), "no exit status in: {error}");
    }

    #[test]
    fn a_hanging_command_is_ended() {
        let error = run(&mut shell("sleep 1000"), Duration::ZERO).unwrap_err().to_string();
        assert!(error.contains("not finished"), "unexpected: {error}");
    }

    #[test]
    fn the_children_of_a_hanging_command_are_ended() {
        let mut hang = shell("sleep 1000 & echo started; wait");
        let mut child = spawn(hang.stdout(Stdio::piped())).unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line, "started\n", "the command did not start");
        assert!(wait(&mut child, Duration::ZERO).unwrap().is_none(), "it ended by itself");
        // The pipe ends only when its last holder is gone.
        assert_eq!(output.read_line(&mut line).unwrap(), 0, "more output");
    }

    #[test]
    fn passed_tests_are_counted_over_all_binaries() {
        let output = "test a ... ok\n\
            test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
            test result: ok. 14 passed; 0 failed; 0 ignored; 0 measured; 2 filtered out\n";
        assert_eq!(passed(output), 17, "wrong sum");
    }

    #[test]
    fn nothing_run_counts_as_nothing() {
        let none = "test result: ok. 0 passed; 0 failed; 5 filtered out; finished in 1.00s\n";
        assert_eq!(passed(none), 0, "counted");
        assert_eq!(passed("error: 7 passed; by\n"), 0, "counted a line that is no result");
    }

    #[test]
    fn mixed_lines_are_counted() {
        let mixed = "test result: test result: okok. 2 passed; 0 failed. 3 passed; 0 failed\n";
        assert_eq!(passed(mixed), 5, "wrong sum");
    }
}
