//! A pipeline of three pools: lines become words, words are counted by key, counts become a ranking.
//!
//! Lines are taken apart by a link: where the pool behind is full, a worker takes no more lines, so that the
//! whole goes as fast as its slowest part; no thread waits for another one. What is counted goes on at the
//! end, all at once, and there a worker may wait: it has nothing else to do, and nobody waits for it. It reads
//! the files that it is given, or its own source.
//!
//! ```sh
//! cargo run --example three_pools -- README.md docs/style.md
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program prints, and has the standard library"
)]

use std::collections::HashMap;
use std::error::Error;
use std::{env, fs};

use windlass_pool::{Batch, Context, Pool, PoolLink, Sender, Shutdown, StopReason, Worker};
use windlass_sync::sync::Arc;

/// Takes lines apart.
struct Split {
    next: PoolLink<Count>,
}

/// No line has more words; what there are more of is left out, and said so.
const WORDS: usize = 1_000;

impl Worker for Split {
    type Message = String;
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, _: &mut Context<'_, Self>, line: String) {
        let words = line.split(|at: char| !at.is_alphanumeric()).filter(|word| !word.is_empty());
        for word in words.map(str::to_lowercase) {
            let key = word.clone();
            if let Err(refused) = self.next.send(key.as_str(), word) {
                return eprintln!("too many words in a line: {refused}");
            }
        }
    }

    fn on_batch(&mut self, cx: &mut Context<'_, Self>, batch: &mut Batch<'_, Self>) {
        // What is left comes first when there is room.
        while WORDS <= self.next.room()
            && let Some(line) = batch.next()
        {
            self.on_message(cx, line);
        }
    }
}

/// Counts the words that are its own.
struct Count {
    words: HashMap<String, u64>,
    next: Sender<Rank>,
}

impl Worker for Count {
    type Message = String;
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, _: &mut Context<'_, Self>, word: String) {
        *self.words.entry(word).or_default() += 1;
    }

    fn on_stop(mut self, _: StopReason) {
        for counted in self.words.drain() {
            // The pool behind this one ends later.
            let _ended = self.next.send_any(counted);
        }
    }
}

/// Keeps the most frequent ones.
struct Rank(Vec<(u64, String)>);

impl Worker for Rank {
    type Message = (String, u64);
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, _: &mut Context<'_, Self>, (word, count): (String, u64)) {
        self.0.push((count, word));
    }

    fn on_stop(mut self, _: StopReason) {
        self.0.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        for (count, word) in self.0.iter().take(10) {
            println!("{count:8} {word}");
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let paths: Vec<String> = env::args().skip(1).collect();
    let text = match paths.is_empty() {
        true => include_str!("three_pools.rs").to_owned(),
        false => paths.iter().map(fs::read_to_string).collect::<Result<String, _>>()?,
    };
    let rank = Arc::new(Pool::builder(|_| Rank(Vec::new())).name("rank").build()?);
    let next = Arc::clone(&rank);
    let count =
        Pool::try_builder(move |_| next.sender().map(|next| Count { words: HashMap::new(), next }));
    let count = Arc::new(count.workers(2).name("count").build()?);
    let next = Arc::clone(&count);
    let split = Pool::try_builder(move |init| {
        next.sender().map(|next| Split { next: init.link(next).outbox(2 * WORDS) })
    });
    let split = split.workers(2).name("split").build()?;

    let mut tx = split.sender()?;
    for line in text.lines() {
        tx.send_any(line.to_owned())?;
    }
    drop(tx);
    // From front to back: each handles everything, and then the next one has everything.
    let lines = split.shutdown(Shutdown::drain());
    let words = ended(count)?.shutdown(Shutdown::drain());
    let ranked = ended(rank)?.shutdown(Shutdown::drain());
    println!("{} lines, {} words, {} different", lines.handled, words.handled, ranked.handled);
    Ok(())
}

/// The pool in front of it has ended, and with it all that could send.
fn ended<W: Worker>(pool: Arc<Pool<W>>) -> Result<Pool<W>, &'static str> {
    Arc::into_inner(pool).ok_or("somebody has the pool still")
}
