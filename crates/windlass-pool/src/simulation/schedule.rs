//! Who is next, and what time it is.
//!
//! One thing is done at a time, on one thread, and each choice comes out of the seed: who is next, how long
//! what it did took, and what goes wrong. Time goes by with each turn, and leaps to the next moment that
//! somebody waits for when nobody has anything to do.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::time::Instant;

use windlass_sync::Deadline;

use super::faults::Faults;
use super::task::{Task, Turn};
use crate::nanos::nanos;
use crate::random::{Random, mix};

/// All that takes part in a simulation.
pub(crate) struct Schedule {
    seed: u64,
    places: RefCell<Vec<Place>>,
    random: RefCell<Random>,
    faults: Cell<Faults>,
    started: Instant,
    now: Cell<Instant>,
    turns: Cell<u64>,
    most_turns: Cell<u64>,
    trace: Cell<u64>,
    tasks: Cell<u64>,
}

/// The place of one task.
struct Place {
    number: u64,
    /// Nothing while it has its turn.
    task: Option<Box<dyn Task>>,
    held_up_until: Option<Instant>,
    /// When it goes on if nothing comes; nothing unless it said so at its last turn.
    due: Option<Instant>,
}

/// What going on has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Went {
    /// Somebody did something.
    On,
    /// It is later now.
    Later,
    /// Nobody can go on.
    Nowhere,
}

/// The longest that a turn takes.
const LONGEST_TURN: u64 = 2_000;

/// Turns that a simulation may take unless it is told otherwise.
const MOST_TURNS: u64 = 20_000_000;

std::thread_local! {
    static HERE: RefCell<Option<Rc<Schedule>>> = const { RefCell::new(None) };
}

/// The simulation of this thread.
pub(crate) fn here() -> Option<Rc<Schedule>> {
    HERE.try_with(|here| here.borrow().clone()).ok().flatten()
}

impl Schedule {
    pub(super) fn new(seed: u64) -> Self {
        let started = Instant::now();
        Self {
            seed,
            places: RefCell::new(Vec::new()),
            random: RefCell::new(Random::new(seed)),
            faults: Cell::new(Faults::none()),
            started,
            now: Cell::new(started),
            turns: Cell::new(0),
            most_turns: Cell::new(MOST_TURNS),
            trace: Cell::new(mix(seed)),
            tasks: Cell::new(0),
        }
    }

    /// Makes this the simulation of this thread; `false` if there is one.
    pub(super) fn settle_here(self: &Rc<Self>) -> bool {
        HERE.with_borrow_mut(|here| {
            let is_free = here.is_none();
            if is_free {
                *here = Some(Rc::clone(self));
            }
            is_free
        })
    }

    /// Ends the simulation of this thread.
    pub(super) fn leave(&self) {
        HERE.with_borrow_mut(Option::take);
        // What tasks do when they are dropped may ask who is here.
        let places = self.places.take();
        drop(places);
    }

    pub(crate) fn add(&self, task: Box<dyn Task>) {
        let number = self.tasks.get();
        self.tasks.set(number + 1);
        let place = Place { number, task: Some(task), held_up_until: None, due: None };
        self.places.borrow_mut().push(place);
    }

    pub(super) fn set_faults(&self, faults: Faults) {
        self.faults.set(faults);
    }

    pub(super) fn set_most_turns(&self, turns: u64) {
        self.most_turns.set(turns);
    }

    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    pub(crate) fn now(&self) -> Instant {
        self.now.get()
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.now.get().saturating_duration_since(self.started)
    }

    pub(super) fn turns(&self) -> u64 {
        self.turns.get()
    }

    pub(super) fn trace(&self) -> u64 {
        self.trace.get()
    }

    pub(super) fn below(&self, n: u64) -> u64 {
        self.random.borrow_mut().below(n)
    }

    /// At which of so many messages a worker is to panic, if it is.
    pub(crate) fn panic(&self, messages: usize) -> Option<usize> {
        self.faults.get().panic(&mut self.random.borrow_mut(), messages)
    }

    /// Whether a worker is not to be built anew this time.
    pub(crate) fn fails_build(&self) -> bool {
        self.faults.get().fails_build(&mut self.random.borrow_mut())
    }

    /// Whether it is later than this, or as late.
    pub(crate) fn has_passed(&self, deadline: Deadline) -> bool {
        deadline.moment().is_some_and(|moment| moment <= self.now())
    }

    /// Goes on until `look` finds something, or the deadline has passed.
    pub(crate) fn wait<R>(
        &self,
        deadline: Deadline,
        mut look: impl FnMut() -> Option<R>,
    ) -> Option<R> {
        loop {
            if let Some(found) = look() {
                return Some(found);
            }
            if self.has_passed(deadline) {
                return None;
            }
            self.go_on_for(deadline);
        }
    }

    /// Goes on by one turn, or by a leap in time.
    ///
    /// # Panics
    ///
    /// If somebody waits without a deadline for what cannot come.
    pub(crate) fn go_on_for(&self, deadline: Deadline) {
        let went = self.go_on(deadline.moment());
        assert!(
            went != Went::Nowhere || !deadline.is_never(),
            "simulation {}: somebody waits for ever, and nobody can go on",
            self.seed
        );
    }

    /// Lets somebody take a turn. If nobody can, it becomes later; not later than `until`.
    pub(super) fn go_on(&self, until: Option<Instant>) -> Went {
        if self.take_turn() {
            return Went::On;
        }
        let now = self.now();
        let places = self.places.borrow();
        let moment = |place: &Place| match (place.held_up_until, place.due) {
            (Some(held_up), _) if now < held_up => Some(held_up),
            (_, due) => due,
        };
        let waiting = places.iter().filter(|place| place.task.is_some());
        let moments = waiting.filter_map(moment).chain(until);
        let next = moments.filter(|moment| now < *moment).min();
        match next {
            Some(next) if until.is_none_or(|until| next <= until) => {
                self.now.set(next);
                Went::Later
            }
            _ => Went::Nowhere,
        }
    }

    /// When the first of those goes on that are held up.
    pub(super) fn held_up_until(&self) -> Option<Instant> {
        let places = self.places.borrow();
        let moments = places.iter().filter_map(|place| place.held_up_until);
        moments.filter(|moment| self.now() < *moment).min()
    }

    /// Lets one do something, of those that can.
    pub(super) fn take_turn(&self) -> bool {
        let places = self.places.borrow().len();
        if places == 0 {
            return false;
        }
        let first = usize::try_from(self.below(places as u64)).unwrap_or(0);
        (0..places).any(|ahead| self.give_turn((first + ahead) % places))
    }

    /// Whether the one at this place did something.
    fn give_turn(&self, at: usize) -> bool {
        let (number, mut task) = {
            let mut places = self.places.borrow_mut();
            let Some(place) = places.get_mut(at) else { return false };
            if place.held_up_until.is_some_and(|until| self.now() < until) {
                return false;
            }
            let Some(task) = place.task.take() else { return false };
            (place.number, task)
        };
        // Others may take turns within this one, if it waits for them.
        let turn = task.turn();
        let mut places = self.places.borrow_mut();
        let Some(at) = places.iter().position(|place| place.number == number) else {
            return false;
        };
        match turn {
            Turn::Worked => {
                let random = &mut self.random.borrow_mut();
                let held_up = if task.is_worker() { self.faults.get().delay(random) } else { None };
                places[at].held_up_until = held_up.map(|delay| self.now() + delay);
                places[at].due = None;
                places[at].task = Some(task);
            }
            Turn::Idle(deadline) => {
                places[at].due = deadline.moment();
                places[at].task = Some(task);
                return false;
            }
            Turn::Over => {
                let place = places.remove(at);
                drop(places);
                drop((place, task));
            }
        }
        self.note(number);
        true
    }

    /// Notes a turn that was taken.
    fn note(&self, number: u64) {
        let took = self.below(LONGEST_TURN) + 1;
        self.now.set(self.now() + Duration::from_nanos(took));
        let turns = self.turns.get() + 1;
        assert!(
            turns <= self.most_turns.get(),
            "simulation {}: not done after {turns} turns",
            self.seed
        );
        self.turns.set(turns);
        self.trace.set(mix(self.trace.get() ^ mix(number) ^ nanos(self.elapsed())));
    }
}
