//! The newest position of a vehicle, for a control loop that wants nothing older.
#![allow(clippy::print_stdout, reason = "an example shows something")]

use windlass_sync::thread;

use windlass_qos::latest;

fn main() -> Result<(), Box<dyn core::error::Error>> {
    let (mut writer, mut reader) = latest::channel::<Vec<f64>>();
    let sensor = thread::spawn(move || {
        for step in 0..10_000 {
            // What comes back was not read; its memory can be used again.
            let unread = writer.write(vec![f64::from(step); 3]);
            drop(unread);
        }
    });
    let mut looks = 0;
    while reader.changed().is_ok() {
        looks += u64::from(reader.read().is_some());
    }
    sensor.join().map_err(|_| "the sensor panicked")?;
    let last = reader.read().and_then(|position| position.first().copied());
    println!("{looks} looks, {} skipped, the last at {last:?}", reader.skipped());
    assert_eq!(
        (last, looks + reader.skipped()),
        (Some(9_999.0), 10_000),
        "none is unaccounted for"
    );
    Ok(())
}
