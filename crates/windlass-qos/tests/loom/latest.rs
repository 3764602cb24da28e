//! The newest value.

use super::broadcast::model;
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;
use windlass_qos::Wait;
use windlass_qos::latest::{channel, shared};

#[test]
fn every_value_is_seen_or_comes_back_and_none_twice() {
    model(|| {
        let (mut writer, mut reader) = channel::<u64>();
        let writes = thread::spawn(move || {
            let back = (1..=3).filter(|n| writer.write(*n).is_some()).count() as u64;
            (writer, back)
        });
        let (mut seen, mut last) = (0, 0);
        let mut look = |reader: &mut windlass_qos::latest::Reader<u64>| {
            if let Some(value) = reader.take() {
                assert!(value > last, "never back, never again");
                last = value;
                seen += 1;
                assert_eq!(reader.generation(), value, "and it is known which");
            }
        };
        for _ in 0..2 {
            thread::yield_now();
            look(&mut reader);
        }
        let (writer, back) = writes.join().unwrap();
        look(&mut reader);
        assert_eq!((last, seen + back), (3, 3), "the last one is always seen");
        assert_eq!((writer.generation(), reader.skipped()), (3, back));
    });
}

#[test]
fn what_is_looked_at_is_not_overwritten() {
    model(|| {
        let (mut writer, mut reader) = channel::<u64>();
        let writes = thread::spawn(move || {
            for n in 1..=3 {
                writer.write(n);
            }
        });
        for _ in 0..2 {
            thread::yield_now();
            if let Some(value) = reader.read_mut() {
                *value += 10;
                let first = *value;
                thread::yield_now();
                assert_eq!(*value, first, "it stays");
            }
        }
        writes.join().unwrap();
    });
}

#[test]
fn a_close_at_any_time_wakes_and_keeps_the_last_value() {
    model(|| {
        let (mut writer, reader) = channel::<u64>();
        let mut reader = reader.wait(Wait::blocking());
        let writes = thread::spawn(move || {
            writer.write(1);
            writer.close();
        });
        while reader.changed().is_ok() {
            assert_eq!(reader.read(), Some(&1));
        }
        assert_eq!(reader.read(), Some(&1), "it stays");
        writes.join().unwrap();
    });
}

#[test]
fn who_sees_a_change_or_the_end_sees_what_was_done_before() {
    for close in [false, true] {
        model(move || {
            let done = Arc::new(AtomicU64::new(0));
            let (mut writer, reader) = channel::<u64>();
            let writes = thread::spawn({
                let done = Arc::clone(&done);
                move || {
                    done.store(1, Ordering::Relaxed);
                    if close {
                        writer.close();
                    } else {
                        writer.write(1);
                    }
                    writer
                }
            });
            thread::yield_now();
            if reader.is_new() || reader.is_closed() {
                assert_eq!(done.load(Ordering::Relaxed), 1, "it was done before");
            }
            drop(writes.join().unwrap());
        });
    }
}

#[test]
fn several_look_at_values_while_they_are_replaced() {
    model(|| {
        let (mut writer, readers) = shared::<u64>(2).unwrap();
        let mut one = readers.reader().unwrap();
        let mut two = readers.reader().unwrap();
        let looks = thread::spawn(move || {
            let first = one.read().copied();
            let again = one.read().copied();
            assert!(first <= again, "never back");
        });
        writer.write(1).unwrap();
        let first = two.read().copied();
        writer.write(2).unwrap();
        writer.write(3).unwrap();
        assert_eq!((first, two.read().copied()), (Some(1), Some(3)));
        looks.join().unwrap();
    });
}
