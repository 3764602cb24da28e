//! A tick, and files of them.

use std::collections::BTreeSet;
use std::io::{Read, Write};

/// A trade: when, of what, at which price, how much.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Tick {
    /// Microseconds since the beginning of the day.
    pub(crate) time_us: u64,
    pub(crate) symbol: String,
    pub(crate) price: f64,
    pub(crate) size: u64,
}

/// The ticks of a file with a header, line by line; a line that cannot be read is an error that names it.
pub(crate) fn read<R: Read>(from: R) -> impl Iterator<Item = Result<Tick, csv::Error>> {
    csv::Reader::from_reader(from).into_deserialize()
}

/// Writes ticks with a header, and says how many.
pub(crate) fn write(ticks: impl Iterator<Item = Tick>, to: impl Write) -> Result<u64, csv::Error> {
    let mut to = csv::Writer::from_writer(to);
    let mut written = 0;
    for tick in ticks {
        to.serialize(tick)?;
        written += 1;
    }
    to.flush()?;
    Ok(written)
}

/// All symbols that occur.
pub(crate) fn symbols<E>(
    ticks: impl Iterator<Item = Result<Tick, E>>,
) -> Result<BTreeSet<String>, E> {
    ticks.map(|tick| tick.map(|tick| tick.symbol)).collect()
}
