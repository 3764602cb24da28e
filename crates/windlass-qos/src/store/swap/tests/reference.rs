//! Against a reference, step by step.

use super::*;

/// What a store of this level and capacity does, one step at a time.
struct Reference {
    /// Positions and messages.
    queue: VecDeque<(u64, u64)>,
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

    fn take<L: Manner, P: Paths>(&mut self) -> Taken<u64> {
        if L::REPORTS
            && self.lost > 0
            && !(P::MANY_RECEIVERS && (self.told || self.queue.is_empty()))
        {
            self.told = true;
            return Taken::Lagged(core::mem::take(&mut self.lost));
        }
        self.told = false;
        let next = if L::FRESHEST { self.queue.pop_back() } else { self.queue.pop_front() };
        next.map_or(Taken::Empty, |(_, message)| {
            self.stats.delivered += 1;
            Taken::Message(message)
        })
    }
}

/// Random steps of one thread: every answer is that of the reference.
fn agrees<L: Manner, P: Paths>(capacity: usize, origin: u64, seed: u64) {
    const STEPS: u64 = if cfg!(miri) { 200 } else { 2_000 };
    let store = open::<L, P>(capacity, origin);
    let (mut tx, mut rx) = (store.sender().expect("first"), store.receiver().expect("first"));
    let mut reference = Reference {
        queue: VecDeque::new(),
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
            _ => assert_eq!(store.take(&mut rx), reference.take::<L, P>(), "step {step}"),
        }
        let stats = store.stats();
        reference.stats.held = reference.queue.len() as u64;
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
