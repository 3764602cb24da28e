//! The example `top` draws the numbers of its threads: rates, quantiles, and a heat map.
#![cfg(all(feature = "std", not(any(loom, miri))))]
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
#![allow(clippy::std_instead_of_core, reason = "the example always has std")]
#![allow(dead_code, unreachable_pub, reason = "a part of the example, taken in as source")]

#[path = "../examples/top/screen.rs"]
mod screen;
#[path = "../examples/top/work.rs"]
mod work;

use std::time::Duration;

use ratatui::{Terminal, backend::TestBackend};
use windlass_metrics::{Counter, Histogram, Registry, Spec};

fn drawn(screen: &screen::Screen) -> String {
    let mut terminal = Terminal::new(TestBackend::new(90, 24)).unwrap();
    terminal.draw(|frame| screen.draw(frame)).unwrap();
    terminal.backend().to_string()
}

#[test]
fn the_screen_shows_rates_quantiles_and_the_heat_of_each_slice() {
    let registry = Registry::new(100);
    let jobs = registry.family(Spec::<Counter, 1>::new("jobs", "", ["worker"])).unwrap();
    let time = registry.family(Spec::<Histogram, 0>::new(work::TIME_NAME, "", [])).unwrap();
    let (mut jobs, mut time) = (jobs.writer(["7"]), time.writer([]));
    let mut screen = screen::Screen::new(&registry);
    jobs.add(100);
    time.record(100_000);
    screen.look(Duration::from_secs(2)).unwrap();
    let first = drawn(&screen);
    assert!(first.contains("jobs worker=7") && first.contains("50/s"), "a rate:\n{first}");
    assert!(first.contains("p50 100 µs  p99 100 µs"), "quantiles:\n{first}");
    let row = first.lines().find(|line| line.contains("125 µs")).unwrap();
    assert!(row.contains("125 µs █"), "the heat of the slice:\n{first}");
    time.record(3_000_000);
    screen.look(Duration::from_secs(3)).unwrap();
    let second = drawn(&screen);
    assert!(second.contains("0/s") && second.contains("p50 3014 µs"), "since then:\n{second}");
    let row = second.lines().find(|line| line.contains("4000 µs")).unwrap();
    assert!(row.contains("4000 µs  █"), "in the second slice:\n{second}");
}
