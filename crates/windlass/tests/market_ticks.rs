//! The example `market_ticks`: a slow screen sees the newest of each symbol, and every tick is in what it saw.
#![cfg(all(feature = "qos", not(loom)))]
#![allow(
    dead_code,
    unreachable_pub,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests have std, use a part of an example's modules, and fail by panicking"
)]

#[path = "../examples/market_ticks/check.rs"]
mod check;
#[path = "../examples/market_ticks/flow.rs"]
mod flow;
#[path = "../examples/market_ticks/generate.rs"]
mod generate;
#[path = "../examples/market_ticks/quote.rs"]
mod quote;
#[path = "../examples/market_ticks/tick.rs"]
mod tick;

use std::convert::Infallible;
use std::time::{Duration, Instant};

use flow::{Pace, flow};
use generate::Market;
use quote::Quote;
use tick::Tick;

fn ticks(seed: u64, count: usize) -> impl Iterator<Item = Result<Tick, Infallible>> + Send {
    Market::new(seed, 7).take(count).map(Ok)
}

#[test]
fn a_slow_screen_sees_the_newest_and_every_tick_counts() {
    for show in [Duration::ZERO, Duration::from_micros(300)] {
        let count = if cfg!(miri) { 50 } else { 20_000 };
        let pace = Pace { rate: None, show };
        let shown = flow(tick::symbols(ticks(3, count)).unwrap(), ticks(3, count), pace).unwrap();
        check::check(&shown, &check::by_hand(ticks(3, count)).unwrap()).unwrap();
        assert_eq!(shown.ticks, count as u64, "all were read");
    }
}

#[test]
fn what_is_merged_has_all_of_both_and_the_price_of_the_newer() {
    let came = Instant::now();
    let tick = |price, size| Tick { time_us: 0, symbol: "A".to_owned(), price, size };
    let mut quote = Quote::of(&tick(3.0, 10), came);
    for (price, size) in [(5.0, 20), (2.0, 30), (4.0, 40)] {
        quote.merge(Quote::of(&tick(price, size), came));
    }
    assert_eq!((quote.last, quote.low, quote.high), (4.0, 2.0, 5.0), "prices");
    assert_eq!((quote.volume, quote.ticks), (100, 4), "sums");
}

#[test]
fn a_check_finds_a_tick_that_is_missing() {
    let shown = flow(tick::symbols(ticks(3, 50)).unwrap(), ticks(3, 50), Pace::default()).unwrap();
    let error = check::check(&shown, &check::by_hand(ticks(3, 51)).unwrap()).unwrap_err();
    assert!(error.contains("was shown, not"), "{error}");
}

#[test]
fn ticks_that_were_written_are_read_again() {
    let mut file = Vec::new();
    let made: Vec<Tick> = Market::new(5, 3).take(40).collect();
    assert_eq!(tick::write(made.clone().into_iter(), &mut file).unwrap(), 40, "all written");
    assert!(file.starts_with(b"time_us,symbol,price,size\n"), "a header");
    let read: Vec<Tick> = tick::read(&file[..]).collect::<Result<_, _>>().unwrap();
    assert_eq!(read, made, "the same");
}

#[test]
fn a_line_that_cannot_be_read_is_named() {
    let file = "time_us,symbol,price,size\n1,A,2.5,10\n2,A,much,10\n";
    let symbols = ["A".to_owned()].into();
    let error = flow(symbols, tick::read(file.as_bytes()), Pace::default()).unwrap_err();
    assert!(error.to_string().contains("line: 3"), "{error}");
}

#[test]
fn a_market_is_the_same_for_the_same_seed() {
    let first = |seed| Market::new(seed, 4).take(30).collect::<Vec<_>>();
    assert_eq!(first(1), first(1), "the same");
    assert_ne!(first(1), first(2), "another one");
}
