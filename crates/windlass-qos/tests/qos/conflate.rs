//! Conflation beside its reference: a list of keys in order, and the newest update of each.

use proptest::prelude::*;
use windlass_qos::conflate::{Builder, Keys, SendError, channel, named};
use windlass_qos::{BuildError, RecvError, TryRecvError};
use windlass_sync::thread;
use windlass_testkit::block_on;

#[test]
fn the_newest_update_comes_at_the_place_of_the_first() -> Result<(), Box<dyn std::error::Error>> {
    let (mut tx, mut rx) = channel(3)?;
    for (key, n) in [(1, 10), (0, 20), (1, 11), (2, 30), (0, 21), (1, 12)] {
        tx.send(key, n)?;
    }
    assert_eq!(rx.len(), 3, "three keys");
    assert_eq!(rx.recv()?, (1, 12), "first unread, newest value");
    tx.send(1, 13)?;
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), [(0, 21), (2, 30), (1, 13)], "in order");
    let stats = rx.stats();
    assert_eq!(
        (stats.accepted, stats.conflated, stats.delivered, stats.held),
        (7, 3, 4, 0),
        "counted"
    );
    assert_eq!(stats.high_water, 3, "three keys were unread");
    Ok(())
}

#[derive(Debug, Clone)]
enum Op {
    Send(usize, u64),
    Replace(usize, u64),
    Merge(usize, u64),
    Recv,
    Close,
}

fn ops(keys: usize) -> impl Strategy<Value = Vec<Op>> {
    // One key too many.
    let key = 0..=keys;
    prop::collection::vec(
        prop_oneof![
            4 => (key.clone(), 0..100_u64).prop_map(|(key, n)| Op::Send(key, n)),
            2 => (key.clone(), 0..100_u64).prop_map(|(key, n)| Op::Replace(key, n)),
            3 => (key, 0..100_u64).prop_map(|(key, n)| Op::Merge(key, n)),
            6 => Just(Op::Recv),
            1 => Just(Op::Close),
        ],
        0..80,
    )
}

fn config() -> ProptestConfig {
    let cases = if cfg!(miri) { 8 } else { 300 };
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_conflating_buffer_is_its_reference(
        (keys, ops) in (1..6_usize).prop_flat_map(|keys| (Just(keys), ops(keys))),
    ) {
        let (mut tx, mut rx) = channel(keys).unwrap();
        let mut unread: Vec<(usize, u64)> = Vec::new();
        let (mut closed, mut accepted, mut conflated, mut delivered) = (false, 0, 0, 0);
        for op in ops {
            let (key, n) = match op {
                Op::Send(key, n) | Op::Replace(key, n) | Op::Merge(key, n) => (key, n),
                Op::Recv => {
                    let expected = match unread.first() {
                        Some(_) => {
                            delivered += 1;
                            Ok(unread.remove(0))
                        }
                        None if closed => Err(TryRecvError::Closed),
                        None => Err(TryRecvError::Empty),
                    };
                    prop_assert_eq!(rx.try_recv(), expected);
                    continue;
                }
                Op::Close => {
                    tx.close();
                    closed = true;
                    continue;
                }
            };
            let old = unread.iter_mut().find(|(at, _)| *at == key);
            let answer = match op {
                Op::Replace(..) => tx.replace(key, n),
                Op::Merge(..) => tx.send_merge(key, n, |old, new| *old = *old * 2 + new).map(|()| None),
                _ => tx.send(key, n).map(|()| None),
            };
            if keys <= key {
                prop_assert_eq!(answer, Err(SendError::NoSuchKey(n)));
                continue;
            }
            if closed {
                prop_assert_eq!(answer, Err(SendError::Closed(n)));
                continue;
            }
            accepted += 1;
            let expected = match (old, matches!(op, Op::Merge(..))) {
                (Some(old), merges) => {
                    conflated += 1;
                    let before = old.1;
                    old.1 = if merges { before * 2 + n } else { n };
                    matches!(op, Op::Replace(..)).then_some(before)
                }
                (None, _) => {
                    unread.push((key, n));
                    None
                }
            };
            prop_assert_eq!(answer, Ok(expected));
            let stats = tx.stats();
            prop_assert_eq!(
                (stats.accepted, stats.conflated, stats.delivered, stats.held),
                (accepted, conflated, delivered, unread.len() as u64)
            );
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "many threads and rounds")]
    fn under_any_schedule_the_newest_arrives_and_all_add_up(
        keys in 1..5_usize, senders in 1..4_u64, rounds in 1..200_u64, pause in 0..4_u64,
    ) {
        let (tx, mut rx) = Builder::new(keys).senders(4).build().unwrap();
        let threads: Vec<_> = (0..senders).map(|me| {
            let mut tx = tx.clone();
            thread::spawn(move || {
                for n in 0..rounds {
                    let key = usize::try_from(n).unwrap() % keys;
                    tx.send(key, (me, n)).unwrap();
                    if pause != 0 && n % pause == 0 { thread::yield_now(); }
                }
            })
        }).collect();
        drop(tx);
        let mut last = vec![vec![None; keys]; 3];
        let mut any = vec![None; keys];
        while let Ok((key, (me, n))) = rx.recv() {
            let before = &mut last[usize::try_from(me).unwrap()][key];
            prop_assert!(*before < Some(n), "a sender's updates of a key never go back");
            *before = Some(n);
            any[key] = Some(n);
        }
        for thread in threads { thread.join().unwrap(); }
        for (key, n) in any.iter().enumerate() {
            let newest = (0..rounds).rev().find(|n| usize::try_from(*n).unwrap() % keys == key);
            if senders == 1 { prop_assert_eq!(*n, newest, "the newest arrived"); }
            prop_assert_eq!(n.is_some(), newest.is_some());
        }
        let stats = rx.stats();
        prop_assert_eq!(stats.accepted, senders * rounds);
        prop_assert_eq!(stats.accepted, stats.delivered + stats.dropped() + stats.held);
        prop_assert_eq!(stats.held, 0);
    }

    #[test]
    #[cfg_attr(miri, ignore = "many threads and rounds")]
    fn sums_that_several_merge_are_whole(senders in 1..4_u64, rounds in 1..300_u64) {
        let (tx, mut rx) = Builder::new(2).senders(4).build().unwrap();
        let threads: Vec<_> = (0..senders).map(|_| {
            let mut tx = tx.clone();
            thread::spawn(move || {
                for n in 0..rounds {
                    tx.send_merge(usize::from(n % 3 == 0), n, |sum, n| *sum += n).unwrap();
                }
            })
        }).collect();
        drop(tx);
        let sum: u64 = rx.iter().map(|(_, n)| n).sum();
        for thread in threads { thread.join().unwrap(); }
        prop_assert_eq!(sum, senders * (rounds * (rounds - 1) / 2));
        let stats = rx.stats();
        prop_assert_eq!(stats.accepted, stats.delivered + stats.dropped());
    }
}

#[test]
fn a_key_that_is_not_there_gives_the_update_back() -> Result<(), Box<dyn std::error::Error>> {
    let (mut tx, mut rx) = channel(2)?;
    let text = String::from("kept");
    let refused = tx.send(2, text).unwrap_err();
    assert_eq!(refused, SendError::NoSuchKey(String::from("kept")), "one too many");
    let refused = tx.send_merge(usize::MAX, refused.into_inner(), |_, _| unreachable!());
    assert_eq!(refused.unwrap_err().into_inner(), "kept", "not merged");
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "nothing came");
    assert_eq!(tx.stats().accepted, 0, "nothing was accepted");
    Ok(())
}

#[test]
fn no_keys_no_senders_and_too_many_are_refused() {
    assert_eq!(channel::<u8>(0).err(), Some(BuildError::NoCapacity), "no key");
    let large = channel::<u8>(1_000_001).err();
    let max = 1_000_000;
    assert_eq!(
        large,
        Some(BuildError::CapacityTooLarge { capacity: max + 1, max }),
        "too many keys"
    );
    assert_eq!(
        Builder::<u8>::new(1).senders(0).build().err(),
        Some(BuildError::NoHandles),
        "no sender"
    );
    let many = Builder::<u8>::new(1).senders(70_000).build().err();
    assert_eq!(many, Some(BuildError::TooManyHandles { handles: 70_000, max: 65_536 }), "senders");
    assert!(named::<&str, u8>([]).is_err(), "no name");
}

#[test]
fn there_are_as_many_senders_as_asked_for_and_a_place_is_used_again() {
    let (tx, rx) = Builder::<u8>::new(1).senders(2).build().unwrap();
    let mut other = tx.try_clone().unwrap();
    let max = 2;
    assert_eq!(tx.try_clone().err(), Some(BuildError::TooManyHandles { handles: 3, max }), "full");
    other.send(0, 1).unwrap();
    drop(other);
    let mut again = tx.try_clone().unwrap();
    again.send(0, 2).unwrap();
    let stats = rx.stats();
    assert_eq!((stats.accepted, stats.conflated, stats.held), (2, 1, 1), "counted over both");
    assert!(!tx.is_closed(), "there is a sender");
    drop((tx, again));
    assert!(rx.is_closed(), "the last one closed");
}

#[test]
fn a_merge_that_panics_puts_the_unread_update_back() {
    let (mut tx, mut rx) = channel(2).unwrap();
    tx.send(0, vec![1]).unwrap();
    tx.send(1, vec![9]).unwrap();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        tx.send_merge(0, vec![2], |unread, _| {
            unread.push(7);
            panic!("in the middle");
        })
    }));
    assert!(panicked.is_err(), "the panic goes on");
    assert_eq!((tx.stats().accepted, tx.stats().conflated), (2, 0), "the new one was not accepted");
    tx.send_merge(0, vec![3], |unread, mut new| unread.append(&mut new)).unwrap();
    drop(tx);
    assert_eq!(rx.recv(), Ok((0, vec![1, 7, 3])), "in its place");
    assert_eq!(rx.recv(), Ok((1, vec![9])), "as the other one");
    assert_eq!(rx.recv(), Err(RecvError::Closed), "and it ends");
}

#[test]
fn what_another_sender_puts_in_during_a_merge_is_merged_too() {
    let (mut tx, mut rx) = Builder::new(1).senders(2).build().unwrap();
    let mut other = tx.clone();
    tx.send(0, vec![1]).unwrap();
    let mut calls = 0;
    tx.send_merge(0, vec![2], |unread, mut new| {
        unread.append(&mut new);
        if calls == 0 {
            assert_eq!(other.replace(0, vec![3]).unwrap(), None, "the unread one is in a hand");
            assert_eq!(rx.try_recv(), Ok((0, vec![3])), "and this one is not");
            other.send(0, vec![4]).unwrap();
        }
        calls += 1;
    })
    .unwrap();
    assert_eq!(calls, 2, "once for each");
    assert_eq!(rx.try_recv(), Ok((0, vec![1, 2, 4])), "all of it");
    let stats = rx.stats();
    assert_eq!(
        (stats.accepted, stats.conflated, stats.delivered, stats.held),
        (4, 2, 2, 0),
        "counted"
    );
}

#[test]
fn a_receiver_that_comes_during_a_merge_goes_on_and_comes_back() {
    let (mut tx, mut rx) = Builder::new(3).senders(2).build().unwrap();
    let mut other = tx.clone();
    for key in 0..2 {
        tx.send(key, key * 10).unwrap();
    }
    tx.send_merge(0, 5, |unread, new| {
        assert_eq!(rx.try_recv(), Ok((1, 10)), "the next key");
        assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "nothing else");
        other.send(2, 20).unwrap();
        *unread += new;
    })
    .unwrap();
    assert_eq!(rx.try_recv(), Ok((0, 5)), "before what came later");
    assert_eq!(rx.try_recv(), Ok((2, 20)), "and that");
}

#[test]
fn keys_have_names() {
    let (mut tx, mut rx) = named(["a", "b", "a"]).unwrap();
    assert_eq!(tx.send(&"c", 1), Err(SendError::NoSuchKey(1)), "not one of them");
    tx.send(&"b", 1).unwrap();
    tx.send_merge(&"a", 2, |_, _| ()).unwrap();
    assert_eq!(tx.replace(&"b", 3).unwrap(), Some(1), "the same key");
    assert_eq!(rx.recv(), Ok((&"b", 3)), "by name");
    assert_eq!(block_on(rx.recv_async()), Ok((&"a", 2)), "in a task too");
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "that was all");
    assert_eq!(tx.numbered().keys(), 2, "a name that comes again is the same");
}

#[test]
#[should_panic(expected = "built for 2 keys")]
fn names_of_another_number_are_refused() {
    let (tx, rx) = channel::<u8>(3).unwrap();
    let _ends = Keys::new(["a", "b"]).name(tx, rx);
}
