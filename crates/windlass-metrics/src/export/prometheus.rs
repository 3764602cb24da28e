//! Text for a scrape by Prometheus, in the `OpenMetrics` format, by way of `prometheus-client`.
//!
//! The library writes the text: names, units, escapes and order are its affair. Its metrics are not
//! used, since each of them is a shared atomic or a lock; ours are read as a collector.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::{fmt, mem};

use prometheus_client::collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::exemplar::Exemplar;
use prometheus_client::registry;
use windlass_sync::sync::{Mutex, lock};

use crate::HistogramSnapshot;
use crate::registry::Registry;
use crate::snapshot::{FamilySnapshot, Snapshot, Value};
use crate::spec::{Kind, Unit};

/// Writes all numbers of a registry as text, ending with `# EOF`.
///
/// Takes a new snapshot each time; a [`Collector`] that is kept costs less for each scrape. Serve it as `application/openmetrics-text; version=1.0.0; charset=utf-8`.
///
/// # Errors
///
/// None that is known: text is written to memory. The library may refuse what it cannot encode.
///
/// # Examples
///
/// ```
/// use windlass_metrics::{Counter, Registry, Spec, export};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let registry = Registry::new(10);
/// let mut sent = registry.family(Spec::<Counter, 0>::new("app_sent", "Accepted", []))?.writer([]);
/// sent.increment();
/// let text = export::prometheus::text(&registry)?;
/// assert!(text.contains("app_sent_total 1"));
/// # Ok(())
/// # }
/// ```
pub fn text(registry: &Registry) -> Result<String, fmt::Error> {
    let mut theirs = registry::Registry::default();
    theirs.register_collector(Box::new(Collector::new(registry)));
    let mut text = String::new();
    text::encode(&mut text, &theirs)?;
    Ok(text)
}

/// A collector for a registry of `prometheus-client`, beside the metrics that it has already.
///
/// It keeps the snapshot of the last scrape and reads the next one into it. Scrapes at the same time do
/// not wait for each other.
///
/// # Examples
///
/// ```
/// use prometheus_client::registry::Registry as Theirs;
/// use windlass_metrics::{Registry, export::prometheus::Collector};
///
/// let registry = Registry::new(10);
/// let mut theirs = Theirs::with_prefix("app");
/// theirs.register_collector(Box::new(Collector::new(&registry)));
/// ```
pub struct Collector {
    registry: Registry,
    last: Mutex<Snapshot>,
}

impl Collector {
    /// Makes a collector that reads `registry` at every scrape.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Self { registry: registry.clone(), last: Mutex::new(Snapshot::empty()) }
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Collector").field(&self.registry).finish()
    }
}

impl collector::Collector for Collector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        // Taken out, since reading calls closures of the user's, and another scrape may come meanwhile:
        // it finds an empty one.
        let mut snapshot = mem::replace(&mut *lock(&self.last), Snapshot::empty());
        self.registry.refresh(&mut snapshot);
        for family in snapshot.families() {
            let unit = match family.unit() {
                Unit::None => None,
                Unit::Nanoseconds => Some(registry::Unit::Seconds),
                Unit::Bytes => Some(registry::Unit::Bytes),
            };
            let kind = match family.kind() {
                Kind::Counter => MetricType::Counter,
                Kind::Gauge => MetricType::Gauge,
                Kind::Histogram => MetricType::Histogram,
            };
            let (name, help) = (family.name(), family.help());
            let mut encoder = encoder.encode_descriptor(name, help, unit.as_ref(), kind)?;
            encode_series(family, &mut encoder)?;
        }
        *lock(&self.last) = snapshot;
        Ok(())
    }
}

fn encode_series(family: &FamilySnapshot, encoder: &mut MetricEncoder<'_>) -> fmt::Result {
    let unit = family.unit();
    // One list for all series: a thousand small ones would cost more than their text.
    let mut labels: Vec<(&str, &str)> = Vec::with_capacity(family.label_names().len());
    for series in family.series() {
        labels.clear();
        labels.extend(family.label_names().iter().copied().zip(series.labels()));
        if labels.is_empty() {
            encode_value(series.value(), unit, family.bounds(), encoder)?;
        } else {
            let labels = labels.as_slice();
            let mut encoder = encoder.encode_family(&labels)?;
            encode_value(series.value(), unit, family.bounds(), &mut encoder)?;
        }
    }
    Ok(())
}

const NO_EXEMPLAR: Option<&Exemplar<[(&str, &str); 0], f64>> = None;

fn encode_value(
    value: &Value,
    unit: Unit,
    bounds: &[u64],
    encoder: &mut MetricEncoder<'_>,
) -> fmt::Result {
    match (value, unit) {
        (Value::Counter(number), Unit::Nanoseconds) => {
            encoder.encode_counter(&unit.to_base(*number as f64), NO_EXEMPLAR)
        }
        (Value::Counter(number), _) => {
            encoder.encode_counter(number, None::<&Exemplar<[(&str, &str); 0], u64>>)
        }
        (Value::Gauge(number), Unit::Nanoseconds) => {
            encoder.encode_gauge(&unit.to_base(*number as f64))
        }
        (Value::Gauge(number), _) => encoder.encode_gauge(number),
        (Value::Histogram(values), _) => {
            let buckets = buckets(values, unit, bounds);
            let sum = unit.to_base(values.sum());
            encoder.encode_histogram::<[(&str, &str); 0]>(sum, values.count(), &buckets, None)
        }
    }
}

/// The counts between each two bounds, and above the last one; the library adds them up.
fn buckets(values: &HistogramSnapshot, unit: Unit, bounds: &[u64]) -> Vec<(f64, u64)> {
    let mut below = 0;
    let mut buckets = Vec::with_capacity(bounds.len() + 1);
    for bound in bounds {
        let up_to = values.count_up_to(*bound);
        buckets.push((unit.to_base(*bound as f64), up_to.wrapping_sub(below)));
        below = up_to;
    }
    buckets.push((f64::INFINITY, values.count().wrapping_sub(below)));
    buckets
}
