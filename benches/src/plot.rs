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

const TEXT: Shade = shade((31, 35, 40), (230, 237, 243));
const FAINT: Shade = shade((216, 222, 228), (61, 68, 77));
const OURS: Shade = shade((9, 105, 218), (88, 166, 255));
const PEER: Shade = shade((175, 184, 193), (101, 108, 118));
const FLOOR: Shade = shade((212, 167, 44), (187, 128, 9));
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

const WIDTH: i32 = 860;
const LABELS: i32 = 170;
const VALUES: i32 = 150;
const ROW: i32 = 22;
const HEIGHT: i32 = 440;

/// A bar that is longer than this many times the shortest competitor is cut off.
const CUT: f64 = 12.0;

/// Horizontal bars of the medians with whiskers from minimum to maximum, quickest first.
///
/// # Errors
///
/// Where the plot cannot be drawn.
pub fn bars(outcomes: &[&Outcome]) -> Result<String, Error> {
    let mut sorted = outcomes.to_vec();
    sorted.sort_by(|a, b| a.median.total_cmp(&b.median));
    let end = axis_end(&sorted);
    let height = ROW * i32::try_from(sorted.len())? + 8;
    let mut svg = String::new();
    {
        let size = (u32::try_from(WIDTH)?, u32::try_from(height)?);
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        for (row, outcome) in sorted.iter().enumerate() {
            let middle = ROW * i32::try_from(row)? + ROW / 2 + 4;
            area.draw(&label(&outcome.contender, (LABELS - 8, middle), HPos::Right, TEXT))?;
            let (from, to) = (pixel(0.0, end), pixel(outcome.median, end));
            let bar = [(from, middle - 7), (to.max(from + 1), middle + 7)];
            area.draw(&Rectangle::new(bar, role(outcome).light.filled()))?;
            let (low, high) = (pixel(outcome.min, end), pixel(outcome.max, end));
            let line = WHISKER.light.stroke_width(1);
            area.draw(&PathElement::new([(low, middle), (high, middle)], line))?;
            for x in [low, high] {
                area.draw(&PathElement::new([(x, middle - 4), (x, middle + 4)], line))?;
            }
            let cut = if outcome.median > end { " »" } else { "" };
            let value = format!("{}{cut}", short(outcome.median));
            area.draw(&label(&value, (to.max(high) + 8, middle), HPos::Left, TEXT))?;
        }
        area.present()?;
    }
    Ok(svg)
}

fn axis_end(sorted: &[&Outcome]) -> f64 {
    let longest = sorted.iter().map(|one| one.max).fold(0.0, f64::max);
    let competitor = sorted.iter().find(|one| !one.is_floor() && one.median > 0.0);
    let ours = sorted.iter().find(|one| one.is_ours()).map_or(0.0, |one| one.median * 1.5);
    competitor.map_or(longest, |one| (one.median * CUT).max(ours).min(longest)).max(1e-9)
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the width of the plot")]
fn pixel(value: f64, end: f64) -> i32 {
    let width = f64::from(WIDTH - LABELS - VALUES);
    LABELS + (value / end * width).clamp(0.0, width) as i32
}

fn role(outcome: &Outcome) -> Shade {
    match outcome {
        one if one.is_ours() => OURS,
        one if one.is_floor() => FLOOR,
        _ => PEER,
    }
}

fn label(
    text: &str,
    at: (i32, i32),
    side: HPos,
    shade: Shade,
) -> Text<'static, (i32, i32), String> {
    let style = ("sans-serif", 13).into_font().color(&shade.light);
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
    let points = || lines.iter().flat_map(|line| line.points.iter().copied());
    let range = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)))
    };
    let (left, right) = range(&mut points().map(|point| point.0));
    let (low, high) = range(&mut points().map(|point| point.1));
    let mut svg = String::new();
    {
        let area =
            SVGBackend::with_string(&mut svg, (u32::try_from(WIDTH)?, u32::try_from(HEIGHT)?));
        let area = area.into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .margin(10)
            .margin_right(150)
            .x_label_area_size(40)
            .y_label_area_size(60)
            .build_cartesian_2d(
                (left..right.max(left * 1.001)).log_scale(),
                (low.max(1e-3) * 0.8..high.max(1e-3) * 1.25).log_scale(),
            )?;
        let font = ("sans-serif", 13).into_font().color(&TEXT.light);
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
                ends.push((chart.backend_coord(last), line.name.clone(), shade));
            }
        }
        ends.sort_by_key(|end| end.0.1);
        let heights = spread(&ends.iter().map(|end| end.0.1).collect::<Vec<_>>());
        for (((x, _), name, shade), y) in ends.into_iter().zip(heights) {
            area.draw(&label(&name, (x + 8, y), HPos::Left, shade))?;
        }
        area.present()?;
    }
    Ok(svg)
}

/// Moves sorted heights apart so that the names stay legible and on the plot.
fn spread(heights: &[i32]) -> Vec<i32> {
    const GAP: i32 = 15;
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
        assert_eq!(spread(&[100, 101, 300]), [100, 115, 300], "downwards");
        assert_eq!(spread(&[430, 431]), [418, 433], "and up again at the lower edge");
    }

    #[test]
    fn bars_name_everybody_and_cut_the_slow() -> Result<(), Error> {
        let (ours, peer) = (
            outcome("a", "windlass", [1.0, 2.0, 3.0]),
            outcome("a", "disruptor", [2000.0, 3000.0, 4000.0]),
        );
        let svg = bars(&[&ours, &peer])?;
        for text in ["windlass", "disruptor", "3000 »", "2.00"] {
            assert!(svg.contains(text), "{text} in {svg}");
        }
        Ok(())
    }

    #[test]
    fn lines_name_everybody() -> Result<(), Error> {
        let line =
            |name: &str| Line { name: name.to_owned(), points: vec![(64.0, 10.0), (1024.0, 3.0)] };
        let svg = lines(&[line("windlass"), line("rtrb")], "capacity", "ns")?;
        for text in ["windlass", "rtrb", "capacity"] {
            assert!(svg.contains(text), "{text} in {svg}");
        }
        Ok(())
    }
}
