//! Every exporter tells the numbers of a snapshot, under the names and in the units of its field.
#![cfg(all(
    feature = "prometheus",
    feature = "facade",
    feature = "opentelemetry",
    feature = "json",
    not(any(loom, miri))
))]
#![allow(clippy::unwrap_used, clippy::std_instead_of_alloc, reason = "tests have std and panic")]

use std::collections::BTreeMap;

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use prometheus_parse::{Scrape, Value as Parsed};
use windlass_metrics::{Counter, Gauge, HighWater, Histogram, Registry, Spec, Unit, export};

const SENT: Spec<Counter, 1> =
    Spec::new("app_messages_sent", "Messages \"accepted\".", ["worker"]).series(2);
const BUSY: Spec<Counter, 0> = Spec::new("app_busy", "Time at work.", []).unit(Unit::Nanoseconds);
const DEPTH: Spec<Gauge, 0> = Spec::new("app_depth", "Waiting now.", []);
const HELD: Spec<HighWater, 0> = Spec::new("app_held", "At most.", []).unit(Unit::Bytes);
const WAIT: Spec<Histogram, 1> = Spec::new("app_wait", "From send to receive.", ["worker"])
    .unit(Unit::Nanoseconds)
    .otel_name("app.process.duration");

/// A registry with a number of each kind, and labels that have to be escaped.
fn registry() -> Registry {
    let registry = Registry::new(1000);
    let sent = registry.family(SENT).unwrap();
    sent.writer(["a\"b\\c\nd"]).add(7);
    sent.writer(["1"]).add(3);
    sent.writer(["2"]).add(2);
    registry.family(BUSY).unwrap().shared([]).add(2_500_000_000);
    registry.family(DEPTH).unwrap().shared([]).add(-4);
    registry.family(HELD).unwrap().shared([]).raise(4096);
    let mut wait = registry.family(WAIT).unwrap().writer(["1"]);
    // One is above the last bound, and above the range.
    [800, 1_000, 1_001, 2_000_000, u64::MAX].into_iter().for_each(|nanos| wait.record(nanos));
    registry
}

fn scrape(text: &str) -> Scrape {
    let lines = text.lines().map(|line| Ok(line.to_owned()));
    Scrape::parse(lines).unwrap()
}

#[test]
fn prometheus_text_parses_back() {
    let text = export::prometheus::text(&registry()).unwrap();
    let scrape = scrape(&text);
    let find = |name: &str, worker: Option<&str>| {
        let of = |sample: &&prometheus_parse::Sample| {
            sample.metric == name && sample.labels.get("worker") == worker
        };
        scrape.samples.iter().find(of).unwrap_or_else(|| panic!("no {name} in\n{text}"))
    };
    let number = |name, worker| match &find(name, worker).value {
        Parsed::Counter(value) | Parsed::Gauge(value) | Parsed::Untyped(value) => *value,
        other => panic!("{name} is {other:?}"),
    };
    assert_eq!(number("app_messages_sent_total", Some("1")), 3.0, "counters end in `_total`");
    assert_eq!(number("app_messages_sent_total", Some("overflow")), 2.0, "the third label set");
    assert_eq!(number("app_busy_seconds_total", None), 2.5, "times are in seconds");
    assert_eq!(number("app_depth", None), -4.0, "a gauge");
    assert_eq!(number("app_held_bytes", None), 4096.0, "bytes are a unit");
    assert!(text.contains(r#"{worker="a\"b\\c\nd"} 7"#), "labels are escaped:\n{text}");

    let wait = find("app_wait_seconds", Some("1"));
    let Parsed::Histogram(buckets) = &wait.value else { panic!("{wait:?}") };
    let up_to = |bound: f64| {
        let bucket = buckets.iter().find(|bucket| bucket.less_than == bound);
        bucket.unwrap_or_else(|| panic!("no bound {bound} in {buckets:?}")).count
    };
    assert_eq!(up_to(1e-6), 1.0, "800 ns; the bucket of 1000 ns goes further");
    assert_eq!(up_to(2.5e-6), 3.0, "and 1000 and 1001");
    assert_eq!(up_to(2.5e-3), 4.0, "and 2 ms");
    assert_eq!(up_to(10.0), 4.0, "and nothing more");
    assert_eq!(up_to(f64::INFINITY), 5.0, "all");
    assert_eq!(number("app_wait_seconds_count", Some("1")), 5.0, "as many as there are");
    assert!(text.contains("# TYPE app_wait_seconds histogram"), "its type is told");
    assert!(text.contains("# UNIT app_wait_seconds seconds"), "its unit is told");
    assert!(text.ends_with("# EOF\n"), "the end is marked");
}

#[test]
fn a_collector_that_is_kept_tells_what_is_new() {
    let registry = Registry::new(1000);
    let waits = registry.family(WAIT).unwrap();
    let mut first = waits.writer(["1"]);
    first.record(800);
    let mut theirs = prometheus_client::registry::Registry::default();
    theirs.register_collector(Box::new(export::prometheus::Collector::new(&registry)));
    let kept = || {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &theirs).unwrap();
        text
    };
    let fresh = || export::prometheus::text(&registry).unwrap();
    assert_eq!(kept(), fresh(), "the first time");
    first.record(700);
    assert_eq!(kept(), fresh(), "a new value");
    let mut other = waits.writer(["2"]);
    other.record(900);
    registry
        .family(Spec::<Counter, 0>::new("app_late", "Came late.", []))
        .unwrap()
        .shared([])
        .add(1);
    let text = kept();
    assert_eq!(text, fresh(), "a new series and a new family");
    assert!(text.contains("app_late_total 1"), "{text}");
}

/// What the parser lets pass: every line is a comment or `name{labels} number`, names and types
/// agree, no series comes twice, and buckets rise.
#[test]
fn prometheus_text_keeps_the_rules_of_its_format() {
    let text = export::prometheus::text(&registry()).unwrap();
    let mut types = BTreeMap::new();
    let mut seen = std::collections::BTreeSet::new();
    let mut last_bucket = 0.0;
    for line in text.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            let words: Vec<&str> = comment.split(' ').collect();
            assert!(["HELP", "TYPE", "UNIT", "EOF"].contains(&words[0]), "{line}");
            if words[0] == "TYPE" {
                assert!(types.insert(words[1], words[2]).is_none(), "two types: {line}");
            }
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
        assert!(seen.insert(series), "a series comes twice: {series}");
        let name = series.split('{').next().unwrap();
        let family = types.keys().find(|family| name.starts_with(**family));
        let kind = types[family.unwrap_or_else(|| panic!("no type: {line}"))];
        assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
        if name.ends_with("_bucket") {
            assert!(series.contains("le=\""), "a bucket without bound: {line}");
            assert!(last_bucket <= value, "buckets fall: {line}");
            last_bucket = value;
        }
    }
    assert!(8 <= seen.len() && last_bucket == 5.0, "{} series", seen.len());
}

#[test]
fn the_facade_learns_totals_and_new_values() {
    let registry = registry();
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let mut bridge = export::facade::Bridge::new(&registry);
    let told = |bridge: &mut export::facade::Bridge| {
        metrics::with_local_recorder(&recorder, || bridge.flush());
        let entries = snapshotter.snapshot().into_vec().into_iter();
        let named = entries.map(|(key, unit, _, value)| {
            let labels: Vec<&str> = key.key().labels().map(metrics::Label::value).collect();
            (format!("{}/{}", key.key().name(), labels.join(",")), (unit, value))
        });
        named.collect::<BTreeMap<_, _>>()
    };
    let first = told(&mut bridge);
    let value = |name: &str| &first.get(name).unwrap_or_else(|| panic!("{first:?}")).1;
    assert_eq!(*value("app_messages_sent/1"), DebugValue::Counter(3), "a total");
    assert_eq!(*value("app_messages_sent/overflow"), DebugValue::Counter(2), "the overflow");
    assert_eq!(*value("app_depth/"), DebugValue::Gauge((-4.0).into()), "where it stands");
    assert_eq!(*value("app_held_bytes/"), DebugValue::Gauge(4096.0.into()), "with its unit");
    assert_eq!(first["app_wait_seconds/1"].0, Some(metrics::Unit::Seconds), "in seconds");
    let DebugValue::Histogram(waits) = value("app_wait_seconds/1") else { panic!("{first:?}") };
    assert_eq!(waits.len(), 5, "every value since the beginning");
    assert!((waits[0].0 - 8e-7).abs() < 8e-7 * 0.032, "800 ns: {waits:?}");
    let second = told(&mut bridge);
    let again = second.get("app_wait_seconds/1").map(|entry| &entry.1);
    let none = matches!(again, None | Some(DebugValue::Histogram(_)));
    let count = match again {
        Some(DebugValue::Histogram(waits)) => waits.len(),
        _ => 0,
    };
    assert!(none && count == 0, "no value is told twice: {again:?}");
}

#[test]
fn opentelemetry_collects_totals_with_units_and_attributes() {
    let registry = registry();
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    export::opentelemetry::register(&registry, &provider.meter("test"));
    provider.force_flush().unwrap();
    let mut told = BTreeMap::new();
    for resource in exporter.get_finished_metrics().unwrap() {
        for metric in resource.scope_metrics().flat_map(|scope| scope.metrics()) {
            for (attributes, number) in points(metric.data()) {
                let name = format!("{}[{}]{attributes}", metric.name(), metric.unit());
                assert!(told.insert(name.clone(), number).is_none(), "{name} comes twice");
            }
        }
    }
    let number = |name: &str| *told.get(name).unwrap_or_else(|| panic!("no {name}: {told:#?}"));
    assert_eq!(number("app.messages.sent[1] worker=1"), 3.0, "dots, and attributes");
    assert_eq!(number("app.messages.sent[1] otel.metric.overflow=true"), 2.0, "as is convention");
    assert_eq!(number("app.busy[s]"), 2.5, "times are in seconds");
    assert_eq!(number("app.depth[1]"), -4.0, "a gauge");
    assert_eq!(number("app.held[By]"), 4096.0, "bytes");
    assert_eq!(number("app.process.duration.count[] worker=1"), 5.0, "under its own name");
    assert_eq!(number("app.process.duration.bucket[] le=0.0025 worker=1"), 4.0, "up to 2.5 ms");
    assert_eq!(number("app.process.duration.bucket[] le=+Inf worker=1"), 5.0, "all");
    let sum = number("app.process.duration.sum[s] worker=1");
    assert!((sum - 68.7).abs() < 0.1, "the end of the range and a little more: {sum}");
}

/// The points of an instrument: attributes in order, and a number.
fn points(data: &AggregatedMetrics) -> Vec<(String, f64)> {
    fn text<'a, I: Iterator<Item = &'a opentelemetry::KeyValue>>(attributes: I) -> String {
        let mut words: Vec<String> =
            attributes.map(|pair| format!(" {}={}", pair.key, pair.value)).collect();
        words.sort();
        words.concat()
    }
    match data {
        AggregatedMetrics::U64(MetricData::Sum(sum)) => {
            sum.data_points().map(|p| (text(p.attributes()), p.value() as f64)).collect()
        }
        AggregatedMetrics::F64(MetricData::Sum(sum)) => {
            sum.data_points().map(|p| (text(p.attributes()), p.value())).collect()
        }
        AggregatedMetrics::F64(MetricData::Gauge(gauge)) => {
            gauge.data_points().map(|p| (text(p.attributes()), p.value())).collect()
        }
        other => panic!("no instrument of ours: {other:?}"),
    }
}

#[test]
fn json_has_every_number_in_base_units() {
    let json: serde_json::Value =
        serde_json::from_str(&registry().snapshot().to_json().unwrap()).unwrap();
    let family = |name: &str| {
        let families = json.as_array().unwrap();
        families.iter().find(|family| family["name"] == name).unwrap().clone()
    };
    assert_eq!(family("app_messages_sent")["series"][0]["labels"]["worker"], "1", "labels");
    assert_eq!(family("app_messages_sent")["series"][0]["value"], 3, "a counter");
    assert_eq!(family("app_busy")["series"][0]["value"], 2.5, "in seconds");
    assert_eq!(family("app_busy")["unit"], "seconds", "and it says so");
    assert_eq!(family("app_depth")["series"][0]["value"], -4, "a gauge");
    let wait = &family("app_wait")["series"][0];
    assert_eq!((&wait["count"], &wait["above_range"]), (&5.into(), &1.into()), "all, and above");
    let p50 = wait["quantiles"]["p50"].as_f64().unwrap();
    assert!((1.001e-6..1.034e-6).contains(&p50), "1001 ns: {p50}");
    let buckets = wait["buckets"].as_array().unwrap();
    assert_eq!(buckets.iter().map(|bucket| bucket[2].as_u64().unwrap()).sum::<u64>(), 5, "all");
}

mod any_labels {
    use super::*;
    use proptest::prelude::*;

    const SEEN: Spec<Counter, 2> = Spec::new("app_seen", "By who and where.", ["who", "place"]);

    /// The reverse of what the text format says of label values.
    fn unescaped(value: &str) -> String {
        let (mut text, mut rest) = (String::new(), value.chars());
        while let Some(c) = rest.next() {
            match c {
                '\\' => text.push(match rest.next() {
                    Some('n') => '\n',
                    Some(escaped) => escaped,
                    None => '\\',
                }),
                c => text.push(c),
            }
        }
        text
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_labels_are_written_so_that_they_are_read_again(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'"'), Just(b'\\'), Just(b'\n')], 0..30),
            other: String,
            number: u64,
        ) {
            let registry = Registry::new(1000);
            let who = String::from_utf8_lossy(&bytes);
            registry.family(SEEN).unwrap().writer([who.as_ref(), &other]).add(number);
            let json: serde_json::Value =
                serde_json::from_str(&registry.snapshot().to_json().unwrap()).unwrap();
            prop_assert!(json.is_object() || json.is_array(), "JSON");
            let text = export::prometheus::text(&registry).unwrap();
            // The registry has a number of its own, and its line is the other one.
            let lines = text.split('\n').filter(|line| !line.starts_with("# ") && !line.is_empty());
            let samples: Vec<&str> = lines.collect();
            let expected = format!("\"}} {number}");
            prop_assert_eq!(samples.len(), 2, "one line, and its own: {:?}", text);
            let labels = samples[0].strip_prefix("app_seen_total{who=\"").unwrap();
            let labels = labels.strip_suffix(&expected).unwrap();
            let read = unescaped(&labels.replace("\",place=\"", "\u{0}"));
            prop_assert_eq!(read, format!("{who}\u{0}{other}"), "the labels");
        }
    }
}
