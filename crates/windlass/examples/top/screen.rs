//! The screen: a table of series with rates, and latency over time as a heat map.

use std::collections::BTreeSet;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout as Split};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph, Row, Table};
use windlass::metrics::{
    FamilySnapshot, HeatMap, HistogramSnapshot, Layout, LayoutsDiffer, Registry, SeriesSnapshot,
    Snapshot, Value,
};

use crate::work::TIME_NAME;

/// Slices of the heat map.
const SLICES: usize = 60;

/// Upper bounds of its rows, in nanoseconds.
const ROWS: [u64; 6] = [125_000, 250_000, 500_000, 1_000_000, 2_000_000, 4_000_000];

/// From few to many.
const SHADES: [&str; 5] = [" ", "░", "▒", "▓", "█"];

pub(crate) struct Screen {
    registry: Registry,
    now: Snapshot,
    since: Snapshot,
    looked: Duration,
    span: Duration,
    heat: HeatMap,
    /// Series that were ever anything but zero: the others are not shown.
    alive: BTreeSet<String>,
    /// Rows above the first that is shown.
    scrolled: usize,
}

impl Screen {
    pub(crate) fn new(registry: &Registry) -> Self {
        Self {
            registry: registry.clone(),
            now: registry.snapshot(),
            since: Snapshot::empty(),
            looked: Duration::ZERO,
            span: Duration::ZERO,
            heat: HeatMap::new(Layout::LATENCY, SLICES),
            alive: BTreeSet::new(),
            scrolled: 0,
        }
    }

    /// Takes a snapshot, `at` so long after the beginning.
    pub(crate) fn look(&mut self, at: Duration) -> Result<(), LayoutsDiffer> {
        let now = self.registry.snapshot();
        self.since = now.since(&self.now);
        (self.span, self.looked) = (at.saturating_sub(self.looked), at);
        if let Some(values) = now.histogram(TIME_NAME, &[]) {
            self.heat.push(u64::try_from(at.as_nanos()).unwrap_or(u64::MAX), values)?;
        }
        self.now = now;
        for family in self.now.families() {
            let alive = family.series().filter(|series| !is_zero(series.value()));
            self.alive.extend(alive.map(|series| name_of(family, series)));
        }
        Ok(())
    }

    /// Moves the table by so many rows.
    pub(crate) fn scroll(&mut self, rows: isize) {
        let most = self.alive.len().saturating_sub(1);
        self.scrolled = self.scrolled.saturating_add_signed(rows).min(most);
    }

    pub(crate) fn draw(&self, frame: &mut Frame<'_>) {
        let parts = [Constraint::Min(6), Constraint::Length(10), Constraint::Length(1)];
        let [table, heat, help] = Split::vertical(parts).areas(frame.area());
        frame.render_widget(self.table(), table);
        frame.render_widget(self.heat(), heat);
        frame.render_widget(Line::from(" up and down scroll, q ends it").dim(), help);
    }

    fn table(&self) -> Table<'_> {
        let mut rows = Vec::new();
        for (family, since) in self.now.families().zip(self.since.families()) {
            let series = family.series().zip(since.series());
            rows.extend(series.filter_map(|(now, since)| self.row(family, now, since)));
        }
        let rows = rows.into_iter().skip(self.scrolled);
        let widths = [Constraint::Length(60), Constraint::Length(10), Constraint::Min(20)];
        let header = Row::new(["series", "now", "since the last refresh"]).bold();
        Table::new(rows, widths).header(header).block(Block::bordered().title(" windlass "))
    }

    fn row(
        &self,
        family: &FamilySnapshot,
        now: &SeriesSnapshot,
        since: &SeriesSnapshot,
    ) -> Option<Row<'static>> {
        let name = name_of(family, now);
        if !self.alive.contains(&name) {
            return None;
        }
        let name = name.strip_prefix("windlass_").map(str::to_owned).unwrap_or(name);
        let (number, change) = match (now.value(), since.value()) {
            (Value::Counter(total), Value::Counter(change)) => {
                let rate = *change as f64 / self.span.as_secs_f64().max(1e-9);
                (total.to_string(), format!("{rate:.0}/s"))
            }
            (Value::Gauge(level), _) => (level.to_string(), String::new()),
            (Value::Histogram(all), Value::Histogram(new)) => {
                (all.count().to_string(), spread(new))
            }
            _ => (String::new(), String::new()),
        };
        Some(Row::new([name, number, change]))
    }

    fn heat(&self) -> Paragraph<'static> {
        let rows = self.heat.rows(&ROWS);
        let most = rows.iter().flatten().copied().max().unwrap_or(0).max(1);
        let mut lines = Vec::new();
        for (at, row) in rows.iter().enumerate().rev() {
            let bound = ROWS.get(at).map_or_else(|| "above".to_owned(), |bound| micros(*bound));
            let cells: String = row.iter().map(|count| shade(*count, most)).collect();
            let cells = Span::styled(cells, Style::new().fg(Color::Yellow));
            lines.push(Line::from(vec![Span::raw(format!("{bound:>9} ")), cells]));
        }
        Paragraph::new(lines).block(Block::bordered().title(" latency over time "))
    }
}

fn name_of(family: &FamilySnapshot, series: &SeriesSnapshot) -> String {
    let labels = family.label_names().iter().zip(series.labels());
    let labels: Vec<String> = labels.map(|(name, value)| format!("{name}={value}")).collect();
    format!("{} {}", family.name(), labels.join(" "))
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Counter(count) => *count == 0,
        Value::Gauge(level) => *level == 0,
        Value::Histogram(values) => values.count() == 0,
    }
}

/// The shade of a cell: one that holds anything is not empty.
fn shade(count: u64, most: u64) -> &'static str {
    let steps = SHADES.len() as u64 - 1;
    let step = (count * steps).div_ceil(most);
    SHADES[usize::try_from(step.min(steps)).unwrap_or(0)]
}

fn spread(values: &HistogramSnapshot) -> String {
    let [p50, p99] = [0.5, 0.99].map(|q| micros(values.quantile(q)));
    format!("p50 {p50}  p99 {p99}  max {}", micros(values.max().unwrap_or(0)))
}

fn micros(nanos: u64) -> String {
    format!("{} µs", nanos / 1000)
}
