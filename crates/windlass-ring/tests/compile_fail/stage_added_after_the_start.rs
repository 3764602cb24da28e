//! A running ring takes no more stages.

use windlass_ring::Builder;

fn main() {
    let (_producer, ring) = Builder::new(8, || 0_u64).stage("a").each(|_, _| {}).start().unwrap();
    let _more = ring.stage("b");
}
