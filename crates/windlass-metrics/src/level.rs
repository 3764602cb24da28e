//! How much is measured of a span: a choice of the type, so that nothing is left of it when off.

use core::fmt::{self, Debug};
use core::marker::PhantomData;

use crate::clock::Clock;
use crate::counter::{Counter, CounterReader};
use crate::histogram::{Histogram, HistogramReader, Layout};

mod sealed {
    pub trait Sealed {}
}
use sealed::Sealed;

/// How much a [`Stopwatch`] measures: [`Off`], [`Counters`], [`Sampled`] or [`Full`].
///
/// Sealed: these are all.
pub trait Level: Sealed + 'static {
    /// What a stopwatch of this level keeps.
    type State<C: Clock>: Readable;

    /// What is remembered between start and stop.
    type Mark<C: Clock>: Copy + Debug;

    #[doc(hidden)]
    fn state<C: Clock>(clock: C, layout: Layout) -> Self::State<C>;

    #[doc(hidden)]
    fn start<C: Clock>(state: &Self::State<C>) -> Self::Mark<C>;

    #[doc(hidden)]
    fn stop<C: Clock>(state: &mut Self::State<C>, mark: Self::Mark<C>);
}

/// What can be read of the state of a level.
#[doc(hidden)]
pub trait Readable {
    fn reader(&self) -> StopwatchReader;
}

/// Measures nothing: no memory, no instruction.
#[derive(Debug, Clone, Copy)]
pub enum Off {}

/// Counts spans and reads no clock.
#[derive(Debug, Clone, Copy)]
pub enum Counters {}

/// Counts every span and times one in two to the power of `K`.
///
/// The first is timed, and from there on every 2^K-th: a load that repeats itself in the same
/// rhythm is seen at the same place each time.
#[derive(Debug, Clone, Copy)]
pub enum Sampled<const K: u32> {}

/// Times every span: two readings of the clock each.
#[derive(Debug, Clone, Copy)]
pub enum Full {}

impl Sealed for Off {}
impl Sealed for Counters {}
impl<const K: u32> Sealed for Sampled<K> {}
impl Sealed for Full {}

impl Level for Off {
    type State<C: Clock> = ();
    type Mark<C: Clock> = ();

    #[inline(always)]
    fn state<C: Clock>(_: C, _: Layout) {}

    #[inline(always)]
    fn start<C: Clock>((): &()) {}

    #[inline(always)]
    fn stop<C: Clock>((): &mut (), (): ()) {}
}

impl Readable for () {
    fn reader(&self) -> StopwatchReader {
        StopwatchReader { count: None, spans: None }
    }
}

impl Level for Counters {
    type State<C: Clock> = Counter;
    type Mark<C: Clock> = ();

    fn state<C: Clock>(_: C, _: Layout) -> Counter {
        Counter::new()
    }

    #[inline(always)]
    fn start<C: Clock>(_: &Counter) {}

    #[inline(always)]
    fn stop<C: Clock>(count: &mut Counter, (): ()) {
        count.increment();
    }
}

impl Readable for Counter {
    fn reader(&self) -> StopwatchReader {
        StopwatchReader { count: Some(self.reader()), spans: None }
    }
}

impl<const K: u32> Level for Sampled<K> {
    type State<C: Clock> = (Counter, Timed<C>);
    type Mark<C: Clock> = Option<C::Moment>;

    fn state<C: Clock>(clock: C, layout: Layout) -> Self::State<C> {
        (Counter::new(), Timed::new(clock, layout))
    }

    #[inline(always)]
    fn start<C: Clock>((count, timed): &Self::State<C>) -> Option<C::Moment> {
        const { assert!(K < 64, "one in 2^K spans is timed, and a span has a 64-bit number") }
        let one_in = const { 1_u64 << K };
        (count.get() & (one_in - 1) == 0).then(|| timed.clock.now())
    }

    #[inline(always)]
    fn stop<C: Clock>((count, timed): &mut Self::State<C>, mark: Option<C::Moment>) {
        count.increment();
        if let Some(start) = mark {
            timed.record_since(start);
        }
    }
}

impl<C: Clock> Readable for (Counter, Timed<C>) {
    fn reader(&self) -> StopwatchReader {
        let (count, timed) = self;
        StopwatchReader { count: Some(count.reader()), spans: Some(timed.histogram.reader()) }
    }
}

impl Level for Full {
    type State<C: Clock> = Timed<C>;
    type Mark<C: Clock> = C::Moment;

    fn state<C: Clock>(clock: C, layout: Layout) -> Timed<C> {
        Timed::new(clock, layout)
    }

    #[inline(always)]
    fn start<C: Clock>(timed: &Timed<C>) -> C::Moment {
        timed.clock.now()
    }

    #[inline(always)]
    fn stop<C: Clock>(timed: &mut Timed<C>, mark: C::Moment) {
        timed.record_since(mark);
    }
}

/// A clock, and where the spans go that it measures.
#[doc(hidden)]
#[derive(Debug)]
pub struct Timed<C> {
    clock: C,
    histogram: Histogram,
}

impl<C: Clock> Timed<C> {
    fn new(clock: C, layout: Layout) -> Self {
        Self { clock, histogram: Histogram::new(layout) }
    }

    #[inline(always)]
    fn record_since(&mut self, start: C::Moment) {
        let nanos = self.clock.nanos_between(start, self.clock.now());
        self.histogram.record(nanos);
    }
}

impl<C: Clock> Readable for Timed<C> {
    fn reader(&self) -> StopwatchReader {
        // The number of spans is the sum of the buckets; a second count could disagree.
        StopwatchReader { count: None, spans: Some(self.histogram.reader()) }
    }
}

/// Measures how long things take, as closely as its level says.
///
/// With one writer, like all it is made of. At the level [`Off`] it has no size and no instruction:
/// code that measures can stay where it is.
///
/// # Examples
///
/// ```
/// use windlass_metrics::{Full, Layout, Level, Off, StdClock, Stopwatch};
///
/// fn work<L: Level>(stopwatch: &mut Stopwatch<L, StdClock>) -> u32 {
///     stopwatch.time(|| 6 * 7)
/// }
///
/// let mut off = Stopwatch::<Off, _>::new(StdClock, Layout::LATENCY);
/// let mut full = Stopwatch::<Full, _>::new(StdClock, Layout::LATENCY);
/// assert_eq!(work(&mut off), work(&mut full));
/// assert_eq!(full.reader().count(), Some(1));
/// assert_eq!((off.reader().count(), size_of_val(&off)), (None, 0));
/// ```
pub struct Stopwatch<L: Level, C: Clock> {
    state: L::State<C>,
    level: PhantomData<fn() -> L>,
}

impl<L: Level, C: Clock> Stopwatch<L, C> {
    /// Makes a stopwatch; at the levels that time, `layout` is for nanoseconds.
    #[must_use]
    pub fn new(clock: C, layout: Layout) -> Self {
        Self { state: L::state(clock, layout), level: PhantomData }
    }

    /// Begins a span. Several may be open at once.
    #[inline(always)]
    #[must_use = "a span is recorded by `stop`"]
    pub fn start(&self) -> L::Mark<C> {
        L::start(&self.state)
    }

    /// Ends a span. A mark that is never stopped counts as nothing.
    #[inline(always)]
    pub fn stop(&mut self, mark: L::Mark<C>) {
        L::stop(&mut self.state, mark);
    }

    /// Measures `work`. If it panics, nothing is recorded.
    #[inline(always)]
    pub fn time<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let mark = self.start();
        let result = work();
        self.stop(mark);
        result
    }

    /// Returns a handle that reads what the level measures, from any thread.
    #[must_use]
    pub fn reader(&self) -> StopwatchReader {
        self.state.reader()
    }
}

impl<L: Level, C: Clock> Debug for Stopwatch<L, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stopwatch").field(&self.reader()).finish()
    }
}

/// Reads a [`Stopwatch`] from any thread: what its level does not measure is `None`.
#[derive(Debug, Clone)]
pub struct StopwatchReader {
    count: Option<CounterReader>,
    spans: Option<HistogramReader>,
}

impl StopwatchReader {
    /// Returns how many spans there were, timed or not.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        let timed = || self.spans.as_ref().map(|spans| spans.read().count());
        self.count.as_ref().map(CounterReader::get).or_else(timed)
    }

    /// The counter of all spans, where there is one: at [`Counters`] and [`Sampled`].
    #[must_use]
    pub fn counter(&self) -> Option<&CounterReader> {
        self.count.as_ref()
    }

    /// The spans that were timed, in nanoseconds: at [`Sampled`] and [`Full`].
    #[must_use]
    pub fn spans(&self) -> Option<&HistogramReader> {
        self.spans.as_ref()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::ManualClock;

    /// Times eight spans of 1 to 8 ns and says what there is to read.
    fn eight<L: Level>() -> (Option<u64>, Option<u64>, Option<u64>) {
        let clock = ManualClock::new();
        let mut stopwatch = Stopwatch::<L, _>::new(clock.clone(), Layout::new(1000));
        for nanos in 1..=8 {
            stopwatch.time(|| clock.advance(nanos));
        }
        let reader = stopwatch.reader();
        let spans = reader.spans().map(HistogramReader::read);
        (reader.count(), spans.as_ref().map(|s| s.count()), spans.and_then(|s| s.max()))
    }

    #[test]
    fn each_level_measures_what_it_says() {
        assert_eq!(eight::<Off>(), (None, None, None), "nothing");
        assert_eq!(eight::<Counters>(), (Some(8), None, None), "how many");
        assert_eq!(eight::<Sampled<0>>(), (Some(8), Some(8), Some(8)), "one in one");
        assert_eq!(eight::<Sampled<2>>(), (Some(8), Some(2), Some(5)), "the first and the fifth");
        assert_eq!(eight::<Full>(), (Some(8), Some(8), Some(8)), "all");
    }

    #[test]
    fn a_span_that_panics_is_not_recorded() {
        let mut stopwatch = Stopwatch::<Full, _>::new(ManualClock::new(), Layout::new(1000));
        let reader = stopwatch.reader();
        #[cfg(feature = "std")]
        {
            let work = || stopwatch.time(|| panic!("in the middle of a span"));
            let result = std::panic::catch_unwind(core::panic::AssertUnwindSafe(work));
            assert!(result.is_err(), "the panic comes through");
        }
        assert_eq!(reader.count(), Some(0), "and is no span");
        stopwatch.time(|| ());
        assert_eq!(reader.count(), Some(1), "the stopwatch goes on");
    }

    #[test]
    fn a_stopwatch_that_is_off_has_no_size() {
        assert_eq!(size_of::<Stopwatch<Off, ManualClock>>(), 0, "not even the clock");
        assert_eq!(size_of::<<Off as Level>::Mark<ManualClock>>(), 0, "nor a mark");
    }
}
