//! The table that is printed: ours, the best peer, the ratio, everybody.

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table};

use crate::against::Changes;
use crate::record::{OURS, Outcome, Record};
use crate::stats::short;

/// Ours beside the best peer of one id.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// Ours, used as it comes.
    pub ours: Option<&'a Outcome>,
    /// The peer with the smallest median.
    pub best: Option<&'a Outcome>,
}

impl<'a> Standing<'a> {
    /// Compares the medians of one id; the floor is no peer.
    #[must_use]
    pub fn of(record: &'a Record, id: &'a str) -> Self {
        let ours = record.find(id, OURS).or_else(|| record.of(id).find(|one| one.is_ours()));
        let peers = record.of(id).filter(|one| !one.is_ours() && !one.is_floor());
        let best = peers.min_by(|a, b| a.median.total_cmp(&b.median));
        Self { ours, best }
    }

    /// Ours divided by the best peer: below 1 ours is quicker.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        let (ours, best) = (self.ours?, self.best?);
        (best.median > 0.0).then(|| ours.median / best.median)
    }
}

/// The table of these ids.
#[must_use]
pub fn table(record: &Record, ids: &[&str], changes: Option<&Changes>) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    if std::env::var_os("COLUMNS").is_none() {
        table.set_width(140);
    }
    table.set_header(["id", "unit", "windlass", "best peer", "ratio", "all"]);
    for id in ids {
        table.add_row(row(record, id, changes));
    }
    if let Some(column) = table.column_mut(0) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    for column in [2, 4] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

fn row(record: &Record, id: &str, changes: Option<&Changes>) -> [String; 6] {
    let standing = Standing::of(record, id);
    let mut all: Vec<&Outcome> = record.of(id).collect();
    all.sort_by(|a, b| a.median.total_cmp(&b.median));
    let mark = |one: &Outcome| changes.and_then(|changes| changes.mark(one)).unwrap_or_default();
    let list =
        all.iter().map(|one| format!("{} {}{}", one.contender, short(one.median), mark(one)));
    [
        id.to_owned(),
        all.first().map_or_else(String::new, |one| one.unit.clone()),
        standing.ours.map_or_else(
            || "-".to_owned(),
            |one| {
                format!(
                    "{}{}\n{}..{}",
                    short(one.median),
                    mark(one),
                    short(one.min),
                    short(one.max)
                )
            },
        ),
        standing.best.map_or_else(
            || "-".to_owned(),
            |one| format!("{} {}", one.contender, short(one.median)),
        ),
        standing.ratio().map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")),
        list.collect::<Vec<_>>().join(", "),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::{outcome, record};

    fn sample() -> Record {
        record(vec![
            outcome("ring/a", "floor", [0.1, 0.2, 0.3]),
            outcome("ring/a", "windlass", [1.0, 2.0, 3.0]),
            outcome("ring/a", "windlass_managed", [0.5, 0.6, 0.7]),
            outcome("ring/a", "rtrb", [4.0, 4.0, 4.0]),
            outcome("ring/a", "flume", [90.0, 100.0, 110.0]),
        ])
    }

    #[test]
    fn the_best_peer_is_neither_ours_nor_the_floor() {
        let record = sample();
        let standing = Standing::of(&record, "ring/a");
        assert_eq!(standing.best.map(|one| one.contender.as_str()), Some("rtrb"), "the best");
        assert_eq!(standing.ours.map(|one| one.median), Some(2.0), "ours as it comes");
        assert_eq!(standing.ratio(), Some(0.5), "2 by 4");
    }

    #[test]
    fn every_contender_is_in_the_table() {
        let text = table(&sample(), &["ring/a"], None);
        for name in ["floor 0.200", "windlass_managed 0.600", "rtrb 4.00", "flume 100", "0.50"] {
            assert!(text.contains(name), "{name} in\n{text}");
        }
    }

    #[test]
    fn without_ours_there_is_no_ratio() {
        let record = record(vec![outcome("ring/a", "rtrb", [1.0, 1.0, 1.0])]);
        assert_eq!(Standing::of(&record, "ring/a").ratio(), None, "nothing to compare");
        assert!(table(&record, &["ring/a"], None).contains("rtrb 1.00"), "the peer is listed");
    }
}
