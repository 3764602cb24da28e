use std::cell::Cell;

fn main() {
    let _ = windlass_qos::latest::shared::<Cell<u64>>(2);
}
