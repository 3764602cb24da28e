//! What a screen shows of a symbol: the newest price, and what came since it was shown last.

use std::time::Instant;

use crate::tick::Tick;

/// Ticks of one symbol, made into one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quote {
    pub(crate) last: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) volume: u64,
    /// How many ticks it is made of.
    pub(crate) ticks: u64,
    /// When the newest of them came.
    pub(crate) came: Instant,
}

impl Quote {
    pub(crate) fn of(tick: &Tick, came: Instant) -> Self {
        let &Tick { price, size: volume, .. } = tick;
        Self { last: price, low: price, high: price, volume, ticks: 1, came }
    }

    /// Takes in what is newer.
    pub(crate) fn merge(&mut self, newer: Self) {
        self.last = newer.last;
        self.low = self.low.min(newer.low);
        self.high = self.high.max(newer.high);
        self.volume += newer.volume;
        self.ticks += newer.ticks;
        self.came = newer.came;
    }

    /// Whether both are made of ticks of the same count, prices and volume.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let numbers = |quote: &Self| (quote.last, quote.low, quote.high);
        numbers(self) == numbers(other) && (self.volume, self.ticks) == (other.volume, other.ticks)
    }
}
