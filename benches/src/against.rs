//! What changed since an earlier record.
//!
//! Absolute figures drift with the machine, so the peers serve as its clock: for each id, the
//! median change of the peers is taken out of everybody's change first. A figure is then called
//! slower only when its quickest round is slower than the slowest round of the record: two sets of
//! rounds that do not overlap. Anything less is noise.

use crate::record::{Outcome, Record};
use crate::stats::{Summary, short};

/// Peers needed before their change says something about the machine.
const CLOCKS: usize = 3;

/// One figure that lies outside the noise.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The id.
    pub id: String,
    /// The contender.
    pub contender: String,
    /// The new median by the old one, without the drift of the machine; above 1 is slower.
    pub factor: f64,
}

/// All changes outside the noise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Slower and quicker ones.
    pub changes: Vec<Change>,
    /// What makes the comparison doubtful.
    pub doubts: Vec<String>,
}

impl Changes {
    /// Compares `now` with `before`.
    #[must_use]
    pub fn between(before: &Record, now: &Record) -> Self {
        let mut found = Self::default();
        for (what, old, new) in [
            ("processors", &before.host.cpu, &now.host.cpu),
            ("compilers", &before.host.rustc, &now.host.rustc),
            ("profiles", &before.host.profile, &now.host.profile),
        ] {
            if old != new {
                found.doubts.push(format!("different {what}: {old} before, {new} now"));
            }
        }
        for id in now.ids() {
            let drift = drift(before, now, id);
            for new in now.of(id) {
                let old = before.find(id, &new.contender).filter(|old| old.unit == new.unit);
                let factor = old.and_then(|old| factor(old.summary(), new.summary(), drift));
                if let Some(factor) = factor {
                    let (id, contender) = (id.to_owned(), new.contender.clone());
                    found.changes.push(Change { id, contender, factor });
                }
            }
        }
        found
    }

    /// The mark of a figure in the table, if it changed.
    #[must_use]
    pub fn mark(&self, outcome: &Outcome) -> Option<String> {
        let same =
            |change: &&Change| change.id == outcome.id && change.contender == outcome.contender;
        let change = self.changes.iter().find(same)?;
        let arrow = if change.factor > 1.0 { "▲" } else { "▼" };
        Some(format!(" {arrow}{:.2}", change.factor))
    }

    /// The changes in sentences, ours first.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.doubts.clone();
        let ours = |change: &&Change| change.contender.starts_with("windlass");
        let mut tell = |change: &Change| {
            let word = if change.factor > 1.0 { "SLOWER" } else { "quicker" };
            let Change { id, contender, factor } = change;
            lines.push(format!("{word} by a factor of {}: {contender} in {id}", short(*factor)));
        };
        self.changes.iter().filter(ours).for_each(&mut tell);
        self.changes.iter().filter(|change| !ours(change)).for_each(&mut tell);
        if self.changes.is_empty() {
            lines.push("nothing changed beyond the noise of the rounds".to_owned());
        }
        lines
    }
}

/// How much slower the peers of one id have become: the machine, not the code.
fn drift(before: &Record, now: &Record, id: &str) -> f64 {
    let peers = now.of(id).filter(|one| !one.is_ours() && !one.is_floor());
    let factors: Vec<f64> = peers
        .filter_map(|new| before.find(id, &new.contender).map(|old| new.median / old.median))
        .filter(|factor| factor.is_finite() && *factor > 0.0)
        .collect();
    if factors.len() < CLOCKS {
        return 1.0;
    }
    Summary::of(&factors).map_or(1.0, |summary| summary.median)
}

/// The change without the drift, or `None` where the rounds overlap.
fn factor(old: Summary, new: Summary, drift: f64) -> Option<f64> {
    let slower = new.min / drift > old.max;
    let quicker = new.max / drift < old.min;
    (slower || quicker)
        .then(|| if old.median > 0.0 { new.median / drift / old.median } else { f64::INFINITY })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::{outcome, record};

    fn peers(scale: f64) -> Vec<Outcome> {
        ["rtrb", "flume", "kanal"]
            .map(|name| outcome("ring/a", name, [9.0 * scale, 10.0 * scale, 11.0 * scale]))
            .into()
    }

    fn compare(ours_before: [f64; 3], ours_now: [f64; 3], scale: f64) -> Changes {
        let mut before = peers(1.0);
        before.push(outcome("ring/a", "windlass", ours_before));
        let mut now = peers(scale);
        now.push(outcome("ring/a", "windlass", ours_now));
        Changes::between(&record(before), &record(now))
    }

    #[test]
    fn overlapping_rounds_are_noise() {
        let changes = compare([4.0, 5.0, 6.0], [5.9, 7.0, 8.0], 1.0);
        assert_eq!(changes.changes, [], "5.9 is within 4 .. 6");
    }

    #[test]
    fn rounds_apart_are_slower() {
        let changes = compare([4.0, 5.0, 6.0], [6.1, 10.0, 11.0], 1.0);
        let factors: Vec<f64> = changes.changes.iter().map(|change| change.factor).collect();
        assert_eq!(factors, [2.0], "10 by 5");
        assert!(changes.lines()[0].starts_with("SLOWER"), "{:?}", changes.lines());
    }

    #[test]
    fn the_drift_of_the_machine_is_taken_out() {
        let changes = compare([4.0, 5.0, 6.0], [8.0, 10.0, 12.0], 2.0);
        assert_eq!(changes.changes, [], "everybody is twice as slow");
    }

    #[test]
    fn staying_put_on_a_slower_machine_is_quicker() {
        let changes = compare([4.0, 5.0, 6.0], [4.0, 5.0, 6.0], 2.0);
        let factors: Vec<f64> = changes.changes.iter().map(|change| change.factor).collect();
        assert_eq!(factors, [0.5], "2 .. 3 is below 4 .. 6");
    }

    #[test]
    fn another_processor_is_a_doubt() {
        let before = record(peers(1.0));
        let mut now = record(peers(1.0));
        now.host.cpu = "another".to_owned();
        let doubts = Changes::between(&before, &now).doubts;
        assert_eq!(doubts.len(), 1, "{doubts:?}");
    }
}
