//! What a run leaves behind: the JSON that other tools and later runs read.

use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::advice::Advice;
use crate::host::Host;
use crate::stats::Summary;

/// The version of the layout.
pub const SCHEMA: u32 = 1;

/// All results of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the layout.
    pub schema: u32,
    /// The machine and the sources.
    pub host: Host,
    /// The command that was run.
    pub command: String,
    /// What was left out.
    #[serde(default)]
    pub not_measured: Vec<String>,
    /// What a user should take on this machine, if a suite says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advice: Vec<Advice>,
    /// One entry for each id and contender.
    pub results: Vec<Outcome>,
}

/// One contender's figure for one id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// `suite/topology/variant[/parameter]`.
    pub id: String,
    /// The crate, with a suffix for another way to use it.
    pub contender: String,
    /// The unit; smaller is better.
    pub unit: String,
    /// The median of the rounds.
    pub median: f64,
    /// The smallest round.
    pub min: f64,
    /// The largest round.
    pub max: f64,
    /// How many rounds.
    pub rounds: usize,
    /// Topology, threads, pinning, capacity, payload, batch and waits.
    pub note: String,
}

impl Outcome {
    /// Ours, in any of the ways it is used.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.contender == OURS || self.contender.starts_with("windlass_")
    }

    /// What the machine or the harness costs; nobody competes with it.
    #[must_use]
    pub fn is_floor(&self) -> bool {
        self.contender == "floor"
    }

    /// The figures without the names.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary { median: self.median, min: self.min, max: self.max, rounds: self.rounds }
    }
}

/// The name of ours, used as it comes.
pub const OURS: &str = "windlass";

impl Record {
    /// The ids in the order they were measured.
    #[must_use]
    pub fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = Vec::new();
        for outcome in &self.results {
            if !ids.contains(&outcome.id.as_str()) {
                ids.push(&outcome.id);
            }
        }
        ids
    }

    /// The outcomes of one id.
    pub fn of<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Outcome> {
        self.results.iter().filter(move |outcome| outcome.id == id)
    }

    /// One contender's outcome.
    #[must_use]
    pub fn find(&self, id: &str, contender: &str) -> Option<&Outcome> {
        self.results.iter().find(|outcome| outcome.id == id && outcome.contender == contender)
    }

    /// Reads a record.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read, is no record, or has another schema.
    pub fn read(path: &Path) -> io::Result<Self> {
        let record: Self = serde_json::from_str(&fs::read_to_string(path)?)?;
        if record.schema == SCHEMA {
            Ok(record)
        } else {
            let message = format!("schema {} instead of {SCHEMA}", record.schema);
            Err(io::Error::new(io::ErrorKind::InvalidData, message))
        }
    }

    /// Writes the record, with the folders it needs.
    ///
    /// # Errors
    ///
    /// Where the file cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, serde_json::to_string_pretty(self)? + "\n")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn outcome(id: &str, contender: &str, [min, median, max]: [f64; 3]) -> Outcome {
        Outcome {
            id: id.to_owned(),
            contender: contender.to_owned(),
            unit: "ns".to_owned(),
            median,
            min,
            max,
            rounds: 7,
            note: "a test".to_owned(),
        }
    }

    pub(crate) fn record(results: Vec<Outcome>) -> Record {
        let host = Host {
            cpu: "none".to_owned(),
            cores: 2,
            kernel: "none".to_owned(),
            rustc: "none".to_owned(),
            profile: "dev".to_owned(),
            commit: "0".to_owned(),
            dirty: false,
            date: "never".to_owned(),
        };
        let not_measured = vec!["everything".to_owned()];
        let (command, advice) = ("bench".to_owned(), Vec::new());
        Record { schema: SCHEMA, host, command, not_measured, advice, results }
    }

    #[test]
    fn comes_back_as_it_went() -> io::Result<()> {
        let path =
            std::env::temp_dir().join(format!("windlass-record-{}.json", std::process::id()));
        let written = record(vec![outcome("ring/a", "windlass", [1.0, 2.5, 3.0])]);
        written.write(&path)?;
        let read = Record::read(&path);
        fs::remove_file(&path)?;
        assert_eq!(read?, written, "the same record");
        Ok(())
    }

    #[test]
    fn refuses_another_schema() -> io::Result<()> {
        let path =
            std::env::temp_dir().join(format!("windlass-schema-{}.json", std::process::id()));
        let mut written = record(Vec::new());
        written.schema = SCHEMA + 1;
        written.write(&path)?;
        let read = Record::read(&path);
        fs::remove_file(&path)?;
        assert!(read.is_err(), "a later layout");
        Ok(())
    }

    #[test]
    fn the_names_of_the_layout_are_fixed() {
        let text = serde_json::to_string(&record(vec![outcome("a/b", "c", [1.0, 1.0, 1.0])]));
        let text = text.unwrap_or_default();
        for name in ["\"schema\":1", "\"host\":{\"cpu\"", "\"command\"", "\"results\":[{\"id\""] {
            assert!(text.contains(name), "{name} in {text}");
        }
    }
}
