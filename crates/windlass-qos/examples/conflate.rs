//! Prices of many instruments for a screen that is slower than they change: the newest of each, in turn.
#![allow(
    clippy::std_instead_of_core,
    clippy::missing_assert_message,
    clippy::print_stdout,
    reason = "an example is for people, and has std"
)]

use std::error::Error;

use windlass_qos::conflate;
use windlass_sync::thread;

/// A price, and the highest and lowest since the last one that was shown.
#[derive(Debug, Clone, Copy)]
struct Quote {
    last: u32,
    low: u32,
    high: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    let (mut tx, mut rx) = conflate::named(["EUR", "GBP", "JPY"])?;
    let feed = thread::spawn(move || {
        for n in 0..30_000_u32 {
            let name = ["EUR", "GBP", "JPY"][n as usize % 3];
            let price = 1000 + n * 7919 % 100;
            let quote = Quote { last: price, low: price, high: price };
            let merge = |unread: &mut Quote, new: Quote| {
                unread.last = new.last;
                unread.low = unread.low.min(new.low);
                unread.high = unread.high.max(new.high);
            };
            if tx.send_merge(&name, quote, merge).is_err() {
                return;
            }
        }
    });
    let mut shown = 0_u64;
    while let Ok((name, Quote { last, low, high })) = rx.recv() {
        if shown.is_multiple_of(1000) {
            println!("{name}: {last} ({low} to {high})");
        }
        shown += 1;
    }
    feed.join().map_err(|_| "the feed broke")?;
    let stats = rx.stats();
    assert_eq!(stats.accepted, stats.delivered + stats.conflated);
    println!("{} changes, {} shown, {} merged", stats.accepted, shown, stats.conflated);
    Ok(())
}
