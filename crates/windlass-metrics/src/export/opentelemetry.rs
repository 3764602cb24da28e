//! Observable instruments of an OpenTelemetry meter, read when its reader collects.
//!
//! OpenTelemetry has no observable histogram, and recording value by value what was counted in
//! buckets would cost a call for each. A histogram therefore becomes what Prometheus makes of it,
//! three counters: `NAME.bucket` with the attribute `le`, `NAME.count` and `NAME.sum`.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Meter};

use crate::HistogramSnapshot;
use crate::registry::Registry;
use crate::snapshot::{FamilySnapshot, SeriesSnapshot, Snapshot, Value};
use crate::spec::{Kind, Unit};

/// The attribute that marks the series beyond a limit, as the conventions have it.
const OVERFLOW: &str = "otel.metric.overflow";

/// Makes an instrument for each family that `registry` has now.
///
/// Call it when all families are made. Names are those given with
/// [`Spec::otel_name`](crate::Spec::otel_name), or the family's with dots for underscores; units
/// are `s`, `By` and `1`. Each instrument takes a snapshot when it is collected.
///
/// # Examples
///
/// ```
/// use windlass_metrics::{Registry, export};
///
/// let meter = opentelemetry::global::meter("app");
/// let registry = Registry::new(100);
/// export::opentelemetry::register(&registry, &meter);
/// ```
pub fn register(registry: &Registry, meter: &Meter) {
    for family in registry.snapshot().families() {
        let source = Source { registry: registry.clone(), name: family.name() };
        let dots = || family.name().replace('_', ".");
        let name = family.otel_name().map_or_else(dots, ToString::to_string);
        match family.kind() {
            Kind::Counter => counter(meter, family, name, source),
            Kind::Gauge => gauge(meter, family, name, source),
            Kind::Histogram => histogram(meter, family, &name, &source),
        }
    }
}

/// Where an instrument reads.
#[derive(Clone)]
struct Source {
    registry: Registry,
    name: &'static str,
}

impl Source {
    /// Calls `observe` with each series of the family, and its attributes.
    fn each(&self, observe: impl Fn(&SeriesSnapshot, Vec<KeyValue>)) {
        let snapshot: Snapshot = self.registry.snapshot();
        let families = snapshot.families().filter(|family| family.name() == self.name);
        for family in families {
            for series in family.series() {
                observe(series, attributes(family, series));
            }
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

fn attributes(family: &FamilySnapshot, series: &SeriesSnapshot) -> Vec<KeyValue> {
    if series.is_overflow() {
        return Vec::from([KeyValue::new(OVERFLOW, true)]);
    }
    let labels = family.label_names().iter().zip(series.labels());
    labels.map(|(name, value)| KeyValue::new(*name, value.to_string())).collect()
}

fn counter(meter: &Meter, family: &FamilySnapshot, name: String, source: Source) {
    let unit = family.unit();
    if unit == Unit::Nanoseconds {
        let builder = meter.f64_observable_counter(name).with_unit(unit.ucum());
        let observe = move |to: &dyn AsyncInstrument<f64>| {
            source.each(|series, attributes| {
                if let Value::Counter(number) = series.value() {
                    to.observe(unit.to_base(*number as f64), &attributes);
                }
            });
        };
        builder.with_description(family.help()).with_callback(observe).build();
    } else {
        let builder = meter.u64_observable_counter(name).with_unit(unit.ucum());
        let observe = move |to: &dyn AsyncInstrument<u64>| {
            source.each(|series, attributes| {
                if let Value::Counter(number) = series.value() {
                    to.observe(*number, &attributes);
                }
            });
        };
        builder.with_description(family.help()).with_callback(observe).build();
    }
}

fn gauge(meter: &Meter, family: &FamilySnapshot, name: String, source: Source) {
    let unit = family.unit();
    let observe = move |to: &dyn AsyncInstrument<f64>| {
        source.each(|series, attributes| {
            if let Value::Gauge(number) = series.value() {
                to.observe(unit.to_base(*number as f64), &attributes);
            }
        });
    };
    let builder = meter.f64_observable_gauge(name).with_unit(unit.ucum());
    builder.with_description(family.help()).with_callback(observe).build();
}

fn histogram(meter: &Meter, family: &FamilySnapshot, name: &str, source: &Source) {
    let (unit, bounds) = (family.unit(), family.bounds());
    let counts = |suffix: &str| meter.u64_observable_counter([name, suffix].concat());
    let from = source.clone();
    let observe = move |to: &dyn AsyncInstrument<u64>| {
        from.each(|series, mut attributes| {
            let Value::Histogram(values) = series.value() else { return };
            for bound in bounds {
                let le = unit.to_base(*bound as f64).to_string();
                attributes.push(KeyValue::new("le", le));
                to.observe(values.count_up_to(*bound), &attributes);
                attributes.pop();
            }
            attributes.push(KeyValue::new("le", "+Inf"));
            to.observe(values.count(), &attributes);
        });
    };
    counts(".bucket").with_description(family.help()).with_callback(observe).build();

    let from = source.clone();
    let observe = move |to: &dyn AsyncInstrument<u64>| {
        from.each(|series, attributes| with_values(series, |v| to.observe(v.count(), &attributes)));
    };
    counts(".count").with_description(family.help()).with_callback(observe).build();

    let from = source.clone();
    let observe = move |to: &dyn AsyncInstrument<f64>| {
        from.each(|series, attributes| {
            with_values(series, |v| to.observe(unit.to_base(v.sum()), &attributes));
        });
    };
    let sum = meter.f64_observable_counter([name, ".sum"].concat()).with_unit(unit.ucum());
    sum.with_description(family.help()).with_callback(observe).build();
}

fn with_values(series: &SeriesSnapshot, observe: impl FnOnce(&HistogramSnapshot)) {
    if let Value::Histogram(values) = series.value() {
        observe(values);
    }
}
