//! Ticks out of a seed: each symbol's price walks up and down, and some symbols trade far more than others.

use crate::tick::Tick;

/// An endless market that is the same for the same seed.
pub(crate) struct Market {
    state: u64,
    time_us: u64,
    /// Symbols with their prices in hundredths.
    prices: Vec<(String, u64)>,
}

impl Market {
    pub(crate) fn new(seed: u64, symbols: usize) -> Self {
        let mut market = Self { state: seed, time_us: 0, prices: Vec::new() };
        for n in 0..symbols {
            let price = 1_000 + market.below(50_000);
            market.prices.push((format!("S{n:03}"), price));
        }
        market
    }

    /// A number below `n`, by the generator splitmix64.
    fn below(&mut self, n: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % n
    }
}

impl Iterator for Market {
    type Item = Tick;

    fn next(&mut self) -> Option<Tick> {
        // The smaller of two draws: the first symbols are the busy ones.
        let symbols = self.prices.len() as u64;
        let which = self.below(symbols).min(self.below(symbols));
        let (step, up) = (self.below(20), self.below(2) == 0);
        let size = 1 + self.below(500);
        self.time_us += self.below(10);
        let (symbol, price) = self.prices.get_mut(usize::try_from(which).ok()?)?;
        *price = if up { *price + step } else { price.saturating_sub(step).max(1) };
        let price = *price as f64 / 100.0;
        Some(Tick { time_us: self.time_us, symbol: symbol.clone(), price, size })
    }
}
