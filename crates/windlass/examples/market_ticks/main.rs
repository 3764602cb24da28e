//! Prices for a screen that is slower than they change: it sees the newest of each symbol, and no tick is lost
//! in what it shows.
//!
//! Ticks come from a CSV file with the columns `time_us,symbol,price,size`, or are made from a seed. One thread
//! feeds them into a buffer that keeps one quote for each symbol: the newest price, and the lowest, the highest
//! and the volume since the screen looked last. The screen takes the symbols in the order in which they changed.
//! However slow it is, the feed never waits, and memory stays what it was.
//!
//! ```sh
//! cargo run --release -p windlass --example market_ticks -- --ticks 500000 --symbols 50 --check
//! ```
//!
//! It ends with 0, and with 1 if something failed or `--check` found another sum than one thread.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::disallowed_methods,
    reason = "a program prints, and has the standard library and its threads"
)]

mod check;
mod flow;
mod generate;
mod quote;
mod tick;

use std::convert::Infallible;
use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::flow::{Pace, Shown, flow};
use crate::generate::Market;
use crate::tick::Tick;

/// Show the newest price of each symbol on a screen that is slower than the feed
#[derive(Debug, Parser)]
#[command(name = "market_ticks")]
struct Options {
    /// A CSV file of ticks; they are made from a seed if there is none
    file: Option<PathBuf>,
    /// How many ticks are made
    #[arg(long, default_value_t = 200_000)]
    ticks: usize,
    /// Of how many symbols
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    symbols: u16,
    /// From what they are made
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Ticks a second; 0 for as many as can be
    #[arg(long, default_value_t = 200_000)]
    rate: u32,
    /// Microseconds that the screen is busy with each quote
    #[arg(long, default_value_t = 500)]
    show_us: u64,
    /// Write the ticks that are made into this file, and show nothing
    #[arg(long, conflicts_with = "file")]
    write: Option<PathBuf>,
    /// Compare what was shown with what one thread adds up
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("market_ticks: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let made = || Market::new(options.seed, options.symbols.into()).take(options.ticks);
    if let Some(path) = &options.write {
        let written = tick::write(made(), File::create(path).map_err(|error| named(path, error))?)?;
        println!("{written} ticks written to {}", path.display());
        return Ok(());
    }
    match &options.file {
        Some(path) => {
            // Read once for the symbols, again for the ticks: files may be larger than the memory.
            let open = || File::open(path).map(|file| tick::read(BufReader::new(file)));
            show(|| open().map_err(|error| named(path, error)), options)
        }
        None => show(|| Ok(made().map(Ok::<_, Infallible>)), options),
    }
}

fn named(path: &Path, error: impl Error) -> Box<dyn Error> {
    format!("{}: {error}", path.display()).into()
}

fn show<I, E>(
    open: impl Fn() -> Result<I, Box<dyn Error>>,
    options: &Options,
) -> Result<(), Box<dyn Error>>
where
    I: Iterator<Item = Result<Tick, E>> + Send,
    E: Error + Send + 'static,
{
    let symbols = tick::symbols(open()?)?;
    let rate = (options.rate > 0).then_some(options.rate);
    let pace = Pace { rate, show: Duration::from_micros(options.show_us) };
    let shown = flow(symbols, open()?, pace)?;
    say(&shown);
    if options.check {
        check::check(&shown, &check::by_hand(open()?)?)?;
        println!("check: every tick is in what was shown, and the newest was shown last");
    }
    Ok(())
}

/// How many symbols are listed.
const LISTED: usize = 10;

fn say(Shown { quotes, shown, merged, ticks, oldest }: &Shown) {
    println!("symbol       last       low      high      volume     ticks");
    for (symbol, quote) in quotes.iter().take(LISTED) {
        println!(
            "{symbol:8} {:>8.2}  {:>8.2}  {:>8.2}  {:>10}  {:>8}",
            quote.last, quote.low, quote.high, quote.volume, quote.ticks
        );
    }
    if quotes.len() > LISTED {
        println!("and {} more", quotes.len() - LISTED);
    }
    println!("{ticks} ticks: {shown} quotes shown, {merged} merged into newer ones");
    println!("the oldest price on the screen had come {oldest:.1?} before");
}
