//! Hands snapshots to the recorder of the `metrics` facade, whichever that is.
//!
//! For programs that export through the facade already. The facade is fed now and then, from
//! snapshots; nothing of it is on the way of those who count.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use metrics::{Key, KeyName, Label, Level, Metadata, Recorder, with_recorder};

use crate::registry::Registry;
use crate::snapshot::{FamilySnapshot, SeriesSnapshot, Snapshot, Value};
use crate::spec::{Kind, Unit};

/// Carries the numbers of a registry to the `metrics` facade.
///
/// Call [`flush`](Self::flush) as often as the recorder should learn of them. Counters are set to
/// their total, gauges to where they stand, and histograms record what came since the last flush:
/// each value as the middle of its bucket. Names and units are those of Prometheus, without
/// `_total`, which recorders add that want it.
///
/// # Examples
///
/// ```
/// use windlass_metrics::{Registry, export::facade::Bridge};
///
/// let registry = Registry::new(100);
/// let mut bridge = Bridge::new(&registry);
/// bridge.flush();
/// ```
pub struct Bridge {
    registry: Registry,
    last: Snapshot,
    now: Snapshot,
}

const METADATA: Metadata<'static> = Metadata::new("windlass", Level::INFO, None);

impl Bridge {
    /// Makes a bridge; the first flush carries everything from the beginning.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Self { registry: registry.clone(), last: Snapshot::empty(), now: Snapshot::empty() }
    }

    /// Carries the present numbers to the recorder of this thread or of the process.
    ///
    /// The facade has no counter that wraps: one that did is set to what is left of it, which some
    /// recorders ignore.
    pub fn flush(&mut self) {
        self.registry.refresh(&mut self.now);
        let since = self.now.since(&self.last);
        with_recorder(|recorder| {
            for (now, since) in self.now.families().zip(since.families()) {
                let name = name(now);
                describe(recorder, &name, now);
                for (now_series, since) in now.series().zip(since.series()) {
                    carry(recorder, &name, now, now_series, since);
                }
            }
        });
        core::mem::swap(&mut self.last, &mut self.now);
    }
}

impl fmt::Debug for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bridge").field("registry", &self.registry).finish_non_exhaustive()
    }
}

fn name(family: &FamilySnapshot) -> String {
    match family.unit().suffix() {
        Some(suffix) => [family.name(), "_", suffix].concat(),
        None => family.name().to_string(),
    }
}

fn describe(recorder: &dyn Recorder, name: &str, family: &FamilySnapshot) {
    let name = KeyName::from(name.to_string());
    let unit = match family.unit() {
        Unit::None => metrics::Unit::Count,
        Unit::Nanoseconds => metrics::Unit::Seconds,
        Unit::Bytes => metrics::Unit::Bytes,
    };
    let help = family.help().into();
    match family.kind() {
        Kind::Counter => recorder.describe_counter(name, Some(unit), help),
        Kind::Gauge => recorder.describe_gauge(name, Some(unit), help),
        Kind::Histogram => recorder.describe_histogram(name, Some(unit), help),
    }
}

fn carry(
    recorder: &dyn Recorder,
    name: &str,
    family: &FamilySnapshot,
    now: &SeriesSnapshot,
    since: &SeriesSnapshot,
) {
    let labels = family.label_names().iter().zip(now.labels());
    let labels: Vec<Label> =
        labels.map(|(name, value)| Label::new(*name, value.to_string())).collect();
    let key = Key::from_parts(name.to_string(), labels);
    let unit = family.unit();
    match (now.value(), since.value()) {
        (Value::Counter(total), _) => {
            // The facade counts in whole numbers, so nanoseconds become whole seconds.
            #[expect(clippy::cast_possible_truncation, reason = "it came from a u64")]
            #[expect(clippy::cast_sign_loss, reason = "it came from a u64")]
            let total =
                if unit == Unit::Nanoseconds { unit.to_base(*total as f64) as u64 } else { *total };
            recorder.register_counter(&key, &METADATA).absolute(total);
        }
        (Value::Gauge(level), _) => {
            recorder.register_gauge(&key, &METADATA).set(unit.to_base(*level as f64));
        }
        (_, Value::Histogram(values)) => {
            let histogram = recorder.register_histogram(&key, &METADATA);
            for (first, last, count) in values.iter() {
                let last = last.min(values.layout().highest()).max(first);
                let middle = unit.to_base(f64::midpoint(first as f64, last as f64));
                histogram.record_many(middle, usize::try_from(count).unwrap_or(usize::MAX));
            }
        }
        (Value::Histogram(_), _) => {}
    }
}
