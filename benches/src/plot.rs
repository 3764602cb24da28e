//! The plots of the report: bars with whiskers, and lines over a parameter.
//!
//! Every colour here stands for a role; the page gives each role another shade on a dark ground.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::record::Outcome;
use crate::stats::short;

/// What a plot can fail with.
pub type Error = Box<dyn core::error::Error>;

/// A colour's role and its shades on light and on dark ground.
#[derive(Clone, Copy, Debug)]
pub struct Shade {
    /// On light ground; this is what the plot itself contains.
    pub light: RGBColor,
    /// On dark ground; the page puts it in place.
    pub dark: RGBColor,
}

const fn shade(light: (u8, u8, u8), dark: (u8, u8, u8)) -> Shade {
    Shade { light: RGBColor(light.0, light.1, light.2), dark: RGBColor(dark.0, dark.1, dark.2) }
}

/// What everything is drawn on; the page has the same.
pub const GROUND: Shade = shade((255, 255, 255), (13, 17, 23));
const TEXT: Shade = shade((31, 35, 40), (230, 237, 243));
const FAINT: Shade = shade((216, 222, 228), (61, 68, 77));
const OURS: Shade = shade((9, 105, 218), (88, 166, 255));
const PEER: Shade = shade((131, 140, 149), (110, 118, 129));
const FLOOR: Shade = shade((158, 106, 3), (187, 128, 9));
const WHISKER: Shade = shade((87, 96, 106), (201, 209, 217));
const LINES: [Shade; 8] = [
    shade((207, 34, 46), (255, 123, 114)),
    shade((26, 127, 55), (63, 185, 80)),
    shade((130, 80, 223), (188, 140, 255)),
    shade((188, 76, 0), (240, 136, 62)),
    shade((27, 124, 131), (57, 197, 207)),
    shade((191, 57, 137), (247, 120, 186)),
    shade((101, 77, 0), (210, 153, 34)),
    shade((110, 119, 130), (139, 148, 158)),
];

/// All roles, for the style sheet of the page.
pub fn shades() -> impl Iterator<Item = Shade> {
    [TEXT, FAINT, OURS, PEER, FLOOR, WHISKER].into_iter().chain(LINES)
}

/// A plot of bars, and of lines beside others or on a telephone.
const NARROW: i32 = 440;
/// A plot of lines that has the page for itself.
const WIDE: i32 = 860;
const HEIGHT: i32 = 440;
/// A bar and the line of text above it.
const ROW: i32 = 42;
/// What the library calls 18 is 14.5 pixels, and 12 where a telephone makes the plot narrower.
const FONT: i32 = 18;
/// What is left free at both ends of a bar, so that no whisker is cut in half.
const EDGE: i32 = 2;

/// A bar that is longer than this many times the shortest competitor is cut off.
const CUT: f64 = 12.0;

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar<'a> {
    /// What it shows.
    pub outcome: &'a Outcome,
    /// The name beside it.
    pub name: &'a str,
    /// Whether it has the colour of ours.
    pub ours: bool,
    /// What is said behind the figure, such as how it changed.
    pub mark: String,
}

/// Horizontal bars of the medians with whiskers from minimum to maximum, quickest first.
///
/// Name and figure stand above each bar, so that the plot is narrow enough for a telephone.
///
/// # Errors
///
/// Where the plot cannot be drawn.
pub fn bars(bars: &[Bar<'_>]) -> Result<String, Error> {
    let mut sorted = bars.to_vec();
    sorted.sort_by(|a, b| a.outcome.median.total_cmp(&b.outcome.median));
    let end = axis_end(&sorted);
    let height = ROW * i32::try_from(sorted.len())? + 8;
    let mut svg = String::new();
    {
        let size = (u32::try_from(NARROW)?, u32::try_from(height)?);
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        for (row, bar) in sorted.iter().enumerate() {
            let outcome = bar.outcome;
            let text = ROW * i32::try_from(row)? + 12;
            let middle = text + 18;
            let cut = if outcome.median > end { " »" } else { "" };
            let value = format!("{}{cut}{}", short(outcome.median), bar.mark);
            area.draw(&label(bar.name, (EDGE, text), HPos::Left, TEXT))?;
            area.draw(&label(&value, (NARROW - EDGE, text), HPos::Right, TEXT))?;
            let (from, to) = (pixel(0.0, end), pixel(outcome.median, end));
            let filled = [(from, middle - 6), (to.max(from + 1), middle + 6)];
            area.draw(&Rectangle::new(filled, role(bar).light.filled()))?;
            let (low, high) = (pixel(outcome.min, end), pixel(outcome.max, end));
            let line = WHISKER.light.stroke_width(1);
            area.draw(&PathElement::new([(low, middle), (high, middle)], line))?;
            for x in [low, high] {
                area.draw(&PathElement::new([(x, middle - 4), (x, middle + 4)], line))?;
            }
        }
        area.present()?;
    }
    Ok(svg)
}

fn axis_end(sorted: &[Bar<'_>]) -> f64 {
    let all = || sorted.iter().map(|bar| bar.outcome);
    let longest = all().map(|one| one.max).fold(0.0, f64::max);
    let competitor = all().find(|one| !one.is_floor() && one.median > 0.0);
    let ours = sorted.iter().find(|bar| bar.ours).map_or(0.0, |bar| bar.outcome.median * 1.5);
    competitor.map_or(longest, |one| (one.median * CUT).max(ours).min(longest)).max(1e-9)
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the width of the plot")]
fn pixel(value: f64, end: f64) -> i32 {
    let width = f64::from(NARROW - 2 * EDGE);
    EDGE + (value / end * width).clamp(0.0, width) as i32
}

fn role(bar: &Bar<'_>) -> Shade {
    match bar {
        one if one.ours => OURS,
        one if one.outcome.is_floor() => FLOOR,
        _ => PEER,
    }
}

fn label(
    text: &str,
    at: (i32, i32),
    side: HPos,
    shade: Shade,
) -> Text<'static, (i32, i32), String> {
    let style = ("sans-serif", FONT).into_font().color(&shade.light);
    Text::new(text.to_owned(), at, style.pos(Pos::new(side, VPos::Center)))
}

/// One contender over a parameter.
#[derive(Clone, Debug)]
pub struct Line {
    /// The contender.
    pub name: String,
    /// Parameter and median, in the order of the parameter.
    pub points: Vec<(f64, f64)>,
}

/// Lines over a parameter, both axes logarithmic, each line named at its end.
///
/// # Errors
///
/// Where the plot cannot be drawn.
pub fn lines(lines: &[Line], parameter: &str, unit: &str) -> Result<String, Error> {
    let mut svg = String::new();
    {
        let size = (u32::try_from(WIDE)?, u32::try_from(HEIGHT)?);
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let mut ends = chart(&area, lines, parameter, unit, 245)?;
        ends.sort_by_key(|end| end.at.1);
        let heights = spread(&ends.iter().map(|end| end.at.1).collect::<Vec<_>>());
        for (end, y) in ends.into_iter().zip(heights) {
            area.draw(&label(end.name, (end.at.0 + 8, y), HPos::Left, end.shade))?;
        }
        area.present()?;
    }
    Ok(svg)
}

/// The same for a telephone: the names stand below, one or two in a row, in the order of the last figures.
///
/// # Errors
///
/// Where the plot cannot be drawn.
pub fn narrow_lines(lines: &[Line], parameter: &str, unit: &str) -> Result<String, Error> {
    const NAME: i32 = 22;
    const PLOT: i32 = 340;
    const SHORT: usize = 22;
    let columns = if lines.iter().all(|line| line.name.len() <= SHORT) { 2 } else { 1 };
    let rows = i32::try_from(lines.len().div_ceil(columns))?;
    let mut svg = String::new();
    {
        let size = (u32::try_from(NARROW)?, u32::try_from(PLOT + rows * NAME + 6)?);
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let (plot, _) = area.split_vertically(PLOT);
        let mut ends = chart(&plot, lines, parameter, unit, 24)?;
        ends.sort_by_key(|end| end.at.1);
        for (at, end) in ends.into_iter().enumerate() {
            let (column, row) = (i32::try_from(at % columns)?, i32::try_from(at / columns)?);
            let (x, y) = (EDGE + column * (NARROW / 2), PLOT + row * NAME + NAME / 2);
            let line = [(x, y - 2), (x + 14, y + 2)];
            area.draw(&Rectangle::new(line, end.shade.light.filled()))?;
            area.draw(&label(end.name, (x + 20, y), HPos::Left, end.shade))?;
        }
        area.present()?;
    }
    Ok(svg)
}

/// Where a line ends.
struct LineEnd<'a> {
    at: (i32, i32),
    name: &'a str,
    shade: Shade,
}

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

fn chart<'a>(
    area: &Area<'_>,
    lines: &'a [Line],
    parameter: &str,
    unit: &str,
    right_margin: i32,
) -> Result<Vec<LineEnd<'a>>, Error> {
    let points = || lines.iter().flat_map(|line| line.points.iter().copied());
    let range = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)))
    };
    let (left, right) = range(&mut points().map(|point| point.0));
    let (low, high) = range(&mut points().map(|point| point.1));
    let mut chart = ChartBuilder::on(area)
        .margin(10)
        .margin_right(right_margin)
        .x_label_area_size(45)
        .y_label_area_size(75)
        .build_cartesian_2d(
            (left..right.max(left * 1.001)).log_scale(),
            (low.max(1e-3) * 0.8..high.max(1e-3) * 1.25).log_scale(),
        )?;
    let font = ("sans-serif", FONT).into_font().color(&TEXT.light);
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(FAINT.light)
        .axis_style(FAINT.light)
        .label_style(font.clone())
        .axis_desc_style(font)
        .x_desc(parameter)
        .y_desc(unit)
        .x_label_formatter(&|value| format!("{value:.0}"))
        .y_label_formatter(&|value| short(*value))
        .draw()?;
    let mut ends = Vec::new();
    let mut palette = LINES.iter().cycle();
    for line in lines {
        let ours = line.name.starts_with("windlass");
        let shade = if ours { OURS } else { *palette.next().unwrap_or(&PEER) };
        let width = if line.name == crate::record::OURS { 4 } else { 1 + u32::from(ours) };
        let style = shade.light.stroke_width(width);
        chart.draw_series(LineSeries::new(line.points.iter().copied(), style))?;
        if let Some(last) = line.points.last() {
            ends.push(LineEnd { at: chart.backend_coord(last), name: &line.name, shade });
        }
    }
    Ok(ends)
}

/// Moves sorted heights apart so that the names stay legible and on the plot.
fn spread(heights: &[i32]) -> Vec<i32> {
    const GAP: i32 = 18;
    let mut free = GAP / 2;
    let mut apart: Vec<i32> = heights
        .iter()
        .map(|height| {
            let at = (*height).max(free);
            free = at + GAP;
            at
        })
        .collect();
    let mut limit = HEIGHT - GAP / 2;
    for height in apart.iter_mut().rev() {
        *height = (*height).min(limit);
        limit = *height - GAP;
    }
    apart
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::outcome;

    #[test]
    fn names_are_moved_apart() {
        assert_eq!(spread(&[100, 101, 300]), [100, 118, 300], "downwards");
        assert_eq!(spread(&[430, 431]), [413, 431], "and up again at the lower edge");
    }

    fn bar<'a>(outcome: &'a Outcome, mark: &str) -> Bar<'a> {
        let (name, ours) = (outcome.contender.as_str(), outcome.is_ours());
        Bar { outcome, name, ours, mark: mark.to_owned() }
    }

    #[test]
    fn bars_name_everybody_and_cut_the_slow() -> Result<(), Error> {
        let (ours, peer) = (
            outcome("a", "windlass", [1.0, 2.0, 3.0]),
            outcome("a", "disruptor", [2000.0, 3000.0, 4000.0]),
        );
        let svg = bars(&[bar(&ours, " ▲1.20"), bar(&peer, "")])?;
        for text in ["windlass", "disruptor", "3000 »", "2.00 ▲1.20"] {
            assert!(svg.contains(text), "{text} in {svg}");
        }
        Ok(())
    }

    #[test]
    fn lines_name_everybody() -> Result<(), Error> {
        let line =
            |name: &str| Line { name: name.to_owned(), points: vec![(64.0, 10.0), (1024.0, 3.0)] };
        let all = [line("windlass"), line("rtrb")];
        for svg in [lines(&all, "capacity", "ns")?, narrow_lines(&all, "capacity", "ns")?] {
            for text in ["windlass", "rtrb", "capacity"] {
                assert!(svg.contains(text), "{text} in {svg}");
            }
        }
        Ok(())
    }

    /// The relative luminance of a colour, as the Web Content Accessibility Guidelines define it.
    fn luminance(RGBColor(r, g, b): RGBColor) -> f64 {
        let part = |part: u8| match f64::from(part) / 255.0 {
            dark @ ..=0.04045 => dark / 12.92,
            bright => ((bright + 0.055) / 1.055).powf(2.4),
        };
        0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
    }

    #[test]
    fn every_colour_stands_out_from_its_ground() {
        let contrast = |a: RGBColor, b: RGBColor| {
            let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
            a.max(b) / a.min(b)
        };
        // Text needs 4.5, what is only filled 3, and the lines of the grid are to stay behind.
        let text = [TEXT, OURS].into_iter().chain(LINES).map(|shade| (shade, 4.5));
        for (shade, least) in text.chain([PEER, FLOOR, WHISKER].map(|shade| (shade, 3.0))) {
            let (light, dark) =
                (contrast(shade.light, GROUND.light), contrast(shade.dark, GROUND.dark));
            assert!(light >= least && dark >= least, "{shade:?}: {light:.2} and {dark:.2}");
        }
    }
}
