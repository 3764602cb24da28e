use windlass_metrics::{Counter, Spec};

const BUSY: Spec<Counter, 0> = Spec::new("busy_seconds", "", []);

fn main() {
    let _spec = BUSY;
}
