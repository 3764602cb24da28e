//! A round with messages for later: once, again and again, of clients and of workers to themselves; some are
//! taken back, some closures panic, and the pool ends before all are due.

use std::collections::HashMap;
use std::panic::resume_unwind;
use std::time::{Duration, Instant};

use windlass_pool::{Context, Init, Pool, Repeated, Report, Scheduled, Sender, Timer, Worker};
use windlass_sync::atomic::{AtomicBool, AtomicU64, Ordering};
use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_sync::thread;

use super::{Counted, KEYS, Keyed, Operated, WORKERS, play, some_level, vary};
use crate::account::{Account, Message};
use crate::plan::{Dice, Pace};

/// Sources of what a client sends later, of what has its key then, and of what is repeated.
const LATER: u64 = 100;
const LATER_TO: u64 = 200;
const BEATS: u64 = 300;
/// Repeated messages of one client at most.
const MOST_BEATS: u64 = 3;

#[derive(Debug, Clone, Copy)]
struct Timed {
    keyed: Keyed,
    /// Not before this.
    due: Option<Instant>,
}

/// What workers did.
#[derive(Debug, Default)]
struct Did {
    handled: Vec<Keyed>,
    /// Before it was due.
    early: u64,
    panics: u64,
    built: u64,
    /// What they are to send later, and what they took back of that.
    planned: Vec<Keyed>,
    taken_back: Vec<Keyed>,
}

struct Clerk {
    did: Arc<Mutex<Did>>,
    me: u64,
    sent: u64,
    timer: Option<Timer>,
    dice: Dice,
    pace: Pace,
    /// Panics once in so many messages; 0 for never.
    every: u64,
}

impl Worker for Clerk {
    type Message = Timed;
    type Control = u64;
    type Slot = ();

    fn on_message(&mut self, cx: &mut Context<'_, Self>, message: Timed) {
        self.dice.dawdle(self.pace);
        if self.every != 0 && self.dice.one_in(self.every) {
            lock(&self.did).panics += 1;
            resume_unwind(Box::new("planned"));
        }
        let is_early = message.due.is_some_and(|due| Instant::now() < due);
        if message.keyed.message.source < WORKERS && self.dice.one_in(8) {
            self.plan(cx, message.keyed.key);
        }
        if self.dice.one_in(16)
            && let Some(timer) = self.timer.take()
        {
            let back = cx.cancel(timer).map(|timed| timed.keyed);
            lock(&self.did).taken_back.extend(back);
        }
        let mut did = lock(&self.did);
        did.early += u64::from(is_early);
        did.handled.push(message.keyed);
    }

    fn keep(message: &Timed) -> Option<Timed> {
        Some(*message)
    }
}

impl Clerk {
    /// Sends something later, to itself or by key.
    fn plan(&mut self, cx: &mut Context<'_, Self>, key: u64) {
        self.sent += 1;
        let message = Message { source: WORKERS + self.me, n: self.sent };
        let (keyed, delay) = (Keyed { key, message }, self.dice.patience());
        let timed = Timed { keyed, due: Some(Instant::now() + delay) };
        let is_in = if self.dice.one_in(2) {
            let timer = cx.after(delay, timed).ok();
            self.timer = timer.or(self.timer);
            timer.is_some()
        } else {
            cx.after_key(&key, delay, timed).is_ok()
        };
        lock(&self.did).planned.extend(is_in.then_some(keyed));
    }
}

/// What a client did.
#[derive(Default)]
struct Sent {
    accepted: Vec<Keyed>,
    taken_back: Vec<Keyed>,
    beats: Vec<(Beat, Option<Repeated<Clerk>>)>,
    /// When each that comes later to its key is due: not before, and not after.
    due: Vec<(Keyed, Instant, Instant)>,
}

/// What is repeated.
#[derive(Debug, Clone, Default)]
struct Beat {
    source: u64,
    made: Arc<AtomicU64>,
    /// How many were left out; nothing if it was cancelled.
    skipped: Option<u64>,
    /// Whether its closure panicked, and whether it says that it is over.
    panicked: Arc<AtomicBool>,
    is_over: bool,
}

/// What a round found.
#[derive(Debug, Clone)]
struct Found {
    accepted: Vec<Keyed>,
    beats: Vec<Beat>,
    due: HashMap<Keyed, (Instant, Instant)>,
    handled: Vec<Keyed>,
    /// Undelivered, or dead.
    left: Vec<Keyed>,
    early: u64,
    panics: u64,
    counted: Counted,
    operated: Operated,
}

/// Rolls a round, runs it and adds it up.
pub(crate) fn round(dice: &mut Dice) -> Account {
    let did = Arc::new(Mutex::new(Did::default()));
    let every = dice.of(&[0, 0, 1_000, 100]);
    let (does, seeds) = (Arc::clone(&did), Mutex::new(dice.fork()));
    let factory = move |_: &Init| {
        let mut dice = lock(&seeds).fork();
        let pace = dice.of(&Pace::ALL);
        let me = {
            let mut did = lock(&does);
            did.built += 1;
            did.built
        };
        Clerk { did: Arc::clone(&does), me, sent: 0, timer: None, dice, pace, every }
    };
    let level = some_level(dice);
    let builder = vary(Pool::builder(factory), level, dice);
    let builder = builder.timers(dice.size(1, 32)).scheduled(dice.size(1, 64));
    let pool = builder.build().expect("a small pool");
    let messages = dice.between(0, 200);
    let clients: Vec<_> = (0..dice.between(1, 3))
        .map(|source| {
            let (tx, dice) = (pool.sender().expect("a few senders"), dice.fork());
            thread::spawn(move || send_all(tx, source, messages, dice))
        })
        .collect();
    let (sent, report, operated) = play(pool, clients, dice, |report| report);
    let did = core::mem::take(&mut *lock(&did));
    Found::new(sent, did, report, operated).account()
}

fn send_all(mut tx: Sender<Clerk>, source: u64, messages: u64, mut dice: Dice) -> Sent {
    let (mut sent, pace) = (Sent::default(), dice.of(&Pace::ALL));
    let mut open: Vec<Scheduled<Clerk>> = Vec::new();
    for n in 0..messages {
        dice.dawdle(pace);
        let (key, delay) = (dice.between(0, KEYS - 1), dice.patience() / 2);
        let keyed = |more| Keyed { key, message: Message { source: source + more, n } };
        let not_before = Instant::now() + delay;
        match dice.between(0, 9) {
            0..=3 => {
                let keyed = keyed(LATER);
                let timed = Timed { keyed, due: Some(not_before) };
                if let Ok(scheduled) = tx.after(&key, delay, timed) {
                    sent.accepted.push(keyed);
                    sent.due.push((keyed, not_before, Instant::now() + delay));
                    open.push(scheduled);
                }
            }
            4 => {
                let keyed = keyed(LATER_TO);
                let timed = Timed { keyed, due: Some(not_before) };
                if let Ok(scheduled) = tx.after_to(dice.size(0, 3), delay, timed) {
                    sent.accepted.push(keyed);
                    open.push(scheduled);
                }
            }
            5 if (sent.beats.len() as u64) < MOST_BEATS => {
                let source = BEATS + source * MOST_BEATS + sent.beats.len() as u64;
                sent.beats.extend(begin(&tx, source, key, &mut dice));
            }
            6 => {
                let beats = sent.beats.len();
                if 0 < beats
                    && let Some(beat) = sent.beats[dice.size(0, beats - 1)].1.take()
                {
                    beat.cancel();
                }
            }
            _ => {
                let timed = Timed { keyed: keyed(0), due: None };
                sent.accepted.extend(tx.send(&key, timed).is_ok().then_some(timed.keyed));
            }
        }
        if !open.is_empty() && dice.one_in(4) {
            let scheduled = open.swap_remove(dice.size(0, open.len() - 1));
            sent.taken_back.extend(scheduled.cancel().map(|timed| timed.keyed));
        }
    }
    sent
}

/// Begins something that is repeated.
fn begin(
    tx: &Sender<Clerk>,
    source: u64,
    key: u64,
    dice: &mut Dice,
) -> Option<(Beat, Option<Repeated<Clerk>>)> {
    let period = dice.patience() / 4 + Duration::from_micros(20);
    let (made, panics_at) = (Arc::new(AtomicU64::new(0)), dice.between(1, 40));
    let panicked = Arc::new(AtomicBool::new(false));
    let (makes, panics) = (Arc::clone(&made), Arc::clone(&panicked));
    let beat = tx.every(&key, period, move || {
        // ORDERING: Relaxed. Only one thread writes it, and who reads it has joined that.
        let n = makes.load(Ordering::Relaxed);
        if n == panics_at {
            // ORDERING: Relaxed. As above.
            panics.store(true, Ordering::Relaxed);
            resume_unwind(Box::new("planned"));
        }
        // ORDERING: Relaxed. As above.
        makes.store(n + 1, Ordering::Relaxed);
        Timed { keyed: Keyed { key, message: Message { source, n } }, due: None }
    });
    Some((Beat { source, made, panicked, ..Beat::default() }, Some(beat.ok()?)))
}

impl Found {
    fn new(sent: Vec<Sent>, did: Did, report: Report<Timed>, operated: Operated) -> Self {
        let (mut accepted, mut taken_back) = (did.planned, did.taken_back);
        let (mut beats, mut due) = (Vec::new(), HashMap::new());
        for sent in sent {
            accepted.extend(sent.accepted);
            taken_back.extend(sent.taken_back);
            due.extend(sent.due.into_iter().map(|(keyed, first, last)| (keyed, (first, last))));
            beats.extend(sent.beats.into_iter().map(|(beat, handle)| Beat {
                skipped: handle.as_ref().map(Repeated::skipped),
                is_over: handle.as_ref().is_some_and(Repeated::is_over),
                ..beat
            }));
        }
        // What was taken back was there: otherwise it is missed, or found twice.
        for keyed in taken_back {
            match accepted.iter().position(|one| *one == keyed) {
                Some(at) => drop(accepted.swap_remove(at)),
                None => accepted.push(keyed),
            }
        }
        let counted = Counted::of(&report);
        let mut left: Vec<_> = report.undelivered.iter().map(|timed| timed.keyed).collect();
        let dead = report.dead_letters.iter().filter_map(|letter| letter.message);
        left.extend(dead.map(|timed| timed.keyed));
        let Did { handled, early, panics, .. } = did;
        Self { accepted, beats, due, handled, left, early, panics, counted, operated }
    }

    fn account(&self) -> Account {
        let mut account = Account::default();
        self.counted.account("pool with messages for later", &mut account);
        self.operated.account(&mut account);
        account.equal("handled as counted", self.handled.len() as u64, self.counted.handled);
        account.equal("panics as counted", self.panics, self.counted.panics);
        account.equal("nothing comes before it is due", self.early, 0);
        let places = || self.handled.iter().chain(&self.left);
        let mut accepted = self.accepted.clone();
        for beat in &self.beats {
            let came = places().filter(|one| one.message.source == beat.source);
            let mut came: Vec<_> = came.copied().collect();
            came.sort_unstable();
            came.dedup();
            beat.account(came.len() as u64, &mut account);
            // ORDERING: Relaxed. The pool has ended.
            let made = beat.made.load(Ordering::Relaxed);
            accepted.extend(came.into_iter().filter(|one| one.message.n < made));
        }
        account.messages += accepted.len() as u64;
        account.equal("accepted as counted", accepted.len() as u64, self.counted.accepted);
        account.once_each("scheduled = came + taken back + left", &accepted, places());
        for key in 0..KEYS {
            let handled = || self.handled.iter().filter(move |one| one.key == key);
            let has_order = |one: &&Keyed| {
                let source = one.message.source;
                source < LATER || (BEATS..WORKERS).contains(&source)
            };
            let came = handled().filter(has_order).map(|one| one.message);
            account.in_order(format_args!("key {key} keeps its order"), came);
            let mut latest = None;
            let is_late = |one: &Keyed| {
                let Some((first, last)) = self.due.get(one) else { return false };
                let is_late = latest.is_some_and(|latest| *last < latest);
                latest = latest.max(Some(*first));
                is_late
            };
            let late = handled().copied().find(is_late);
            let identity = format_args!("key {key} gets what is due first, first: {late:?}");
            account.holds(identity, late.is_none());
        }
        account
    }
}

impl Beat {
    fn account(&self, came: u64, account: &mut Account) {
        // ORDERING: Relaxed. The pool has ended.
        let made = self.made.load(Ordering::Relaxed);
        account.holds(format_args!("{came} of {made} beats came"), came <= made);
        if let Some(skipped) = self.skipped {
            // One may be on its way when the pool ends.
            let identity = format_args!("beats: {made} made, {came} came, {skipped} left out");
            account.holds(identity, made <= came + skipped + 1);
            // ORDERING: Relaxed. The pool has ended.
            let panicked = self.panicked.load(Ordering::Relaxed);
            account.holds("one that panicked is over", !panicked || self.is_over);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::counted;
    use super::*;
    use crate::account::lose_one;

    /// Of three messages one came at once, one when it was due, and one came back undelivered; of the beats one
    /// came and one was left out.
    fn found() -> Found {
        let one = |source, n| Keyed { key: 0, message: Message { source, n } };
        let now = Instant::now();
        let due = |after: u64| now + Duration::from_millis(after);
        let made = Arc::new(AtomicU64::new(2));
        let beat = Beat { source: BEATS, made, skipped: Some(1), ..Beat::default() };
        Found {
            accepted: vec![one(0, 0), one(LATER, 1), one(LATER, 2), one(LATER, 3)],
            beats: vec![beat],
            due: [(1, 1), (2, 3), (3, 5)]
                .map(|(n, after)| (one(LATER, n), (due(after), due(after + 1))))
                .into(),
            handled: vec![one(0, 0), one(LATER, 1), one(BEATS, 0), one(LATER, 2)],
            left: vec![one(LATER, 3)],
            early: 0,
            panics: 0,
            counted: Counted { accepted: 5, handled: 4, dead: 0, panics: 0, ..counted() },
            operated: Operated::default(),
        }
    }

    crate::account::adds_up!();

    #[test]
    fn each_identity_that_is_broken_is_noticed() {
        assert_ne!(broken(|found| lose_one(&mut found.accepted)), 0, "taken back, and it came");
        assert_ne!(broken(|found| lose_one(&mut found.left)), 0, "a message that is gone");
        assert_ne!(broken(|found| found.early = 1), 0, "too early");
        assert_ne!(broken(|found| found.handled.swap(1, 3)), 0, "what is due later came first");
        assert_eq!(broken(|found| found.beats[0].skipped = Some(0)), 0, "one may be under way");
        let made = |n| move |found: &mut Found| found.beats[0].made = Arc::new(AtomicU64::new(n));
        assert_ne!(broken(made(0)), 0, "a beat from nowhere");
        assert_ne!(broken(made(4)), 0, "a beat that is gone");
        let panicked = |found: &mut Found| found.beats[0].panicked = Arc::new(true.into());
        assert_ne!(broken(panicked), 0, "it panicked and goes on");
        assert_ne!(broken(|found| found.panics = 1), 0, "a panic that was not counted");
    }
}
