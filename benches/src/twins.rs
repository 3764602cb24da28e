//! Ours beside the one peer that does the same in the same way.
//!
//! The best peer of an id says how fast the field is. Where the contenders of one id do different
//! things, such as partitioners of several schemes, that says little about the single scheme; the
//! suite then names the pairs, and each pair gets a ratio here.

use crate::record::{Outcome, Record};
use crate::stats::short;
use crate::suite::Suite;

/// A pair that a suite names, at one id where both took part.
#[derive(Clone, Copy, Debug)]
pub struct Twins<'a> {
    /// Ours.
    pub ours: &'a Outcome,
    /// The peer.
    pub peer: &'a Outcome,
}

impl Twins<'_> {
    /// Ours divided by the peer: below 1 ours is quicker.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        (self.peer.median > 0.0).then(|| self.ours.median / self.peer.median)
    }

    /// Pair, figures and ratio in a line.
    #[must_use]
    pub fn line(&self) -> String {
        let (ours, peer) = (self.ours, self.peer);
        let ratio = self.ratio().map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
        let (left, right) = (short(ours.median), short(peer.median));
        format!("{ratio} {}: {} {left}, {} {right}", ours.id, ours.contender, peer.contender)
    }
}

/// All pairs of `suite` in a record, in the order of the ids.
#[must_use]
pub fn twins<'a>(record: &'a Record, suite: &Suite) -> Vec<Twins<'a>> {
    let mut found = Vec::new();
    for id in record.ids().into_iter().filter(|id| suite.owns(id)) {
        for (ours, peer) in suite.twins {
            let pair = record.find(id, ours).zip(record.find(id, peer));
            found.extend(pair.map(|(ours, peer)| Twins { ours, peer }));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::{outcome, record};
    use crate::suite::SUITES;

    #[test]
    fn pairs_are_compared_at_each_id_that_has_both() {
        let suite = Suite { twins: &[("windlass_jump", "jumphash")], ..SUITES[0] };
        let record = record(vec![
            outcome("ring/a", "windlass_jump", [1.0, 2.0, 3.0]),
            outcome("ring/a", "jumphash", [4.0, 8.0, 9.0]),
            outcome("ring/b", "windlass_jump", [1.0, 2.0, 3.0]),
            outcome("other/a", "windlass_jump", [1.0, 2.0, 3.0]),
            outcome("other/a", "jumphash", [4.0, 8.0, 9.0]),
        ]);
        let lines: Vec<String> = twins(&record, &suite).iter().map(Twins::line).collect();
        assert_eq!(lines, ["0.25 ring/a: windlass_jump 2.00, jumphash 8.00"], "one id has both");
    }
}
