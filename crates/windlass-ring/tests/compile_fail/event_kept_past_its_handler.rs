//! A handler cannot keep the event that it was lent.

use windlass_ring::Builder;

fn main() {
    let mut kept: Option<&'static u64> = None;
    let _ring = Builder::new(8, || 0_u64).stage("keeps").each(move |event, _| {
        kept = Some(event);
        println!("{kept:?}");
    });
}
