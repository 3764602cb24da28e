//! Against a reference, step by step.

use super::*;

/// What a store of this level and capacity does, one step at a time.
struct Reference {
    /// Positions and messages.
    queue: VecDeque<(u64, u64)>,
    /// What was peeked at: out of reach of senders.
    hand: Option<(u64, u64)>,
    capacity: usize,
    lost: u64,
    /// One of many receivers is told once before it gets a message, whatever made room meanwhile.
    told: bool,
    stats: Stats,
}

impl Reference {
    fn offer(&mut self, message: u64) -> Option<u64> {
        let evicted = if self.is_full() { self.queue.pop_front() } else { None };
        if evicted.is_some() {
            self.lost += 1;
            self.stats.overwritten += 1;
        }
        self.queue.push_back((self.stats.accepted, message));
        self.stats.accepted += 1;
        evicted.map(|(_, message)| message)
    }

    /// Whether the next message takes the place of one that is there: that of a lap before.
    fn is_full(&self) -> bool {
        let accepted = self.stats.accepted;
        self.queue.front().is_some_and(|oldest| accepted - oldest.0 == self.capacity as u64)
    }

    /// What is told before the next message, if something is.
    fn lag<L: Manner, P: Paths>(&mut self) -> Option<u64> {
        let told = P::MANY_RECEIVERS && (self.told || self.queue.is_empty());
        self.told = L::REPORTS && self.lost > 0 && self.hand.is_none() && !told;
        self.told.then(|| core::mem::take(&mut self.lost))
    }

    fn take<L: Manner, P: Paths>(&mut self) -> Taken<u64> {
        match self.peek::<L, P>() {
            Taken::Message(message) => {
                self.hand = None;
                self.stats.delivered += 1;
                Taken::Message(message)
            }
            nothing => nothing,
        }
    }

    fn peek<L: Manner, P: Paths>(&mut self) -> Taken<u64> {
        if let Some(lag) = self.lag::<L, P>() {
            return Taken::Lagged(lag);
        }
        let queue = &mut self.queue;
        let next = || if L::FRESHEST { queue.pop_back() } else { queue.pop_front() };
        self.hand = self.hand.take().or_else(next);
        self.hand.map_or(Taken::Empty, |(_, message)| Taken::Message(message))
    }

    /// The newest of all, and the others in order.
    fn take_latest<L: Manner, P: Paths>(&mut self) -> (Taken<u64>, Vec<u64>) {
        if let Some(lag) = self.lag::<L, P>() {
            return (Taken::Lagged(lag), Vec::new());
        }
        let mut all: Vec<_> = self.hand.take().into_iter().chain(self.queue.drain(..)).collect();
        all.sort_unstable();
        let Some((_, latest)) = all.pop() else { return (Taken::Empty, Vec::new()) };
        self.stats.delivered += 1;
        self.stats.passed_over += all.len() as u64;
        (Taken::Message(latest), all.into_iter().map(|(_, message)| message).collect())
    }
}

/// Random steps of one thread: every answer is that of the reference.
fn agrees<L: Manner, P: Paths>(capacity: usize, origin: u64, seed: u64) {
    const STEPS: u64 = if cfg!(miri) { 200 } else { 2_000 };
    let store = open::<L, P>(capacity, origin);
    let (mut tx, mut rx) = (store.sender().expect("first"), store.receiver().expect("first"));
    let mut reference = Reference {
        queue: VecDeque::new(),
        hand: None,
        capacity,
        lost: 0,
        told: false,
        stats: Stats::default(),
    };
    let mut random = seed;
    for step in 0..STEPS {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // Long phases in which one side is faster.
        let bias = if (step / 64) % 2 == 0 { 5 } else { 2 };
        match (random >> 33) % 8 {
            choice if choice < bias => {
                assert_eq!(store.offer(&mut tx, step), Ok(reference.offer(step)), "step {step}");
            }
            7 if reference.is_full() => {
                let refused = store.offer_if_room(&mut tx, step);
                assert_eq!(refused, Err(Refused::Full(step)), "step {step}");
            }
            7 => {
                assert_eq!(store.offer_if_room(&mut tx, step), Ok(None), "step {step}");
                let _: Option<u64> = reference.offer(step);
            }
            _ if (random >> 40).is_multiple_of(8) => {
                let mut passed = Vec::new();
                let taken = store.take_latest(&mut rx, &mut |message| passed.push(message));
                assert_eq!((taken, passed), reference.take_latest::<L, P>(), "step {step}");
            }
            _ if (random >> 40) % 8 == 1 && !P::MANY_RECEIVERS => {
                let expected = reference.peek::<L, P>();
                assert_eq!(
                    format!("{:?}", store.peek(&mut rx)),
                    format!("{expected:?}"),
                    "step {step}"
                );
            }
            _ => assert_eq!(store.take(&mut rx), reference.take::<L, P>(), "step {step}"),
        }
        let stats = store.stats();
        let in_hand = usize::from(reference.hand.is_some());
        reference.stats.held = (reference.queue.len() + in_hand) as u64;
        assert_eq!(
            store.len() + store.in_hand(&rx),
            reference.queue.len() + in_hand,
            "step {step}"
        );
        reference.stats.high_water = stats.high_water;
        assert_eq!(stats, reference.stats, "step {step}");
    }
}

fn agrees_from<P: Paths>(capacity: usize, origin: u64, seed: u64) {
    agrees::<BestEffort, P>(capacity, origin, seed);
    agrees::<Reliable, P>(capacity, origin, seed);
    agrees::<RealTime, P>(capacity, origin, seed);
}

#[test]
fn one_thread_sees_what_the_reference_does() {
    let (capacities, seeds): (&[usize], u64) =
        if cfg!(miri) { (&[1, 3], 1) } else { (&[1, 2, 3, 5, 8, 64], 4) };
    for &capacity in capacities {
        // Where laps wrap in 42 bits, and where their sign changes.
        let wraps = [1 << 42, 1 << 41].map(|laps| laps * capacity as u64 - 99);
        for origin in wraps.into_iter().chain([0, 7]) {
            for seed in 0..seeds {
                agrees_from::<OneToOne>(capacity, origin, seed);
                agrees_from::<ManyToOne>(capacity, origin, seed);
                agrees_from::<ManyToMany>(capacity, origin, seed);
            }
        }
    }
}
