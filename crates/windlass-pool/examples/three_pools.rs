//! A pipeline of three pools: lines become words, words are counted by key, counts become a ranking.
//!
//! Each pool sends into the next one and waits there while that is full. So the whole line goes as fast as
//! its slowest part, and since nothing is sent back nobody waits for ever. It reads the files that it is
//! given, or its own source.
//!
//! ```sh
//! cargo run --example three_pools -- README.md docs/style.md
//! ```
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program prints, and has the standard library"
)]

use std::collections::HashMap;
use std::error::Error;
use std::{env, fs};

use windlass_pool::{Context, Pool, Sender, Shutdown, StopReason, Worker};
use windlass_sync::sync::Arc;

/// Takes lines apart.
struct Split {
    next: Sender<Count>,
}

impl Worker for Split {
    type Message = String;
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, _: &mut Context<'_, Self>, line: String) {
        for word in line.split(|at: char| !at.is_alphanumeric()).filter(|word| !word.is_empty()) {
            let word = word.to_lowercase();
            // The pools behind this one end later.
            let _ended = self.next.send(word.as_str(), word.clone());
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
    let split = Pool::try_builder(move |_| next.sender().map(|next| Split { next }));
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
