//! What the registry has to know of each kind of metric. Private: the kinds are all there are.

use crate::counter::{Counter, CounterReader};
use crate::gauge::{Gauge, GaugeReader, HighWater, HighWaterReader};
use crate::histogram::{Histogram, HistogramReader, HistogramSnapshot, Layout, SharedHistogram};
use crate::shared::{SharedCounter, SharedGauge, SharedHighWater};
use crate::snapshot::Value;
use crate::spec::Kind;

/// A metric that a [`Family`](crate::Family) can consist of: [`Counter`], [`Gauge`],
/// [`HighWater`] or [`Histogram`].
///
/// Sealed: these are all.
pub trait Metric: Plumbing {}

impl Metric for Counter {}
impl Metric for Gauge {}
impl Metric for HighWater {}
impl Metric for Histogram {}

/// How a metric is made, read, and added up.
pub trait Plumbing: Sized + Send + 'static {
    /// A handle that reads one writer's part.
    type Reader: Clone + Send + Sync + 'static;
    /// The form for threads that have none of their own.
    type Shared: Clone + Send + Sync + 'static;
    /// What a series adds up to.
    type Total: Clone + Send + Sync + 'static;

    const KIND: Kind;

    fn make(layout: Layout) -> Self;
    fn reader(&self) -> Self::Reader;
    fn shared(layout: Layout) -> Self::Shared;
    fn zero(layout: Layout) -> Self::Total;
    /// Makes a total zero again, without allocating.
    fn clear(total: &mut Self::Total, layout: Layout) {
        *total = Self::zero(layout);
    }
    /// Whether the writer is gone; if it is, what is read afterwards is final.
    fn is_final(reader: &Self::Reader) -> bool;
    fn add(reader: &Self::Reader, total: &mut Self::Total);
    /// Adds what a writer leaves behind that is gone.
    fn add_final(reader: &Self::Reader, total: &mut Self::Total) {
        Self::add(reader, total);
    }
    fn add_shared(shared: &Self::Shared, total: &mut Self::Total);
    fn add_total(more: &Self::Total, total: &mut Self::Total);
    /// Whether the reader may be part of a family with this layout.
    fn fits(_reader: &Self::Reader, _layout: Layout) -> bool {
        true
    }
    fn value(total: &Self::Total) -> Value;
    /// Writes the total over a value of an earlier snapshot, without allocating.
    fn refresh(total: &Self::Total, value: &mut Value) {
        *value = Self::value(total);
    }
}

impl Plumbing for Counter {
    type Reader = CounterReader;
    type Shared = SharedCounter;
    type Total = u64;

    const KIND: Kind = Kind::Counter;

    fn make(_: Layout) -> Self {
        Self::new()
    }

    fn reader(&self) -> CounterReader {
        self.reader()
    }

    fn shared(_: Layout) -> SharedCounter {
        SharedCounter::new()
    }

    fn zero(_: Layout) -> u64 {
        0
    }

    fn is_final(reader: &CounterReader) -> bool {
        reader.0.is_final()
    }

    fn add(reader: &CounterReader, total: &mut u64) {
        *total = total.wrapping_add(reader.get());
    }

    fn add_shared(shared: &SharedCounter, total: &mut u64) {
        *total = total.wrapping_add(shared.get());
    }

    fn add_total(more: &u64, total: &mut u64) {
        *total = total.wrapping_add(*more);
    }

    fn value(total: &u64) -> Value {
        Value::Counter(*total)
    }
}

impl Plumbing for Gauge {
    type Reader = GaugeReader;
    type Shared = SharedGauge;
    type Total = i64;

    const KIND: Kind = Kind::Gauge;

    fn make(_: Layout) -> Self {
        Self::new()
    }

    fn reader(&self) -> GaugeReader {
        self.reader()
    }

    fn shared(_: Layout) -> SharedGauge {
        SharedGauge::new()
    }

    fn zero(_: Layout) -> i64 {
        0
    }

    fn is_final(reader: &GaugeReader) -> bool {
        reader.0.is_final()
    }

    fn add(reader: &GaugeReader, total: &mut i64) {
        *total = total.wrapping_add(reader.get());
    }

    /// What is gone stands nowhere.
    fn add_final(_: &GaugeReader, _: &mut i64) {}

    fn add_shared(shared: &SharedGauge, total: &mut i64) {
        *total = total.wrapping_add(shared.get());
    }

    fn add_total(more: &i64, total: &mut i64) {
        *total = total.wrapping_add(*more);
    }

    fn value(total: &i64) -> Value {
        Value::Gauge(*total)
    }
}

impl Plumbing for HighWater {
    type Reader = HighWaterReader;
    type Shared = SharedHighWater;
    type Total = u64;

    const KIND: Kind = Kind::Gauge;

    fn make(_: Layout) -> Self {
        Self::new()
    }

    fn reader(&self) -> HighWaterReader {
        self.reader()
    }

    fn shared(_: Layout) -> SharedHighWater {
        SharedHighWater::new()
    }

    fn zero(_: Layout) -> u64 {
        0
    }

    fn is_final(reader: &HighWaterReader) -> bool {
        reader.0.is_final()
    }

    fn add(reader: &HighWaterReader, total: &mut u64) {
        *total = reader.get().max(*total);
    }

    fn add_shared(shared: &SharedHighWater, total: &mut u64) {
        *total = shared.get().max(*total);
    }

    fn add_total(more: &u64, total: &mut u64) {
        *total = *more.max(total);
    }

    fn value(total: &u64) -> Value {
        Value::Gauge(i64::try_from(*total).unwrap_or(i64::MAX))
    }
}

/// Layouts are checked where a reader enters a family; afterwards they cannot differ.
const SAME: &str = "all histograms of a family have its layout";

impl Plumbing for Histogram {
    type Reader = HistogramReader;
    type Shared = SharedHistogram;
    type Total = HistogramSnapshot;

    const KIND: Kind = Kind::Histogram;

    fn make(layout: Layout) -> Self {
        Self::new(layout)
    }

    fn reader(&self) -> HistogramReader {
        self.reader()
    }

    fn shared(layout: Layout) -> SharedHistogram {
        SharedHistogram::new(layout)
    }

    fn zero(layout: Layout) -> HistogramSnapshot {
        HistogramSnapshot::new(layout)
    }

    fn clear(total: &mut HistogramSnapshot, _: Layout) {
        total.clear();
    }

    fn is_final(reader: &HistogramReader) -> bool {
        reader.is_final()
    }

    fn add(reader: &HistogramReader, total: &mut HistogramSnapshot) {
        reader.add_to(total).expect(SAME);
    }

    fn add_shared(shared: &SharedHistogram, total: &mut HistogramSnapshot) {
        shared.add_to(total);
    }

    fn add_total(more: &HistogramSnapshot, total: &mut HistogramSnapshot) {
        total.merge(more).expect(SAME);
    }

    fn fits(reader: &HistogramReader, layout: Layout) -> bool {
        reader.layout() == layout
    }

    fn value(total: &HistogramSnapshot) -> Value {
        Value::Histogram(total.clone())
    }

    fn refresh(total: &HistogramSnapshot, value: &mut Value) {
        let kept = match value {
            Value::Histogram(old) => old.copy_from(total).is_ok(),
            _ => false,
        };
        if !kept {
            *value = Self::value(total);
        }
    }
}
