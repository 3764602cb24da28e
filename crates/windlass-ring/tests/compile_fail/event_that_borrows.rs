//! Events live as long as the ring, whose handles may go anywhere.

fn main() {
    let local = String::from("local");
    let _ring = windlass_ring::one_to_one(8, || local.as_str());
}
