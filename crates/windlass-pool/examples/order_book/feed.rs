//! The feed: order messages of NASDAQ TotalView-ITCH 5.0, each behind its length in two bytes.
//!
//! That is how the exchange stores a day. All numbers have their first byte first. What is not about orders
//! is passed over.

use std::fmt;
use std::io::{self, Read, Write};

/// The longest message about an order.
const LONGEST: usize = 40;

/// What happens to an order of one stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Message {
    /// The stock.
    pub(crate) locate: u16,
    /// Nanoseconds since midnight.
    pub(crate) time: u64,
    pub(crate) event: Event,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Add { order: u64, side: Side, shares: u32, price: u32 },
    Execute { order: u64, shares: u32 },
    Cancel { order: u64, shares: u32 },
    Delete { order: u64 },
    Replace { order: u64, by: u64, shares: u32, price: u32 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Buy,
    Sell,
}

/// Why the feed cannot be read further than `at`, in bytes.
#[derive(Debug)]
pub(crate) enum FeedError {
    Truncated { at: u64 },
    Length { at: u64, kind: u8, expected: usize, found: usize },
    Side { at: u64, found: u8 },
    Read { at: u64, error: io::Error },
}

impl fmt::Display for FeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { at } => write!(f, "byte {at}: the feed ends within a message"),
            Self::Length { at, kind, expected, found } => write!(
                f,
                "byte {at}: a message `{}` has {expected} bytes, not {found}",
                kind.escape_ascii()
            ),
            Self::Side { at, found } => {
                write!(f, "byte {at}: `{}` is neither B nor S", found.escape_ascii())
            }
            Self::Read { at, error } => write!(f, "byte {at}: {error}"),
        }
    }
}

impl std::error::Error for FeedError {}

/// Reads messages one after the other.
pub(crate) struct Feed<R> {
    input: R,
    at: u64,
}

impl<R: Read> Feed<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, at: 0 }
    }

    /// The next message about an order, or none at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Message>, FeedError> {
        loop {
            let at = self.at;
            let mut length = [0; 2];
            match self.fill(&mut length)? {
                0 => return Ok(None),
                2 => {}
                _ => return Err(FeedError::Truncated { at }),
            }
            let found = usize::from(u16::from_be_bytes(length));
            let mut body = [0; LONGEST];
            let held = found.min(LONGEST);
            if self.fill(&mut body[..held])? < held || held == 0 {
                return Err(FeedError::Truncated { at });
            }
            self.pass_over(found - held, at)?;
            self.at += 2 + found as u64;
            let kind = body[0];
            let Some(expected) = length_of(kind) else { continue };
            if found != expected {
                return Err(FeedError::Length { at, kind, expected, found });
            }
            return parse(&body, at).map(Some);
        }
    }

    fn pass_over(&mut self, mut bytes: usize, at: u64) -> Result<(), FeedError> {
        let mut rest = [0; 64];
        while 0 < bytes {
            let piece = bytes.min(rest.len());
            if self.fill(&mut rest[..piece])? < piece {
                return Err(FeedError::Truncated { at });
            }
            bytes -= piece;
        }
        Ok(())
    }

    /// Reads until `buffer` is full or the input ends.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, FeedError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.input.read(&mut buffer[filled..]) {
                Ok(0) => break,
                Ok(new) => filled += new,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(FeedError::Read { at: self.at, error }),
            }
        }
        Ok(filled)
    }
}

/// How long messages about orders are; the others need not be known.
fn length_of(kind: u8) -> Option<usize> {
    Some(match kind {
        b'A' => 36,
        // With who gave the order, and with another price than the order's: no different to a book.
        b'F' => 40,
        b'C' => 36,
        b'E' => 31,
        b'X' => 23,
        b'D' => 19,
        b'U' => 35,
        _ => return None,
    })
}

fn parse(body: &[u8; LONGEST], at: u64) -> Result<Message, FeedError> {
    let number = |from: usize, bytes: usize| {
        body[from..from + bytes].iter().fold(0_u64, |sum, &byte| (sum << 8) | u64::from(byte))
    };
    let (order, word) = (number(11, 8), |from| number(from, 4) as u32);
    let event = match body[0] {
        b'A' | b'F' => {
            let side = match body[19] {
                b'B' => Side::Buy,
                b'S' => Side::Sell,
                found => return Err(FeedError::Side { at, found }),
            };
            Event::Add { order, side, shares: word(20), price: word(32) }
        }
        b'E' | b'C' => Event::Execute { order, shares: word(19) },
        b'X' => Event::Cancel { order, shares: word(19) },
        b'D' => Event::Delete { order },
        _ => Event::Replace { order, by: number(19, 8), shares: word(27), price: word(31) },
    };
    Ok(Message { locate: number(1, 2) as u16, time: number(5, 6), event })
}

/// Writes a message. What no book needs is left at 0 or blank.
pub(crate) fn write(to: &mut impl Write, message: &Message) -> io::Result<()> {
    let Message { locate, time, event } = *message;
    let mut body = [0; LONGEST];
    let mut length = 0;
    let mut put = |bytes: &[u8]| {
        body[length..length + bytes.len()].copy_from_slice(bytes);
        length += bytes.len();
    };
    let (kind, order) = match event {
        Event::Add { order, .. } => (b'A', order),
        Event::Execute { order, .. } => (b'E', order),
        Event::Cancel { order, .. } => (b'X', order),
        Event::Delete { order } => (b'D', order),
        Event::Replace { order, .. } => (b'U', order),
    };
    put(&[kind]);
    put(&locate.to_be_bytes());
    // The tracking number of the exchange.
    put(&[0; 2]);
    put(&time.to_be_bytes()[2..]);
    put(&order.to_be_bytes());
    match event {
        Event::Add { side, shares, price, .. } => {
            put(if side == Side::Buy { b"B" } else { b"S" });
            put(&shares.to_be_bytes());
            put(b"        ");
            put(&price.to_be_bytes());
        }
        Event::Execute { shares, .. } => {
            put(&shares.to_be_bytes());
            // The number of the trade.
            put(&[0; 8]);
        }
        Event::Cancel { shares, .. } => put(&shares.to_be_bytes()),
        Event::Delete { .. } => {}
        Event::Replace { by, shares, price, .. } => {
            put(&by.to_be_bytes());
            put(&shares.to_be_bytes());
            put(&price.to_be_bytes());
        }
    }
    debug_assert!(length_of(kind) == Some(length), "as long as it is to be");
    to.write_all(&(length as u16).to_be_bytes())?;
    to.write_all(&body[..length])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delete() -> Vec<u8> {
        let mut bytes = vec![0, 19, b'D', 0, 7, 0, 0, 0, 0, 0, 0, 0, 9];
        bytes.extend(5_u64.to_be_bytes());
        bytes
    }

    #[test]
    fn a_message_is_read_and_then_the_end() {
        let bytes = delete();
        let mut feed = Feed::new(&bytes[..]);
        let message = Message { locate: 7, time: 9, event: Event::Delete { order: 5 } };
        assert_eq!(feed.next().unwrap(), Some(message), "what was written");
        assert_eq!(feed.next().unwrap(), None, "the end");
    }

    #[test]
    fn what_is_written_is_read() {
        let (order, shares, price) = (u64::MAX - 1, 300, 1_234_500);
        let events = [
            Event::Add { order, side: Side::Buy, shares, price },
            Event::Add { order: 2, side: Side::Sell, shares, price },
            Event::Execute { order, shares },
            Event::Cancel { order, shares },
            Event::Replace { order, by: 7, shares, price },
            Event::Delete { order },
        ];
        let message = |event| Message { locate: 0x0102, time: 0x0304_0506_0708, event };
        let messages = events.map(message);
        let mut bytes = Vec::new();
        for message in &messages {
            write(&mut bytes, message).unwrap();
        }
        assert_eq!(bytes.len(), 36 + 36 + 31 + 23 + 35 + 19 + 6 * 2, "by the specification");
        let mut feed = Feed::new(&bytes[..]);
        for message in messages {
            assert_eq!(feed.next().unwrap(), Some(message), "as it was");
        }
        assert_eq!(feed.next().unwrap(), None, "the end");
    }

    #[test]
    fn what_is_not_about_orders_is_passed_over() {
        let mut bytes = vec![0, 12];
        bytes.extend([b'S'; 12]);
        bytes.extend([0, 50]);
        bytes.extend([b'I'; 50]);
        bytes.extend(delete());
        let read = Feed::new(&bytes[..]).next().unwrap();
        assert_eq!(read.map(|message| message.locate), Some(7), "the order behind it");
    }

    #[test]
    fn what_is_cut_or_too_short_is_refused() {
        let bytes = delete();
        for end in 1..bytes.len() {
            let cut = Feed::new(&bytes[..end]).next();
            assert!(matches!(cut, Err(FeedError::Truncated { at: 0 })), "cut at {end}");
        }
        let mut short = bytes;
        short[2] = b'X';
        let read = Feed::new(&short[..]).next();
        assert!(matches!(read, Err(FeedError::Length { expected: 23, found: 19, .. })), "length");
    }
}
