//! Slots of `&'static str` are no slots of shorter-lived ones.

use windlass_ring::{Slots, one_to_one};

fn main() {
    let (mut producer, _poller) = one_to_one(8, || "static").unwrap();
    let owned = String::from("short");
    let write = |slots: Slots<'_, &'static str>| {
        let mut slots: Slots<'_, &str> = slots;
        *slots.get_mut(0).unwrap() = &owned;
    };
    producer.publish_batch(1, write).unwrap();
}
