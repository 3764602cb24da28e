use windlass_metrics::{Histogram, Layout};

fn main() {
    let histogram = Histogram::new(Layout::LATENCY);
    let shared = &histogram;
    shared.record(1);
}
