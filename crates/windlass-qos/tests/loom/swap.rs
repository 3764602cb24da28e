//! The swap cells: send, evict, receive, share, give up, close, with the sums exact.

use loom::thread;
use windlass_qos::TryRecvError;
use windlass_qos::model::swap::{Fresh, FreshMany, FreshShared, Many, One, Shared};

/// Runs a model in every interleaving with few switches of thread; `LOOM_MAX_PREEMPTIONS` says how few.
fn model(body: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound.get_or_insert(2);
    model.max_branches = 20_000;
    model.check(body);
}

/// What one receiver got.
#[derive(Default)]
struct Got {
    messages: Vec<u64>,
    lost: u64,
    /// Whether it was told that nothing will come.
    ended: bool,
}

impl Got {
    /// Notes an answer. Says whether there may be more now.
    fn note(&mut self, answer: Result<u64, TryRecvError>) -> bool {
        match answer {
            Ok(message) => {
                assert!(!self.ended, "nothing comes after the end");
                self.messages.push(message);
            }
            Err(TryRecvError::Lagged(lost)) => self.lost += lost,
            Err(TryRecvError::Empty) => return false,
            Err(TryRecvError::Closed) => {
                self.ended = true;
                return false;
            }
        }
        true
    }

    /// Each of so many messages was delivered, or came back to a sender, or was passed and left, once.
    fn adds_up(mut self, elsewhere: Vec<u64>, accepted: u64) {
        self.messages.extend(elsewhere);
        let count = self.messages.len();
        self.messages.sort_unstable();
        self.messages.dedup();
        assert_eq!(self.messages.len(), count, "none twice");
        assert_eq!(count as u64, accepted, "each once");
    }
}

/// Edge `swapped`: senders and a receiver, which takes some while they send, and the rest afterwards.
macro_rules! sums {
    ($cells:ident, $capacity:literal, $senders:literal, $each:literal, takes $takes:literal, reports $reports:literal) => {{
        model(|| {
            let cells = $cells::new($capacity, $senders, 1);
            let mut rx = cells.receiver();
            let threads: Vec<_> = (0..$senders)
                .map(|sender| {
                    let mut tx = cells.sender();
                    thread::spawn(move || {
                        let messages = (0..$each).map(|n| 10 * sender + n);
                        messages.filter_map(|m| tx.offer(m).expect("open")).collect::<Vec<_>>()
                    })
                })
                .collect();
            let mut got = Got::default();
            for _ in 0..$takes {
                if !got.note(rx.take()) {
                    thread::yield_now();
                }
            }
            let mut gone: Vec<_> =
                threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
            cells.close();
            while got.note(rx.take()) {}
            assert!(got.ended, "all was taken");
            let stats = cells.stats();
            assert_eq!(stats.accepted, $senders * $each, "all were accepted");
            assert_eq!(stats.held, 0, "nothing is left");
            if $reports {
                assert_eq!(got.lost + got.messages.len() as u64, stats.accepted, "told exactly");
            }
            drop(rx);
            gone.extend(cells.left());
            got.adds_up(gone, stats.accepted);
        });
    }};
}

#[test]
fn one_sender_swaps_one_cell() {
    sums!(One, 1, 1, 3, takes 2, reports true);
}

#[test]
fn one_sender_swaps_two_cells() {
    sums!(One, 2, 1, 4, takes 2, reports true);
}

#[test]
fn two_senders_swap_one_cell() {
    sums!(Many, 1, 2, 2, takes 1, reports true);
}

#[test]
fn two_senders_swap_two_cells() {
    sums!(Many, 2, 2, 2, takes 2, reports true);
}

#[test]
fn the_freshest_of_one_cell() {
    sums!(Fresh, 1, 1, 3, takes 2, reports false);
}

#[test]
fn the_freshest_of_two_cells() {
    sums!(Fresh, 2, 1, 4, takes 2, reports false);
}

#[test]
fn the_freshest_of_two_senders() {
    sums!(FreshMany, 2, 2, 2, takes 2, reports false);
}

/// Edge `swapped`: two receivers take each message once.
macro_rules! shares {
    ($cells:ident, $capacity:literal, sends $sends:literal, reports $reports:literal) => {{
        model(|| {
            let cells = $cells::new($capacity, 1, 2);
            let (mut tx, mut rx, mut other) = (cells.sender(), cells.receiver(), cells.receiver());
            let sending = thread::spawn(move || {
                (0..$sends).filter_map(|n| tx.offer(n).expect("open")).collect::<Vec<_>>()
            });
            let receiving = thread::spawn(move || {
                let mut got = Got::default();
                if !got.note(other.take()) {
                    thread::yield_now();
                }
                got.note(other.take());
                got
            });
            let mut got = Got::default();
            got.note(rx.take());
            let evicted = sending.join().unwrap();
            let others = receiving.join().unwrap();
            cells.close();
            while got.note(rx.take()) {}
            assert!(got.ended, "all was taken");
            // The other one was told of a gap, and left with the message behind it.
            let lost = got.lost + others.lost;
            got.messages.extend(others.messages);
            let stats = cells.stats();
            assert_eq!(stats.accepted, $sends, "all were accepted");
            if $reports {
                assert_eq!(lost, stats.overwritten, "told exactly");
            }
            assert_eq!(stats.delivered, got.messages.len() as u64, "counted");
            got.adds_up(evicted, stats.accepted - stats.held);
        });
    }};
}

#[test]
fn two_receivers_swap_one_cell() {
    shares!(Shared, 1, sends 2, reports true);
}

#[test]
fn two_receivers_swap_two_cells() {
    shares!(Shared, 2, sends 3, reports true);
}

#[test]
fn two_receivers_of_the_freshest_cell() {
    shares!(FreshShared, 1, sends 2, reports false);
}

#[test]
fn two_receivers_of_the_freshest_cells() {
    shares!(FreshShared, 2, sends 2, reports false);
}

/// A position is given up while its sender stands between claim and put; that sender gets its own message
/// back, and every message is counted once.
macro_rules! gives_up {
    ($cells:ident) => {{
        model(|| {
            let cells = $cells::new(2, 2, 1);
            let (mut slow, mut quick, mut rx) = (cells.sender(), cells.sender(), cells.receiver());
            let sending = thread::spawn(move || slow.offer(1).expect("open"));
            let mut evicted: Vec<_> = quick.offer(2).expect("open").into_iter().collect();
            let mut got = Got::default();
            while got.note(rx.take()) {}
            evicted.extend(sending.join().unwrap());
            cells.close();
            while got.note(rx.take()) {}
            assert!(got.ended, "all was taken");
            assert_eq!(got.lost, evicted.len() as u64, "told exactly");
            let stats = cells.stats();
            assert_eq!((stats.accepted, stats.overwritten), (2, got.lost), "counted");
            got.adds_up(evicted, 2);
        });
    }};
}

#[test]
fn a_swapped_hole_is_given_up() {
    gives_up!(Many);
}

#[test]
fn a_shared_swapped_hole_is_given_up() {
    gives_up!(Shared);
}

/// The newest alone, while a sender sends.
macro_rules! latest {
    ($cells:ident, $capacity:literal) => {{
        model(|| {
            let cells = $cells::new($capacity, 1, 1);
            let (mut tx, mut rx) = (cells.sender(), cells.receiver());
            assert_eq!(tx.offer(0), Ok(None), "room");
            let sending = thread::spawn(move || {
                (1..4).filter_map(|n| tx.offer(n).expect("open")).collect::<Vec<_>>()
            });
            let mut got = Got::default();
            let (latest, passed) = rx.take_latest();
            got.note(latest);
            let mut gone = sending.join().unwrap();
            gone.extend(&passed);
            let (latest, passed) = rx.take_latest();
            let last = got.note(latest) && got.messages.last() == Some(&3);
            gone.extend(&passed);
            // What was told before it took a turn.
            if !last {
                let (latest, passed) = rx.take_latest();
                got.note(latest);
                gone.extend(&passed);
            }
            cells.close();
            while got.note(rx.take()) {}
            assert!(got.ended, "all was taken");
            let stats = cells.stats();
            assert_eq!((stats.accepted, stats.held), (4, 0), "counted");
            assert_eq!(stats.delivered, got.messages.len() as u64, "counted");
            assert!(got.messages.contains(&3), "the newest is never lost");
            drop(rx);
            gone.extend(cells.left());
            got.adds_up(gone, 4);
        });
    }};
}

#[test]
fn the_latest_of_one_swapped_cell() {
    latest!(One, 1);
}

#[test]
fn the_latest_of_two_swapped_cells() {
    latest!(One, 2);
}

#[test]
fn the_latest_of_one_fresh_cell() {
    latest!(Fresh, 1);
}

#[test]
fn the_latest_of_two_fresh_cells() {
    latest!(Fresh, 2);
}

/// Edges `qos_close`, `qos_end`: what was accepted is taken before the end, and nothing behind it.
macro_rules! closes {
    ($cells:ident, $capacity:literal, $senders:literal) => {{
        model(|| {
            let cells = $cells::new($capacity, $senders, 1);
            let mut rx = cells.receiver();
            let sending: Vec<_> = (0..$senders)
                .map(|sender| {
                    let mut tx = cells.sender();
                    thread::spawn(move || tx.offer(sender))
                })
                .collect();
            let mut got = Got::default();
            if $senders == 1 {
                let closer = cells.clone();
                let closing = thread::spawn(move || closer.close());
                while got.note(rx.take()) {}
                got.note(rx.take());
                closing.join().unwrap();
            } else {
                cells.close();
                while got.note(rx.take()) {}
            }
            let answers = sending.into_iter().map(|thread| thread.join().unwrap());
            let (mut accepted, mut evicted) = (0, Vec::new());
            for old in answers.flatten() {
                accepted += 1;
                evicted.extend(old);
            }
            while got.note(rx.take()) {}
            assert!(got.ended, "it ends");
            let stats = cells.stats();
            assert_eq!((stats.accepted, stats.held), (accepted, 0), "counted");
            got.adds_up(evicted, accepted);
        });
    }};
}

#[test]
fn a_close_of_one_swapped_cell_loses_nothing() {
    closes!(One, 1, 1);
}

#[test]
fn a_close_of_two_swapped_cells_loses_nothing() {
    closes!(One, 2, 1);
}

#[test]
fn a_close_of_the_freshest_loses_nothing() {
    closes!(Fresh, 1, 1);
}

#[test]
fn a_close_of_many_swapped_cells_loses_nothing() {
    closes!(Many, 2, 1);
}

#[test]
fn a_close_among_two_senders_loses_nothing() {
    closes!(Many, 2, 2);
}

#[test]
fn a_close_among_senders_of_one_swapped_cell_loses_nothing() {
    closes!(Many, 1, 2);
}

#[test]
fn a_close_of_the_freshest_of_many_loses_nothing() {
    closes!(FreshMany, 2, 2);
}

#[test]
fn a_close_of_shared_swapped_cells_loses_nothing() {
    closes!(Shared, 2, 1);
}

/// Edge `qos_end`: who sees the end comes after the close.
macro_rules! ends {
    ($cells:ident) => {{
        use windlass_sync::atomic::{AtomicU64, Ordering};
        model(|| {
            let cells = $cells::new(1, 1, 1);
            let mut rx = cells.receiver();
            let before = loom::sync::Arc::new(AtomicU64::new(0));
            let closing = {
                let (cells, before) = (cells.clone(), before.clone());
                thread::spawn(move || {
                    // ORDERING: Relaxed. What is written behind it hands it over, or does not.
                    before.store(7, Ordering::Relaxed);
                    cells.close();
                })
            };
            if rx.take() == Err(TryRecvError::Closed) {
                // ORDERING: Relaxed. As above.
                assert_eq!(before.load(Ordering::Relaxed), 7, "the close came before");
            }
            closing.join().unwrap();
        });
    }};
}

#[test]
fn the_end_of_one_swapped_comes_after_its_close() {
    ends!(One);
}

#[test]
fn the_end_of_many_swapped_comes_after_its_close() {
    ends!(Many);
}

/// Edge `swapped`: one sender and one receiver in turns, until slots that were emptied are filled again.
macro_rules! refills {
    ($cells:ident) => {{
        model(|| {
            let cells = $cells::new(1, 1, 1);
            let (mut tx, mut rx) = (cells.sender(), cells.receiver());
            let sender = thread::spawn(move || {
                for message in 0..4 {
                    while tx.offer_if_room(message).is_err() {
                        thread::yield_now();
                    }
                }
            });
            let mut next = 0;
            while next < 4 {
                match rx.take() {
                    Ok(message) => {
                        assert_eq!(message, next, "in order, since each waits for room");
                        next += 1;
                    }
                    Err(_) => thread::yield_now(),
                }
            }
            sender.join().expect("no panic");
        });
    }};
}

#[test]
fn one_sender_fills_again_what_was_emptied() {
    refills!(One);
}

#[test]
fn one_of_many_senders_fills_again_what_was_emptied() {
    refills!(Many);
}

#[test]
fn the_freshest_are_filled_again_where_they_were_emptied() {
    refills!(Fresh);
}

/// A receiver that went past a message leaves while senders are at work: what lies there, or is about to, reaches
/// the receiver or comes back to its sender.
macro_rules! sweep {
    ($capacity:literal, $senders:literal) => {{
        model(|| {
            let cells = Many::new($capacity, $senders, 1);
            let mut rx = cells.receiver();
            let threads: Vec<_> = (0..$senders)
                .map(|sender| {
                    let mut tx = cells.sender();
                    thread::spawn(move || tx.offer(sender))
                })
                .collect();
            thread::yield_now();
            let mut got = Got::default();
            rx.go_past();
            cells.close();
            while got.note(rx.take()) {}
            let mut gone = rx.sweep();
            let mut accepted = 0;
            for thread in threads {
                // Refused, if it came behind the close.
                if let Ok(evicted) = thread.join().unwrap() {
                    accepted += 1;
                    gone.extend(evicted);
                }
            }
            // What was not passed and came too late lies there until the last handle is gone.
            while got.note(rx.take()) {}
            let passed = u64::from(0 < accepted);
            assert!(got.lost <= accepted, "no more than there were");
            drop(rx);
            let left = cells.left();
            assert!(left.len() as u64 + passed <= accepted.max(1), "not the one it went past");
            gone.extend(left);
            got.adds_up(gone, accepted);
        });
    }};
}

#[test]
fn what_was_gone_past_is_swept_while_a_sender_puts_it_in() {
    sweep!(1, 1);
}

#[test]
fn what_was_gone_past_is_swept_while_two_put_something_in() {
    sweep!(2, 2);
}
