//! Random operations on real rings, each answer compared with the reference ring.
#![cfg(not(loom))]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    clippy::missing_assert_message,
    clippy::cast_possible_truncation,
    reason = "tests have std, small numbers, and fail by panicking"
)]

use proptest::prelude::*;
use windlass_ring::{
    BatchError, Builder, ClaimError, JoinError, JoinFrom, Multi, PollError, Poller, ProducerOf,
    PublishError, Ring, Sequence, Sequencer, Shared, Single,
};
use windlass_testkit::{Reference, Refused};

/// Seats for consumers: the declared ones, and those that join.
const SEATS: usize = 5;
const CASES: u32 = if cfg!(miri) { 3 } else { 4_000 };
/// Operations of a case; the interpreter needs a tenth of a second for each.
const OPS: usize = if cfg!(miri) { 40 } else { 80 };

#[derive(Debug, Clone)]
enum Op {
    Publish,
    TryBatch(usize),
    /// Claims, writes, and publishes or gives up.
    Claim(usize, bool),
    /// A consumer polls with a limit and takes some, releasing after so many, perhaps rewinding.
    Poll {
        consumer: usize,
        limit: usize,
        take: usize,
        release_after: usize,
        rewind: bool,
    },
    /// A consumer takes runs until the batch is empty.
    Runs {
        consumer: usize,
        limit: usize,
    },
    Skip {
        consumer: usize,
    },
    Join {
        seat: usize,
        back: Option<u64>,
    },
    Leave(usize),
    Close,
}

fn op() -> impl Strategy<Value = Op> {
    let consumer = 0..SEATS;
    prop_oneof![
        6 => Just(Op::Publish),
        4 => (0_usize..18).prop_map(Op::TryBatch),
        4 => (1_usize..9, any::<bool>()).prop_map(|(n, publish)| Op::Claim(n, publish)),
        8 => (consumer.clone(), 1_usize..20, 0_usize..20, 0_usize..20, any::<bool>()).prop_map(
            |(consumer, limit, take, release_after, rewind)| Op::Poll {
                consumer, limit, take, release_after, rewind,
            }
        ),
        3 => (consumer.clone(), 1_usize..20).prop_map(|(consumer, limit)| Op::Runs { consumer, limit }),
        1 => consumer.clone().prop_map(|consumer| Op::Skip { consumer }),
        2 => (consumer.clone(), proptest::option::of(0_u64..20))
            .prop_map(|(seat, back)| Op::Join { seat, back }),
        1 => consumer.prop_map(Op::Leave),
        1 => prop_oneof![9 => Just(Op::Publish), 1 => Just(Op::Close)],
    ]
}

/// A ring and its reference, side by side.
struct Pair<S: Sequencer> {
    producer: ProducerOf<u64, S>,
    ring: Ring<u64>,
    consumers: Vec<Option<Poller<u64, Shared>>>,
    reference: Reference,
    /// The value of the next event.
    value: u64,
    /// Whether a claim that is given up leaves skipped slots.
    skips: bool,
}

impl<S: Sequencer> Pair<S> {
    fn new(
        start: impl FnOnce(Builder<u64>) -> (ProducerOf<u64, S>, Ring<u64>),
        consumers: usize,
        first: u64,
        skips: bool,
    ) -> Self {
        let first_sequence = Sequence::new(first);
        let mut builder = Builder::new(10, || 0).first_sequence(first_sequence).joiners(2);
        for number in 0..consumers {
            builder = builder.stage(number.to_string()).poller();
        }
        let (producer, mut ring) = start(builder);
        let taken = |number: usize| {
            if number < consumers { ring.poller(&number.to_string()).ok() } else { None }
        };
        let pollers = (0..SEATS).map(taken).collect();
        let reference = Reference::new(producer.capacity(), consumers, first);
        Self { producer, ring, consumers: pollers, reference, value: 1, skips }
    }

    fn run(&mut self, op: &Op) {
        match *op {
            Op::Publish => self.publish(),
            Op::TryBatch(n) => self.try_batch(n),
            Op::Claim(n, publish) => self.claim(n, publish),
            Op::Poll { consumer, limit, take, release_after, rewind } => {
                self.poll(consumer, limit, take, release_after, rewind);
            }
            Op::Runs { consumer, limit } => self.runs(consumer, limit),
            Op::Skip { consumer } => self.skip(consumer),
            Op::Join { seat, back } => self.join(seat, back),
            Op::Leave(seat) => {
                if self.consumers[seat].take().is_some() {
                    self.reference.leave(seat);
                }
            }
            Op::Close => {
                self.ring.close();
                self.reference.close();
            }
        }
        self.compare();
    }

    fn values(&mut self, n: usize) -> Vec<Option<u64>> {
        let from = self.value;
        self.value += n as u64;
        (from..self.value).map(Some).collect()
    }

    fn publish(&mut self) {
        let event = self.values(1);
        let value = event[0].unwrap();
        let done = self.producer.try_publish(move |event| *event = value);
        let expected = self.reference.publish(&event);
        match done {
            Ok(sequence) => assert_eq!(Ok(sequence.get()), expected),
            Err(PublishError::Full(_)) => assert_eq!(expected, Err(Refused::Full)),
            Err(PublishError::Closed(_)) => assert_eq!(expected, Err(Refused::Closed)),
        }
    }

    fn try_batch(&mut self, n: usize) {
        let events = self.values(n);
        let written = events.clone();
        let done = self.producer.try_publish_batch(n, move |mut slots| {
            for (slot, event) in slots.iter_mut().zip(written) {
                *slot = event.unwrap();
            }
        });
        let expected = self.reference.publish(&events);
        match done {
            Ok(sequence) => assert_eq!(Ok(sequence.get()), expected),
            Err(BatchError::TooLarge { .. }) => assert_eq!(expected, Err(Refused::TooLarge)),
            Err(BatchError::Full(_)) => assert_eq!(expected, Err(Refused::Full)),
            Err(BatchError::Closed(_)) => assert_eq!(expected, Err(Refused::Closed)),
        }
    }

    fn claim(&mut self, n: usize, publish: bool) {
        let events = self.values(n);
        let claim = match self.producer.try_claim(n) {
            Ok(claim) => Ok(claim),
            Err(ClaimError::NoSlots) => unreachable!("one slot at least is asked for"),
            Err(ClaimError::TooLarge { .. }) => Err(Refused::TooLarge),
            Err(ClaimError::Full) => Err(Refused::Full),
            Err(ClaimError::Closed) => Err(Refused::Closed),
        };
        let outcome = claim.map(|mut claim| {
            for (i, event) in events.iter().enumerate() {
                *claim.get_mut(i).unwrap() = event.unwrap();
            }
            let first = claim.first().get();
            if publish { claim.publish().get() } else { first }
        });
        let expected = match (publish, self.skips) {
            (true, _) => self.reference.publish(&events),
            (false, true) => self.reference.publish(&vec![None; n]),
            // Taken back: as if it had not been.
            (false, false) => self.reference.clone().publish(&events),
        };
        assert_eq!(outcome, expected);
    }

    /// The batch that a poll has to find: the events of at most `limit` slots from the first
    /// event on, and where those slots end.
    fn expected(&mut self, consumer: usize, limit: usize) -> (Vec<(u64, u64)>, u64) {
        // What comes first and is no event is released by looking.
        let all = self.reference.pending(consumer, u64::MAX);
        let from = self.reference.position(consumer);
        let end = (from + limit as u64).min(self.reference.next());
        match all.first() {
            None => {
                self.reference.release(consumer, self.reference.next());
                (Vec::new(), self.reference.next())
            }
            Some(&(first, _)) if first < end => {
                self.reference.release(consumer, first);
                (all.into_iter().filter(|&(at, _)| at < end).collect(), end)
            }
            Some(_) => {
                self.reference.release(consumer, end);
                self.expected(consumer, limit)
            }
        }
    }

    fn poll(&mut self, consumer: usize, limit: usize, take: usize, after: usize, rewind: bool) {
        if self.consumers[consumer].is_none() {
            return;
        }
        let (events, end) = self.expected(consumer, limit);
        let Some(poller) = &mut self.consumers[consumer] else { return };
        poller.set_max_batch(limit);
        let mut batch = match poller.poll() {
            Ok(batch) => batch,
            Err(error) => {
                assert_eq!(events, [], "there were events");
                let closed = self.reference.is_closed();
                assert_eq!(error, if closed { PollError::Closed } else { PollError::Empty });
                return;
            }
        };
        // Where the consumer is after taking so many: skipped slots behind an event go with it.
        let behind = |taken: usize| events.get(taken).map_or(end, |&(at, _)| at);
        let mut released = self.reference.position(consumer);
        let mut taken = 0;
        while taken < take {
            let Some(&event) = batch.next() else { break };
            assert_eq!((batch.sequence().get(), event), events[taken]);
            taken += 1;
            if taken == after {
                batch.release();
                released = behind(taken);
            }
        }
        assert!(taken == take || taken == events.len(), "all that were asked for");
        if rewind {
            batch.rewind();
            assert_eq!(batch.first().get(), released, "to the last release");
        } else if 0 < taken {
            released = behind(taken);
        }
        drop(batch);
        self.reference.release(consumer, released);
    }

    fn runs(&mut self, consumer: usize, limit: usize) {
        if self.consumers[consumer].is_none() {
            return;
        }
        let (events, end) = self.expected(consumer, limit);
        let Some(poller) = &mut self.consumers[consumer] else { return };
        poller.set_max_batch(limit);
        let mut found = Vec::new();
        if let Ok(mut batch) = poller.poll() {
            while let Some(run) = batch.next_run() {
                assert!(!run.is_empty(), "a run has events");
                found.extend_from_slice(run);
            }
        }
        assert_eq!(found, events.iter().map(|&(_, event)| event).collect::<Vec<_>>());
        self.reference.release(consumer, end);
    }

    fn skip(&mut self, consumer: usize) {
        if self.consumers[consumer].is_none() {
            return;
        }
        let (events, end) = self.expected(consumer, 7);
        let Some(poller) = &mut self.consumers[consumer] else { return };
        poller.set_max_batch(7);
        if let Ok(mut batch) = poller.poll() {
            assert!(!events.is_empty(), "nothing was expected");
            batch.skip_rest();
        }
        self.reference.release(consumer, end);
    }

    fn join(&mut self, seat: usize, back: Option<u64>) {
        if self.consumers[seat].is_some() {
            return;
        }
        let next = self.reference.next();
        let from = match back {
            None => JoinFrom::Next,
            Some(back) => JoinFrom::At(Sequence::new(next.saturating_sub(back))),
        };
        match self.ring.join(from) {
            Ok(poller) => {
                let at = poller.sequence().get();
                assert_eq!(at, back.map_or(next, |back| next.saturating_sub(back)));
                assert!(self.reference.join(seat, at), "what it joins at is kept");
                self.consumers[seat] = Some(poller);
            }
            Err(JoinError::TooOld { oldest }) => {
                assert!(next.saturating_sub(back.unwrap()) < oldest.get(), "it asked for less");
            }
            Err(JoinError::Closed) => assert!(self.reference.is_closed(), "it is open"),
            Err(error) => assert!(matches!(error, JoinError::NoSeat { .. }), "{error}"),
        }
    }

    /// Every number that can be read.
    fn compare(&self) {
        let reference = &self.reference;
        assert_eq!(self.producer.next_sequence().get(), reference.next());
        assert_eq!(self.producer.is_closed(), reference.is_closed());
        for (number, poller) in self.consumers.iter().enumerate() {
            if let Some(poller) = poller {
                assert_eq!(poller.sequence().get(), reference.position(number));
                assert_eq!(poller.lag(), reference.next() - reference.position(number));
            }
        }
        if 0 < reference.consumers() {
            assert_eq!(self.producer.fill() as u64, reference.fill());
            assert_eq!(self.producer.remaining() as u64, reference.remaining());
            let stats = self.ring.stats();
            assert_eq!((stats.fill, stats.remaining), (reference.fill(), reference.remaining()));
            assert!(stats.fill <= stats.high_water && stats.high_water <= stats.capacity);
        }
    }
}

fn single(consumers: usize, first: u64) -> Pair<Single> {
    Pair::new(|builder| builder.start().unwrap(), consumers, first, false)
}

fn multi(consumers: usize, first: u64) -> Pair<Multi> {
    Pair::new(|builder| builder.start_multi().unwrap(), consumers, first, true)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_ring_of_one_producer_is_its_reference(
        consumers in 1_usize..=3,
        first in 0_u64..1000,
        ops in proptest::collection::vec(op(), 1..OPS),
    ) {
        let mut pair = single(consumers, first);
        ops.iter().for_each(|op| pair.run(op));
    }

    #[test]
    fn a_ring_of_several_producers_is_its_reference(
        consumers in 1_usize..=3,
        first in 0_u64..1000,
        ops in proptest::collection::vec(op(), 1..OPS),
    ) {
        let mut pair = multi(consumers, first);
        ops.iter().for_each(|op| pair.run(op));
    }
}
