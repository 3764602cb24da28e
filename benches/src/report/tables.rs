//! The tables of the page, each in a box of its own that scrolls.

use core::fmt::Write as _;

use super::{Drawn, escape};
use crate::advice::plain;
use crate::against::Changes;
use crate::choices::{Group, groups, is_best};
use crate::record::{Outcome, Record};
use crate::stats::short;
use crate::suite::Suite;
use crate::table::Standing;
use crate::twins::twins;

fn table(page: &mut String, rows: impl FnOnce(&mut String) -> Drawn) -> Drawn {
    // Whoever has no pointer scrolls it with the keys.
    page.push_str("<div class=\"scroll\" tabindex=\"0\"><table>");
    rows(page)?;
    page.push_str("</table></div>");
    Ok(())
}

/// Ours beside the best peer, for each id.
pub(super) fn overview(
    page: &mut String,
    record: &Record,
    ids: &[&str],
    changes: Option<&Changes>,
) -> Drawn {
    table(page, |page| {
        page.push_str(
            "<tr><th>id</th><th>unit</th><th>windlass</th><th>best peer</th><th>ratio</th></tr>",
        );
        for id in ids {
            let standing = Standing::of(record, id);
            let figure =
                |one: Option<&Outcome>| one.map_or("-".to_owned(), |one| figure(one, changes));
            let unit = record.of(id).next().map_or("", |one| one.unit.as_str());
            let best = standing.best.map_or("", |one| one.contender.as_str());
            let (class, ratio) = graded(standing.ratio());
            let (ours, peer) = (figure(standing.ours), figure(standing.best));
            write!(
                page,
                "<tr><td><a href=\"#{0}\">{0}</a></td><td>{unit}</td><td>{ours}</td>\
                 <td>{best} {peer}</td><td class=\"{class}\">{ratio}</td></tr>",
                escape(id)
            )?;
        }
        Ok(())
    })
}

/// A median, and how it changed.
fn figure(outcome: &Outcome, changes: Option<&Changes>) -> String {
    let mark = changes.and_then(|changes| changes.mark(outcome)).unwrap_or_default();
    let class = if mark.contains('▲') { "bad" } else { "good" };
    let mark = if mark.is_empty() { mark } else { format!("<b class=\"{class}\">{mark}</b>") };
    format!("{}{mark}", short(outcome.median))
}

/// The pairs that the suite names.
pub(super) fn pairs(page: &mut String, record: &Record, suite: &Suite) -> Drawn {
    let twins = twins(record, suite);
    if twins.is_empty() {
        return Ok(());
    }
    page.push_str("<h3>Each beside its twin</h3>");
    table(page, |page| {
        let head = "<tr><th>id</th><th>ours</th><th></th><th>peer</th><th></th><th>ratio</th></tr>";
        page.push_str(head);
        for pair in twins {
            let (class, ratio) = graded(pair.ratio());
            let cells = [&pair.ours.contender, &short(pair.ours.median), &pair.peer.contender]
                .map(|text| format!("<td>{}</td>", escape(text)));
            let id = escape(&pair.ours.id);
            write!(page, "<tr><td><a href=\"#{id}\">{id}</a></td>{}", cells.concat())?;
            let peer = short(pair.peer.median);
            write!(page, "<td>{peer}</td><td class=\"{class}\">{ratio}</td></tr>")?;
        }
        Ok(())
    })
}

/// Ours among themselves: a table for each group of ids, with a column for each of its readings.
pub(super) fn choices(
    page: &mut String,
    record: &Record,
    ids: &[&str],
    changes: Option<&Changes>,
) -> Drawn {
    page.push_str("<p>Green: nobody is better beyond the spread of the rounds.</p>");
    for group in groups(record, ids) {
        write!(page, "<h3>{}</h3>", escape(group.name))?;
        table(page, |page| choice(page, record, &group, changes))?;
    }
    Ok(())
}

fn choice(
    page: &mut String,
    record: &Record,
    group: &Group<'_>,
    changes: Option<&Changes>,
) -> Drawn {
    page.push_str("<tr><th></th>");
    for id in &group.ids {
        let unit = escape(record.of(id).next().map_or("", |one| one.unit.as_str()));
        let (id, name) = (escape(id), escape(group.reading(id)));
        write!(page, "<th><a href=\"#{id}\">{name}</a><small>{unit}</small></th>")?;
    }
    page.push_str("</tr>");
    for name in &group.contenders {
        write!(page, "<tr><td>{}</td>", escape(plain(name)))?;
        for id in &group.ids {
            match record.find(id, name) {
                Some(one) => {
                    let class = if is_best(record, one) { "good" } else { "" };
                    write!(page, "<td class=\"{class}\">{}</td>", figure(one, changes))?;
                }
                None => page.push_str("<td>-</td>"),
            }
        }
        page.push_str("</tr>");
    }
    Ok(())
}

/// The class and the text of a ratio.
fn graded(ratio: Option<f64>) -> (&'static str, String) {
    match ratio {
        Some(ratio) if ratio <= 1.0 => ("good", format!("{ratio:.2}")),
        Some(ratio) => ("bad", format!("{ratio:.2}")),
        None => ("", "-".to_owned()),
    }
}
