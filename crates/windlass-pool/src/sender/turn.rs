//! Choosing a worker for what is for any.

use windlass_sync::atomic::{AtomicU64, Ordering};

use crate::random::{Random, mix};
use crate::shared::Door;
use crate::spread::Spread;
use crate::worker::Worker;

/// Whose turn it is, as one sender sees it.
pub(super) struct Turn {
    spread: Spread,
    at: usize,
    /// Messages that still go there.
    left: u32,
    random: Random,
}

impl Turn {
    /// `number` is another one for each sender: so they choose different workers.
    pub(super) fn new(spread: Spread, numbers: &AtomicU64) -> Self {
        let number = match spread {
            Spread::RoundRobin | Spread::Shared(_) => 0,
            // ORDERING: Relaxed. Only that it differs from all others matters.
            _ => numbers.fetch_add(1, Ordering::Relaxed),
        };
        Self { spread, at: 0, left: 0, random: Random::new(mix(number)) }
    }

    /// The worker for the next message.
    #[inline]
    pub(super) fn next<W: Worker>(&mut self, doors: &[Option<Door<W>>]) -> usize {
        match self.spread {
            Spread::RoundRobin => self.go_on(doors),
            _ if self.left != 0 && is_open(doors, self.at) => self.left -= 1,
            _ => self.choose(doors),
        }
        self.at
    }

    /// The worker that was chosen last.
    pub(super) fn now(&self) -> usize {
        self.at
    }

    /// Whether another worker is tried where the chosen one has no room, whatever its turn.
    pub(super) fn looks_around(&self) -> bool {
        self.spread != Spread::RoundRobin
    }

    /// That one has no room: the next message goes to another.
    #[cold]
    pub(super) fn is_full(&mut self) {
        self.left = 0;
    }

    /// The next one that is there.
    #[inline]
    fn go_on<W: Worker>(&mut self, doors: &[Option<Door<W>>]) {
        for _ in 0..doors.len() {
            self.at = if self.at + 1 < doors.len() { self.at + 1 } else { 0 };
            if is_open(doors, self.at) {
                break;
            }
        }
    }

    #[inline(never)]
    fn choose<W: Worker>(&mut self, doors: &[Option<Door<W>>]) {
        let workers = doors.len() as u64;
        let first = self.draw(doors, 0, workers);
        let second = self.draw(doors, first + 1, workers.saturating_sub(1));
        let held = |worker: usize| doors.get(worker)?.as_ref().map(|door| door.normal.len());
        self.at = if held(second) < held(first) { second } else { first };
        if is_crowded(doors, self.at) {
            // Both are full: whoever comes next and has room.
            let roomy = (1..doors.len()).map(|step| (self.at + step) % doors.len());
            let mut roomy =
                roomy.filter(|&worker| is_open(doors, worker) && !is_crowded(doors, worker));
            self.at = roomy.next().unwrap_or(self.at);
        }
        if let Spread::Sticky(messages) = self.spread {
            self.left = messages.saturating_sub(1);
        }
    }

    /// One that is there, by chance: one of so many from `from` on, or the next behind it.
    fn draw<W: Worker>(&mut self, doors: &[Option<Door<W>>], from: usize, of: u64) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "below a length")]
        let step = self.random.below(of.max(1)) as usize;
        self.at = (from + step) % doors.len().max(1);
        if !is_open(doors, self.at) {
            self.go_on(doors);
        }
        self.at
    }
}

/// Whether a worker has no room, where none is made.
fn is_crowded<W: Worker>(doors: &[Option<Door<W>>], worker: usize) -> bool {
    let full = |door: &Door<W>| {
        !door.normal.level().overwrites() && door.normal.capacity() <= door.normal.len()
    };
    doors.get(worker).and_then(Option::as_ref).is_some_and(full)
}

#[inline]
fn is_open<W: Worker>(doors: &[Option<Door<W>>], worker: usize) -> bool {
    doors.get(worker).and_then(Option::as_ref).is_some_and(|door| !door.normal.is_closed())
}
