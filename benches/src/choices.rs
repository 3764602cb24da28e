//! Ours among themselves: the readings of a group of ids beside each other, a row for each choice.

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, ContentArrangement, Table};

use crate::advice::{are_level, plain};
use crate::against::Changes;
use crate::record::{Outcome, Record};
use crate::stats::short;

/// The ids that begin alike, and who took part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<'a> {
    /// What the ids have in common: `a/b/c` of `a/b/c/d`.
    pub name: &'a str,
    /// The ids.
    pub ids: Vec<&'a str>,
    /// The contenders, in the order of the record.
    pub contenders: Vec<&'a str>,
}

/// The groups of these ids.
#[must_use]
pub fn groups<'a>(record: &'a Record, ids: &[&'a str]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for id in ids.iter().copied() {
        let name = common(id);
        if groups.last().is_none_or(|last| last.name != name) {
            groups.push(Group { name, ids: Vec::new(), contenders: Vec::new() });
        }
        if let Some(group) = groups.last_mut() {
            group.ids.push(id);
            for one in record.of(id).map(|one| one.contender.as_str()) {
                if !group.contenders.contains(&one) {
                    group.contenders.push(one);
                }
            }
        }
    }
    groups
}

fn common(id: &str) -> &str {
    let third = id.match_indices('/').map(|(at, _)| at).nth(2);
    id.get(..third.unwrap_or(id.len())).unwrap_or(id)
}

impl Group<'_> {
    /// What an id of this group adds to its name.
    #[must_use]
    pub fn reading<'a>(&self, id: &'a str) -> &'a str {
        id.get(self.name.len() + 1..).unwrap_or_default()
    }

    /// A table for the terminal; a star marks whom nobody beats beyond the spread of the rounds.
    #[must_use]
    pub fn table(&self, record: &Record, changes: Option<&Changes>) -> String {
        let mut table = Table::new();
        table
            .load_style(UTF8_HORIZONTAL_ONLY)
            .set_content_arrangement(ContentArrangement::Disabled);
        let unit = |id: &str| record.of(id).next().map(|one| one.unit.clone()).unwrap_or_default();
        let head = self.ids.iter().map(|id| format!("{}\n{}", self.reading(id), unit(id)));
        table.set_header([self.name.to_owned()].into_iter().chain(head));
        for contender in &self.contenders {
            let cells = self.ids.iter().map(|id| {
                let Some(one) = record.find(id, contender) else { return "-".to_owned() };
                let mark = changes.and_then(|changes| changes.mark(one)).unwrap_or_default();
                let star = if is_best(record, one) { " *" } else { "" };
                format!("{}{star}{mark}", short(one.median))
            });
            table.add_row([plain(contender).to_owned()].into_iter().chain(cells));
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table.to_string()
    }
}

/// Whether nobody of the same id is better beyond the spread of the rounds.
#[must_use]
pub fn is_best(record: &Record, outcome: &Outcome) -> bool {
    let best = record.of(&outcome.id).min_by(|a, b| a.median.total_cmp(&b.median));
    best.is_some_and(|best| are_level(best.summary(), outcome.summary()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::{outcome, record};

    #[test]
    fn a_group_has_three_parts() {
        let groups = ["a/b/c/d_p50", "a/b/c/d/cpu", "a/b/c"].map(common);
        assert_eq!(groups, ["a/b/c"; 3], "what comes before the reading");
    }

    #[test]
    fn the_table_has_a_row_for_each_choice_and_stars_the_best() {
        let record = record(vec![
            outcome("a/b/c/near", "windlass_spin", [1.0, 2.0, 3.0]),
            outcome("a/b/c/near", "windlass_adaptive", [2.0, 2.5, 3.0]),
            outcome("a/b/c/near", "windlass_blocking", [8.0, 9.0, 10.0]),
            outcome("a/b/c/idle", "windlass_spin", [1.0, 1.0, 1.0]),
        ]);
        let groups = groups(&record, &record.ids());
        let [group] = groups.as_slice() else { panic!("one group in {groups:?}") };
        let table = group.table(&record, None);
        for row in ["spin 2.00 * 1.00 *", "adaptive 2.50 * -", "blocking 9.00 -"] {
            let there = table
                .lines()
                .any(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") == row);
            assert!(there, "{row} in\n{table}");
        }
    }
}
