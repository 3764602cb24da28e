//! A snapshot as JSON.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Serialize, Serializer};

use crate::snapshot::{FamilySnapshot, SeriesSnapshot, Snapshot, Value};
use crate::spec::{Kind, Unit};

/// The quantiles that are written of a histogram.
const QUANTILES: [(&str, f64); 5] =
    [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999), ("p9999", 0.9999)];

impl Snapshot {
    /// Writes the snapshot as JSON: an array of families in base units.
    ///
    /// A histogram has its count, sum, minimum, maximum, mean and quantiles, and its buckets that
    /// hold something, as first value, last value and count.
    ///
    /// # Errors
    ///
    /// None that is known: all keys are texts, and no number is infinite.
    ///
    /// # Examples
    ///
    /// ```
    /// use windlass_metrics::{Gauge, Registry, Spec};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let registry = Registry::new(10);
    /// let depth = registry.family(Spec::<Gauge, 0>::new("depth", "Waiting.", []))?;
    /// depth.writer([]).set(3);
    /// let json = registry.snapshot().to_json()?;
    /// assert!(json.contains(r#""name":"depth""#));
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

impl Serialize for Snapshot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.families().map(Family::of))
    }
}

#[derive(Serialize)]
struct Family<'a> {
    name: &'static str,
    help: &'static str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'static str>,
    series: Vec<Series<'a>>,
}

#[derive(Serialize)]
struct Series<'a> {
    labels: BTreeMap<&'static str, &'a str>,
    #[serde(flatten)]
    value: Number,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Number {
    Unsigned { value: u64 },
    Signed { value: i64 },
    Seconds { value: f64 },
    Histogram(Distribution),
}

#[derive(Serialize)]
struct Distribution {
    count: u64,
    sum: f64,
    above_range: u64,
    min: Option<f64>,
    mean: Option<f64>,
    max: Option<f64>,
    quantiles: BTreeMap<&'static str, f64>,
    buckets: Vec<(f64, f64, u64)>,
}

impl<'a> Family<'a> {
    fn of(family: &'a FamilySnapshot) -> Self {
        let kind = match family.kind() {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let series = family.series().map(|series| Series::of(family, series)).collect();
        let unit = family.unit().suffix();
        Self { name: family.name(), help: family.help(), kind, unit, series }
    }
}

impl<'a> Series<'a> {
    fn of(family: &FamilySnapshot, series: &'a SeriesSnapshot) -> Self {
        let labels = family.label_names().iter().copied().zip(series.labels()).collect();
        Self { labels, value: Number::of(series.value(), family.unit()) }
    }
}

impl Number {
    fn of(value: &Value, unit: Unit) -> Self {
        let base = |number: u64| unit.to_base(number as f64);
        match value {
            Value::Counter(number) if unit == Unit::Nanoseconds => {
                Self::Seconds { value: base(*number) }
            }
            Value::Gauge(number) if unit == Unit::Nanoseconds => {
                Self::Seconds { value: unit.to_base(*number as f64) }
            }
            Value::Counter(number) => Self::Unsigned { value: *number },
            Value::Gauge(number) => Self::Signed { value: *number },
            Value::Histogram(values) => Self::Histogram(Distribution {
                count: values.count(),
                sum: unit.to_base(values.sum()),
                above_range: values.above_range(),
                min: values.min().map(base),
                mean: values.mean().map(|mean| unit.to_base(mean)),
                max: values.max().map(base),
                quantiles: QUANTILES.map(|(name, q)| (name, base(values.quantile(q)))).into(),
                buckets: values.iter().map(|(a, b, count)| (base(a), base(b), count)).collect(),
            }),
        }
    }
}
