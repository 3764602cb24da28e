//! Runs of messages into lanes and out of them.

use windlass_qos::QosLevel::{BestEffort, Guaranteed, RealTime, Reliable};
use windlass_qos::TryRecvError;
use windlass_qos::lanes::{Builder, Lane};
use windlass_sync::sync::Arc;

#[test]
fn a_run_ends_with_the_room_the_budget_and_the_messages() {
    let (mut lanes, mut rx) = Builder::new()
        .lane(Lane::new(Guaranteed, 4).budget(2))
        .lane(Lane::new(Guaranteed, 5).budget(3))
        .build()
        .unwrap();
    let (mut first, mut second) = (0, 0);
    for _ in 0..10 {
        let mut sent: Vec<u64> = (second..second + 7).collect();
        assert_eq!(lanes[1].try_send_run(&mut sent, 6), 5, "as much as there is room for");
        assert_eq!(sent, [second + 5, second + 6], "the rest stays in order");
        lanes[0].send(first).unwrap();
        assert_eq!(rx.try_recv(), Ok((0, first)), "lane 0 comes first");
        assert_eq!(rx.try_recv_more(9, &mut Vec::new(), |_| true), 0, "that was all");
        let mut got = Vec::new();
        while let Ok((lane, message)) = rx.try_recv() {
            assert_eq!(lane, 1, "the only one that has something");
            got.push(message);
            let run = rx.try_recv_more(9, &mut got, |_| true);
            assert!(run <= 2, "the budget is three");
        }
        assert_eq!(got, (second..second + 5).collect::<Vec<_>>(), "in order");
        (first, second) = (first + 1, second + 5);
    }
    lanes[1].close();
    let mut late = Vec::from([1]);
    assert_eq!((lanes[1].try_send_run(&mut late, 1), late.len()), (0, 1), "refused, and not lost");
}

#[test]
fn a_run_goes_on_beyond_its_budget_in_no_row_of_two_rounds() {
    let lane = Lane::new(Guaranteed, 8);
    let (mut tx, mut rx) = Builder::new().lane(lane.budget(3)).lane(lane).build().unwrap();
    let mut run = Vec::new();
    (1..=2).for_each(|n| tx[0].send(n).unwrap());
    assert_eq!(rx.try_recv(), Ok((0, 1)), "the first of the row");
    assert_eq!(rx.try_recv_more(9, &mut run, |_| true), 1, "the second");
    assert_eq!(rx.try_recv(), Err(TryRecvError::Empty), "a round begins");
    (3..=6).for_each(|n| tx[0].send(n).unwrap());
    tx[1].send(9).unwrap();
    assert_eq!(rx.try_recv(), Ok((0, 3)), "the third of the row, the first of the round");
    assert_eq!(rx.try_recv_more(9, &mut run, |_| true), 0, "three in a row are enough");
    assert_eq!(rx.try_recv(), Ok((1, 9)), "so the other one comes");
    assert_eq!(rx.try_recv(), Ok((0, 4)), "what is left of the round");
    assert_eq!(rx.try_recv_more(9, &mut run, |_| true), 1, "and no more");
}

#[test]
fn a_run_ends_before_what_does_not_fit_and_takes_nothing_if_the_question_panics() {
    let (mut lanes, mut rx) =
        Builder::new().lane(Lane::new(Guaranteed, 4).budget(99)).build().unwrap();
    for first in [0, 4, 8] {
        let mut sent: Vec<u64> = (first..first + 4).collect();
        assert_eq!(lanes[0].try_send_run(&mut sent, 9), 4, "as many as there are");
        assert_eq!(rx.try_recv(), Ok((0, first)), "the first");
        let mut got = Vec::new();
        let run = std::panic::AssertUnwindSafe(|| {
            rx.try_recv_more(9, &mut got, |message| {
                assert_ne!(*message, first + 3, "on purpose");
                true
            });
        });
        assert!(std::panic::catch_unwind(run).is_err(), "it panics at the last");
        assert_eq!((got.len(), lanes[0].len()), (0, 3), "nothing was taken");
        assert_eq!(rx.try_recv_more(9, &mut got, |message| *message < first + 3), 2, "two fit");
        assert_eq!(got, [first + 1, first + 2], "in order");
        assert_eq!(rx.try_recv_more(9, &mut got, |message| *message < first + 3), 0, "it stays");
        assert_eq!(rx.try_recv(), Ok((0, first + 3)), "it is next");
        assert_eq!(lanes[0].len(), 0, "their room is there again");
    }
}

#[test]
fn a_run_owns_its_messages_once() {
    let (mut lanes, mut rx) =
        Builder::new().lane(Lane::new(Guaranteed, 3).budget(99)).build().unwrap();
    let counted = Arc::new(());
    for left in 0..3 {
        let mut sent = vec![Arc::clone(&counted); 3 + left];
        assert_eq!(lanes[0].try_send_run(&mut sent, 9), 3, "as many as there is room for");
        assert_eq!(sent.len(), left, "the others stay");
        assert!(rx.try_recv().is_ok(), "the first");
        let mut got = Vec::new();
        assert_eq!(rx.try_recv_more(9, &mut got, |_| true), 2, "the others");
        assert_eq!(Arc::strong_count(&counted), 1 + left + 2, "each of them once");
    }
    let mut sent = vec![Arc::clone(&counted); 2];
    assert_eq!(lanes[0].try_send_run(&mut sent, 9), 2, "there is room");
    drop((sent, lanes, rx));
    assert_eq!(Arc::strong_count(&counted), 1, "what was left was dropped");
}

#[test]
fn runs_leave_lanes_that_overwrite_alone() {
    for level in [BestEffort, Reliable, RealTime] {
        let (mut lanes, mut rx) =
            Builder::new().lane(Lane::new(level, 4).budget(9)).build().unwrap();
        let mut sent = Vec::from([1, 2]);
        assert_eq!(lanes[0].try_send_run(&mut sent, 2), 0, "one may be missing in between");
        assert_eq!(sent.len(), 2, "nothing is lost");
        sent.into_iter().for_each(|message| lanes[0].send(message).unwrap());
        assert!(rx.try_recv().is_ok(), "there are two");
        assert_eq!(rx.try_recv_more(9, &mut Vec::new(), |_| true), 0, "as above");
        assert!(rx.try_recv().is_ok(), "the other one is there");
    }
}
