//! Our histogram beside `hdrhistogram`, on random and on adversarial data.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use hdrhistogram::Histogram as Hdr;
use proptest::prelude::*;
use windlass_metrics::{Histogram, HistogramSnapshot, Layout};

const QUANTILES: [f64; 9] = [0.0, 0.001, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0];

/// Largest error that is promised, for the coarsest layout.
const ERROR: f64 = 0.032;

/// Records the same values in both.
fn both(layout: Layout, values: &[u64]) -> (HistogramSnapshot, Hdr<u64>) {
    let mut ours = Histogram::new(layout);
    // Three digits: thirty times as precise as our coarsest layout.
    let mut theirs = Hdr::new_with_bounds(1, u64::MAX / 2, 3).unwrap();
    for value in values {
        ours.record(*value);
        theirs.record(*value).unwrap();
    }
    (ours.reader().read(), theirs)
}

/// Whether `seen` is what was recorded as `exact`, rounded up within the error of both.
fn is_near(seen: f64, exact: f64, error: f64) -> bool {
    let theirs = 1e-3 * exact;
    exact - theirs <= seen && seen <= exact * (1.0 + error) + theirs
}

fn check(layout: Layout, values: &[u64]) {
    let (ours, theirs) = both(layout, values);
    let error = layout.error();
    assert!(error <= ERROR, "{error} is promised to be at most {ERROR}");
    assert_eq!(ours.count(), theirs.len(), "every value is counted");
    for q in QUANTILES {
        let (seen, exact) = (ours.quantile(q), theirs.value_at_quantile(q));
        let near = is_near(seen as f64, exact as f64, error);
        assert!(near, "quantile {q}: {seen} instead of {exact}");
    }
    let (seen, exact) = (ours.max().unwrap(), theirs.max());
    assert!(is_near(seen as f64, exact as f64, error), "max: {seen} instead of {exact}");
    let exact = values.iter().map(|value| *value as f64).sum::<f64>() / values.len() as f64;
    let seen = ours.mean().unwrap();
    let off = (seen - exact).abs();
    assert!(off <= error * exact / 2.0 + 1e-6, "mean: {seen} instead of {exact}");
    let min = values.iter().min().copied().unwrap();
    let seen = ours.min().unwrap();
    assert!(seen <= min && min as f64 <= seen as f64 * (1.0 + error), "min: {seen} not {min}");
}

/// Values of every order of magnitude.
fn value() -> impl Strategy<Value = u64> {
    (0_u32..62, any::<u64>()).prop_map(|(bits, noise)| (1_u64 << bits) | (noise >> (63 - bits)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_values_are_within_the_error(
        values in prop::collection::vec(value(), 1..400),
        bits in 5_u32..=10,
    ) {
        check(Layout::with_bits(u64::MAX, bits), &values);
    }

    #[test]
    fn merged_parts_are_the_whole(
        left in prop::collection::vec(value(), 0..100),
        right in prop::collection::vec(value(), 0..100),
    ) {
        let layout = Layout::new(u64::MAX);
        let (mut merged, _) = both(layout, &left);
        let (other, _) = both(layout, &right);
        merged.merge(&other).unwrap();
        let whole: Vec<u64> = left.iter().chain(&right).copied().collect();
        prop_assert_eq!(&merged, &both(layout, &whole).0, "as if one had recorded all");
        prop_assert_eq!(merged.since(&other).unwrap(), both(layout, &left).0, "and apart again");
    }

    #[test]
    fn values_of_any_size_are_counted_within_or_above_the_range(
        values in prop::collection::vec(any::<u64>(), 1..100),
        highest in value(),
    ) {
        let layout = Layout::new(highest);
        let mut ours = Histogram::new(layout);
        values.iter().for_each(|value| ours.record(*value));
        let seen = ours.reader().read();
        let above = values.iter().filter(|value| layout.highest() < **value).count();
        prop_assert_eq!(seen.count(), values.len() as u64, "none is lost");
        prop_assert_eq!(seen.above_range(), above as u64, "and each is where it belongs");
        prop_assert!(seen.max().unwrap() <= layout.highest(), "nothing is read above the range");
    }
}

#[test]
fn adversarial_values_are_within_the_error() {
    let edges: Vec<u64> = (0..62)
        .flat_map(|bits| [-1_i64, 0, 1].map(|off| (1_u64 << bits).wrapping_add_signed(off)))
        .collect();
    let ladders: [Vec<u64>; 7] = [
        vec![0],
        vec![u64::MAX / 2],
        vec![0, u64::MAX / 2],
        edges.clone(),
        [vec![1; 999], vec![1_000_000_007]].concat(),
        (0..10_000).collect(),
        // Just where a bucket begins and just where it ends.
        (5..61).flat_map(|bits| (0..32).map(move |n| ((32 + n) << (bits - 5)) - 1)).collect(),
    ];
    for values in ladders {
        for bits in [5, 7, 12] {
            check(Layout::with_bits(u64::MAX, bits), &values);
        }
    }
}

#[test]
fn the_worst_value_of_each_bucket_is_within_the_error() {
    // The smallest value of a bucket is read as its largest one: nothing can be further off.
    let layout = Layout::new(u64::MAX);
    for bits in 0..64 {
        for step in 0..32_u64 {
            let value = (1_u64 << bits) | (step << bits >> 5);
            let mut one = Histogram::new(layout);
            one.record(value);
            let seen = one.reader().read().quantile(0.5);
            let error = (seen - value) as f64 / value as f64;
            assert!(error <= ERROR, "{value} is read as {seen}: off by {error}");
        }
    }
}
