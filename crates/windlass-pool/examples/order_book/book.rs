//! The open orders of one stock, and what they add up to at each price.

use std::collections::{BTreeMap, HashMap};

use crate::feed::{Event, Side};

#[derive(Debug, Clone, Copy)]
struct Order {
    side: Side,
    shares: u32,
    price: u32,
}

/// What is offered at one price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) shares: u64,
    pub(crate) orders: u64,
}

/// All orders of one stock that are open.
#[derive(Debug, Clone, Default)]
pub(crate) struct Book {
    orders: HashMap<u64, Order>,
    levels: BTreeMap<(Side, u32), Level>,
    /// Messages, and those of them that fit no order: none, if all came in order.
    pub(crate) messages: u64,
    pub(crate) refused: u64,
}

impl Book {
    pub(crate) fn apply(&mut self, event: Event) {
        self.messages += 1;
        let fits = match event {
            Event::Add { order, side, shares, price } => {
                self.add(order, Order { side, shares, price })
            }
            Event::Execute { order, shares } | Event::Cancel { order, shares } => {
                self.take(order, shares)
            }
            Event::Delete { order } => self.remove(order).is_some(),
            Event::Replace { order, by, shares, price } => match self.remove(order) {
                Some(old) => self.add(by, Order { shares, price, ..old }),
                None => false,
            },
        };
        self.refused += u64::from(!fits);
    }

    /// The best level of a side: the highest bid, the lowest offer.
    pub(crate) fn best(&self, side: Side) -> Option<(u32, Level)> {
        let mut levels = self.levels.range((side, 0)..=(side, u32::MAX));
        let best = if side == Side::Buy { levels.next_back() } else { levels.next() };
        best.map(|(&(_, price), &level)| (price, level))
    }

    /// Differs, but for chance, if any level or count does.
    pub(crate) fn digest(&self) -> u64 {
        let levels = self.levels.iter().flat_map(|(&(side, price), level)| {
            [side as u64, u64::from(price), level.shares, level.orders]
        });
        let counts = [self.messages, self.refused, self.orders.len() as u64];
        // FNV-1a, a word at a time.
        levels.chain(counts).fold(0xcbf2_9ce4_8422_2325, |digest: u64, word| {
            let mixed = (digest ^ word).wrapping_mul(0x0000_0100_0000_01b3);
            mixed ^ (mixed >> 32)
        })
    }

    fn add(&mut self, number: u64, order: Order) -> bool {
        if self.orders.contains_key(&number) {
            return false;
        }
        self.orders.insert(number, order);
        let level = self.levels.entry((order.side, order.price)).or_default();
        level.shares += u64::from(order.shares);
        level.orders += 1;
        true
    }

    fn take(&mut self, number: u64, shares: u32) -> bool {
        let Some(order) = self.orders.get_mut(&number) else { return false };
        if order.shares < shares {
            return false;
        }
        if order.shares == shares {
            return self.remove(number).is_some();
        }
        order.shares -= shares;
        if let Some(level) = self.levels.get_mut(&(order.side, order.price)) {
            level.shares -= u64::from(shares);
        }
        true
    }

    fn remove(&mut self, number: u64) -> Option<Order> {
        let order = self.orders.remove(&number)?;
        let at = (order.side, order.price);
        if let Some(level) = self.levels.get_mut(&at) {
            level.shares -= u64::from(order.shares);
            level.orders -= 1;
            if level.orders == 0 {
                self.levels.remove(&at);
            }
        }
        Some(order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_follow_the_orders() {
        let mut book = Book::default();
        let add = |order, price| Event::Add { order, side: Side::Buy, shares: 10, price };
        for event in [add(1, 100), add(2, 101), add(3, 100)] {
            book.apply(event);
        }
        book.apply(Event::Execute { order: 2, shares: 10 });
        book.apply(Event::Cancel { order: 1, shares: 4 });
        assert_eq!(book.best(Side::Buy), Some((100, Level { shares: 16, orders: 2 })), "the rest");
        book.apply(Event::Replace { order: 1, by: 4, shares: 1, price: 99 });
        book.apply(Event::Delete { order: 3 });
        assert_eq!(book.best(Side::Buy), Some((99, Level { shares: 1, orders: 1 })), "replaced");
        let before = book.digest();
        book.apply(Event::Delete { order: 3 });
        assert_eq!((book.refused, book.messages), (1, 8), "there is none");
        assert_ne!(book.digest(), before, "and it shows");
    }
}
