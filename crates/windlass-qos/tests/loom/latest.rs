//! The newest value.

use super::support::{model, tells};
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
    tells(channel::<u64>, |writer| drop(writer.write(1)), |reader| reader.is_new());
    tells(channel::<u64>, |writer| writer.close(), |reader| reader.is_closed());
}

/// The reader empties a slot, gives it away, and the writer gets it with one value and fills it with the next.
#[test]
fn a_slot_that_comes_back_is_done_with() {
    model(|| {
        let (mut writer, mut reader) = channel::<Box<u64>>();
        assert_eq!(writer.write(Box::new(1)), None);
        assert_eq!(reader.read().map(|value| **value), Some(1), "in hand");
        assert_eq!(writer.write(Box::new(2)), None);
        let reads = thread::spawn(move || {
            let seen = reader.read().map(|value| **value);
            (reader, seen)
        });
        let third = writer.write(Box::new(3));
        let fourth = writer.write(Box::new(4));
        let (_reader, seen) = reads.join().unwrap();
        let back = [third, fourth].into_iter().flatten().count();
        assert_eq!(back, if seen == Some(4) { 2 } else { 1 }, "whoever saw {seen:?}");
    });
}

/// One reader of three slots: the value that it had in hand is given back before it has the next one.
#[test]
fn who_sees_a_look_sees_what_was_given_back_before_it() {
    model(|| {
        let (mut writer, readers) = shared::<u64>(1).unwrap();
        let mut reader = readers.reader().unwrap();
        writer.write(1).unwrap();
        assert_eq!(reader.read(), Some(&1), "in hand");
        writer.write(2).unwrap();
        let looks = thread::spawn(move || {
            let seen = reader.read().copied();
            (reader, seen)
        });
        writer.write(3).unwrap();
        writer.write(4).unwrap();
        let (_reader, seen) = looks.join().unwrap();
        assert!((Some(2)..=Some(4)).contains(&seen), "a later one: {seen:?}");
    });
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
