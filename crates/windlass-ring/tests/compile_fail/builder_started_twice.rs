//! Starting consumes the builder.

use windlass_ring::Builder;

fn main() {
    let builder = Builder::new(8, || 0_u64).stage("a").each(|_, _| {});
    let _first = builder.start();
    let _second = builder.start();
}
