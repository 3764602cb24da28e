//! The oldest makes room: into a full buffer, with a live reader, and with one that needs its time.

use core::hint::black_box;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_utils::CachePadded;
use quanta::Clock;

use super::NS_PER_OP;
use super::contenders::lossy::{
    ArrayQueue, AsyncChannel, ConcurrentQueue, Lossy, Pop, Popped, Push, RingChannel,
    TokioBroadcast, Windlass, WindlassBestEffort, WindlassRealTime,
};
use super::message::{Message, messages};
use crate::case::{Case, Failure, Load, Reading, Run, Sample, case, run};
use crate::course::{join, until};
use crate::pin;
use crate::setup::Setup;
use crate::suite::Context;

/// What the slow reader needs for each message.
const WORK: Duration = Duration::from_nanos(500);

/// Messages between two looks at the clock by a sender that floods.
const FLOOD: u64 = 64;

pub(super) fn cases(context: &Context) -> Vec<Case> {
    let mut cases = Vec::new();
    for capacity in [64, 1024] {
        cases.extend(messages!(of(context, capacity)).into_iter().flatten());
    }
    cases
}

/// Calls `$each` with every contender.
macro_rules! contenders {
    ($each:ident::<$message:ty>($($argument:expr),*)) => {
        vec![
            $each::<Windlass, $message>($($argument),*),
            $each::<WindlassBestEffort, $message>($($argument),*),
            $each::<WindlassRealTime, $message>($($argument),*),
            $each::<ArrayQueue, $message>($($argument),*),
            $each::<ConcurrentQueue, $message>($($argument),*),
            $each::<RingChannel, $message>($($argument),*),
            $each::<AsyncChannel, $message>($($argument),*),
            $each::<TokioBroadcast, $message>($($argument),*),
        ]
    };
}
pub(super) use contenders;

fn of<M: Message>(context: &Context, capacity: usize) -> [Case; 3] {
    let setup = Setup::new(&context.cores, 1, 1, capacity);
    let id = |name: &str| format!("qos/drop_oldest/{name}{}/cap_{capacity}", M::SUFFIX);
    let about = format!("{}; {}", setup.note(), M::ABOUT);
    let full = format!(
        "one thread pushes into a full buffer of {capacity} that nobody reads; {}",
        M::ABOUT
    );
    let full = case(id("full_push"), full, contenders!(full_push::<M>(capacity)));
    let live = format!("a sender floods, a reader takes what it finds; time by pushes; {about}");
    let mut live = case(id("concurrent"), live, contenders!(concurrent::<M>(&setup)));
    live.suffixes = &["", "/lost"];
    let slow = format!(
        "a sender floods, a reader needs {} ns for each message; time by deliveries; {about}",
        WORK.as_nanos()
    );
    let mut slow = case(id("slow_reader"), slow, contenders!(slow_reader::<M>(&setup)));
    slow.suffixes = &["", "/push", "/lost", "/age"];
    slow.size = crate::case::Size::Timed;
    let mut cases = [full, live, slow];
    for case in &mut cases {
        // A quick run has words at both capacities, and one capacity of the rest.
        let first = case.id.ends_with("cap_64") && M::SUFFIX != "/bytes_64";
        case.sweep = !(M::SUFFIX.is_empty() || first);
    }
    cases
}

/// What a reader has seen, checked as it comes.
#[derive(Default)]
pub(crate) struct Seen {
    /// Messages that were delivered.
    pub(crate) delivered: u64,
    lost: u64,
    next: u64,
    wrong: bool,
}

impl Seen {
    /// Notes what was popped. Says whether there was anything.
    #[inline]
    pub(crate) fn note<L: Lossy, M: Message>(&mut self, popped: &Popped<M>) -> bool {
        match popped {
            Popped::Message(message) => {
                let number = message.number();
                self.wrong |= number == u64::MAX || (L::IN_ORDER && number < self.next);
                self.next = number.wrapping_add(1);
                self.delivered += 1;
            }
            Popped::Lost(lost) => self.lost += lost,
            Popped::Nothing => return false,
        }
        true
    }

    /// Checks that all that was sent was delivered or lost.
    pub(crate) fn check(&self, sent: u64, came_back: u64) -> Result<(), Failure> {
        let got = self.delivered + self.lost + came_back;
        if self.wrong {
            return Err(Failure::WrongSum { expected: 0, got: self.next });
        }
        if got == sent { Ok(()) } else { Err(Failure::WrongSum { expected: sent, got }) }
    }
}

fn full_push<L: Lossy, M: Message>(capacity: usize) -> Run {
    run(L::NAME, L::NOTE, move |load| {
        let (mut tx, mut rx) = L::open::<M>(capacity);
        let full = capacity as u64;
        let mut came_back: u64 = (0..full).map(|number| tx.push(M::of(number))).sum();
        let start = Instant::now();
        for number in full..full + load.count {
            came_back += tx.push(M::of(black_box(number)));
        }
        let wall = start.elapsed();
        let sent = full + load.count;
        let mut seen = Seen::default();
        if L::IN_ORDER {
            seen.next = load.count;
        }
        loop {
            let popped = rx.pop();
            if !seen.note::<L, M>(&popped) {
                break;
            }
        }
        seen.check(sent, came_back + tx.dropped())?;
        let each = wall.as_secs_f64() * 1e9 / load.count as f64;
        Ok(Sample::one(NS_PER_OP, each, wall).with_messages(load.count))
    })
}

/// What both threads of a flood know.
#[derive(Default)]
struct Flood {
    ready: CachePadded<AtomicBool>,
    /// Set when the sender has stopped.
    over: CachePadded<AtomicBool>,
    /// Messages that were sent; kept up to date where a reader wants their age.
    sent: CachePadded<AtomicU64>,
}

/// What the sender of a flood did.
struct Sent {
    messages: u64,
    came_back: u64,
    wall: Duration,
}

/// Runs a flood: `sender` on one thread, `reader` on another, until both are done.
fn flood<L: Lossy, M: Message, S, R>(
    setup: &Setup,
    sender: S,
    reader: R,
) -> Result<(Sent, Seen, Duration), Failure>
where
    S: FnOnce(&mut L::Tx<M>, &Flood) -> Sent + Send + 'static,
    R: FnMut(&Popped<M>, &Flood) + Send + 'static,
{
    let (mut tx, mut rx) = L::open::<M>(setup.capacity);
    let flood = Arc::new(Flood::default());
    let (of_sender, of_reader) = (Arc::clone(&flood), flood);
    let mut reader = reader;
    let relax = setup.relax();
    let reading = pin::spawn("reader", setup.core(1), move || {
        let mut seen = Seen::default();
        of_reader.ready.store(true, Ordering::Release);
        let mut end = Instant::now();
        loop {
            // Before the look: what was sent before the end is found by it.
            let over = of_reader.over.load(Ordering::Acquire);
            let popped = rx.pop();
            if seen.note::<L, M>(&popped) {
                reader(&popped, &of_reader);
            } else if over {
                return (seen, end);
            } else {
                relax.pause();
            }
            if !over {
                end = if seen.delivered.is_multiple_of(FLOOD) { Instant::now() } else { end };
            }
        }
    });
    let no_thread = |error: std::io::Error| Failure::NoThread(error.to_string());
    let reading = reading.map_err(no_thread)?;
    let sending = pin::spawn("sender", setup.core(0), move || {
        until(|| of_sender.ready.load(Ordering::Acquire));
        let start = Instant::now();
        let mut sent = sender(&mut tx, &of_sender);
        of_sender.over.store(true, Ordering::Release);
        (start, tx, {
            sent.wall = start.elapsed();
            sent
        })
    });
    let sending = sending.map_err(no_thread)?;
    let sent = join(vec![("sender", sending)])?.pop();
    let seen = join(vec![("reader", reading)])?.pop();
    let nobody = || Failure::Panicked("flood".to_owned());
    let ((start, tx, sent), (seen, end)) = (sent.ok_or_else(nobody)?, seen.ok_or_else(nobody)?);
    seen.check(sent.messages, sent.came_back + tx.dropped())?;
    Ok((sent, seen, end.saturating_duration_since(start)))
}

fn concurrent<L: Lossy, M: Message>(setup: &Setup) -> Run {
    let setup = setup.clone();
    run(L::NAME, L::NOTE, move |load| {
        let count = load.count;
        let sender = move |tx: &mut L::Tx<M>, _: &Flood| {
            let came_back = (0..count).map(|number| tx.push(M::of(number))).sum();
            Sent { messages: count, came_back, wall: Duration::ZERO }
        };
        let (sent, seen, _) = flood::<L, M, _, _>(&setup, sender, |_, _| {})?;
        let push = sent.wall.as_secs_f64() * 1e9 / sent.messages as f64;
        let readings =
            vec![Reading { suffix: "", unit: NS_PER_OP, value: push }, lost(&sent, &seen)];
        Ok(Sample { readings, wall: sent.wall, messages: sent.messages })
    })
}

fn lost(sent: &Sent, seen: &Seen) -> Reading {
    let share = 1.0 - seen.delivered as f64 / sent.messages as f64;
    Reading { suffix: "/lost", unit: "lost_share", value: share }
}

fn slow_reader<L: Lossy, M: Message>(setup: &Setup) -> Run {
    let setup = setup.clone();
    run(L::NAME, L::NOTE, move |load: &Load| {
        let slice = load.slice;
        let sender = move |tx: &mut L::Tx<M>, flood: &Flood| {
            let (start, mut messages, mut came_back) = (Instant::now(), 0, 0);
            while start.elapsed() < slice {
                for _ in 0..FLOOD {
                    came_back += tx.push(M::of(messages));
                    messages += 1;
                    flood.sent.store(messages, Ordering::Relaxed);
                }
            }
            Sent { messages, came_back, wall: Duration::ZERO }
        };
        let clock = Clock::new();
        let ages = Arc::new(AtomicU64::new(0));
        let aged = Arc::clone(&ages);
        let mut age = 0;
        let reader = move |popped: &Popped<M>, flood: &Flood| {
            let Popped::Message(message) = popped else { return };
            // What was sent behind it meanwhile, the latest first.
            age += flood.sent.load(Ordering::Relaxed).saturating_sub(message.number());
            aged.store(age, Ordering::Relaxed);
            let start = clock.raw();
            while clock.delta(start, clock.raw()) < WORK {}
        };
        let (sent, seen, _) = flood::<L, M, _, _>(&setup, sender, reader)?;
        let delivered = seen.delivered.max(1) as f64;
        let by = |count: f64| sent.wall.as_secs_f64() * 1e9 / count;
        let age = ages.load(Ordering::Relaxed) as f64 / delivered;
        let readings = vec![
            Reading { suffix: "", unit: "ns_per_delivery", value: by(delivered) },
            Reading { suffix: "/push", unit: NS_PER_OP, value: by(sent.messages as f64) },
            lost(&sent, &seen),
            Reading { suffix: "/age", unit: "messages_behind", value: age },
        ];
        Ok(Sample { readings, wall: sent.wall, messages: sent.messages })
    })
}
