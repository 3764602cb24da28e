//! Lanes: one bell for all of them, and one for the senders of each.

use loom::thread;
use windlass_qos::QosLevel::Guaranteed;
use windlass_qos::lanes::{Builder, Lane, Receiver, Sender};
use windlass_qos::{RecvError, TryRecvError, Wait};

use crate::support::{end_tells, model};

fn two() -> (Sender<Box<u32>>, Sender<Box<u32>>, Receiver<Box<u32>>) {
    let builder = Builder::new().wait(Wait::blocking()).sender_wait(Wait::blocking());
    let builder = builder.lane(Lane::new(Guaranteed, 1)).lane(Lane::new(Guaranteed, 1));
    let (mut lanes, rx) = builder.build().unwrap();
    let (second, first) = (lanes.pop().unwrap(), lanes.pop().unwrap());
    (first, second, rx)
}

#[test]
fn a_receiver_that_sleeps_is_woken_by_each_lane_and_by_the_end_of_all() {
    model(|| {
        let (first, mut second, mut rx) = two();
        let sender = thread::spawn(move || {
            second.send(Box::new(1)).unwrap();
            (first, second)
        });
        // Nothing closes before it has the message, so the message alone wakes it.
        assert_eq!(rx.recv().map(|(lane, n)| (lane, *n)), Ok((1, 1)), "the message");
        let (first, second) = sender.join().unwrap();
        let sender = thread::spawn(move || {
            drop(second);
            drop(first);
        });
        assert_eq!(rx.recv(), Err(RecvError::Closed), "the end of both");
        sender.join().unwrap();
    });
}

#[test]
fn a_sender_that_waits_for_room_is_woken_by_its_lane() {
    model(|| {
        let (first, mut second, mut rx) = two();
        second.send(Box::new(1)).unwrap();
        let sender = thread::spawn(move || {
            second.send(Box::new(2)).unwrap();
            second
        });
        assert_eq!(rx.recv().map(|(lane, n)| (lane, *n)), Ok((1, 1)), "makes room");
        assert_eq!(rx.recv().map(|(lane, n)| (lane, *n)), Ok((1, 2)), "which is used");
        drop(sender.join().unwrap());
        drop(first);
    });
}

#[test]
fn a_receiver_that_sleeps_is_woken_by_a_run() {
    model(|| {
        let builder = Builder::new().wait(Wait::blocking()).sender_wait(Wait::blocking());
        let (mut lanes, mut rx) = builder.lane(Lane::new(Guaranteed, 2)).build().unwrap();
        let mut tx = lanes.remove(0);
        let sender = thread::spawn(move || {
            let mut run = Vec::from([1, 2]);
            assert_eq!(tx.try_send_run(&mut run, 2), 2, "there is room for both");
            tx
        });
        assert_eq!(rx.recv(), Ok((0, 1)), "the first");
        assert_eq!(rx.recv(), Ok((0, 2)), "the second");
        drop(sender.join().unwrap());
    });
}

#[test]
fn a_sender_that_waits_for_room_is_woken_behind_a_run() {
    model(|| {
        let builder = Builder::new().wait(Wait::blocking()).sender_wait(Wait::blocking());
        let lane = Lane::new(Guaranteed, 2).budget(9);
        let (mut lanes, mut rx) = builder.lane(lane).build().unwrap();
        let mut tx = lanes.remove(0);
        tx.try_send_run(&mut Vec::from([1, 2]), 2);
        let sender = thread::spawn(move || {
            tx.send(3).unwrap();
            tx.send(4).unwrap();
            tx
        });
        let mut received = vec![rx.try_recv().unwrap().1];
        rx.try_recv_more(2, &mut received, |_| true);
        // Nothing else rings for the sender until it has sent what is missing here.
        while received.len() < 3 {
            received.push(rx.recv().unwrap().1);
        }
        drop(sender.join().unwrap());
        received.extend(rx.try_iter().map(|(_, message)| message));
        assert_eq!(received, [1, 2, 3, 4], "all of them, in order");
    });
}

#[test]
fn who_sees_the_end_of_a_lane_sees_what_each_sender_did_before_it_left() {
    let make = || {
        let builder = Builder::<u32>::new().wait(Wait::blocking()).sender_wait(Wait::blocking());
        let (mut lanes, rx) = builder.lane(Lane::new(Guaranteed, 1).senders(2)).build().unwrap();
        let tx = lanes.remove(0);
        ([tx.try_clone().unwrap(), tx], rx)
    };
    end_tells(make, |rx| matches!(rx.try_recv(), Err(TryRecvError::Closed)));
}
