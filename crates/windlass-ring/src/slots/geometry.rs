//! How events and header words share cache lines.
//!
//! Events lie in blocks. A block starts with one header word that says which of its events are
//! published, so the word and the events that it announces travel in the same cache line: a
//! consumer that waits at the head pays one line transfer for both. Events that are so large that none would share a
//! line with another have their headers apart.

use core::marker::PhantomData;

use super::header::{HEADER_ALIGN, HEADER_BYTES};

/// Bytes of a cache line as the layout counts them.
pub(super) const LINE: usize = 64;

/// Lines of a block that anybody counts.
const MOST_LINES: usize = 1 << 16;

/// Header bytes as they are in production; models have larger atomics but the same geometry.
const NOMINAL_HEADER: usize = 8;

/// Most events of a block: each has a stamp of one byte in the header word, one byte is spare.
/// Models use small blocks, so that two events fill one and wrap soon.
pub(crate) const MAX_PER_BLOCK: usize = if cfg!(loom) { 2 } else { 7 };

/// The layout of a ring of `E`, as constants.
pub(crate) struct Geometry<E>(PhantomData<E>);

impl<E> Geometry<E> {
    /// Events in a block.
    pub(crate) const PER_BLOCK: usize = {
        let one = fit(LINE, size_of::<E>(), align_of::<E>());
        let two = fit(2 * LINE, size_of::<E>(), align_of::<E>());
        // Two lines to a block only where one line would be half empty.
        let best = if one <= 1 && two >= 3 { two } else { one };
        if best == 0 { 1 } else { best }
    };

    /// Whether headers lie apart, before all events: one for all of a single producer, otherwise one for each. Beside a
    /// large event, a header would push the end of the event into a line more, which its neighbour shares.
    pub(crate) const APART: bool = {
        let large = fit(LINE, size_of::<E>(), align_of::<E>()) == 0;
        large && Self::PER_BLOCK == 1 && size_of::<E>() != 0
    };

    /// Byte offset of the first event in its block.
    pub(crate) const EVENTS_AT: usize =
        if Self::APART { 0 } else { round_up(HEADER_BYTES, align_of::<E>()) };

    /// Alignment of the memory.
    pub(crate) const ALIGN: usize = max(LINE, max(HEADER_ALIGN, align_of::<E>()));

    /// Bytes from one block to the next.
    pub(crate) const STRIDE: usize = {
        let end = Self::EVENTS_AT + Self::PER_BLOCK * size_of::<E>();
        // Large events follow each other directly: padding them would cost more lines than it separates.
        if Self::APART { end } else { round_up(end, Self::ALIGN) }
    };

    /// Bytes before the first block for so many headers that lie apart; nothing if that is more than there can be.
    pub(crate) fn front(headers: usize) -> Option<usize> {
        if !Self::APART {
            return Some(0);
        }
        headers.checked_mul(HEADER_BYTES)?.checked_next_multiple_of(Self::ALIGN)
    }

    /// Cache lines from one block to the next, at least.
    #[expect(clippy::cast_possible_truncation, reason = "at most MOST_LINES")]
    pub(crate) const LINES: u32 = {
        let lines = Self::STRIDE.div_ceil(LINE);
        if lines > MOST_LINES { MOST_LINES as u32 } else { lines as u32 }
    };
}

/// Events of `size` bytes that fit `bytes` beside a header.
const fn fit(bytes: usize, size: usize, align: usize) -> usize {
    let at = round_up(NOMINAL_HEADER, align);
    if at > bytes {
        return 0;
    }
    if size == 0 {
        return MAX_PER_BLOCK;
    }
    let n = (bytes - at) / size;
    if n > MAX_PER_BLOCK { MAX_PER_BLOCK } else { n }
}

const fn round_up(n: usize, to: usize) -> usize {
    n.div_ceil(to) * to
}

const fn max(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn seven_words_share_a_line_with_their_header() {
        assert_eq!(Geometry::<u64>::PER_BLOCK, 7, "64 = 8 + 7 * 8");
        assert_eq!(Geometry::<u64>::STRIDE, 64, "one line");
        assert_eq!(Geometry::<u64>::EVENTS_AT, 8, "right behind the header");
    }

    /// Takes no room, and has to be at the beginning of a line nevertheless.
    #[repr(align(128))]
    struct Nothing;

    #[test]
    fn every_size_gets_a_block_that_holds_its_events() {
        fn check<E>() {
            let end = Geometry::<E>::EVENTS_AT + Geometry::<E>::PER_BLOCK * size_of::<E>();
            assert!(Geometry::<E>::PER_BLOCK >= 1, "at least one event");
            assert!(Geometry::<E>::PER_BLOCK <= MAX_PER_BLOCK, "a stamp for each");
            assert!(end <= Geometry::<E>::STRIDE, "the block holds them");
            assert_eq!(Geometry::<E>::STRIDE % align_of::<E>(), 0, "blocks stay aligned");
            assert_eq!(Geometry::<E>::EVENTS_AT % align_of::<E>(), 0, "events are aligned");
            let front = Geometry::<E>::front(1000).unwrap();
            assert_eq!(front % Geometry::<E>::ALIGN, 0, "and so is the first block");
            assert_eq!(front != 0, Geometry::<E>::APART, "headers before, or with their events");
        }
        check::<()>();
        check::<u8>();
        check::<u64>();
        check::<u128>();
        check::<[u64; 2]>();
        check::<[u64; 4]>();
        check::<[u64; 5]>();
        check::<[u64; 7]>();
        check::<[u64; 8]>();
        check::<[u8; 1021]>();
        check::<windlass_sync::CachePadded<u64>>();
        check::<windlass_sync::CachePadded<()>>();
        check::<Nothing>();
    }

    #[test]
    fn middling_events_take_two_lines_and_large_ones_follow_each_other() {
        assert_eq!(Geometry::<[u64; 4]>::PER_BLOCK, 3, "three of 32 bytes in two lines");
        assert_eq!(Geometry::<[u64; 4]>::STRIDE, 128, "two lines");
        assert_eq!(Geometry::<[u64; 7]>::STRIDE, 64, "a header and 56 bytes are a line");
        assert_eq!(
            Geometry::<[u64; 8]>::STRIDE,
            64,
            "64 bytes are one too, and their header is elsewhere"
        );
        assert_eq!(Geometry::<[u8; 65]>::STRIDE, 65, "no padding behind larger ones");
        assert_eq!(Geometry::<[u8; 65]>::front(9), Some(128), "nine headers before them");
        assert_eq!(Geometry::<[u8; 65]>::front(usize::MAX / 4), None, "more than there can be");
    }
}
