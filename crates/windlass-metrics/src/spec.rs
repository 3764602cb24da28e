//! What a family of series is called, and what its numbers mean.
//!
//! A specification is a constant of the program. Names and help are therefore as many as the
//! program text has, whatever arrives from outside; only label values can multiply.

use alloc::boxed::Box;
use core::fmt;
use core::marker::PhantomData;

use crate::histogram::Layout;

/// Series that a family with labels has room for, if nothing else was said.
const SERIES: usize = 64;

/// Upper bounds of buckets for latencies, in nanoseconds: 1 µs to 10 s, in steps of 1, 2.5 and 5.
///
/// The usual default of the field begins at 5 ms and would put everything that happens within a
/// process into its first bucket.
pub const LATENCY_BOUNDS: &[u64] = &[
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
];

/// What a number counts. Exporters convert to base units and name them as is usual there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unit {
    /// Things: messages, stalls, slots.
    #[default]
    None,
    /// Time, recorded in nanoseconds and exported in seconds.
    Nanoseconds,
    /// Memory.
    Bytes,
}

impl Unit {
    /// What a name ends with in Prometheus: `seconds`, `bytes`, or nothing.
    #[must_use]
    pub const fn suffix(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Nanoseconds => Some("seconds"),
            Self::Bytes => Some("bytes"),
        }
    }

    /// The unit as OpenTelemetry writes it: `s`, `By`, or `1`.
    #[must_use]
    pub const fn ucum(self) -> &'static str {
        match self {
            Self::None => "1",
            Self::Nanoseconds => "s",
            Self::Bytes => "By",
        }
    }

    /// Converts a recorded number to the base unit.
    #[must_use]
    pub fn to_base(self, value: f64) -> f64 {
        match self {
            Self::Nanoseconds => value / 1e9,
            Self::None | Self::Bytes => value,
        }
    }
}

/// What kind of number a family has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows; of interest is by how much.
    Counter,
    /// Goes up and down; of interest is where it stands.
    Gauge,
    /// Values by size.
    Histogram,
}

/// Describes a family of `M`, such as [`Counter`](crate::Counter), with `N` labels.
///
/// # Examples
///
/// ```
/// use windlass_metrics::{Counter, Histogram, Layout, Spec, Unit};
///
/// const SENT: Spec<Counter, 1> =
///     Spec::new("app_messages_sent", "Messages that were accepted.", ["worker"]);
/// const WAIT: Spec<Histogram, 0> = Spec::new("app_wait", "From send to receive.", [])
///     .unit(Unit::Nanoseconds)
///     .layout(Layout::LATENCY);
/// ```
pub struct Spec<M, const N: usize> {
    about: About<[&'static str; N]>,
    metric: PhantomData<fn() -> M>,
}

impl<M, const N: usize> Spec<M, N> {
    /// Names a family, says what it counts, and names its labels.
    ///
    /// The name is in snake case, without unit and without `_total`: exporters add what is usual.
    ///
    /// # Panics
    ///
    /// If a name is not one: not `[a-zA-Z_][a-zA-Z0-9_]*`, ending in `_total`, `_seconds` or
    /// `_bytes`, or a label that starts with `__`, is `le` or `quantile`, or comes twice. In a
    /// constant, that is an error of the compiler.
    #[must_use]
    pub const fn new(name: &'static str, help: &'static str, labels: [&'static str; N]) -> Self {
        assert!(
            is_name(name),
            "a name consists of letters, digits and _, and begins with no digit"
        );
        let bare = !ends(name, "_total") && !ends(name, "_seconds") && !ends(name, "_bytes");
        assert!(bare, "a name has neither `_total` nor a unit: exporters add them");
        let mut at = 0;
        while at < N {
            assert!(is_label(labels[at]), "a label is a name, and not one that exporters use");
            let mut before = 0;
            while before < at {
                assert!(!equal(labels[before], labels[at]), "each label comes once");
                before += 1;
            }
            at += 1;
        }
        let about = About {
            name,
            help,
            labels,
            unit: Unit::None,
            series: if N == 0 { 1 } else { SERIES },
            layout: Layout::LATENCY,
            bounds: LATENCY_BOUNDS,
            otel_name: None,
        };
        Self { about, metric: PhantomData }
    }

    /// Says what the numbers count.
    #[must_use]
    pub const fn unit(mut self, unit: Unit) -> Self {
        self.about.unit = unit;
        self
    }

    /// Sets how many series there may be; what comes beyond shares one series named `overflow`.
    ///
    /// 64 if not said, and one without labels. The registry reserves them.
    ///
    /// # Panics
    ///
    /// If `limit` is zero.
    #[must_use]
    pub const fn series(mut self, limit: usize) -> Self {
        assert!(0 < limit, "a family has room for at least one series");
        self.about.series = limit;
        self
    }

    /// Sets range and precision of the histograms.
    #[must_use]
    pub const fn layout(mut self, layout: Layout) -> Self {
        self.about.layout = layout;
        self
    }

    /// Sets the upper bounds of the buckets that exporters show, in the unit that is recorded.
    ///
    /// [`LATENCY_BOUNDS`] if not said. A value is never counted below a bound that it exceeds; one
    /// that is within the histogram's error below a bound may be counted above it.
    ///
    /// # Panics
    ///
    /// If the bounds do not rise.
    #[must_use]
    pub const fn bounds(mut self, bounds: &'static [u64]) -> Self {
        let mut at = 1;
        while at < bounds.len() {
            assert!(bounds[at - 1] < bounds[at], "bounds rise");
            at += 1;
        }
        self.about.bounds = bounds;
        self
    }

    /// Sets the name for OpenTelemetry, such as `messaging.client.sent.messages`.
    ///
    /// The name with dots instead of underscores if not said.
    #[must_use]
    pub const fn otel_name(mut self, name: &'static str) -> Self {
        self.about.otel_name = Some(name);
        self
    }

    pub(crate) fn about(&self) -> About<Box<[&'static str]>> {
        let About { name, help, labels, unit, series, layout, bounds, otel_name } = self.about;
        About { name, help, labels: Box::new(labels), unit, series, layout, bounds, otel_name }
    }
}

impl<M, const N: usize> Clone for Spec<M, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, const N: usize> Copy for Spec<M, N> {}

impl<M, const N: usize> fmt::Debug for Spec<M, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Spec").field(&self.about.name).finish()
    }
}

/// What a family is: its names, its unit and its limits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<L> {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) labels: L,
    pub(crate) unit: Unit,
    pub(crate) series: usize,
    pub(crate) layout: Layout,
    pub(crate) bounds: &'static [u64],
    pub(crate) otel_name: Option<&'static str>,
}

const fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let letter = bytes[at].is_ascii_alphabetic() || bytes[at] == b'_';
        if !letter && (at == 0 || !bytes[at].is_ascii_digit()) {
            return false;
        }
        at += 1;
    }
    0 < at
}

const fn is_label(name: &str) -> bool {
    let bytes = name.as_bytes();
    let reserved = 2 <= bytes.len() && bytes[0] == b'_' && bytes[1] == b'_';
    is_name(name) && !reserved && !equal(name, "le") && !equal(name, "quantile")
}

const fn equal(left: &str, right: &str) -> bool {
    left.len() == right.len() && ends(left, right)
}

const fn ends(name: &str, end: &str) -> bool {
    let (name, end) = (name.as_bytes(), end.as_bytes());
    if name.len() < end.len() {
        return false;
    }
    let mut at = 0;
    while at < end.len() {
        if name[name.len() - end.len() + at] != end[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_field() {
        let names = ["a", "_a", "a_1", "messages_sent"];
        assert!(names.into_iter().all(is_name), "a good one is refused");
        let bad = ["", "1a", "a-b", "a.b", "a b", "ä", "a:b"];
        assert!(!bad.into_iter().any(is_name), "a bad one is accepted");
        let labels = ["__a", "le", "quantile", "", "a-b"];
        assert!(!labels.into_iter().any(is_label), "a reserved label is accepted");
        assert!(["worker", "_a", "lee"].into_iter().all(is_label), "a good label is refused");
    }

    #[cfg(feature = "std")]
    #[test]
    fn names_with_unit_or_total_are_refused() {
        for name in ["a_total", "a_seconds", "a_bytes"] {
            let made = std::panic::catch_unwind(|| Spec::<crate::Counter, 0>::new(name, "", []));
            assert!(made.is_err(), "{name} would be exported with its suffix twice");
        }
        let twice = || Spec::<crate::Counter, 2>::new("a", "", ["x", "x"]);
        assert!(std::panic::catch_unwind(twice).is_err(), "a label comes twice");
        let falling = || Spec::<crate::Histogram, 0>::new("a", "", []).bounds(&[2, 2]);
        assert!(std::panic::catch_unwind(falling).is_err(), "bounds do not rise");
    }

    #[test]
    fn times_are_exported_in_seconds() {
        assert_eq!(Unit::Nanoseconds.to_base(2.5e9), 2.5, "seconds");
        assert_eq!(Unit::Bytes.to_base(3.0), 3.0, "bytes are a base unit");
        assert_eq!((Unit::Nanoseconds.ucum(), Unit::None.ucum()), ("s", "1"), "in UCUM");
    }
}
