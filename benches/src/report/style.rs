//! How the page looks: light and dark, wide and narrow.

use plotters::style::RGBColor;

use crate::plot;

const STYLE: &str = "
:root{color-scheme:light dark;--ground:#fff;--text:#1f2328;--faint:#d8dee4;--soft:#59636e;
--ours:#0969da;--good:#1a7f37;--bad:#cf222e;--raised:#f6f8fa}
@media (prefers-color-scheme:dark){:root{--ground:#0d1117;--text:#e6edf3;--faint:#3d444d;
--soft:#9198a1;--ours:#58a6ff;--good:#3fb950;--bad:#ff7b72;--raised:#151b23}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{background:var(--ground);color:var(--text);font:16px/1.5 system-ui,sans-serif;
max-width:960px;margin:2rem auto;padding:0 1rem;overflow-wrap:break-word}
h1{font-size:1.6rem;line-height:1.25}
h2{font-size:1.25rem;margin-top:2.5rem;border-bottom:1px solid var(--faint)}
h3{font:600 .95rem/1.4 ui-monospace,monospace;margin:1.6rem 0 .3rem;overflow-wrap:anywhere}
h4{font-size:1rem;margin:1.2rem 0 .2rem}
p{margin:.4rem 0 .8rem}
li{overflow-wrap:anywhere}
nav ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.4rem}
nav a{display:block;padding:.3rem .7rem;border:1px solid var(--faint);border-radius:1rem}
.scroll{overflow-x:auto;max-width:100%;margin:.6rem 0}
table{border-collapse:collapse;min-width:100%;font-size:.9rem}
td,th{padding:.3rem .6rem;text-align:right;border-bottom:1px solid var(--faint);white-space:nowrap;
font-variant-numeric:tabular-nums}
th{font-weight:600;vertical-align:bottom}
td:first-child,th:first-child{text-align:left;position:sticky;left:0;background:var(--ground)}
code,td:first-child{font-family:ui-monospace,monospace;font-size:.85rem}
th small{display:block;font-weight:400;color:var(--soft)}
a{color:var(--ours);text-decoration:none}a:hover{text-decoration:underline}
.soft,details{color:var(--soft);font-size:.9rem}
summary{padding:.3rem 0;cursor:pointer}
.good{color:var(--good)}.bad{color:var(--bad)}td.good{font-weight:600}
.advice{background:var(--raised);border:1px solid var(--faint);border-radius:.5rem;padding:.2rem 1rem .8rem}
.advice dt{margin-top:.6rem}.advice dd{margin:0;color:var(--soft);font-size:.9rem}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:0 2rem;
align-items:start}
.plots article{min-width:0}
svg{max-width:100%;height:auto;display:block}
.narrow{display:none}
@media (max-width:640px){body{margin:1rem auto;padding:0 .9rem}
.wide{display:none}.narrow{display:block}td,th{padding:.35rem .5rem}
td:first-child{min-width:40vw;max-width:46vw;white-space:normal;overflow-wrap:anywhere}}
";

/// The whole style sheet.
pub(super) fn sheet() -> String {
    format!("{STYLE}{}", dark())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ground_of_the_page_is_that_of_the_plots() {
        let hex = |RGBColor(r, g, b): RGBColor| format!("--ground:#{r:02x}{g:02x}{b:02x}");
        let sheet = sheet().replace("--ground:#fff;", "--ground:#ffffff;");
        assert!(sheet.contains(&hex(plot::GROUND.light)), "light");
        assert!(sheet.contains(&hex(plot::GROUND.dark)), "dark");
    }
}
