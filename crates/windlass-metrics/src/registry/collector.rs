//! Families that exist only while somebody looks: their series are named at every snapshot.

use alloc::boxed::Box;
use alloc::vec::Vec;

use windlass_sync::atomic::{AtomicU64, Ordering};
use windlass_sync::sync::Arc;

use super::family::Readable;
use super::metric::Metric;
use crate::counter::Counter;
use crate::gauge::{Gauge, HighWater};
use crate::snapshot::{FamilyAbout, FamilySnapshot, Labels, SeriesSnapshot, Value};
use crate::spec::{Kind, Spec};

/// A metric that is a single number.
///
/// Sealed, as [`Metric`] is.
pub trait Scalar: Metric {}

impl Scalar for Counter {}
impl Scalar for Gauge {}
impl Scalar for HighWater {}

/// A [`Spec`] of any single number with any number of labels, for
/// [`Registry::collector`](crate::Registry::collector).
#[derive(Debug)]
pub struct Collected(pub(super) FamilyAbout);

impl<M: Scalar, const N: usize> From<Spec<M, N>> for Collected {
    fn from(spec: Spec<M, N>) -> Self {
        Self(FamilyAbout(spec.about(), M::KIND))
    }
}

/// The series of one family, as a collector names them at a snapshot.
#[derive(Debug)]
pub struct Readings {
    about: Arc<FamilyAbout>,
    series: Vec<SeriesSnapshot>,
    overflow: u64,
    overflowed: u64,
}

impl Readings {
    /// Adds a number under these labels; numbers under the same labels add up.
    ///
    /// Labels beyond the family's limit, or more or fewer than it has, go to the series named
    /// `overflow` and are counted.
    pub fn push(&mut self, labels: &[&str], number: u64) {
        let fits = labels.len() == self.about.0.labels.len();
        match self.series.binary_search_by(|series| series.labels.cmp_to(labels)) {
            Ok(at) => {
                let sum = self.number(at).wrapping_add(number);
                self.series[at].value = self.value(sum);
            }
            Err(at) if fits && self.series.len() < self.about.0.series => {
                let labels = Arc::new(Labels::new(labels));
                let value = self.value(number);
                self.series.insert(at, SeriesSnapshot { labels, value });
            }
            Err(_) => {
                self.overflow = self.overflow.wrapping_add(number);
                self.overflowed += 1;
            }
        }
    }

    fn number(&self, at: usize) -> u64 {
        match self.series[at].value {
            Value::Counter(number) => number,
            Value::Gauge(number) => number.cast_unsigned(),
            Value::Histogram(_) => 0,
        }
    }

    fn value(&self, number: u64) -> Value {
        match self.about.1 {
            Kind::Gauge => Value::Gauge(i64::try_from(number).unwrap_or(i64::MAX)),
            _ => Value::Counter(number),
        }
    }

    fn finish(mut self) -> FamilySnapshot {
        if 0 < self.overflowed {
            let labels = Arc::new(Labels::overflow(self.about.0.labels.len()));
            let value = self.value(self.overflow);
            self.series.push(SeriesSnapshot { labels, value });
        }
        FamilySnapshot { about: self.about, series: self.series }
    }
}

pub(super) struct Collector<const N: usize, F> {
    families: [Arc<FamilyAbout>; N],
    collect: F,
    overflowed: AtomicU64,
}

impl<const N: usize, F> Collector<N, F> {
    pub(super) fn new(families: [Collected; N], collect: F) -> Self {
        let families = families.map(|family| Arc::new(family.0));
        Self { families, collect, overflowed: AtomicU64::new(0) }
    }
}

impl<const N: usize, F> Readable for Collector<N, F>
where
    F: Fn(&mut [Readings; N]) + Send + Sync,
{
    fn overflowed(&self) -> u64 {
        self.overflowed.load(Ordering::Relaxed)
    }

    fn refresh(&self, families: &mut Vec<FamilySnapshot>, at: usize) -> usize {
        let mut readings = self.families.each_ref().map(|about| Readings {
            about: Arc::clone(about),
            series: Vec::new(),
            overflow: 0,
            overflowed: 0,
        });
        (self.collect)(&mut readings);
        for (at, readings) in (at..).zip(readings) {
            // ORDERING: Relaxed. A number by itself.
            self.overflowed.fetch_add(readings.overflowed, Ordering::Relaxed);
            let family = readings.finish();
            match families.get_mut(at) {
                Some(old) => *old = family,
                None => families.push(family),
            }
        }
        at + N
    }
}

/// Boxed, because the model checker's reference counts hold only types of known size.
pub(super) type Entry = Arc<Box<dyn Readable>>;
