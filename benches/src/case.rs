//! What is measured: a case is one id with its contenders.

use core::fmt;
use core::time::Duration;

/// One thing to measure, side by side.
pub struct Case {
    /// The id without the suffix of its readings, such as `ring/ping_pong/rtt`.
    pub id: String,
    /// What is appended to the id for each reading, such as `_p50`; one empty text for a single one.
    pub suffixes: &'static [&'static str],
    /// Topology, threads, capacity, payload, batch: what a reader has to know.
    pub about: String,
    /// Whether a round is sized by a count of messages or by its duration alone.
    pub size: Size,
    /// The smallest count of a counted round: as many as give a figure with a meaning.
    pub least: u64,
    /// How much more time than others this case needs to say something.
    pub weight: u32,
    /// Part of a sweep: left out of quick runs.
    pub sweep: bool,
    /// The contenders, in the order of their turns.
    pub runs: Vec<Run>,
}

/// The smallest count of a round where a case says nothing else.
const LEAST: u64 = 500;

/// How a round is sized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// The runner finds how many messages fill a round.
    Counted,
    /// The scenario fills the given duration by itself.
    Timed,
    /// The scenario always does the same; one figure is as good as seven.
    Fixed,
}

/// One contender of a case.
pub struct Run {
    /// The name of its crate, with a suffix for another way to use it.
    pub contender: &'static str,
    /// How it is used here.
    pub note: String,
    /// Runs one round.
    pub round: Round,
}

/// Runs one round of one contender.
pub type Round = Box<dyn Fn(&Load) -> Result<Sample, Failure>>;

/// How much one round has to do.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Messages to send in the timed part.
    pub count: u64,
    /// How long a round should take.
    pub slice: Duration,
}

/// What one round found.
#[derive(Clone, Debug)]
pub struct Sample {
    /// One value for each suffix of the case.
    pub readings: Vec<Reading>,
    /// How long the timed part took.
    pub wall: Duration,
    /// Messages in the timed part; 0 where none were timed.
    pub messages: u64,
}

/// One value of one round.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The suffix of the case's id.
    pub suffix: &'static str,
    /// The unit; smaller is better for all of them.
    pub unit: &'static str,
    /// The value.
    pub value: f64,
}

impl Sample {
    /// A round with one value.
    #[must_use]
    pub fn one(unit: &'static str, value: f64, wall: Duration) -> Self {
        Self { readings: vec![Reading { suffix: "", unit, value }], wall, messages: 0 }
    }

    /// The same with the number of messages that were timed.
    #[must_use]
    pub fn with_messages(self, messages: u64) -> Self {
        Self { messages, ..self }
    }
}

/// A plain case; the fields that differ are changed afterwards.
pub fn case(id: impl Into<String>, about: impl Into<String>, runs: Vec<Run>) -> Case {
    Case {
        id: id.into(),
        suffixes: &[""],
        about: about.into(),
        size: Size::Counted,
        least: LEAST,
        weight: 1,
        sweep: false,
        runs,
    }
}

/// A contender that is used as its note says.
pub fn run(
    contender: &'static str,
    note: impl Into<String>,
    round: impl Fn(&Load) -> Result<Sample, Failure> + 'static,
) -> Run {
    Run { contender, note: note.into(), round: Box::new(round) }
}

impl Case {
    /// The full ids of the readings.
    pub fn ids(&self) -> impl Iterator<Item = String> {
        self.suffixes.iter().map(|suffix| format!("{}{suffix}", self.id))
    }
}

/// Why a round gave no figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The consumer did not receive what was sent.
    WrongSum {
        /// What was sent, added up.
        expected: u64,
        /// What arrived, added up.
        got: u64,
    },
    /// Messages of one sender overtook each other where their order is promised.
    OutOfOrder,
    /// One end panicked.
    Panicked(String),
    /// The system refused a thread.
    NoThread(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongSum { expected, got } => {
                write!(f, "what arrived sums to {got} instead of {expected}")
            }
            Self::OutOfOrder => write!(f, "messages of one sender overtook each other"),
            Self::Panicked(end) => write!(f, "the {end} panicked"),
            Self::NoThread(cause) => write!(f, "no thread: {cause}"),
        }
    }
}

impl core::error::Error for Failure {}
