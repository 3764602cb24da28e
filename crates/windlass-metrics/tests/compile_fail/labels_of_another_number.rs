use windlass_metrics::{Counter, Registry, Spec};

fn main() {
    let spec: Spec<Counter, 2> = Spec::new("a", "", ["x", "y"]);
    let family = Registry::new(100).family(spec).unwrap();
    let _counter = family.writer(["x"]);
}
