//! The example `order_book`: its feed, its books, and that a snapshot and a replay reach them.
#![cfg(not(loom))]
#![allow(
    missing_docs,
    dead_code,
    unreachable_pub,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests have std, use a part of an example's modules, and fail by panicking"
)]

#[path = "../examples/order_book/book.rs"]
mod book;
#[path = "../examples/order_book/desk.rs"]
mod desk;
#[path = "../examples/order_book/feed.rs"]
mod feed;
#[path = "../examples/order_book/generate.rs"]
mod generate;
#[path = "../examples/order_book/replay.rs"]
mod replay;

use generate::{Market, generate};
use replay::{by_hand, digest, replay};
use windlass_pool::Saved;

fn feed_of(seed: u64, stocks: u16, messages: u64) -> Vec<u8> {
    let mut feed = Vec::new();
    generate(Market { messages, stocks, seed }, &mut feed).unwrap();
    feed
}

#[test]
#[cfg_attr(miri, ignore = "thousands of messages between threads")]
fn a_snapshot_and_what_came_behind_it_reach_the_same_books() {
    for (seed, stocks) in [(0, 40), (1, 40), (2, 300), (3, 1)] {
        let feed = feed_of(seed, stocks, 20_000);
        let expected = digest(&by_hand(&feed[..]).unwrap());
        let through = replay(&feed[..], 2, Saved::default(), Some(10_000)).unwrap();
        assert_eq!(digest(&through.books), expected, "seed {seed}: straight through");
        assert_eq!((through.messages, through.sent), (20_000, 20_000), "seed {seed}: all of it");
        let saved = through.saved.unwrap();
        assert!(saved.is_complete() && !saved.slots.is_empty(), "seed {seed}: {saved:?}");
        for workers in [1, 3] {
            let resumed = replay(&feed[..], workers, saved.clone(), None).unwrap();
            assert_eq!(digest(&resumed.books), expected, "seed {seed}: {workers} workers");
            assert!((10_000..20_000).contains(&resumed.sent), "seed {seed}: {}", resumed.sent);
        }
    }
}

#[test]
fn a_feed_is_the_same_for_the_same_seed_and_fits_together() {
    let feed = feed_of(7, 40, 1_000);
    assert_eq!(feed, feed_of(7, 40, 1_000), "the same");
    assert_ne!(feed, feed_of(8, 40, 1_000), "another one");
    let books = by_hand(&feed[..]).unwrap();
    assert_eq!(books.values().map(|book| book.messages).sum::<u64>(), 1_000, "all of them");
    assert_eq!(books.values().map(|book| book.refused).sum::<u64>(), 0, "each fits an order");
}
