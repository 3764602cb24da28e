//! From the feed to the screen: a thread that never waits for a reader that is slower.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use windlass::qos::conflate;

use crate::quote::Quote;
use crate::tick::Tick;

/// How quick both ends are.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pace {
    /// Ticks a second; as many as can be if none.
    pub(crate) rate: Option<u32>,
    /// How long the screen is busy with one quote.
    pub(crate) show: Duration,
}

/// What became of all ticks.
#[derive(Debug)]
pub(crate) struct Shown {
    /// By symbol, everything that was shown, made into one.
    pub(crate) quotes: BTreeMap<String, Quote>,
    /// Quotes that were shown.
    pub(crate) shown: u64,
    /// Quotes that took in an older one, which nobody had seen.
    pub(crate) merged: u64,
    /// Ticks that were read.
    pub(crate) ticks: u64,
    /// The longest that a price was old when it was shown.
    pub(crate) oldest: Duration,
}

/// Sends all ticks through a buffer that keeps one quote for each symbol, and reads it as a slow screen does.
pub(crate) fn flow<E: Error + Send + 'static>(
    symbols: BTreeSet<String>,
    ticks: impl Iterator<Item = Result<Tick, E>> + Send,
    pace: Pace,
) -> Result<Shown, Box<dyn Error>> {
    let (mut tx, mut rx) = conflate::named::<String, Quote>(symbols)?;
    thread::scope(|scope| {
        let feed = scope.spawn(move || {
            let start = Instant::now();
            let mut read = 0_u32;
            for tick in ticks {
                let tick = tick.map_err(|error| error.to_string())?;
                let quote = Quote::of(&tick, Instant::now());
                tx.send_merge(&tick.symbol, quote, Quote::merge)
                    .map_err(|refused| format!("{}: {refused}", tick.symbol))?;
                read += 1;
                if let Some(rate) = pace.rate {
                    thread::sleep((start + Duration::from_secs(1) * read / rate) - Instant::now());
                }
            }
            Ok::<_, String>(u64::from(read))
        });
        let mut quotes = BTreeMap::<String, Quote>::new();
        let (mut shown, mut oldest) = (0, Duration::ZERO);
        while let Ok((symbol, quote)) = rx.recv() {
            oldest = oldest.max(quote.came.elapsed());
            shown += 1;
            match quotes.get_mut(symbol) {
                Some(before) => before.merge(quote),
                None => drop(quotes.insert(symbol.clone(), quote)),
            }
            thread::sleep(pace.show);
        }
        let ticks = feed.join().map_err(|_| "the feed broke")??;
        Ok(Shown { quotes, shown, merged: rx.stats().conflated, ticks, oldest })
    })
}
