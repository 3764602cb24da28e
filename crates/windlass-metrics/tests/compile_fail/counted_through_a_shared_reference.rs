fn main() {
    let counter = windlass_metrics::Counter::new();
    let shared = &counter;
    std::thread::scope(|scope| {
        scope.spawn(|| shared.increment());
    });
}
