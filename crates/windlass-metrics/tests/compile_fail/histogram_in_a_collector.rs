use windlass_metrics::{Collected, Histogram, Spec};

fn main() {
    let spec: Spec<Histogram, 0> = Spec::new("a", "", []);
    let _collected = Collected::from(spec);
}
