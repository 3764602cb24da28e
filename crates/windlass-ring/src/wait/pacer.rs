//! Carrying out a wait.

use core::time::Duration;

use windlass_sync::{Deadline, hint, thread};

use super::adaptive::Adaptive;
use super::spacing::Spacing;
use super::{FIRST_SPINS, Pause, Plan, Round, Wait};

/// Looks of a spinning wait before anything else is considered.
pub(crate) const FIRST_LOOKS: u32 = if cfg!(loom) { 1 } else { 64 };

/// Rounds between two looks at the clock while spinning.
const CLOCK_EVERY: u32 = 64;

/// Looks whether a wait is over.
pub(crate) type Look<'l, R> = &'l mut (dyn FnMut() -> Option<R> + 'l);

/// Sleeps until looking finds something.
pub(crate) type Park<'p, R> = &'p mut (dyn FnMut(Deadline, Look<'_, R>) -> Option<R> + 'p);

/// The waiting of one party.
pub(crate) struct Pacer {
    wait: Wait,
    /// The cores that the wait counts on. Asked when the ring is built, since a thread that pins
    /// itself later would be told of one core only.
    cores: usize,
    adaptive: Adaptive,
    spacing: Spacing,
}

impl Pacer {
    pub(crate) fn new(wait: Wait) -> Self {
        let cores = match wait.0 {
            Plan::Adaptive { cores: Some(cores) } => cores,
            _ => thread::cores(),
        };
        Self { wait, cores, adaptive: Adaptive::default(), spacing: Spacing::default() }
    }

    /// The waiting of another party by the same strategy.
    pub(crate) fn another(&self) -> Self {
        Self::new(self.wait.clone())
    }

    /// Sets how many events a look finds at most.
    pub(crate) fn set_full_batch(&mut self, events: u64) {
        self.spacing.set_full_batch(events);
    }

    /// Notes how many events the last look found.
    #[inline]
    pub(crate) fn found(&mut self, events: u64) {
        self.spacing.found(events);
    }

    /// Stands back before the first look, if events come in a stream and this consumer is
    /// quicker than its producer. Not in a crowd, where the core is worth more to another thread.
    /// To be called when nothing is left of what was found.
    #[inline]
    pub(crate) fn stand_back(&mut self, crowded: impl FnOnce(usize) -> bool) {
        if self.stands_back(crowded) {
            self.spacing.stood();
            spin(self.spacing.hints());
        }
    }

    #[inline]
    fn stands_back(&mut self, crowded: impl FnOnce(usize) -> bool) -> bool {
        self.spins() && self.spacing.stands_back() && !self.crowd().is_some_and(crowded)
    }

    /// Whether it begins a wait by spinning.
    #[inline]
    pub(crate) fn spins(&self) -> bool {
        matches!(self.wait.0, Plan::BusySpin | Plan::Yielding | Plan::Adaptive { .. })
    }

    /// The cores beyond which it gives way to other threads, if it does.
    #[inline]
    pub(crate) fn crowd(&self) -> Option<usize> {
        matches!(self.wait.0, Plan::Adaptive { .. }).then_some(self.cores)
    }

    /// Waits until `look` finds something, or until the deadline has passed.
    ///
    /// `park` sleeps until `look` finds something, the deadline passes, or it makes sense to
    /// decide anew whom to wait for; it never misses a wake-up.
    #[cold]
    pub(crate) fn wait<R>(
        &mut self,
        crowded: impl Fn(usize) -> bool,
        deadline: Deadline,
        look: Look<'_, R>,
        park: Park<'_, R>,
    ) -> Option<R> {
        let cores = self.cores();
        let mut rounds = Rounds { number: 0, started: None };
        let found = loop {
            let pause = self.next(&mut rounds, crowded(cores), cores);
            let found = match pause {
                Pause::Park => park(deadline, look),
                pause => {
                    rest(pause, deadline);
                    look()
                }
            };
            if found.is_some() {
                break found;
            }
            let spun =
                matches!(pause, Pause::Spin(_)) && !rounds.number.is_multiple_of(CLOCK_EVERY);
            if !deadline.is_never() && !spun && deadline.has_passed() {
                break look();
            }
        };
        self.adaptive.end();
        found
    }

    /// The cores that the wait counts on.
    #[inline]
    pub(crate) fn cores(&self) -> usize {
        self.cores
    }

    fn next(&mut self, rounds: &mut Rounds, crowded: bool, cores: usize) -> Pause {
        let number = rounds.number;
        rounds.number = number.saturating_add(1);
        match &self.wait.0 {
            Plan::Adaptive { .. } => self.adaptive.next(number, crowded, cores),
            plan => plan.pause(number, crowded, rounds),
        }
    }
}

impl Default for Pacer {
    fn default() -> Self {
        Self::new(Wait::default())
    }
}

impl Plan {
    fn pause(&self, number: u32, crowded: bool, rounds: &mut Rounds) -> Pause {
        match self {
            Self::BusySpin => Pause::Spin(1),
            Self::Yielding if number < FIRST_SPINS => Pause::Spin(1),
            Self::Yielding => Pause::Yield,
            Self::Sleeping { cap } => sleeping(number, *cap),
            Self::Blocking | Self::Adaptive { .. } => Pause::Park,
            Self::Phased { spin, yielding, then } => {
                let waited = rounds.waited();
                if waited < *spin {
                    Pause::Spin(16)
                } else if waited < *spin + *yielding {
                    Pause::Yield
                } else {
                    then.0.pause(number, crowded, rounds)
                }
            }
            Self::Custom(plan) => plan(Round { number, crowded }),
        }
    }
}

/// Spins, yields, then sleeps one microsecond, two, four, up to `cap`.
fn sleeping(number: u32, cap: Duration) -> Pause {
    match number.checked_sub(2 * FIRST_SPINS) {
        None if number < FIRST_SPINS => Pause::Spin(1),
        None => Pause::Yield,
        Some(slept) => Pause::Sleep(Duration::from_micros(1 << slept.min(30)).min(cap)),
    }
}

/// The rounds of one wait.
struct Rounds {
    number: u32,
    #[cfg(feature = "std")]
    started: Option<std::time::Instant>,
    #[cfg(not(feature = "std"))]
    started: Option<u32>,
}

impl Rounds {
    /// The time since this was asked for the first time.
    #[cfg(feature = "std")]
    fn waited(&mut self) -> Duration {
        self.started.get_or_insert_with(std::time::Instant::now).elapsed()
    }

    /// Without a clock, a microsecond for every 64 rounds.
    #[cfg(not(feature = "std"))]
    fn waited(&mut self) -> Duration {
        let started = *self.started.get_or_insert(self.number);
        Duration::from_micros(u64::from(self.number - started) / 64)
    }
}

fn rest(pause: Pause, deadline: Deadline) {
    match pause {
        Pause::Spin(hints) => spin(hints),
        Pause::Yield | Pause::Park => thread::yield_now(),
        Pause::Sleep(time) => sleep(deadline.remaining().map_or(time, |left| left.min(time))),
    }
}

#[cfg(feature = "std")]
fn sleep(time: Duration) {
    thread::sleep(time);
}

#[cfg(not(feature = "std"))]
fn sleep(_time: Duration) {
    hint::spin_loop();
}

#[inline]
fn spin(hints: u32) {
    for _ in 0..hints {
        hint::spin_loop();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn plan(wait: &Wait, number: u32) -> Pause {
        wait.0.pause(number, false, &mut Rounds { number, started: None })
    }

    #[test]
    fn each_strategy_does_what_its_name_says() {
        assert_eq!(plan(&Wait::busy_spin(), 1_000_000), Pause::Spin(1), "for ever");
        assert_eq!(plan(&Wait::yielding(), 0), Pause::Spin(1), "a moment");
        assert_eq!(plan(&Wait::yielding(), 100), Pause::Yield, "then it gives way");
        assert_eq!(plan(&Wait::blocking(), 0), Pause::Park, "at once");
    }

    #[test]
    fn sleeping_doubles_up_to_its_cap() {
        let wait = Wait::sleeping_up_to(Duration::from_micros(50));
        let naps: Vec<Pause> = (200..208).map(|round| plan(&wait, round)).collect();
        let micros = [1, 2, 4, 8, 16, 32, 50, 50].map(|us| Pause::Sleep(Duration::from_micros(us)));
        assert_eq!(naps, micros, "1, 2, 4 ... 50");
        assert_eq!(plan(&wait, u32::MAX), Pause::Sleep(Duration::from_micros(50)), "no overflow");
    }

    #[test]
    fn phases_of_no_length_are_passed_over() {
        let wait = Wait::phased(Duration::ZERO, Duration::ZERO, Wait::blocking());
        assert_eq!(plan(&wait, 0), Pause::Park, "straight to the last");
        let wait = Wait::phased(Duration::MAX / 4, Duration::MAX / 4, Wait::blocking());
        assert_eq!(plan(&wait, 0), Pause::Spin(16), "the first");
    }

    #[test]
    fn adaptive_never_spins_in_a_crowd_or_alone_on_a_core() {
        for (crowded, cores) in [(true, 8), (false, 1)] {
            let mut adaptive = Adaptive::default();
            let pauses: Vec<Pause> =
                (0..300).map(|round| adaptive.next(round, crowded, cores)).collect();
            assert!(!pauses.iter().any(|pause| matches!(pause, Pause::Spin(_))), "no spin");
            assert_eq!(pauses[0], Pause::Yield, "gives way at once");
            assert_eq!(pauses[299], Pause::Park, "and sleeps in the end");
        }
    }

    #[test]
    fn adaptive_gives_way_longer_in_a_crowd_before_it_sleeps() {
        let yields = |crowded, cores| {
            let mut adaptive = Adaptive::default();
            let pauses = (0..).map(|round| adaptive.next(round, crowded, cores));
            pauses.take_while(|pause| *pause == Pause::Yield).count()
        };
        assert_eq!((yields(true, 8), yields(false, 1)), (256, 64), "as decided by measurement");
    }

    #[test]
    fn adaptive_does_not_stand_back_in_a_crowd() {
        let in_a_stream = |wait| {
            let mut pacer = Pacer::new(wait);
            pacer.spacing.stood();
            pacer.found(9);
            pacer
        };
        let mut pacer = in_a_stream(Wait::adaptive_on(8));
        assert!(pacer.stands_back(|_| false), "a stream, and a core for everybody");
        pacer.found(1);
        assert!(!pacer.stands_back(|_| true), "somebody else can use the core");
        let mut pacer = in_a_stream(Wait::busy_spin());
        assert!(pacer.stands_back(|_| true), "whoever asks to spin has the core to himself");
    }

    #[test]
    fn adaptive_spins_gives_way_and_sleeps() {
        let mut adaptive = Adaptive::default();
        let pauses: Vec<Pause> = (0..1200).map(|round| adaptive.next(round, false, 64)).collect();
        assert_eq!(pauses[0], Pause::Yield, "whom it waits for may need this very core");
        assert_eq!(pauses[1], Pause::Spin(1), "then it spins");
        assert_eq!(pauses[64], Pause::Yield, "and gives way now and then");
        assert_eq!(pauses[1030..1034], [Pause::Yield; 4], "then it only gives way");
        assert_eq!(pauses[1199], Pause::Park, "then it sleeps");
    }
}
