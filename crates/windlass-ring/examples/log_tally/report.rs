//! The result, as text.

use std::io::{self, BufWriter, Write};

use crate::pipeline::{Lag, Outcome};
use crate::tally::{Counts, top};

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
    lags(&mut to, outcome)?;
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
    let rate = totals.bytes as f64 / 1e6 / seconds;
    let lines = totals.lines as f64 / 1e3 / seconds;
    writeln!(to, "bytes: {}", totals.bytes)?;
    writeln!(to, "time: {seconds:.3} s, {rate:.1} MB/s, {lines:.0} thousand lines/s")
}

fn lags(to: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    let stats = &outcome.stats;
    writeln!(
        to,
        "ring: {} slots, at most {} in use, full {} times",
        stats.capacity, stats.high_water, stats.stalls
    )?;
    let looks = outcome.lags.looks;
    writeln!(to, "{:<12} {:>10} {:>10}  lines behind (looks: {looks})", "stage", "mean", "most")?;
    for Lag { stage, sum, most } in &outcome.lags.stages {
        writeln!(to, "{stage:<12} {:>10} {most:>10}", sum / looks.max(1))?;
    }
    Ok(())
}
