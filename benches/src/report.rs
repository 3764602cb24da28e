//! The page `target/bench/report.html`: one file, no scripts, light and dark.

use core::fmt::Write as _;

use plotters::style::RGBColor;

use crate::against::Changes;
use crate::plot::{self, Line};
use crate::record::{Outcome, Record};
use crate::stats::short;
use crate::suite::{SUITES, Suite};
use crate::table::Standing;
use crate::twins::twins;

const STYLE: &str = "
:root{color-scheme:light dark;--ground:#fff;--text:#1f2328;--faint:#d8dee4;--soft:#59636e;
--ours:#0969da;--good:#1a7f37;--bad:#cf222e}
@media (prefers-color-scheme:dark){:root{--ground:#0d1117;--text:#e6edf3;--faint:#3d444d;
--soft:#9198a1;--ours:#58a6ff;--good:#3fb950;--bad:#ff7b72}}
body{background:var(--ground);color:var(--text);font:15px/1.5 system-ui,sans-serif;
max-width:920px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2.5rem;border-bottom:1px solid var(--faint)}
h3{font:600 1rem ui-monospace,monospace;margin:1.8rem 0 .3rem}
table{border-collapse:collapse;width:100%}
td,th{padding:.25rem .6rem;text-align:right;border-bottom:1px solid var(--faint)}
td:first-child,th:first-child{text-align:left}
code,td:first-child{font-family:ui-monospace,monospace;font-size:.9em}
a{color:var(--ours);text-decoration:none}.soft,details{color:var(--soft);font-size:.9em}
.good{color:var(--good)}.bad{color:var(--bad)}svg{max-width:100%;height:auto;display:block}
";

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
    let style = format!("{STYLE}{}", dark());
    write!(
        page,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Windlass: benchmarks</title>\
         <style>{style}</style></head><body><h1>Windlass beside its peers</h1>\
         <p>Medians of interleaved rounds; the whiskers reach from the quickest to the slowest \
         round. Shorter is better. Bars that end in » are cut.</p>"
    )?;
    if let Some(changes) = changes {
        write!(page, "<h2>Against the record</h2><ul>")?;
        for line in changes.lines() {
            let class = if line.starts_with("SLOWER") { "bad" } else { "soft" };
            write!(page, "<li class=\"{class}\">{}</li>", escape(&line))?;
        }
        write!(page, "</ul>")?;
    }
    for suite in SUITES {
        let ids: Vec<&str> = record.ids().into_iter().filter(|id| suite.owns(id)).collect();
        if !ids.is_empty() {
            section(page, record, suite, &ids)?;
        }
    }
    write!(page, "<h2>Where and how</h2><ul>")?;
    for line in provenance(record) {
        write!(page, "<li>{}</li>", escape(&line))?;
    }
    write!(page, "</ul></body></html>")?;
    Ok(())
}

/// Everything about one suite.
fn section(page: &mut String, record: &Record, suite: &Suite, ids: &[&str]) -> Drawn {
    write!(page, "<h2>{}</h2><p>{}</p>", escape(suite.name), escape(suite.about))?;
    overview(page, record, ids)?;
    pairs(page, record, suite)?;
    sweeps(page, record, suite, ids)?;
    for id in ids {
        let outcomes: Vec<&Outcome> = record.of(id).collect();
        let unit = outcomes.first().map_or("", |one| one.unit.as_str());
        write!(page, "<h3 id=\"{0}\">{0} <span class=\"soft\">{1}</span></h3>", escape(id), unit)?;
        write!(page, "<p class=\"soft\">{}</p>", escape(common(record, id)))?;
        page.push_str(&plot::bars(&outcomes)?);
        notes(page, &outcomes)?;
    }
    Ok(())
}

fn overview(page: &mut String, record: &Record, ids: &[&str]) -> Drawn {
    let head =
        "<table><tr><th>id</th><th>unit</th><th>windlass</th><th>best peer</th><th>ratio</th></tr>";
    page.push_str(head);
    for id in ids {
        let standing = Standing::of(record, id);
        let figure = |one: Option<&Outcome>| one.map_or("-".to_owned(), |one| short(one.median));
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
    page.push_str("</table>");
    Ok(())
}

/// The pairs that the suite names.
fn pairs(page: &mut String, record: &Record, suite: &Suite) -> Drawn {
    let twins = twins(record, suite);
    if twins.is_empty() {
        return Ok(());
    }
    page.push_str("<h3>Each beside its twin</h3><table>");
    page.push_str("<tr><th>id</th><th>ours</th><th></th><th>peer</th><th></th><th>ratio</th></tr>");
    for pair in twins {
        let (class, ratio) = graded(pair.ratio());
        let cells = [&pair.ours.contender, &short(pair.ours.median), &pair.peer.contender]
            .map(|text| format!("<td>{}</td>", escape(text)));
        let id = escape(&pair.ours.id);
        write!(page, "<tr><td><a href=\"#{id}\">{id}</a></td>{}", cells.concat())?;
        let peer = short(pair.peer.median);
        write!(page, "<td>{peer}</td><td class=\"{class}\">{ratio}</td></tr>")?;
    }
    page.push_str("</table>");
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

fn notes(page: &mut String, outcomes: &[&Outcome]) -> Drawn {
    write!(page, "<details><summary>how each is used</summary><ul>")?;
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
        page.push_str(&plot::lines(&lines, name, unit)?);
    }
    Ok(())
}

/// The shades of the plots on dark ground.
fn dark() -> String {
    let mut css = String::from("@media (prefers-color-scheme:dark){");
    let hex = |RGBColor(r, g, b): RGBColor| format!("#{r:02X}{g:02X}{b:02X}");
    for shade in plot::shades() {
        let (light, dark) = (hex(shade.light), hex(shade.dark));
        for what in ["fill", "stroke"] {
            css.push_str(&format!("svg [{what}=\"{light}\"]{{{what}:{dark}}}"));
        }
    }
    css + "}"
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::{outcome, record};

    #[test]
    fn each_suite_has_a_section_of_its_own() -> Result<(), String> {
        let page = page(&record(vec![outcome("ring/a", "windlass", [1.0, 2.0, 3.0])]), None)?;
        for suite in SUITES {
            let there = page.contains(&format!("<h2>{}</h2>", suite.name));
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
        assert!(page.matches("<svg").count() == 4, "three bars and one sweep");
        let plain = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!plain.contains("http"), "nothing is loaded from elsewhere");
        assert!(!page.contains("<script"), "no scripts");
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
