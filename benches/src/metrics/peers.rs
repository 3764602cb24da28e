//! The peers, each made as its documentation shows, with handles that are kept.

use metrics::{Key, Level, Metadata, Recorder as _};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};
use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use windlass_metrics::LATENCY_BOUNDS;

use crate::case::Failure;

/// The bounds that everybody uses who has buckets, in nanoseconds.
pub(super) fn bounds() -> Vec<f64> {
    LATENCY_BOUNDS.iter().map(|bound| *bound as f64).collect()
}

/// The recorder behind the `metrics` facade.
pub(super) fn recorder() -> PrometheusRecorder {
    let builder = PrometheusBuilder::new();
    let builder = builder.set_buckets(&bounds()).unwrap_or_else(|_| PrometheusBuilder::new());
    builder.build_recorder()
}

const METADATA: Metadata<'static> = Metadata::new("bench", Level::INFO, None);

/// A counter of the `metrics` facade under some name.
pub(super) fn facade_counter(recorder: &PrometheusRecorder, name: String) -> metrics::Counter {
    recorder.register_counter(&Key::from_name(name), &METADATA)
}

/// A histogram of the `metrics` facade.
pub(super) fn facade_histogram(recorder: &PrometheusRecorder) -> metrics::Histogram {
    recorder.register_histogram(&Key::from_name("latency"), &METADATA)
}

/// OpenTelemetry's SDK, exporting to memory when it is asked.
pub(super) struct Sdk {
    provider: SdkMeterProvider,
    exporter: InMemoryMetricExporter,
}

impl Sdk {
    pub(super) fn new() -> Self {
        let exporter = InMemoryMetricExporter::default();
        let reader = PeriodicReader::builder(exporter.clone()).build();
        Self { provider: SdkMeterProvider::builder().with_reader(reader).build(), exporter }
    }

    pub(super) fn meter(&self) -> Meter {
        self.provider.meter("bench")
    }

    /// Collects, and adds up all counters and all counts of histograms.
    pub(super) fn collect(&self) -> u64 {
        self.exporter.reset();
        if self.provider.force_flush().is_err() {
            return 0;
        }
        let all = self.exporter.get_finished_metrics().unwrap_or_default();
        let scopes = all.iter().flat_map(|resource| resource.scope_metrics());
        let metrics = scopes.flat_map(|scope| scope.metrics());
        let sum = metrics.map(|metric| match metric.data() {
            AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                sum.data_points().map(|point| point.value()).sum()
            }
            AggregatedMetrics::U64(MetricData::Histogram(values)) => {
                values.data_points().map(|point| point.count()).sum()
            }
            _ => 0,
        });
        sum.sum()
    }
}

/// Fails where not everything was counted.
pub(super) fn check(expected: u64, got: u64) -> Result<(), Failure> {
    if expected == got { Ok(()) } else { Err(Failure::WrongSum { expected, got }) }
}

/// The number behind a name in the text of Prometheus.
pub(super) fn number_in(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|number| number.parse().ok()).unwrap_or(0)
}
