//! Tasks as ends: wake-ups, futures dropped at every point, and tasks beside threads.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use windlass_qos::{
    BestEffort, Builder, Closed, Guaranteed, Level, QosLevel, RealTime, RecvError, Reliable, Wait,
    guaranteed, lanes, reliable,
};
use windlass_sync::thread;
use windlass_testkit::{Tally, Wakes, block_on, poll_once};

use crate::levels::each_level;

#[test]
fn a_task_that_receives_is_woken_by_a_message_and_by_the_end() {
    fn check<L: Level>(level: L) {
        let (mut tx, mut rx) = Builder::new(level, 2).build().unwrap();
        let wakes = Wakes::new();
        {
            let mut receiving = pin!(rx.recv_async());
            assert_eq!(poll_once(receiving.as_mut(), &wakes), Poll::Pending, "{level:?}");
            assert_eq!(poll_once(receiving.as_mut(), &wakes), Poll::Pending, "{level:?}: again");
            assert_eq!((wakes.count(), wakes.kept()), (0, 1), "{level:?}: one waker waits");
            tx.send(1).unwrap();
            assert_eq!((wakes.count(), wakes.kept()), (1, 0), "{level:?}: it was called");
            assert_eq!(poll_once(receiving.as_mut(), &wakes), Poll::Ready(Ok(1)), "{level:?}");
        }
        let mut receiving = pin!(rx.recv_async());
        assert_eq!(poll_once(receiving.as_mut(), &wakes), Poll::Pending, "{level:?}");
        drop(tx);
        assert_eq!(wakes.count(), 2, "{level:?}: the end wakes");
        let end = Poll::Ready(Err(RecvError::Closed));
        assert_eq!(poll_once(receiving.as_mut(), &wakes), end, "{level:?}");
    }
    each_level!(check);
}

#[test]
fn a_task_that_sends_is_woken_by_room_and_by_a_close() {
    let (mut tx, mut rx) = guaranteed(1).unwrap();
    let wakes = Wakes::new();
    assert_eq!(poll_once(pin!(tx.send_async(1)), &wakes), Poll::Ready(Ok(())), "there is room");
    {
        let mut sending = pin!(tx.send_async(2));
        assert_eq!(poll_once(sending.as_mut(), &wakes), Poll::Pending, "full");
        assert_eq!(poll_once(sending.as_mut(), &wakes), Poll::Pending, "still");
        assert_eq!((wakes.count(), wakes.kept()), (0, 1), "one waker waits");
        assert_eq!(rx.recv(), Ok(1), "which makes room");
        assert_eq!((wakes.count(), wakes.kept()), (1, 0), "it was called");
        assert_eq!(poll_once(sending.as_mut(), &wakes), Poll::Ready(Ok(())), "sent");
    }
    let mut sending = pin!(tx.send_async(3));
    assert_eq!(poll_once(sending.as_mut(), &wakes), Poll::Pending, "full");
    rx.close();
    assert_eq!(wakes.count(), 2, "a close wakes");
    assert_eq!(poll_once(sending.as_mut(), &wakes), Poll::Ready(Err(Closed(3))), "given back");
    assert_eq!(rx.iter().collect::<Vec<_>>(), [2], "what was accepted");
}

#[test]
fn a_task_that_sends_into_a_lane_is_woken_by_every_end_of_the_lane() {
    type Ends = (lanes::Sender<u32>, lanes::Receiver<u32>);
    let ends: [fn(Ends) -> Option<Ends>; 3] = [
        |(tx, rx)| {
            tx.close();
            Some((tx, rx))
        },
        |(tx, rx)| {
            rx.close();
            Some((tx, rx))
        },
        |_| None,
    ];
    for (n, end) in ends.into_iter().enumerate() {
        let lane = lanes::Lane::new(QosLevel::Guaranteed, 1).senders(2);
        let (mut senders, rx) = lanes::Builder::new().lane(lane).build().unwrap();
        let mut tx = senders.remove(0);
        let (other, wakes) = (tx.clone(), Wakes::new());
        tx.send(1).unwrap();
        let mut sending = pin!(tx.send_async(2));
        assert_eq!(poll_once(sending.as_mut(), &wakes), Poll::Pending, "{n}: full");
        let _ends = end((other, rx));
        assert_eq!(wakes.count(), 1, "{n}: woken");
        assert_eq!(poll_once(sending.as_mut(), &wakes), Poll::Ready(Err(Closed(2))), "{n}");
    }
}

#[test]
fn a_task_never_waits_where_the_level_overwrites() {
    fn check<L: Level>(level: L) {
        let (mut tx, rx) =
            Builder::new(level, 1).wait_then_overwrite(Duration::MAX).build().unwrap();
        let wakes = Wakes::new();
        for message in 1..=3 {
            let sent = poll_once(pin!(tx.send_async(message)), &wakes);
            let waits = message != 1 && !level.qos().overwrites();
            assert_eq!(sent.is_pending(), waits, "{level:?}");
        }
        drop(rx);
        let refused = poll_once(pin!(tx.send_async(4)), &wakes);
        assert_eq!(refused, Poll::Ready(Err(Closed(4))), "{level:?}: given back");
    }
    each_level!(check);
}

/// A send future that goes away sends nothing, drops its message once, and leaves no waker.
#[test]
fn a_send_future_may_be_dropped_at_every_point() {
    let (tally, wakes) = (Tally::new(), Wakes::new());
    let (mut tx, mut rx) = guaranteed(1).unwrap();
    drop(tx.send_async(tally.make()));
    assert_eq!((tally.dropped(), rx.len()), (1, 0), "never polled");
    assert!(tx.send_async(tally.make()).into_message().is_some(), "never polled, taken back");
    tx.send(tally.make()).unwrap();
    {
        let mut sending = pin!(tx.send_async(tally.make()));
        assert!(poll_once(sending.as_mut(), &wakes).is_pending(), "full");
        assert_eq!(wakes.kept(), 1, "it waits");
    }
    assert_eq!((wakes.kept(), wakes.count()), (0, 0), "dropped while it waits");
    {
        let mut sending = pin!(tx.send_async(tally.make()));
        assert!(poll_once(sending.as_mut(), &wakes).is_pending(), "full");
        drop(rx.recv().unwrap());
        assert_eq!(wakes.count(), 1, "woken");
    }
    assert_eq!(rx.len(), 0, "dropped after it was woken: nothing was sent");
    {
        let mut sending = pin!(tx.send_async(tally.make()));
        assert!(poll_once(sending.as_mut(), &wakes).is_ready(), "sent");
    }
    assert_eq!(rx.len(), 1, "dropped after it was done: it was accepted");
    drop((tx, rx));
    assert_eq!((tally.made(), tally.dropped()), (6, 6), "each of them once");
}

/// A receive future that goes away has taken nothing, and another receiver is woken instead of it.
#[test]
fn a_receive_future_may_be_dropped_at_every_point() {
    let wakes = [Wakes::new(), Wakes::new()];
    let (mut tx, mut rx) = Builder::new(Guaranteed, 2).many_receivers(2).build().unwrap();
    let mut other = rx.clone();
    drop(rx.recv_async());
    {
        let mut receiving = pin!(rx.recv_async());
        assert!(poll_once(receiving.as_mut(), &wakes[0]).is_pending(), "empty");
    }
    assert_eq!(wakes[0].kept(), 0, "dropped while it waits");
    let mut others = pin!(other.recv_async());
    assert!(poll_once(others.as_mut(), &wakes[1]).is_pending(), "empty");
    {
        let mut receiving = pin!(rx.recv_async());
        assert!(poll_once(receiving.as_mut(), &wakes[0]).is_pending(), "empty");
        tx.send(1).unwrap();
    }
    assert_eq!(wakes[1].count(), 1, "the other one was woken as well");
    assert_eq!(poll_once(others.as_mut(), &wakes[1]), Poll::Ready(Ok(1)), "and has it");
}

#[test]
fn a_future_tells_what_is_missing() {
    let (mut tx, mut rx) = reliable(1).unwrap();
    tx.send_many([1, 2]).unwrap();
    assert_eq!(block_on(rx.recv_async()), Err(RecvError::Lagged(1)), "in line");
    assert_eq!(block_on(rx.recv_async()), Ok(2), "then the message");
}

/// A handle used as a task and then as a thread, with its future forgotten in between.
#[test]
fn a_forgotten_future_keeps_nobody_from_being_woken() {
    let (mut tx, mut rx) = Builder::new(Guaranteed, 1).wait(Wait::blocking()).build().unwrap();
    let wakes = Wakes::new();
    // Never dropped, as if it was forgotten; but there is nothing on the heap to leak.
    let mut receiving = std::mem::ManuallyDrop::new(rx.recv_async());
    assert!(poll_once(pin!(&mut *receiving), &wakes).is_pending(), "empty");
    let sending = thread::spawn(move || tx.send(1));
    assert_eq!(rx.recv(), Ok(1), "as a thread");
    sending.join().unwrap().unwrap();
}

#[test]
#[cfg_attr(miri, ignore = "too slow")]
fn tasks_and_threads_mix_on_one_buffer() {
    const EACH: u64 = 10_000;
    let (tx, rx) = Builder::new(Guaranteed, 2)
        .many_senders(2)
        .many_receivers(2)
        .wait(Wait::blocking())
        .sender_wait(Wait::blocking())
        .build()
        .unwrap();
    let (mut tx_task, mut tx_thread) = (tx.clone(), tx);
    let (mut rx_task, mut rx_thread) = (rx.clone(), rx);
    let sending = thread::spawn(move || {
        block_on(async {
            for n in 0..EACH {
                tx_task.send_async(n).await.unwrap();
            }
        });
    });
    let also_sending = thread::spawn(move || (0..EACH).try_for_each(|n| tx_thread.send(n)));
    let receiving = thread::spawn(move || {
        block_on(async {
            let mut sum = 0;
            while let Ok(n) = rx_task.recv_async().await {
                sum += n;
            }
            sum
        })
    });
    let sum: u64 = rx_thread.iter().sum();
    sending.join().unwrap();
    also_sending.join().unwrap().unwrap();
    assert_eq!(sum + receiving.join().unwrap(), EACH * (EACH - 1), "all of them");
}

#[cfg(feature = "stream")]
mod stream {
    use super::{
        Builder, Level, Poll, RecvError, Reliable, Wakes, block_on, pin, reliable, thread,
    };
    use futures_core::Stream;
    use std::future::poll_fn;
    use std::pin::Pin;
    use windlass_qos::QosLevel;

    async fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
        poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await
    }

    #[test]
    fn a_stream_yields_messages_and_ends() {
        fn check<L: Level>(level: L) {
            let (mut tx, rx) = Builder::new(level, 8).build().unwrap();
            let sending = thread::spawn(move || tx.send_many(0..8).unwrap());
            let mut seen = block_on(async {
                let mut stream = rx.stream();
                let mut seen = Vec::new();
                while let Some(message) = next(&mut stream).await {
                    seen.push(message);
                }
                seen
            });
            sending.join().unwrap();
            seen.sort_unstable();
            assert!(seen.into_iter().eq(0..8), "{level:?}");
        }
        QosLevel::ALL.into_iter().for_each(check);
    }

    #[test]
    fn a_stream_passes_over_what_is_missing_or_reports_it() {
        let build = || {
            let (mut tx, rx) = reliable(1).unwrap();
            tx.send_many([1, 2]).unwrap();
            rx
        };
        let mut stream = build().stream();
        assert_eq!(block_on(next(&mut stream)), Some(2), "messages alone");
        assert_eq!(stream.stats().dropped(), 1, "counted");
        let mut reports = build().stream().reports();
        assert_eq!(block_on(next(&mut reports)), Some(Err(RecvError::Lagged(1))), "in line");
        assert_eq!(block_on(next(&mut reports)), Some(Ok(2)), "then the message");
        assert_eq!(block_on(next(&mut reports)), None, "the end");
    }

    #[test]
    fn a_stream_leaves_no_waker_behind() {
        let (mut tx, rx) = Builder::new(Reliable, 1).many_receivers(2).build().unwrap();
        let wakes = Wakes::new();
        // Another one, or the buffer would be closed with the stream, which wakes everybody.
        let _other = rx.clone();
        let mut stream = rx.stream();
        let polled = super::poll_once(pin!(next(&mut stream)), &wakes);
        assert_eq!((polled, wakes.kept()), (Poll::Pending, 1), "it waits");
        tx.send(1).unwrap();
        assert_eq!(wakes.count(), 1, "woken");
        assert_eq!(super::poll_once(pin!(next(&mut stream)), &wakes), Poll::Ready(Some(1)), "it");
        let polled = super::poll_once(pin!(next(&mut stream)), &wakes);
        assert_eq!((polled, wakes.kept()), (Poll::Pending, 1), "it waits");
        drop(stream);
        assert_eq!(wakes.kept(), 0, "gone");
    }
}

#[cfg(feature = "sink")]
mod sink {
    use super::{Builder, Closed, Guaranteed, Poll, Wakes, block_on, guaranteed, pin, thread};
    use futures_sink::Sink;
    use std::future::poll_fn;
    use std::pin::Pin;
    use windlass_qos::{Level, Outlet, Paths};

    async fn feed<L: Level, P: Paths>(
        sink: &mut Outlet<u32, L, P>,
        message: u32,
    ) -> Result<(), Closed<u32>> {
        poll_fn(|cx| Pin::new(&mut *sink).poll_ready(cx)).await?;
        Pin::new(sink).start_send(message)
    }

    async fn close<L: Level, P: Paths>(sink: &mut Outlet<u32, L, P>) -> Result<(), Closed<u32>> {
        poll_fn(|cx| Pin::new(&mut *sink).poll_close(cx)).await
    }

    #[test]
    fn a_sink_sends_everything_before_it_closes() {
        let (tx, mut rx) = guaranteed(2).unwrap();
        let sending = thread::spawn(move || {
            block_on(async {
                let mut sink = tx.sink();
                for message in 0..100 {
                    feed(&mut sink, message).await?;
                }
                close(&mut sink).await
            })
        });
        assert!(rx.iter().eq(0..100), "all, in order, and the end");
        sending.join().unwrap().unwrap();
    }

    #[test]
    fn a_sink_waits_with_what_found_no_room() {
        let (tx, mut rx) = Builder::new(Guaranteed, 1).many_senders(2).build().unwrap();
        let (mut other, wakes) = (tx.clone(), Wakes::new());
        let mut sink = tx.sink();
        assert!(super::poll_once(pin!(feed(&mut sink, 1)), &wakes).is_ready(), "room");
        assert!(super::poll_once(pin!(feed(&mut sink, 2)), &wakes).is_ready(), "it takes one");
        assert!(super::poll_once(pin!(feed(&mut sink, 3)), &wakes).is_pending(), "and no more");
        assert!(super::poll_once(pin!(close(&mut sink)), &wakes).is_pending(), "not yet sent");
        assert_eq!((rx.recv(), wakes.count()), (Ok(1), 1), "which makes room");
        assert!(super::poll_once(pin!(close(&mut sink)), &wakes).is_ready(), "sent and closed");
        assert_eq!((rx.recv(), rx.is_closed()), (Ok(2), false), "there is another sender");
        assert_eq!(block_on(feed(&mut sink, 4)), Err(Closed(4)), "this one is gone");
        other.send(5).unwrap();
        let mut sink = other.sink();
        assert!(super::poll_once(pin!(feed(&mut sink, 6)), &wakes).is_ready(), "it takes one");
        let (sender, started) = sink.into_parts();
        assert_eq!((sender.is_some(), started), (true, Some(6)), "taken back");
    }

    #[test]
    fn a_sink_gives_back_what_a_closed_buffer_refuses() {
        let (tx, mut rx) = guaranteed(1).unwrap();
        let wakes = Wakes::new();
        let mut sink = tx.sink();
        block_on(feed(&mut sink, 1)).unwrap();
        block_on(feed(&mut sink, 2)).unwrap();
        assert!(super::poll_once(pin!(feed(&mut sink, 3)), &wakes).is_pending(), "full");
        rx.close();
        assert_eq!(wakes.count(), 1, "woken");
        assert_eq!(block_on(close(&mut sink)), Err(Closed(2)), "given back");
        assert_eq!(rx.iter().collect::<Vec<_>>(), [1], "what was accepted");
        let polled = super::poll_once(pin!(close(&mut sink)), &wakes);
        assert_eq!(polled, Poll::Ready(Ok(())), "closed");
        drop(sink);
        assert_eq!(wakes.kept(), 0, "no waker is left");
    }
}
