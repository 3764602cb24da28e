//! Those who publish, some of whose closures panic, and those who come and go: as threads, and as tasks some of
//! whose futures are dropped midway.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use windlass_ring::{
    Closed, JoinError, JoinFrom, PollError, ProducerOf, Ring, Sequence, Sequencer,
};
use windlass_sync::atomic::{AtomicBool, Ordering};
use windlass_testkit::{Wakes, block_on, poll_once};

use super::{Placed, Visit};
use crate::account::Message;
use crate::plan::{Dice, Pace};

pub(super) fn produce<S: Sequencer>(
    mut producer: ProducerOf<Message, S>,
    source: u64,
    messages: u64,
    mut dice: Dice,
) -> (Vec<Placed>, u64) {
    let (mut published, mut skipped, mut n) = (Vec::new(), 0, 0);
    let pace = dice.of(&Pace::ALL);
    while n < messages {
        dice.dawdle(pace);
        n += 1;
        let message = Message { source, n };
        match dice.between(0, 19) {
            0 => {
                let panics = || producer.publish(|_| resume_unwind(Box::new("planned"))).is_err();
                // A closed ring does not call the closure.
                match catch_unwind(AssertUnwindSafe(panics)) {
                    Ok(_closed) => break,
                    Err(_planned) => skipped += 1,
                }
            }
            1..=3 => {
                if let Ok(at) = producer.try_publish(|event| *event = message) {
                    published.push((at.get(), message));
                }
            }
            4 => {
                let time = dice.patience() / 50;
                if let Ok(at) = producer.publish_timeout(time, |event| *event = message) {
                    published.push((at.get(), message));
                }
            }
            7 => match block_on(producer.publish_async(|event| *event = message)) {
                Ok(at) => published.push((at.get(), message)),
                Err(_closed) => break,
            },
            8 => {
                let publish = pin!(producer.publish_async(|event| *event = message));
                match poll_once(publish, &Wakes::new()) {
                    Poll::Ready(Ok(at)) => published.push((at.get(), message)),
                    Poll::Ready(Err(_closed)) => break,
                    // Taken back.
                    Poll::Pending => {}
                }
            }
            5 | 6 => {
                let size = dice.size(1, producer.capacity().min(8));
                let batch: Vec<_> = (n..).take(size).map(|n| Message { source, n }).collect();
                n += size as u64;
                let write = |mut slots: windlass_ring::Slots<'_, Message>| {
                    slots.iter_mut().zip(&batch).for_each(|(event, message)| *event = *message);
                };
                let Ok(first) = producer.publish_batch(size, write) else { break };
                published.extend((first.get()..).zip(batch));
            }
            _ => match producer.publish(|event| *event = message) {
                Ok(at) => published.push((at.get(), message)),
                Err(_closed) => break,
            },
        }
    }
    (published, skipped)
}

/// Comes and goes until it is over.
pub(super) fn visit(ring: &Ring<Message>, is_over: &AtomicBool, mut dice: Dice) -> Vec<Visit> {
    let mut visits = Vec::new();
    // ORDERING: Relaxed. It hands nothing over.
    while !is_over.load(Ordering::Relaxed) {
        let at =
            JoinFrom::At(Sequence::new(ring.stats().next.get().saturating_sub(dice.between(0, 9))));
        let from = dice.of(&[JoinFrom::Next, JoinFrom::Oldest, at]);
        // Behind the first stage perhaps, which is always there.
        let after: &[&str] = if dice.one_in(3) { &["0"] } else { &[] };
        let mut poller = match ring.join_after(from, after) {
            Ok(poller) => poller,
            // What it asked for is gone, or may be a while off.
            Err(JoinError::TooOld { .. } | JoinError::NotYet { .. }) => continue,
            Err(_) => break,
        };
        let mut visit = Visit { from: poller.sequence().get(), saw: Vec::new() };
        let enough = dice.size(0, 200);
        while visit.saw.len() < enough && !is_over.load(Ordering::Relaxed) {
            if dice.one_in(4) {
                let ready = if dice.one_in(2) {
                    poll_once(pin!(poller.ready()), &Wakes::new())
                } else {
                    // The ring ends in any case.
                    Poll::Ready(block_on(poller.ready()))
                };
                if ready == Poll::Ready(Err(Closed(()))) {
                    break;
                }
            }
            match poller.wait_timeout(Duration::from_millis(1)) {
                Ok(mut batch) => {
                    batch.for_each(|message, at| visit.saw.push((at.sequence.get(), *message)));
                }
                Err(PollError::Empty) => {}
                Err(PollError::Closed) => break,
            }
        }
        visits.push(visit);
    }
    visits
}
