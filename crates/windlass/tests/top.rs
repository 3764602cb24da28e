//! The example `top` draws the numbers of what it watches: rates, quantiles, and a heat map.
#![cfg(all(
    feature = "ring",
    feature = "qos",
    feature = "pool",
    feature = "metrics",
    not(any(loom, miri))
))]
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
#![allow(
    dead_code,
    unreachable_pub,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::disallowed_methods,
    reason = "a part of the example, taken in as source"
)]

#[path = "../examples/top/screen.rs"]
mod screen;
#[path = "../examples/top/work.rs"]
mod work;

use std::time::Duration;

use ratatui::{Terminal, backend::TestBackend};
use windlass::metrics::{Counter, Histogram, Registry, Spec};

fn drawn(screen: &screen::Screen) -> String {
    let mut terminal = Terminal::new(TestBackend::new(110, 24)).unwrap();
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

#[test]
fn what_was_always_zero_is_left_out_and_the_rest_can_be_scrolled() {
    let registry = Registry::new(100);
    let jobs = registry.family(Spec::<Counter, 1>::new("jobs", "", ["worker"])).unwrap();
    let [mut a, mut b, _silent] = ["a", "b", "c"].map(|worker| jobs.writer([worker]));
    let mut screen = screen::Screen::new(&registry);
    a.increment();
    b.increment();
    screen.look(Duration::from_secs(1)).unwrap();
    let whole = drawn(&screen);
    assert!(whole.contains("worker=a") && whole.contains("worker=b"), "both:\n{whole}");
    assert!(!whole.contains("worker=c"), "nothing to tell of it:\n{whole}");
    screen.scroll(5);
    let end = drawn(&screen);
    assert!(!end.contains("worker=a") && end.contains("worker=b"), "the last one stays:\n{end}");
    screen.scroll(-1);
    assert_eq!(drawn(&screen), whole, "back");
}

#[test]
fn every_part_of_the_work_is_in_the_registry_and_ends_in_order() {
    let registry = Registry::new(500);
    let work = work::Work::start(&registry).unwrap();
    let mut handled = 0;
    while handled == 0 {
        std::thread::yield_now();
        let now = registry.snapshot();
        handled = now.histogram(work::TIME_NAME, &[]).map_or(0, |time| time.count());
    }
    let now = registry.snapshot();
    assert!(now.counter("windlass_ring_events_published", &["requests"]) > Some(0), "the ring");
    assert!(now.counter("windlass_qos_messages_accepted", &["samples"]) > Some(0), "the buffer");
    assert!(now.counter("windlass_pool_messages_accepted", &["requests"]) > Some(0), "the pool");
    let said = work.stop().unwrap();
    assert!(said.starts_with("ring drained: true; "), "{said}");
    let numbers: Vec<&str> = said.split(' ').filter(|word| word.parse::<u64>().is_ok()).collect();
    assert!(matches!(numbers[..], [accepted, handled] if accepted == handled), "{said}");
}
