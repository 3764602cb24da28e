//! The newest value on one thread, and with one side stopped.
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    clippy::missing_assert_message,
    reason = "tests have std, and fail by panicking"
)]

use std::cell::Cell;
use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use windlass_testkit::{Wakes, poll_once};

use super::*;
use crate::{Closed, RecvError, RecvTimeoutError};

#[test]
fn a_value_is_looked_at_as_often_as_one_likes() {
    let (mut writer, mut reader) = channel();
    assert_eq!(reader.read(), None);
    assert_eq!((reader.is_new(), reader.generation()), (false, 0));
    assert_eq!(writer.write(Box::new(1)), None);
    assert!(reader.is_new());
    assert_eq!(reader.read(), Some(&Box::new(1)));
    assert!(!reader.is_new());
    assert_eq!(reader.read(), Some(&Box::new(1)), "again");
    **reader.read_mut().unwrap() += 1;
    assert_eq!(reader.take(), Some(Box::new(2)));
    assert_eq!((reader.take(), reader.read()), (None, None), "it was taken out");
    assert_eq!(writer.write(Box::new(3)), None);
    assert_eq!(reader.take(), Some(Box::new(3)));
    assert_eq!((writer.generation(), reader.generation(), reader.skipped()), (2, 2, 0));
}

#[test]
fn what_nobody_read_comes_back_and_is_counted() {
    let (mut writer, mut reader) = channel();
    assert_eq!([1, 2, 3].map(|n| writer.write(n)), [None, Some(1), Some(2)]);
    assert_eq!(reader.read(), Some(&3));
    assert_eq!([4, 5].map(|n| writer.write(n)), [None, Some(4)]);
    assert_eq!((reader.skipped(), reader.generation()), (2, 3), "up to what it saw");
    assert_eq!(reader.read(), Some(&5));
    assert_eq!((reader.skipped(), reader.generation()), (3, 5));
}

#[test]
fn setting_drops_what_nobody_read_and_says_so() {
    let alive = Arc::new(());
    let (mut writer, mut reader) = channel();
    assert_eq!([(); 2].map(|()| writer.set(Arc::clone(&alive))), [false, true]);
    assert_eq!(Arc::strong_count(&alive), 2);
    assert!(reader.take().is_some());
    assert!(!writer.set(Arc::clone(&alive)), "it was read");
    let (mut plain, mut looks) = channel();
    assert_eq!([1, 2].map(|n| plain.set(n)), [false, true]);
    assert_eq!((looks.take(), looks.take()), (Some(2), None));
    assert_eq!(plain.write(3), None, "it was read");
    plain.close();
    assert!(!plain.set(4));
    assert_eq!(looks.read(), Some(&3));
    assert_eq!(looks.skipped(), 1);
}

#[test]
fn the_last_value_stays_when_the_writer_closes() {
    let (mut writer, mut reader) = channel();
    writer.write(1);
    writer.close();
    assert_eq!(writer.write(2), Some(2), "refused");
    assert!(reader.is_closed() && writer.is_closed());
    assert_eq!(reader.changed(), Ok(()), "there is one to see");
    assert_eq!(reader.read(), Some(&1));
    assert_eq!(reader.changed(), Err(RecvError::Closed));
    drop(writer);
    assert_eq!(reader.read(), Some(&1));
    assert!(reader.is_closed());
}

#[test]
fn the_end_is_known_also_when_it_came_with_a_new_value() {
    let (mut writer, mut reader) = channel();
    writer.write(1);
    drop(writer);
    assert_eq!(reader.read(), Some(&1));
    assert!(reader.is_closed(), "the exchange of the reader does not lose it");
    assert_eq!(reader.changed_timeout(Duration::ZERO), Err(RecvTimeoutError::Closed));
}

#[test]
fn every_value_is_dropped_once_wherever_it_is() {
    let alive = Arc::new(());
    let (mut writer, mut reader) = channel();
    for n in 0..20 {
        drop(writer.write(Arc::clone(&alive)));
        if n % 3 == 0 {
            assert!(reader.read().is_some());
        }
        assert!(Arc::strong_count(&alive) <= 3, "one written, one read");
    }
    drop(writer);
    assert!(Arc::strong_count(&alive) >= 2);
    drop(reader);
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[test]
fn a_writer_goes_on_while_the_reader_looks_at_a_value_and_the_reader_when_the_writer_stopped() {
    let (mut writer, mut reader) = channel();
    writer.write(0);
    let value = reader.read().unwrap();
    for n in 1..=30 {
        assert_eq!(writer.write(n), (n > 1).then_some(n - 1));
        assert_eq!(*value, 0, "what is looked at stays");
    }
    assert_eq!(reader.read(), Some(&30));
    assert_eq!(reader.read(), Some(&30), "nobody writes: it stays");
}

#[test]
fn waiting_ends_with_a_value_a_close_or_at_the_deadline() {
    fn poll<F: Future>(future: F) -> Poll<F::Output> {
        Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }
    let (mut writer, mut reader) = channel();
    assert_eq!(reader.changed_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout));
    assert!(poll(reader.changed_async()).is_pending());
    writer.write(1);
    assert_eq!(poll(reader.changed_async()), Poll::Ready(Ok(())));
    assert_eq!(reader.changed(), Ok(()));
    reader.read();
    writer.close();
    assert_eq!(poll(reader.changed_async()), Poll::Ready(Err(RecvError::Closed)));

    let (mut writer, readers) = shared(1).unwrap();
    let mut reader = readers.reader().unwrap();
    assert_eq!(reader.changed_timeout(Duration::ZERO), Err(RecvTimeoutError::Timeout));
    assert!(poll(reader.changed_async()).is_pending());
    writer.write(1).unwrap();
    assert_eq!(poll(reader.changed_async()), Poll::Ready(Ok(())));
    assert_eq!(reader.changed(), Ok(()));
    reader.read();
    writer.close();
    assert_eq!(poll(reader.changed_async()), Poll::Ready(Err(RecvError::Closed)));
    assert_eq!(reader.changed(), Err(RecvError::Closed));
}

#[test]
fn values_need_not_be_sync_for_one_reader() {
    fn sent<T: Send>(value: T) -> T {
        value
    }
    let (writer, reader) = channel::<Cell<u32>>();
    let (mut writer, mut reader) = (sent(writer), sent(reader));
    writer.write(Cell::new(1));
    drop(sent(reader.changed_async()));
    assert_eq!(reader.read().map(Cell::get), Some(1));
}

#[test]
fn several_readers_see_the_same_value_and_count_what_they_skipped() {
    let (mut writer, readers) = shared(2).unwrap();
    let mut one = readers.reader().unwrap();
    assert_eq!(one.read(), None);
    assert!(!one.is_new());
    writer.write(String::from("1")).unwrap();
    writer.write(String::from("2")).unwrap();
    let mut two = readers.reader().unwrap();
    assert!(readers.reader().is_err(), "two at most");
    assert!(one.is_new() && two.is_new());
    assert_eq!((one.read().unwrap(), two.read().unwrap()), (&"2".into(), &"2".into()));
    assert_eq!(one.read().unwrap(), "2", "again");
    assert!(!one.is_new());
    assert_eq!((one.skipped(), one.generation()), (1, 2));
    assert_eq!((two.skipped(), two.generation()), (0, 2), "it came later");
    writer.close();
    assert_eq!(writer.write("3".into()), Err(Closed("3".into())));
    assert_eq!(one.read().unwrap(), "2");
    one.let_go();
    assert_eq!(one.read(), None);
}

#[test]
fn a_writer_for_several_goes_on_while_they_look_and_drops_once() {
    let alive = Arc::new(());
    let (mut writer, readers) = shared(2).unwrap();
    let (mut one, mut two) = (readers.reader().unwrap(), readers.reader().unwrap());
    writer.write((Arc::clone(&alive), 0)).ok().unwrap();
    let first = one.read().unwrap();
    writer.write((Arc::clone(&alive), 1)).ok().unwrap();
    let second = two.read().unwrap();
    for n in 2..30 {
        writer.write((Arc::clone(&alive), n)).ok().unwrap();
        assert_eq!((first.1, second.1), (0, 1), "what is looked at stays");
    }
    assert_eq!(Arc::strong_count(&alive), 1 + 3, "two looked at, and the newest");
    assert_eq!((one.read().unwrap().1, two.read().unwrap().1), (29, 29));
    drop((writer, readers, one, two));
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[test]
fn who_waits_is_woken_by_whatever_the_writer_does() {
    type Does = fn(Writer<u32>) -> Option<Writer<u32>>;
    let wakes = Wakes::new();
    let does: [Does; 4] = [
        |mut writer| writer.write(1).is_none().then_some(writer),
        |mut writer| (!writer.set(1)).then_some(writer),
        |mut writer| {
            writer.close();
            Some(writer)
        },
        |_| None,
    ];
    for (n, does) in does.into_iter().enumerate() {
        let (writer, mut reader) = channel();
        let mut waiting = Box::pin(reader.changed_async());
        assert!(poll_once(waiting.as_mut(), &wakes).is_pending());
        let _writer = does(writer);
        assert_eq!(wakes.count(), n + 1);
        assert!(poll_once(waiting.as_mut(), &wakes).is_ready());
    }
}

#[test]
fn each_of_several_that_wait_is_woken() {
    let wakes = [Wakes::new(), Wakes::new()];
    let (mut writer, readers) = shared(2).unwrap();
    let mut both = [readers.reader().unwrap(), readers.reader().unwrap()];
    let mut waiting = both.each_mut().map(|reader| Box::pin(reader.changed_async()));
    for (waits, wakes) in waiting.iter_mut().zip(&wakes) {
        assert!(poll_once(waits.as_mut(), wakes).is_pending());
    }
    writer.write(1).unwrap();
    assert_eq!(wakes.each_ref().map(Wakes::count), [1, 1]);
    for (waits, wakes) in waiting.iter_mut().zip(&wakes) {
        assert!(poll_once(waits.as_mut(), wakes).is_ready());
    }
}
