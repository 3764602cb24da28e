fn main() {
    let counter = windlass_metrics::Counter::new();
    let _second = counter.clone();
}
