//! At the level `Off` nothing is left of a stopwatch: the machine code is that of the work alone.
//!
//! The functions below do the same work, one without a stopwatch and one for each level. Their
//! machine code is read from this very program and compared, byte for byte, which needs no
//! disassembler. A function that is not found fails the test, and so does a level that measures
//! and yet adds nothing: the comparison is known to see a difference.
#![cfg(all(target_os = "linux", not(any(loom, miri))))]
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use core::hint::black_box;

use object::{Object, ObjectSection, ObjectSymbol};
use windlass_metrics::{
    Clock, Counters, Full, Layout, Level, ManualClock, Off, Sampled, Stopwatch,
};

/// Some arithmetic without calls, so that its code does not depend on where it lies.
#[inline(always)]
fn work(seed: u64) -> u64 {
    let once = seed.rotate_left(7) ^ 0x9E37_79B9_7F4A_7C15;
    once.wrapping_mul(seed | 1)
}

#[inline(never)]
fn probe_without(seed: u64) -> u64 {
    work(seed)
}

#[inline(never)]
fn probe_off(seed: u64) -> u64 {
    let mut stopwatch = Stopwatch::<Off, _>::new(NoClock, Layout::LATENCY);
    stopwatch.time(|| work(seed))
}

/// A clock that would show: reading it is a call.
struct NoClock;

impl Clock for NoClock {
    type Moment = u64;

    #[inline(never)]
    fn now(&self) -> u64 {
        black_box(0)
    }

    fn nanos_between(&self, earlier: u64, later: u64) -> u64 {
        later - earlier
    }
}

type Watch<L> = Stopwatch<L, ManualClock>;

#[inline(never)]
fn probe_off_borrowed(stopwatch: &mut Watch<Off>, seed: u64) -> u64 {
    stopwatch.time(|| work(seed))
}

#[inline(never)]
fn probe_borrowed_without(_: &mut Watch<Off>, seed: u64) -> u64 {
    work(seed)
}

#[inline(never)]
fn probe_counters(stopwatch: &mut Watch<Counters>, seed: u64) -> u64 {
    stopwatch.time(|| work(seed))
}

#[inline(never)]
fn probe_sampled(stopwatch: &mut Watch<Sampled<4>>, seed: u64) -> u64 {
    stopwatch.time(|| work(seed))
}

#[inline(never)]
fn probe_full(stopwatch: &mut Watch<Full>, seed: u64) -> u64 {
    stopwatch.time(|| work(seed))
}

/// The machine code of a function of this program.
fn code(program: &object::File<'_>, name: &str) -> Vec<u8> {
    let is_it = |symbol: &object::Symbol<'_, '_>| {
        let mangled = symbol.name().unwrap_or_default();
        // The length before the name keeps `probe_off` apart from longer names.
        mangled.contains(&format!("{}{name}", name.len())) && 0 < symbol.size()
    };
    let mut found = program.symbols().filter(is_it);
    let symbol = found.next().unwrap_or_else(|| panic!("no function `{name}` in this program"));
    let section = program.section_by_index(symbol.section_index().unwrap()).unwrap();
    let code = section.data_range(symbol.address(), symbol.size()).unwrap();
    code.unwrap().to_vec()
}

#[test]
fn off_leaves_no_instruction() {
    let mut counters = watch::<Counters>();
    let mut sampled = watch::<Sampled<4>>();
    let (mut off, mut full) = (watch::<Off>(), watch::<Full>());
    // Used, so that the program has them; and all do the same work.
    let expected = probe_without(black_box(3));
    let results = [
        probe_off(black_box(3)),
        probe_off_borrowed(&mut off, black_box(3)),
        probe_borrowed_without(&mut off, black_box(3)),
        probe_counters(&mut counters, black_box(3)),
        probe_sampled(&mut sampled, black_box(3)),
        probe_full(&mut full, black_box(3)),
    ];
    assert_eq!(results, [expected; 6], "a stopwatch changes no result");
    assert_eq!(full.reader().count(), Some(1), "and the others measure");

    let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let program = object::File::parse(&*bytes).unwrap();
    let code = |name| code(&program, name);
    let bare = code("probe_without");
    assert!(4 <= bare.len(), "{} bytes are no function", bare.len());
    assert_eq!(code("probe_off"), bare, "a stopwatch that is off leaves something");
    let borrowed = code("probe_borrowed_without");
    assert_eq!(code("probe_off_borrowed"), borrowed, "so does one that is borrowed");
    let longer = ["probe_counters", "probe_sampled", "probe_full"].map(|name| code(name).len());
    assert!(longer.iter().all(|length| bare.len() < *length), "{longer:?}: nothing is seen");
}

fn watch<L: Level>() -> Watch<L> {
    Stopwatch::new(ManualClock::new(), Layout::new(1000))
}
