//! The page `target/bench/report.html`: one file, no scripts, light and dark.

use core::fmt::Write as _;

use crate::advice::plain;
use crate::against::Changes;
use crate::choices::is_best;
use crate::plot::{self, Bar, Line};
use crate::record::{Outcome, Record};
use crate::suite::{SUITES, Suite};

mod style;
mod tables;

type Drawn = Result<(), plot::Error>;

/// Where and how a record was measured, in lines.
#[must_use]
pub fn provenance(record: &Record) -> Vec<String> {
    let host = &record.host;
    let dirty = if host.dirty { ", with changes" } else { "" };
    let mut lines = vec![
        format!("cpu: {}, {} cores; kernel: {}", host.cpu, host.cores, host.kernel),
        format!("rustc: {}; profile: {}", host.rustc, host.profile),
        format!("commit: {}{dirty}; date: {}", host.commit, host.date),
        format!("command: {}", record.command),
    ];
    let mut notes: Vec<(&str, &str)> = Vec::new();
    for id in record.ids() {
        let common = common(record, id);
        if notes.last().is_none_or(|last| last.1 != common) {
            notes.push((id, common));
        }
    }
    lines.extend(notes.iter().map(|(id, note)| format!("from {id} on: {note}")));
    lines.extend(record.not_measured.iter().map(|left| format!("not measured: {left}")));
    lines
}

/// The part of the notes that all contenders of an id share.
fn common<'a>(record: &'a Record, id: &'a str) -> &'a str {
    let mut notes = record.of(id).map(|one| one.note.as_str());
    let first = notes.next().unwrap_or_default();
    let shared = notes.fold(first.len(), |shared, note| {
        let same = first.bytes().zip(note.bytes()).take_while(|(a, b)| a == b).count();
        shared.min(same)
    });
    let end = first.get(..shared).and_then(|text| text.rfind("; ")).unwrap_or(0);
    first.get(..end).unwrap_or_default()
}

/// The whole page.
///
/// # Errors
///
/// Where a plot cannot be drawn.
pub fn page(record: &Record, changes: Option<&Changes>) -> Result<String, String> {
    let mut page = String::new();
    let told = body(&mut page, record, changes).map_err(|error| format!("report: {error}"));
    told.map(|()| page)
}

fn body(page: &mut String, record: &Record, changes: Option<&Changes>) -> Drawn {
    write!(
        page,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>Windlass: benchmarks</title><style>{}</style></head><body>\
         <h1>Windlass: benchmarks</h1>",
        style::sheet()
    )?;
    let present: Vec<(&Suite, Vec<&str>)> = SUITES
        .iter()
        .map(|suite| (suite, record.ids().into_iter().filter(|id| suite.owns(id)).collect()))
        .filter(|(_, ids): &(_, Vec<&str>)| !ids.is_empty())
        .collect();
    contents(page, record, changes, &present)?;
    recommended(page, record)?;
    page.push_str(
        "<p>Medians of interleaved rounds; the whiskers reach from the quickest to the slowest round. \
         Shorter is better. Bars that end in » are cut.</p>",
    );
    if let Some(changes) = changes {
        write!(page, "<h2 id=\"against\">Against the record</h2><ul>")?;
        for line in changes.lines() {
            let class = if line.starts_with("SLOWER") { "bad" } else { "soft" };
            write!(page, "<li class=\"{class}\">{}</li>", escape(&line))?;
        }
        write!(page, "</ul>")?;
    }
    for (suite, ids) in present {
        section(page, record, suite, &ids, changes)?;
    }
    write!(page, "<h2 id=\"where\">Where and how</h2><ul>")?;
    for line in provenance(record) {
        write!(page, "<li>{}</li>", escape(&line))?;
    }
    write!(page, "</ul></body></html>")?;
    Ok(())
}

/// Links to the parts of the page.
fn contents(
    page: &mut String,
    record: &Record,
    changes: Option<&Changes>,
    present: &[(&Suite, Vec<&str>)],
) -> Drawn {
    let mut parts: Vec<(&str, &str)> = Vec::new();
    parts.extend((!record.advice.is_empty()).then_some(("recommended", "Recommended")));
    parts.extend(changes.map(|_| ("against", "Against the record")));
    parts.extend(present.iter().map(|(suite, _)| (suite.name, suite.name)));
    parts.push(("where", "Where and how"));
    page.push_str("<nav aria-label=\"Contents\"><ul>");
    for (id, name) in parts {
        write!(page, "<li><a href=\"#{id}\">{name}</a></li>")?;
    }
    page.push_str("</ul></nav>");
    Ok(())
}

/// What to take on this machine.
fn recommended(page: &mut String, record: &Record) -> Drawn {
    if record.advice.is_empty() {
        return Ok(());
    }
    page.push_str("<h2 id=\"recommended\">Recommended on this machine</h2><div class=\"advice\">");
    let mut topic = "";
    for advice in &record.advice {
        if advice.topic != topic {
            if !topic.is_empty() {
                page.push_str("</dl>");
            }
            topic = &advice.topic;
            write!(page, "<h4>{}</h4><dl>", escape(topic))?;
        }
        let (question, choice) = (escape(&advice.question), escape(&advice.choice));
        write!(page, "<dt>{question}: <b>{choice}</b></dt><dd>{}</dd>", escape(&advice.figures))?;
    }
    page.push_str("</dl></div>");
    Ok(())
}

/// Everything about one suite.
fn section(
    page: &mut String,
    record: &Record,
    suite: &Suite,
    ids: &[&str],
    changes: Option<&Changes>,
) -> Drawn {
    write!(page, "<h2 id=\"{0}\">{0}</h2><p>{1}</p>", suite.name, escape(suite.about))?;
    if suite.peers {
        tables::overview(page, record, ids, changes)?;
    } else {
        tables::choices(page, record, ids, changes)?;
    }
    tables::pairs(page, record, suite)?;
    sweeps(page, record, suite, ids)?;
    page.push_str("<div class=\"plots\">");
    for id in ids {
        let outcomes: Vec<&Outcome> = record.of(id).collect();
        let unit = outcomes.first().map_or("", |one| one.unit.as_str());
        write!(
            page,
            "<article><h3 id=\"{0}\">{0} <span class=\"soft\">{unit}</span></h3>",
            escape(id)
        )?;
        let bar = |outcome: &&'_ Outcome| {
            let mark = changes.and_then(|changes| changes.mark(outcome)).unwrap_or_default();
            (mark, if suite.peers { outcome.is_ours() } else { is_best(record, outcome) })
        };
        let told: Vec<_> = outcomes.iter().map(bar).collect();
        let bars = outcomes.iter().zip(told).map(|(outcome, (mark, ours))| {
            let contender = outcome.contender.as_str();
            let name = if suite.peers { contender } else { plain(contender) };
            Bar { outcome, name, ours, mark }
        });
        page.push_str(&named(&plot::bars(&bars.collect::<Vec<_>>())?, id, ""));
        notes(page, common(record, id), &outcomes)?;
        page.push_str("</article>");
    }
    page.push_str("</div>");
    Ok(())
}

/// A plot that says what it is to those who do not see it.
fn named(svg: &str, name: &str, class: &str) -> String {
    let name = escape(name);
    svg.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{name}\" class=\"{class}\" "), 1)
}

fn notes(page: &mut String, common: &str, outcomes: &[&Outcome]) -> Drawn {
    let common = escape(common);
    write!(page, "<details><summary>how it is measured</summary><p>{common}</p><ul>")?;
    for one in outcomes {
        let (name, note) = (escape(&one.contender), escape(&one.note));
        write!(page, "<li><b>{name}</b>, {} rounds: {note}</li>", one.rounds)?;
    }
    write!(page, "</ul></details>")?;
    Ok(())
}

/// The ids that differ in a trailing number only, as lines over that number.
fn sweeps(page: &mut String, record: &Record, suite: &Suite, ids: &[&str]) -> Drawn {
    let mut groups: Vec<(String, Vec<(&str, f64)>)> = Vec::new();
    for (id, (group, value)) in ids.iter().filter_map(|id| Some((*id, suite.parameter(id)?))) {
        match groups.iter_mut().find(|known| known.0 == group) {
            Some(known) => known.1.push((id, value)),
            None => groups.push((group, vec![(id, value)])),
        }
    }
    for (group, mut ids) in groups.into_iter().filter(|group| group.1.len() > 2) {
        ids.sort_by(|a, b| a.1.total_cmp(&b.1));
        let mut lines: Vec<Line> = Vec::new();
        for (id, value) in &ids {
            for one in record.of(id).filter(|one| !one.is_floor() && one.median > 0.0) {
                match lines.iter_mut().find(|line| line.name == one.contender) {
                    Some(line) => line.points.push((*value, one.median)),
                    None => lines.push(Line {
                        name: one.contender.clone(),
                        points: vec![(*value, one.median)],
                    }),
                }
            }
        }
        let name = group.rsplit('/').next().unwrap_or_default();
        let unit = record.of(ids[0].0).next().map_or("", |one| one.unit.as_str());
        write!(page, "<h3>{} <span class=\"soft\">{}</span></h3>", escape(&group), escape(unit))?;
        page.push_str(&named(&plot::lines(&lines, name, unit)?, &group, "wide"));
        page.push_str(&named(&plot::narrow_lines(&lines, name, unit)?, &group, "narrow"));
    }
    Ok(())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advice::Advice;
    use crate::record::tests::{outcome, record};

    #[test]
    fn each_suite_has_a_section_of_its_own() -> Result<(), String> {
        let page = page(&record(vec![outcome("ring/a", "windlass", [1.0, 2.0, 3.0])]), None)?;
        for suite in SUITES {
            let there = page.contains(&format!("<h2 id=\"{0}\">{0}</h2>", suite.name));
            assert_eq!(there, suite.name == "ring", "the section of {}", suite.name);
        }
        Ok(())
    }

    #[test]
    fn the_page_stands_alone() -> Result<(), String> {
        let sweep = [64, 256, 1024].map(|capacity| {
            outcome(&format!("ring/a/cap_{capacity}"), "windlass", [1.0, 2.0, 3.0])
        });
        let page = page(&record(sweep.into()), None)?;
        assert!(page.matches("<svg").count() == 5, "three bars, and one sweep in two widths");
        let plain = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!plain.contains("http"), "nothing is loaded from elsewhere");
        assert!(!page.contains("<script"), "no scripts");
        Ok(())
    }

    #[test]
    fn it_fits_a_telephone() -> Result<(), String> {
        let results = vec![
            outcome("partition/a", "windlass_jump", [1.0, 2.0, 3.0]),
            outcome("partition/a", "jumphash", [1.0, 2.0, 3.0]),
            outcome("strategies/a/b/c", "windlass_emptier", [1.0, 2.0, 3.0]),
        ];
        let page = page(&record(results), None)?;
        let viewport = "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">";
        assert!(page.contains(viewport), "it is as wide as the screen");
        let (tables, boxes) = (
            page.matches("<table").count(),
            page.matches("<div class=\"scroll\" tabindex=\"0\"><table>").count(),
        );
        assert_eq!(
            (tables, boxes),
            (3, 3),
            "each table scrolls in a box: two overviews and the twins"
        );
        assert!(page.contains(".scroll{overflow-x:auto"), "and the box does scroll");
        Ok(())
    }

    #[test]
    fn the_recommendation_comes_first() -> Result<(), String> {
        let mut record = record(vec![outcome("strategies/a/b", "windlass_x", [1.0, 2.0, 3.0])]);
        record.advice.push(Advice {
            topic: "How".to_owned(),
            question: "Soon".to_owned(),
            choice: "spin".to_owned(),
            figures: "1 < 2".to_owned(),
        });
        let page = page(&record, None)?;
        let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} in {page}"));
        assert!(at("Soon: <b>spin</b></dt><dd>1 &lt; 2</dd>") < at("<table"), "before all tables");
        assert!(
            at("href=\"#recommended\"") < at("id=\"recommended\""),
            "and the contents lead to it"
        );
        Ok(())
    }

    #[test]
    fn every_link_has_its_end_and_every_end_is_one() -> Result<(), String> {
        let results = vec![
            outcome("ring/a", "windlass", [1.0, 2.0, 3.0]),
            outcome("strategies/a/b/c", "windlass_x", [1.0, 2.0, 3.0]),
        ];
        let page = page(&record(results), Some(&Changes::default()))?;
        for part in page.split("href=\"#").skip(1) {
            let (id, _) = part.split_once('"').unwrap_or_default();
            let ends = page.matches(&format!(" id=\"{id}\"")).count();
            assert_eq!(ends, 1, "ends of the link to {id}");
        }
        Ok(())
    }

    #[test]
    fn what_got_slower_is_marked_where_it_stands() -> Result<(), String> {
        let before = record(vec![
            outcome("ring/a", "windlass", [1.0, 2.0, 3.0]),
            outcome("strategies/a/b/c", "windlass_x", [1.0, 2.0, 3.0]),
        ]);
        let now = record(vec![
            outcome("ring/a", "windlass", [4.0, 5.0, 6.0]),
            outcome("strategies/a/b/c", "windlass_x", [7.0, 8.0, 9.0]),
        ]);
        let page = page(&now, Some(&Changes::between(&before, &now)))?;
        for text in [
            "<li class=\"bad\">SLOWER by a factor of 2.50: windlass in ring/a</li>",
            "<td>5.00<b class=\"bad\"> ▲2.50</b></td>",
            "8.00<b class=\"bad\"> ▲4.00</b>",
            "\n8.00 ▲4.00\n",
        ] {
            assert!(page.contains(text), "{text} in {page}");
        }
        Ok(())
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(escape("a<b & \"c\""), "a&lt;b &amp; &quot;c&quot;", "all four");
    }

    #[test]
    fn the_common_note_ends_at_a_whole_part() {
        let mut a = outcome("ring/a", "x", [1.0, 1.0, 1.0]);
        let mut b = a.clone();
        a.note = "2 threads; capacity 8; push".to_owned();
        b.note = "2 threads; capacity 8; poll".to_owned();
        assert_eq!(common(&record(vec![a, b]), "ring/a"), "2 threads; capacity 8", "shared part");
    }
}
