//! Replaying a feed into a pool.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Read;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use windlass_pool::{Pool, Saved, Shutdown, Slot};

use crate::book::Book;
use crate::desk::{Books, Desk, Numbered};
use crate::feed::Feed;

/// How long a snapshot may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of a replay.
#[derive(Debug)]
pub(crate) struct Replayed {
    /// Messages about orders in the feed.
    pub(crate) messages: u64,
    /// Those that were sent; the others were in the snapshot that it began with.
    pub(crate) sent: u64,
    pub(crate) books: BTreeMap<u16, Book>,
    /// The snapshot in the middle.
    pub(crate) saved: Option<Saved<Books>>,
    pub(crate) time: Duration,
}

/// Replays a feed, beginning with what a snapshot holds, and takes one before the message of number
/// `middle`, while messages lie in mailboxes.
pub(crate) fn replay(
    input: impl Read,
    workers: usize,
    from: Saved<Books>,
    middle: Option<u64>,
) -> Result<Replayed, Box<dyn Error>> {
    let started = Instant::now();
    let next: BTreeMap<u16, u64> = from.slots.iter().map(|(slot, it)| (*slot, it.next)).collect();
    let (done, ended) = mpsc::channel();
    let desks = Pool::builder(move |_| Desk::new(done.clone())).workers(workers).restore(from);
    let pool = desks.name("desk").build()?;
    let mut tx = pool.sender()?;
    let mut feed = Feed::new(input);
    let (mut messages, mut sent) = (0, 0);
    let mut saved = None;
    while let Some(message) = feed.next()? {
        if middle == Some(messages) {
            saved = Some(pool.snapshot(PATIENCE));
        }
        // Of each slot the snapshot says how far it has come.
        let slot = Slot::of_key(&message.locate).index();
        let is_new = |next: &u64| *next <= messages;
        if u16::try_from(slot).ok().and_then(|slot| next.get(&slot)).is_none_or(is_new) {
            tx.send(&message.locate, Numbered { n: messages, message })?;
            sent += 1;
        }
        messages += 1;
    }
    drop(tx);
    let report = pool.shutdown(Shutdown::drain());
    if report.handled != sent {
        return Err(format!("{report:?}: not everything was handled").into());
    }
    let books = ended.try_iter().flat_map(|slot| slot.by_locate).collect();
    Ok(Replayed { messages, sent, books, saved, time: started.elapsed() })
}

/// The books of a feed on one thread, without a pool.
pub(crate) fn by_hand(input: impl Read) -> Result<BTreeMap<u16, Book>, Box<dyn Error>> {
    let mut feed = Feed::new(input);
    let mut books = BTreeMap::<u16, Book>::new();
    while let Some(message) = feed.next()? {
        books.entry(message.locate).or_default().apply(message.event);
    }
    Ok(books)
}

/// Differs, but for chance, if any book does.
pub(crate) fn digest(books: &BTreeMap<u16, Book>) -> u64 {
    books.iter().fold(0, |digest: u64, (locate, book)| {
        (digest.rotate_left(7) ^ book.digest() ^ u64::from(*locate)).wrapping_mul(0x100_0000_01b3)
    })
}
