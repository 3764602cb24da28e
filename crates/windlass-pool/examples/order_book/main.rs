//! Order books out of the feed of an exchange, and how they survive their process.
//!
//! A pool keeps the book of each stock at the worker that has the stock's key. The feed, in the format of
//! NASDAQ TotalView-ITCH 5.0, is replayed from a file: one that is given, or one that is made from a seed.
//! In the middle, a snapshot is taken while messages lie in mailboxes. Then a second pool, with another number
//! of workers, begins with the snapshot, is sent of each stock what came behind it, and has to reach the same
//! books. So has a count on one thread.
//!
//! ```sh
//! cargo run --release -p windlass-pool --example order_book -- --messages 2000000 --stocks 300
//! ```
//!
//! It ends with 0 if all books agree, and with 1 if they do not or something failed.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::cast_possible_truncation,
    reason = "a program prints, has the standard library, and draws numbers below a limit"
)]

mod book;
mod desk;
mod feed;
mod generate;
mod replay;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use windlass_pool::Saved;

use crate::book::Book;
use crate::feed::Side;
use crate::generate::{Market, generate};
use crate::replay::{Replayed, by_hand, digest, replay};

/// Keep order books, take a snapshot in the middle, and reach the same books from it
#[derive(Debug, Parser)]
#[command(name = "order_book")]
struct Options {
    /// A feed, each message behind its length; one is made if there is none
    feed: Option<PathBuf>,
    /// Messages of the feed that is made
    #[arg(long, default_value_t = 1_000_000)]
    messages: u64,
    /// Stocks of the feed that is made
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..))]
    stocks: u16,
    /// What the feed is made from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Workers of the first pool
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// Workers of the pool that begins with the snapshot
    #[arg(long, default_value_t = 3)]
    then: usize,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("order_book: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    match &options.feed {
        Some(feed) => compare(feed, options),
        None => {
            let feed = std::env::temp_dir().join(format!("order_book-{}.itch", std::process::id()));
            let &Options { messages, stocks, seed, .. } = options;
            let made = make(&feed, Market { messages, stocks, seed });
            let compared = made.and_then(|()| compare(&feed, options));
            fs::remove_file(&feed)?;
            compared
        }
    }
}

fn make(feed: &Path, market: Market) -> Result<(), Box<dyn Error>> {
    let mut to = BufWriter::new(File::create(feed)?);
    generate(market, &mut to)?;
    Ok(to.flush()?)
}

fn compare(path: &Path, options: &Options) -> Result<(), Box<dyn Error>> {
    let named = |error| format!("{}: {error}", path.display());
    let open =
        || File::open(path).map(|file| BufReader::with_capacity(1 << 18, file)).map_err(named);
    let expected = by_hand(open()?)?;
    let messages: u64 = expected.values().map(|book| book.messages).sum();
    println!("feed: {messages} messages about orders of {} stocks", expected.len());

    let first = replay(open()?, options.workers, Saved::default(), Some(messages / 2))?;
    say("straight through", options.workers, &first);
    let saved = first.saved.unwrap_or_default();
    let stocks: usize = saved.slots.iter().map(|(_, books)| books.by_locate.len()).sum();
    println!(
        "snapshot: {stocks} books in {} slots, near message {}",
        saved.slots.len(),
        messages / 2
    );
    if !saved.is_complete() {
        return Err(format!("workers {:?} did not answer", saved.missing).into());
    }
    let second = replay(open()?, options.then, saved, None)?;
    say("from the snapshot", options.then, &second);

    best(&expected);
    for (what, books) in [("straight through", &first.books), ("snapshot", &second.books)] {
        let (found, expected) = (digest(books), digest(&expected));
        if found != expected {
            return Err(format!("{what}: digest {found:016x}, not {expected:016x}").into());
        }
    }
    println!("digest: {:016x}, all three the same", digest(&expected));
    Ok(())
}

fn say(what: &str, workers: usize, Replayed { messages, sent, time, .. }: &Replayed) {
    let seconds = time.as_secs_f64();
    let rate = *sent as f64 / 1e6 / seconds;
    println!(
        "{what}: {sent} of {messages} messages sent to {workers} workers in {seconds:.3} s, \
         {rate:.2} million a second"
    );
}

/// The busiest stock, as people look at it.
fn best(books: &BTreeMap<u16, Book>) {
    let Some((locate, book)) = books.iter().max_by_key(|(_, book)| book.messages) else { return };
    let side = |side| match book.best(side) {
        Some((price, level)) => format!("{} at {:.4}", level.shares, f64::from(price) / 1e4),
        None => "nothing".to_owned(),
    };
    let (bid, offer) = (side(Side::Buy), side(Side::Sell));
    println!("stock {locate}: {} messages, bid {bid}, offer {offer}", book.messages);
}
