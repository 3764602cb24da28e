//! The result, as text.

use std::io::{self, BufWriter, Write};

use crate::counts::{Counts, top};
use crate::depths::{Depth, STAGES};
use crate::run::{Change, Outcome};

/// Writes the `k` most frequent words, and how it went.
pub(crate) fn write(
    to: &mut impl Write,
    outcome: &Outcome,
    k: usize,
    checked: bool,
) -> io::Result<()> {
    let mut to = BufWriter::new(to);
    writeln!(to, "{:>12}  word", "count")?;
    for (word, count) in top(&outcome.parts, k) {
        writeln!(to, "{count:>12}  {}", String::from_utf8_lossy(word))?;
    }
    writeln!(to)?;
    totals(&mut to, outcome)?;
    if checked {
        writeln!(to, "checked: a count on one thread found the same")?;
    }
    writeln!(to)?;
    workers(&mut to, outcome)?;
    to.flush()
}

fn totals(to: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    let Outcome { read, totals, parts, time, .. } = outcome;
    let words: u64 = parts.iter().map(|part| part.words).sum();
    let distinct: usize = parts.iter().map(Counts::distinct).sum();
    writeln!(to, "inputs: {} counted, {} binary left out", read.counted.len(), read.binary)?;
    writeln!(to, "lines: {}, {} of them not UTF-8", totals.lines, totals.invalid_lines())?;
    writeln!(to, "words: {words}, {distinct} different")?;
    let seconds = time.as_secs_f64();
    let rate = megabytes(totals.bytes) / seconds;
    let lines = totals.lines as f64 / 1e3 / seconds;
    writeln!(to, "bytes: {}", totals.bytes)?;
    writeln!(to, "time: {seconds:.3} s, {rate:.1} MB/s, {lines:.0} thousand lines/s")
}

/// How many workers there were, and what lay in their mailboxes.
fn workers(to: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    let Outcome { workers, changes, totals, .. } = outcome;
    writeln!(to, "workers: {workers} that parse and {workers} that count")?;
    for Change { at, workers, took } in changes {
        let (at, of, took) = (megabytes(*at), megabytes(totals.bytes), took.as_secs_f64() * 1e3);
        writeln!(
            to,
            "resized: {workers} and {workers} from {at:.1} of {of:.1} MB on, in {took:.2} ms"
        )?;
    }
    let looks = outcome.depths.by_worker.values().map(|depth| depth.looks).max();
    let looks = looks.unwrap_or_default();
    writeln!(to, "{:<12} {:>10} {:>10}  messages held (looks: {looks})", "worker", "mean", "most")?;
    for ((stage, worker), Depth { looks, sum, most, .. }) in &outcome.depths.by_worker {
        let name = format!("{} {worker}", STAGES[*stage]);
        writeln!(to, "{name:<12} {:>10} {most:>10}", sum / looks.max(&1))?;
    }
    Ok(())
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
