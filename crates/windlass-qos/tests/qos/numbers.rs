//! What the numbers of a buffer say, and what a receiver is not told in line.

use std::time::Duration;

use windlass_qos::timed::{self, ManualClock};
use windlass_qos::{
    BestEffort, Builder, Guaranteed, Level, ManyToMany, ManyToOne, OneToOne, Pair, Paths, QosLevel,
    RealTime, Reliable, TryRecvError,
};

use crate::levels::each_level;

/// A buffer of a level by each number of handles.
type Buffers<L> = (Pair<u32, L, OneToOne>, Pair<u32, L, ManyToOne>, Pair<u32, L, ManyToMany>);

fn buffers<L: Level>(level: L, capacity: usize) -> Buffers<L> {
    let builder = || Builder::new(level, capacity);
    (
        builder().build().unwrap(),
        builder().many_senders(2).build().unwrap(),
        builder().many_receivers(2).build().unwrap(),
    )
}

#[test]
fn the_most_of_a_buffer_that_was_found_full_is_its_capacity() {
    fn check<L: Level, P: Paths>((mut tx, mut rx): Pair<u32, L, P>) {
        for message in 0..3 {
            tx.try_send(message).unwrap();
        }
        let _full = tx.try_send(3);
        assert_eq!(rx.try_iter().count(), 3, "{:?}", rx.level());
        assert_eq!(rx.stats().high_water, 3, "{:?}: it was full", rx.level());
        for message in 0..20 {
            let _full = tx.try_send(message);
            assert_eq!(tx.stats().high_water, 3, "{:?}: never more", tx.level());
        }
    }
    fn each<L: Level>(level: L) {
        let (one, many, shared) = buffers(level, 3);
        check(one);
        check(many);
        check(shared);
    }
    each_level!(each);
}

#[test]
fn who_asks_for_numbers_notes_what_is_there_for_all_later_ones() {
    fn check<L: Level, P: Paths>((mut tx, mut rx): Pair<u32, L, P>) {
        for most in [2, 5] {
            for message in 0..most {
                tx.send(message).unwrap();
            }
            assert_eq!(rx.stats().high_water, u64::from(most), "{:?}: is there", rx.level());
            assert_eq!(rx.try_iter().count(), most as usize, "{:?}", rx.level());
            assert_eq!(rx.stats().high_water, u64::from(most), "{:?}: was there", rx.level());
        }
        tx.send(0).unwrap();
        assert_eq!(rx.stats().high_water, 5, "{:?}: it never goes back", rx.level());
    }
    fn each<L: Level>(level: L) {
        let (one, many, shared) = buffers(level, 8);
        check(one);
        check(many);
        check(shared);
    }
    each_level!(each);
}

/// A fresh message that was taken makes no room for an older one.
#[test]
fn the_freshest_first_counts_as_full_where_the_oldest_had_to_make_room() {
    let (mut tx, mut rx) = Builder::new(RealTime, 3).build().unwrap();
    tx.send_many([1, 2]).unwrap();
    assert_eq!(rx.recv(), Ok(2), "the freshest");
    tx.send(3).unwrap();
    assert_eq!(rx.recv(), Ok(3), "the freshest");
    tx.send(4).unwrap();
    assert_eq!((tx.stats().overwritten, tx.stats().high_water), (1, 3), "1 made room");
}

#[test]
fn what_was_peeked_at_is_held_beyond_the_capacity_where_it_made_room() {
    fn check<L: Level>(level: L) {
        let (mut tx, mut rx) = Builder::new(level, 2).build().unwrap();
        tx.send(0).unwrap();
        assert!(rx.peek().is_ok(), "{level:?}");
        for message in 1..9 {
            let _full = tx.try_send(message);
        }
        let stats = rx.stats();
        let in_hand = u64::from(level.qos().overwrites());
        assert_eq!(stats.held, 2 + in_hand, "{level:?}: full, and one in the hand");
        assert_eq!(stats.high_water, 2, "{level:?}: in the buffer itself");
        assert_eq!(stats.accepted, stats.dropped() + stats.held, "{level:?}: adds up");
    }
    each_level!(check);
}

#[test]
fn reliable_says_nothing_in_line_of_what_drops_the_newest() {
    fn check<L: Level>(level: L) {
        let (mut tx, mut rx) = Builder::new(level, 2).drop_newest().build().unwrap();
        tx.send_many(1..=4).unwrap();
        assert_eq!([rx.try_recv(), rx.try_recv()], [Ok(1), Ok(2)], "{level:?}: the oldest");
        tx.send(5).unwrap();
        assert_eq!(rx.try_recv(), Ok(5), "{level:?}: not told that 3 and 4 are missing");
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "{level:?}: nor behind it");
        assert_eq!((rx.stats().newest, rx.lost()), (2, 2), "{level:?}: counted");
    }
    check(Reliable);
    check(QosLevel::Reliable);
}

#[test]
fn reliable_says_nothing_in_line_of_what_was_passed_over() {
    let (mut tx, mut rx) = Builder::new(Reliable, 3).build().unwrap();
    tx.send_many(1..=3).unwrap();
    assert_eq!(rx.take_latest(), Ok(3), "the newest");
    tx.send(4).unwrap();
    assert_eq!(rx.try_recv(), Ok(4), "not told of 1 and 2");
    assert_eq!(rx.stats().passed_over, 2, "counted");
}

#[test]
fn reliable_says_nothing_in_line_of_what_has_expired() {
    let clock = ManualClock::new();
    let (mut tx, mut rx) = timed::Builder::over(Builder::new(Reliable, 2))
        .time_to_live(Duration::from_millis(5))
        .clock(clock.clone())
        .build()
        .unwrap();
    (1..=3).try_for_each(|message| tx.send(message)).unwrap();
    clock.advance(Duration::from_millis(6));
    tx.send(4).unwrap();
    assert_eq!(rx.try_recv(), Err(TryRecvError::Lagged(2)), "1 and 2 were overwritten");
    assert_eq!(rx.try_recv(), Ok(4), "not told of 3");
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "nor behind it");
    assert_eq!((rx.stats().overwritten, rx.stats().expired), (2, 1), "counted");
}

#[test]
fn the_last_of_two_options_for_a_full_buffer_wins() {
    let patience = Duration::from_millis(1);
    let builder = Builder::new(Reliable, 1).wait_then_overwrite(patience).drop_newest();
    let (mut tx, _rx) = builder.build().unwrap();
    tx.send_many([1, 2]).unwrap();
    assert_eq!((tx.stats().newest, tx.stats().overwritten), (1, 0), "the newest is dropped");
    let builder = Builder::new(Reliable, 1).drop_newest().wait_then_overwrite(patience);
    let (mut tx, _rx) = builder.build().unwrap();
    tx.send_many([1, 2]).unwrap();
    assert_eq!((tx.stats().newest, tx.stats().overwritten), (0, 1), "the oldest made room");
}
