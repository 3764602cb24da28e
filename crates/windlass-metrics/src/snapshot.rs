//! All numbers of a registry at some moment, and what changed between two moments.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;

use windlass_sync::sync::Arc;

use crate::histogram::HistogramSnapshot;
use crate::registry::OVERFLOW;
use crate::spec::{About, Kind, Unit};

/// The families of a [`Registry`](crate::Registry) at some moment.
///
/// Every number is read by itself while the writers go on: two of them need not be of the same
/// instant. Counters never go back from one snapshot to the next, but for wrapping at 2^64.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(crate) families: Vec<FamilySnapshot>,
}

impl Snapshot {
    /// A snapshot of nothing: something to [`refresh`](crate::Registry::refresh).
    #[must_use]
    pub fn empty() -> Self {
        Self { families: Vec::new() }
    }

    /// The families, in the order in which they were made.
    pub fn families(&self) -> impl Iterator<Item = &FamilySnapshot> {
        self.families.iter()
    }

    /// Finds a counter.
    #[must_use]
    pub fn counter(&self, name: &str, labels: &[&str]) -> Option<u64> {
        match self.value(name, labels)? {
            Value::Counter(number) => Some(*number),
            _ => None,
        }
    }

    /// Finds a gauge or a high-water mark.
    #[must_use]
    pub fn gauge(&self, name: &str, labels: &[&str]) -> Option<i64> {
        match self.value(name, labels)? {
            Value::Gauge(number) => Some(*number),
            _ => None,
        }
    }

    /// Finds a histogram.
    #[must_use]
    pub fn histogram(&self, name: &str, labels: &[&str]) -> Option<&HistogramSnapshot> {
        match self.value(name, labels)? {
            Value::Histogram(values) => Some(values),
            _ => None,
        }
    }

    /// Finds a number of any kind.
    #[must_use]
    pub fn value(&self, name: &str, labels: &[&str]) -> Option<&Value> {
        self.families.iter().find(|family| family.name() == name)?.value(labels)
    }

    /// Returns what changed since `earlier`: counters and histograms by how much, gauges as they
    /// stand now.
    ///
    /// A series that is not in `earlier` counts from zero. This is how to reset: the reader keeps a
    /// snapshot, and writers never notice. Counters that wrapped in between differ by what came.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let mut difference = self.clone();
        for family in &mut difference.families {
            let before = earlier.families.iter().find(|other| other.name() == family.name());
            let Some(before) = before else { continue };
            for series in &mut family.series {
                if let Some(old) = before.find(|labels| *labels == *series.labels) {
                    series.value.subtract(old);
                }
            }
        }
        difference
    }
}

/// One family of a [`Snapshot`].
#[derive(Clone)]
pub struct FamilySnapshot {
    pub(crate) about: Arc<FamilyAbout>,
    pub(crate) series: Vec<SeriesSnapshot>,
}

impl FamilySnapshot {
    /// The name, without unit and without `_total`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.about.0.name
    }

    /// What the family counts.
    #[must_use]
    pub fn help(&self) -> &'static str {
        self.about.0.help
    }

    /// What its numbers mean.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.about.0.unit
    }

    /// What kind of number it has.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.about.1
    }

    /// The names of its labels.
    #[must_use]
    pub fn label_names(&self) -> &[&'static str] {
        &self.about.0.labels
    }

    /// The upper bounds of the buckets that exporters show, in the unit that is recorded.
    #[must_use]
    pub fn bounds(&self) -> &'static [u64] {
        self.about.0.bounds
    }

    /// The name for OpenTelemetry, if one was given.
    #[must_use]
    pub fn otel_name(&self) -> Option<&'static str> {
        self.about.0.otel_name
    }

    /// The series in the order of their labels; the one named `overflow` comes last.
    pub fn series(&self) -> impl Iterator<Item = &SeriesSnapshot> {
        self.series.iter()
    }

    /// Finds the number of a label set.
    #[must_use]
    pub fn value(&self, labels: &[&str]) -> Option<&Value> {
        self.find(|other| other.cmp_to(labels).is_eq())
    }

    pub(crate) fn is_of(&self, about: &Arc<FamilyAbout>) -> bool {
        Arc::ptr_eq(&self.about, about)
    }

    fn find(&self, is_it: impl Fn(&Labels) -> bool) -> Option<&Value> {
        self.series.iter().find(|series| is_it(&series.labels)).map(|series| &series.value)
    }
}

impl fmt::Debug for FamilySnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FamilySnapshot")
            .field("name", &self.name())
            .field("series", &self.series)
            .finish()
    }
}

/// One series of a [`FamilySnapshot`].
#[derive(Clone, Debug)]
pub struct SeriesSnapshot {
    pub(crate) labels: Arc<Labels>,
    pub(crate) value: Value,
}

impl SeriesSnapshot {
    /// The values of the labels, in the order of the family's names.
    pub fn labels(&self) -> impl ExactSizeIterator<Item = &str> {
        self.labels.0.iter().map(AsRef::as_ref)
    }

    /// The number.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Whether this is the series of everything beyond the family's limit.
    #[must_use]
    pub fn is_overflow(&self) -> bool {
        self.labels.is_overflow()
    }
}

/// A number of some kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// How much there was.
    Counter(u64),
    /// How things stand.
    Gauge(i64),
    /// Values by size.
    Histogram(HistogramSnapshot),
}

impl Value {
    /// Takes away what there was before; a gauge stays as it stands.
    fn subtract(&mut self, before: &Self) {
        match (self, before) {
            (Self::Counter(now), Self::Counter(before)) => *now = now.wrapping_sub(*before),
            (Self::Histogram(now), Self::Histogram(before)) => {
                // One that was built anew with another layout counts from zero.
                let _other_layout = now.subtract(before);
            }
            _ => {}
        }
    }
}

/// What a family is, and of which kind.
#[derive(Debug)]
pub(crate) struct FamilyAbout(pub(crate) About<Box<[&'static str]>>, pub(crate) Kind);

/// The values of a series' labels.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Labels(Box<[Box<str>]>);

impl Labels {
    pub(crate) fn new(values: &[&str]) -> Self {
        Self(values.iter().map(|value| Box::from(*value)).collect())
    }

    /// The labels of what is beyond the limit.
    pub(crate) fn overflow(count: usize) -> Self {
        Self(core::iter::repeat_n(OVERFLOW, count).map(Box::from).collect())
    }

    pub(crate) fn is_overflow(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|value| &**value == OVERFLOW)
    }

    pub(crate) fn cmp_to(&self, values: &[&str]) -> Ordering {
        self.0.iter().map(AsRef::as_ref).cmp(values.iter().copied())
    }
}
