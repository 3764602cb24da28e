//! A feed out of a seed: the same one at each run, and one that fits together.

use std::io::{self, Write};

use crate::feed::{Event, Message, Side, write};

/// What to make.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Market {
    pub(crate) messages: u64,
    pub(crate) stocks: u16,
    pub(crate) seed: u64,
}

/// An order that is open.
struct Open {
    order: u64,
    side: Side,
    shares: u32,
}

/// Writes the messages of a market.
pub(crate) fn generate(market: Market, to: &mut impl Write) -> io::Result<()> {
    let mut random = Random(market.seed);
    let mut stocks: Vec<Vec<Open>> = (0..market.stocks).map(|_| Vec::new()).collect();
    let mut orders = 0;
    // Half past nine.
    let mut time = 34_200_000_000_000;
    for _ in 0..market.messages {
        time += random.below(20_000);
        // A few stocks have most of the traffic.
        let n = random.below(u64::from(market.stocks)).min(random.below(u64::from(market.stocks)));
        let open = &mut stocks[n as usize];
        let event = next(&mut random, open, &mut orders);
        write(to, &Message { locate: n as u16 + 1, time, event })?;
    }
    Ok(())
}

fn next(random: &mut Random, open: &mut Vec<Open>, orders: &mut u64) -> Event {
    let dice = random.below(100);
    let at = random.below(open.len().max(1) as u64) as usize;
    if open.len() < 4 || dice < 42 {
        let side = if random.below(2) == 0 { Side::Buy } else { Side::Sell };
        let (order, shares) = (number(orders), random.shares());
        open.push(Open { order, side, shares });
        return Event::Add { order, side, shares, price: random.price(side) };
    }
    let one = &mut open[at];
    let (order, side) = (one.order, one.side);
    if dice < 60 {
        let shares = 1 + random.below(u64::from(one.shares)) as u32;
        one.shares -= shares;
        if one.shares == 0 {
            open.swap_remove(at);
        }
        Event::Execute { order, shares }
    } else if dice < 68 && 1 < one.shares {
        // Less than all of them: that would be a delete.
        let shares = 1 + random.below(u64::from(one.shares) - 1) as u32;
        one.shares -= shares;
        Event::Cancel { order, shares }
    } else if dice < 76 {
        let (by, shares) = (number(orders), random.shares());
        *one = Open { order: by, side, shares };
        Event::Replace { order, by, shares, price: random.price(side) }
    } else {
        open.swap_remove(at);
        Event::Delete { order }
    }
}

fn number(orders: &mut u64) -> u64 {
    *orders += 1;
    *orders
}

/// A stream of numbers that look random; Sebastiano Vigna's `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn shares(&mut self) -> u32 {
        100 * (1 + self.below(10) as u32)
    }

    /// In ten-thousandths: bids below 100, offers above.
    fn price(&mut self, side: Side) -> u32 {
        let away = 100 * (1 + self.below(50) as u32);
        if side == Side::Buy { 1_000_000 - away } else { 1_000_000 + away }
    }
}
