//! The same by hand, on one thread.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::flow::Shown;
use crate::quote::Quote;
use crate::tick::Tick;

/// Makes all ticks of each symbol into one quote.
pub(crate) fn by_hand<E>(
    ticks: impl Iterator<Item = Result<Tick, E>>,
) -> Result<BTreeMap<String, Quote>, E> {
    let mut quotes = BTreeMap::<String, Quote>::new();
    let came = Instant::now();
    for tick in ticks {
        let tick = tick?;
        let quote = Quote::of(&tick, came);
        match quotes.get_mut(&tick.symbol) {
            Some(before) => before.merge(quote),
            None => drop(quotes.insert(tick.symbol, quote)),
        }
    }
    Ok(quotes)
}

/// Whether every tick was shown, in a quote of its own or within a newer one, and the newest ones last.
pub(crate) fn check(found: &Shown, expected: &BTreeMap<String, Quote>) -> Result<(), String> {
    for (symbol, expected) in expected {
        let quote = found.quotes.get(symbol).ok_or(format!("{symbol} was never shown"))?;
        if !quote.is_like(expected) {
            return Err(format!("{symbol}: {quote:?} was shown, not {expected:?}"));
        }
    }
    let Shown { ticks, shown, merged, .. } = *found;
    if found.quotes.len() != expected.len() || ticks != shown + merged {
        return Err(format!("{ticks} ticks, but {shown} shown and {merged} merged"));
    }
    Ok(())
}
