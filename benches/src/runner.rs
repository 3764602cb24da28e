//! Runs the cases: calibrates each contender, then interleaves the rounds, A B C A B C.

use core::time::Duration;
use std::time::Instant;

use indicatif::ProgressBar;

use crate::case::{Case, Failure, Load, Run, Sample, Size};
use crate::record::Outcome;
use crate::stats::Summary;
use crate::watchdog::Watchdog;

/// How much time there is.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Rounds for each contender.
    pub rounds: usize,
    /// How long one round should take where no `total` says otherwise.
    pub slice: Duration,
    /// For the whole suite; rounds become shorter to fit.
    pub total: Option<Duration>,
}

/// Rounds that always take place, however late it is.
const LEAST_ROUNDS: usize = 3;

/// The share of the time that the rounds themselves get; building and warming up take the rest.
const SHARE: f64 = 0.6;

/// The largest count of a counted round.
const MOST: u64 = 100_000_000;

/// How long a round may take before it counts as hung, beyond many times its slice.
const PATIENCE: Duration = Duration::from_secs(20);

/// Which contender failed, where, and why.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The id.
    pub id: String,
    /// The contender.
    pub contender: String,
    /// The cause.
    pub failure: Failure,
}

/// Runs every case and gives the outcomes in order.
///
/// # Errors
///
/// The first failure ends the run: a figure beside a wrong sum is worth nothing.
pub fn run(
    cases: &[Case],
    budget: Budget,
    watchdog: &Watchdog,
    progress: &ProgressBar,
) -> Result<Vec<Outcome>, Fault> {
    let start = Instant::now();
    let turns =
        |case: &Case| (case.runs.len() * (budget.rounds + 1)) as f64 * f64::from(case.weight);
    let mut left: f64 = cases.iter().map(turns).sum();
    let mut outcomes = Vec::new();
    for case in cases {
        progress.set_message(case.id.clone());
        let mut clock = Clock { slice: budget.slice * case.weight, deadline: None };
        if let Some(total) = budget.total {
            let time = total.saturating_sub(start.elapsed()).as_secs_f64();
            let share = time * turns(case) / left.max(1.0);
            let slice = time * f64::from(case.weight) / left.max(1.0) * SHARE;
            let slice = Duration::from_secs_f64(slice).min(clock.slice);
            clock.slice = slice.max(Duration::from_millis(2));
            clock.deadline = Some(Instant::now() + Duration::from_secs_f64(share * 1.3));
        }
        left -= turns(case);
        outcomes.extend(Rounds { case, clock, watchdog }.run(budget.rounds, progress)?);
    }
    Ok(outcomes)
}

struct Clock {
    slice: Duration,
    deadline: Option<Instant>,
}

struct Rounds<'a> {
    case: &'a Case,
    clock: Clock,
    watchdog: &'a Watchdog,
}

/// The values of one contender for one suffix.
struct Series<'a> {
    run: &'a Run,
    suffix: &'static str,
    unit: &'static str,
    values: Vec<f64>,
    messages: u64,
}

impl Rounds<'_> {
    fn run(&self, rounds: usize, progress: &ProgressBar) -> Result<Vec<Outcome>, Fault> {
        let mut loads = Vec::new();
        for run in &self.case.runs {
            loads.push(self.calibrate(run)?);
            progress.inc(1);
        }
        let rounds = if self.case.size == Size::Fixed { 1 } else { rounds };
        let mut all: Vec<Series<'_>> = Vec::new();
        for round in 0..rounds {
            let late = self.clock.deadline.is_some_and(|deadline| Instant::now() > deadline);
            if late && round >= LEAST_ROUNDS {
                break;
            }
            for (run, load) in self.case.runs.iter().zip(&loads) {
                let sample = self.round(run, load)?;
                note(&mut all, run, &sample);
                progress.inc(1);
            }
        }
        Ok(all.iter().filter_map(|series| self.outcome(series)).collect())
    }

    fn round(&self, run: &Run, load: &Load) -> Result<Sample, Fault> {
        let limit = PATIENCE + self.clock.slice * 20;
        let round = || (run.round)(load);
        self.watchdog.watch(&self.case.id, run.contender, limit, round).map_err(|failure| Fault {
            id: self.case.id.clone(),
            contender: run.contender.to_owned(),
            failure,
        })
    }

    /// Finds how many messages fill a slice; the rounds it takes are warm-up.
    fn calibrate(&self, run: &Run) -> Result<Load, Fault> {
        let mut load = Load { count: self.case.least, slice: self.clock.slice };
        if self.case.size != Size::Counted {
            return Ok(load);
        }
        loop {
            let wall = self.round(run, &load)?.wall.max(Duration::from_nanos(1));
            let factor = self.clock.slice.as_secs_f64() / wall.as_secs_f64();
            let enough = wall * 8 >= self.clock.slice;
            let factor = if enough { factor } else { factor.min(30.0) };
            #[expect(clippy::cast_possible_truncation, reason = "clamped below")]
            #[expect(clippy::cast_sign_loss, reason = "both are positive")]
            let count = (load.count as f64 * factor) as u64;
            let last = load.count;
            load.count = count.clamp(self.case.least, MOST);
            if enough || load.count == last {
                return Ok(load);
            }
        }
    }

    fn outcome(&self, series: &Series<'_>) -> Option<Outcome> {
        let Summary { median, min, max, rounds } = Summary::of(&series.values)?;
        let about = &self.case.about;
        let messages = match series.messages {
            0 => String::new(),
            count => format!("; {count} messages a round"),
        };
        Some(Outcome {
            id: format!("{}{}", self.case.id, series.suffix),
            contender: series.run.contender.to_owned(),
            unit: series.unit.to_owned(),
            median,
            min,
            max,
            rounds,
            note: format!("{about}; {}{messages}", series.run.note),
        })
    }
}

fn note<'a>(all: &mut Vec<Series<'a>>, run: &'a Run, sample: &Sample) {
    for reading in &sample.readings {
        let same = |series: &&mut Series<'_>| {
            series.run.contender == run.contender && series.suffix == reading.suffix
        };
        if let Some(series) = all.iter_mut().find(same) {
            series.values.push(reading.value);
        } else {
            let (suffix, unit) = (reading.suffix, reading.unit);
            let messages = sample.messages;
            all.push(Series { run, suffix, unit, values: vec![reading.value], messages });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, PoisonError};

    use super::*;

    type Turns = Arc<Mutex<Vec<&'static str>>>;

    fn contender(name: &'static str, turns: &Turns, failure: Option<Failure>) -> Run {
        let turns = Arc::clone(turns);
        let round = move |load: &Load| {
            turns.lock().unwrap_or_else(PoisonError::into_inner).push(name);
            match &failure {
                Some(failure) => Err(failure.clone()),
                None => Ok(Sample::one("ns", 1.0, load.slice)),
            }
        };
        Run { contender: name, note: "a test".to_owned(), round: Box::new(round) }
    }

    fn outcome(runs: Vec<Run>) -> Result<Vec<Outcome>, Fault> {
        let case = Case {
            id: "ring/x".to_owned(),
            suffixes: &[""],
            about: String::new(),
            size: Size::Timed,
            least: 1,
            weight: 1,
            sweep: false,
            runs,
        };
        let budget = Budget { rounds: 2, slice: Duration::from_millis(1), total: None };
        run(&[case], budget, &Watchdog::start(), &ProgressBar::hidden())
    }

    #[test]
    fn rounds_are_interleaved() -> Result<(), Fault> {
        let turns = Turns::default();
        let outcomes = outcome(vec![contender("a", &turns, None), contender("b", &turns, None)])?;
        let turns = turns.lock().unwrap_or_else(PoisonError::into_inner).clone();
        assert_eq!(turns, ["a", "b", "a", "b"], "one after the other, round by round");
        assert_eq!(outcomes.iter().map(|one| one.rounds).collect::<Vec<_>>(), [2, 2], "rounds");
        Ok(())
    }

    #[test]
    fn a_wrong_sum_ends_the_run() {
        let wrong = Failure::WrongSum { expected: 2, got: 1 };
        let turns = Turns::default();
        let fault = outcome(vec![contender("a", &turns, Some(wrong.clone()))]).err();
        assert_eq!(fault.map(|fault| fault.failure), Some(wrong), "told with its cause");
    }
}
