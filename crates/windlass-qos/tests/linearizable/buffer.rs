//! What a buffer of a level that overwrites does, one step after the other.
//!
//! The messages lie in `capacity` cells by the number that each got. A call to send takes two steps, since a
//! sender may stop in between: it claims a number, and puts the message in, whatever lies there. A call to
//! close has two as well: messages are refused, and the end is known. A receiver takes one step for each
//! message that it takes out.
//!
//! What this leaves open is what the levels leave open: a receiver that was overtaken may go ahead of
//! messages that are still there; one of many senders that stopped behind its claim may be given up; and the
//! message that its claim will overwrite may be passed.

use windlass_qos::TryRecvError;

use super::wgl::Sequential;

/// What a buffer was built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Rules {
    pub(crate) capacity: usize,
    /// The freshest first.
    pub(crate) freshest: bool,
    /// What is missing is told.
    pub(crate) reports: bool,
}

/// A call and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    /// A message, and the one that made room, or the refusal.
    ForceSend(u64, Result<Option<u64>, ()>),
    TryRecv(Result<u64, TryRecvError>),
    /// Also those that were passed over, in order.
    TakeLatest(Result<u64, TryRecvError>, Vec<u64>),
    Close,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Lies {
    /// To be received.
    Here(u64),
    /// Still there, and nobody will receive it.
    Passed(u64),
    Nothing,
}

/// A cell: the number of its message, which is below 0 before the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Cell {
    number: i64,
    lies: Lies,
}

/// A buffer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Buffer {
    rules: Rules,
    cells: Vec<Cell>,
    /// The number of the next message.
    tail: i64,
    /// The oldest first: the number of the next message to receive.
    head: i64,
    /// Messages that the receiver knows to be missing and has not told of.
    missed: u64,
    /// A message that was taken before a gap was told.
    hand: Option<u64>,
    /// Calls that claimed a number.
    claims: Vec<(usize, i64)>,
    /// Calls that will be refused.
    refused: Vec<usize>,
    refuses: bool,
    ended: bool,
    /// Where the tail was when the call to take the latest began.
    until: i64,
    /// It was overtaken while it took messages, and may go ahead until it has caught up.
    hurries: bool,
}

impl Buffer {
    pub(crate) fn new(rules: Rules) -> Self {
        let capacity = i64::try_from(rules.capacity).expect("small");
        Self {
            rules,
            cells: (0..capacity)
                .map(|index| Cell { number: index - capacity, lies: Lies::Nothing })
                .collect(),
            tail: 0,
            head: 0,
            missed: 0,
            hand: None,
            claims: Vec::new(),
            refused: Vec::new(),
            refuses: false,
            ended: false,
            until: 0,
            hurries: false,
        }
    }

    fn index(&self, number: i64) -> usize {
        usize::try_from(number).expect("a claimed one") % self.rules.capacity
    }

    fn at(&self, number: i64) -> Cell {
        self.cells[self.index(number)]
    }

    fn set(&mut self, number: i64, lies: Lies) {
        let index = self.index(number);
        self.cells[index] = Cell { number, lies };
    }

    /// The message of this number, if it is to be received.
    fn here(&self, number: i64) -> Option<u64> {
        match self.at(number) {
            Cell { number: there, lies: Lies::Here(message) } if there == number => Some(message),
            _ => None,
        }
    }

    fn claim(&self, call: usize, accepted: bool) -> Vec<Self> {
        if accepted == self.refuses {
            return vec![];
        }
        let mut next = self.clone();
        if accepted {
            next.claims.push((call, self.tail));
            next.tail += 1;
        } else {
            next.refused.push(call);
        }
        vec![next]
    }

    fn put(&self, call: usize, message: u64, outcome: Result<Option<u64>, ()>) -> Vec<Self> {
        let mut next = self.clone();
        let Ok(evicted) = outcome else {
            next.refused.retain(|&one| one != call);
            return vec![next];
        };
        let place = self.claims.iter().position(|claim| claim.0 == call).expect("the step before");
        let (_, number) = next.claims.swap_remove(place);
        let there = self.at(number);
        let came_back = if number <= there.number {
            // Others were a lap quicker, or a receiver gave it up.
            Some(message)
        } else {
            next.set(number, Lies::Here(message));
            match there.lies {
                Lies::Here(old) | Lies::Passed(old) => Some(old),
                Lies::Nothing => None,
            }
        };
        next.claims.sort_unstable();
        if came_back == evicted { vec![next] } else { vec![] }
    }

    /// Whether nothing will come: known, and nobody is on the way.
    fn is_over(&self) -> bool {
        self.ended && self.claims.is_empty()
    }

    /// Whether a receiver may say that there is nothing now, as far as the end is concerned.
    fn may_be_empty(&self) -> bool {
        !self.is_over() || !self.refused.is_empty()
    }

    /// The freshest first: takes that one, or says that there is none.
    fn take_freshest(&self, outcome: Result<u64, TryRecvError>) -> Vec<Self> {
        let freshest = self
            .cells
            .iter()
            .filter_map(|cell| match cell.lies {
                Lies::Here(message) => Some((cell.number, message)),
                _ => None,
            })
            .max();
        let mut next = self.clone();
        let possible = match (outcome, freshest) {
            (Ok(message), Some((number, there))) => {
                next.set(number, Lies::Nothing);
                next.until = number;
                message == there
            }
            (Err(TryRecvError::Empty), None) => self.may_be_empty(),
            (Err(TryRecvError::Closed), None) => self.is_over(),
            _ => false,
        };
        if possible { vec![next] } else { vec![] }
    }

    /// Whether the number was claimed and its message is not put in yet.
    fn is_awaited(&self, number: i64) -> bool {
        self.at(number).number < number
    }

    /// Whether a receiver may give up this number, whose sender stopped: a later message is here.
    fn may_be_given_up(&self, number: i64) -> bool {
        self.at(number).lies == Lies::Nothing
            && (number + 1..self.tail).any(|n| self.here(n).is_some())
    }

    /// All ways to go on to a later number, without what lies before it.
    fn go_ahead(&self, alone: bool) -> Vec<Self> {
        let lost = self.head < self.tail && self.head < self.at(self.head).number;
        let overtaken = lost && (self.hurries || !alone);
        let mut ways = vec![Self { hurries: self.hurries || overtaken, ..self.clone() }];
        let mut next = 0;
        while next < ways.len() {
            let way = ways[next].clone();
            next += 1;
            if way.head == way.tail {
                continue;
            }
            let number = way.head;
            let mut on = Self { head: number + 1, missed: way.missed + 1, ..way.clone() };
            if way.is_awaited(number) {
                if overtaken {
                    ways.push(on.clone());
                }
                if way.may_be_given_up(number) {
                    on.set(number, Lies::Nothing);
                    ways.push(on);
                }
            } else if let Some(message) = way.here(number) {
                if overtaken {
                    on.set(number, Lies::Passed(message));
                    ways.push(on);
                }
            } else {
                ways.push(on);
            }
        }
        ways
    }

    /// The oldest first: one call to receive.
    fn take_oldest(
        &self,
        outcome: Result<u64, TryRecvError>,
        tells: bool,
        alone: bool,
    ) -> Vec<Self> {
        if let Some(message) = self.hand {
            let next = Self { hand: None, ..self.clone() };
            return if outcome == Ok(message) { vec![next] } else { vec![] };
        }
        let mut all = Vec::new();
        for mut way in self.go_ahead(alone) {
            let is_behind_all = way.head == way.tail;
            let here = if is_behind_all { None } else { way.here(way.head) };
            let is_awaited = !is_behind_all && way.is_awaited(way.head);
            match outcome {
                Ok(message)
                    if here == Some(message)
                        && (!tells || !self.rules.reports || way.missed == 0) =>
                {
                    way.set(way.head, Lies::Nothing);
                    way.head += 1;
                    if !self.rules.reports {
                        way.missed = 0;
                    }
                    all.push(way);
                }
                Err(TryRecvError::Lagged(n)) if self.rules.reports && n == way.missed && n != 0 => {
                    if here.is_none() && !is_behind_all && !is_awaited {
                        continue;
                    }
                    way.missed = 0;
                    all.push(way.clone());
                    if let Some(message) = here {
                        way.set(way.head, Lies::Nothing);
                        way.head += 1;
                        way.hand = Some(message);
                        all.push(way);
                    }
                }
                Err(TryRecvError::Empty) => {
                    let awaits = is_awaited && !way.may_be_given_up(way.head);
                    if awaits || (is_behind_all && way.may_be_empty()) {
                        way.hurries = false;
                        all.push(way);
                    }
                }
                Err(TryRecvError::Closed)
                    if is_behind_all && way.ended && (!self.rules.reports || way.missed == 0) =>
                {
                    all.push(way);
                }
                _ => {}
            }
        }
        all
    }

    fn take(&self, outcome: Result<u64, TryRecvError>, tells: bool, alone: bool) -> Vec<Self> {
        if self.rules.freshest {
            self.take_freshest(outcome)
        } else {
            self.take_oldest(outcome, tells, alone)
        }
    }

    /// Takes a message that is passed over because there is a fresher one.
    fn pass_over(&self, message: u64) -> Vec<Self> {
        let mut next = self.clone();
        for cell in &mut next.cells {
            if cell.lies == Lies::Here(message) && cell.number < self.until {
                cell.lies = Lies::Nothing;
                return vec![next];
            }
        }
        vec![]
    }

    /// Whether there was nothing newer when the call to take the latest began, behind what was taken: only what is
    /// on its way, or was given up.
    fn is_latest(&self) -> bool {
        (self.head..self.until).all(|number| {
            let there = self.at(number);
            there.number < number || (there.number == number && there.lies == Lies::Nothing)
        })
    }

    fn take_latest(
        &self,
        outcome: Result<u64, TryRecvError>,
        passed: &[u64],
        step: usize,
        alone: bool,
    ) -> Vec<Self> {
        if outcome.is_err() {
            return if passed.is_empty() { self.take(outcome, true, alone) } else { vec![] };
        }
        if self.rules.freshest {
            return match step {
                0 => self.take_freshest(outcome),
                _ => self.pass_over(passed[step - 1]),
            };
        }
        match step {
            0 => vec![Self { until: self.tail, ..self.clone() }],
            _ if step <= passed.len() => self.take(Ok(passed[step - 1]), step == 1, alone),
            _ if step == passed.len() + 1 => self.take(outcome, passed.is_empty(), alone),
            _ if self.is_latest() => vec![self.clone()],
            _ => vec![],
        }
    }
}

impl Sequential for Buffer {
    type Call = Call;

    fn steps(&self, call: &Call) -> usize {
        match call {
            Call::TryRecv(_) | Call::TakeLatest(Err(_), _) => 1,
            Call::ForceSend(..) | Call::Close => 2,
            Call::TakeLatest(Ok(_), passed) if self.rules.freshest => 1 + passed.len(),
            Call::TakeLatest(Ok(_), passed) => 3 + passed.len(),
        }
    }

    fn step(&self, number: usize, call: &Call, step: usize, alone: bool) -> Vec<Self> {
        match call {
            Call::ForceSend(_, outcome) if step == 0 => self.claim(number, outcome.is_ok()),
            Call::ForceSend(message, outcome) => self.put(number, *message, *outcome),
            Call::TryRecv(outcome) => self.take(*outcome, true, alone),
            Call::TakeLatest(outcome, passed) => self.take_latest(*outcome, passed, step, alone),
            Call::Close if step == 0 => vec![Self { refuses: true, ..self.clone() }],
            Call::Close => vec![Self { ended: true, ..self.clone() }],
        }
    }
}
