//! The newest value: writing and reading it alone, writing it under a reader that spins, and how long it
//! takes to get across.

use core::hint::{black_box, spin_loop};
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_utils::CachePadded;
use hdrhistogram::Histogram;
use quanta::Clock;

use super::NS_PER_OP;
use super::contenders::latest::{
    Latest, Read, Swapped, TokioWatch, TripleBuffer, Windlass, WindlassRegister, WindlassShared,
    Word, Write,
};
use super::message::Message;
use crate::case::{Case, Failure, Reading, Run, Sample, case, run};
use crate::course::{join, until};
use crate::payload::Words;
use crate::pin;
use crate::ring::scenarios::ping_pong::latencies;
use crate::setup::Setup;
use crate::suite::Context;

/// The value that says that it is over.
const OVER: u64 = 1;

/// The pause between two values whose way is timed.
const PAUSE: Duration = Duration::from_micros(2);

/// Calls `$each` with every contender.
macro_rules! contenders {
    ($each:ident::<$message:ty>($($argument:expr),*)) => {
        vec![
            $each::<Windlass, $message>($($argument),*),
            $each::<WindlassShared, $message>($($argument),*),
            $each::<TripleBuffer, $message>($($argument),*),
            $each::<Swapped, $message>($($argument),*),
            $each::<TokioWatch, $message>($($argument),*),
        ]
    };
}

/// Calls `$each` with every contender, and with those of words besides.
macro_rules! contenders_of_words {
    ($each:ident($($argument:expr),*)) => {{
        let mut runs = contenders!($each::<u64>($($argument),*));
        runs.push($each::<WindlassRegister, u64>($($argument),*));
        runs.push($each::<Word, u64>($($argument),*));
        runs
    }};
}

pub(super) fn cases(context: &Context) -> Vec<Case> {
    let setup = Setup::new(&context.cores, 1, 1, 1);
    let words = of::<u64>(
        &setup,
        contenders_of_words!(quiet()),
        contenders_of_words!(spinning(&setup)),
        contenders_of_words!(read()),
        contenders_of_words!(one_way(&setup)),
    );
    let lines = of::<Words<8>>(
        &setup,
        contenders!(quiet::<Words<8>>()),
        contenders!(spinning::<Words<8>>(&setup)),
        contenders!(read::<Words<8>>()),
        contenders!(one_way::<Words<8>>(&setup)),
    );
    let boxes = of::<Box<u64>>(
        &setup,
        contenders!(quiet::<Box<u64>>()),
        contenders!(spinning::<Box<u64>>(&setup)),
        contenders!(read::<Box<u64>>()),
        contenders!(one_way::<Box<u64>>(&setup)),
    );
    [words, lines, boxes].into_iter().flatten().collect()
}

fn of<M: Message>(
    setup: &Setup,
    quiet: Vec<Run>,
    spinning: Vec<Run>,
    read: Vec<Run>,
    one_way: Vec<Run>,
) -> [Case; 4] {
    let id = |name: &str| format!("qos/latest/{name}{}", M::SUFFIX);
    let (note, payload) = (setup.note(), M::ABOUT);
    let alone = format!("one thread writes, nobody reads; {payload}");
    let both = format!("one thread writes, another reads as often as it can; {note}; {payload}");
    let reads = format!("one thread reads a value that does not change; {payload}");
    let way = format!(
        "a value each {} µs, from before the write until a spinning reader has it; {note}; \
         {payload}",
        PAUSE.as_micros()
    );
    let write = case(id("write"), alone, quiet);
    let mut spinning = case(id("write_spinning"), both, spinning);
    spinning.suffixes = &["", "/unseen"];
    let read = case(id("read"), reads, read);
    let mut way = case(id("one_way"), way, one_way);
    way.suffixes = &["_p50", "_p99"];
    way.sweep = !M::SUFFIX.is_empty();
    let mut cases = [write, spinning, read, way];
    for case in &mut cases {
        case.sweep |= M::SUFFIX == "/boxed";
    }
    cases
}

/// The note of a contender that some value came back torn or out of order.
fn wrong(got: u64, expected: u64) -> Failure {
    Failure::WrongSum { expected, got }
}

fn quiet<L: Latest<M>, M: Message>() -> Run {
    run(L::NAME, L::NOTE, |load| {
        let (mut writer, mut reader) = L::open(M::of(0));
        let start = Instant::now();
        for number in 1..=load.count {
            writer.write(M::of(black_box(number)));
        }
        let wall = start.elapsed();
        let last = reader.read();
        if last != load.count {
            return Err(wrong(last, load.count));
        }
        let each = wall.as_secs_f64() * 1e9 / load.count as f64;
        Ok(Sample::one(NS_PER_OP, each, wall).with_messages(load.count))
    })
}

fn read<L: Latest<M>, M: Message>() -> Run {
    run(L::NAME, L::NOTE, |load| {
        let (mut writer, mut reader) = L::open(M::of(0));
        writer.write(M::of(7));
        let (start, mut sum) = (Instant::now(), 0_u64);
        for _ in 0..load.count {
            sum = sum.wrapping_add(black_box(reader.read()));
        }
        let wall = start.elapsed();
        let expected = load.count.wrapping_mul(7);
        if sum != expected {
            return Err(wrong(sum, expected));
        }
        let each = wall.as_secs_f64() * 1e9 / load.count as f64;
        Ok(Sample::one(NS_PER_OP, each, wall).with_messages(load.count))
    })
}

/// What both threads know.
#[derive(Default)]
struct Signs {
    ready: CachePadded<AtomicBool>,
}

fn spinning<L: Latest<M>, M: Message>(setup: &Setup) -> Run {
    let setup = setup.clone();
    run(L::NAME, L::NOTE, move |load| {
        let (mut writer, mut reader) = L::open(M::of(0));
        let signs = Arc::new(Signs::default());
        let (of_reader, count, relax) = (Arc::clone(&signs), load.count, setup.relax());
        let reading = pin::spawn("reader", setup.core(1), move || {
            of_reader.ready.store(true, Ordering::Release);
            let (mut last, mut seen) = (0, 0_u64);
            while last != count {
                let number = reader.read();
                if number < last || count < number {
                    return Err(wrong(number, last));
                }
                seen += u64::from(number != last);
                last = number;
                relax.pause();
            }
            Ok(seen)
        });
        let no_thread = |error: std::io::Error| Failure::NoThread(error.to_string());
        let reading = reading.map_err(no_thread)?;
        let writing = pin::spawn("writer", setup.core(0), move || {
            until(|| signs.ready.load(Ordering::Acquire));
            let start = Instant::now();
            (1..=count).for_each(|number| writer.write(M::of(number)));
            (start.elapsed(), writer)
        });
        let writing = join(vec![("writer", writing.map_err(no_thread)?)])?.pop();
        let seen = join(vec![("reader", reading)])?.pop();
        let nobody = || Failure::Panicked("writer".to_owned());
        let ((wall, _), seen) = (writing.ok_or_else(nobody)?, seen.ok_or_else(nobody)??);
        let each = wall.as_secs_f64() * 1e9 / count as f64;
        let unseen = 1.0 - seen as f64 / count as f64;
        let readings = vec![
            Reading { suffix: "", unit: NS_PER_OP, value: each },
            Reading { suffix: "/unseen", unit: "unseen_share", value: unseen },
        ];
        Ok(Sample { readings, wall, messages: count })
    })
}

fn one_way<L: Latest<M>, M: Message>(setup: &Setup) -> Run {
    let setup = setup.clone();
    run(L::NAME, L::NOTE, move |load| {
        let clock = Clock::new();
        let (mut writer, mut reader) = L::open(M::of(0));
        let signs = Arc::new(Signs::default());
        let (of_reader, count, relax) = (Arc::clone(&signs), load.count, setup.relax());
        let of_clock = clock.clone();
        let reading = pin::spawn("reader", setup.core(1), move || {
            of_reader.ready.store(true, Ordering::Release);
            let mut ways: Histogram<u64> = latencies();
            let mut last = 0;
            while last != OVER {
                let sent = reader.read();
                if sent == last {
                    relax.pause();
                    continue;
                }
                if sent == u64::MAX {
                    return Err(wrong(sent, last));
                }
                last = sent;
                if sent != OVER {
                    ways.saturating_record(of_clock.delta_as_nanos(sent, of_clock.raw()));
                }
            }
            Ok(ways)
        });
        let no_thread = |error: std::io::Error| Failure::NoThread(error.to_string());
        let reading = reading.map_err(no_thread)?;
        let writing = pin::spawn("writer", setup.core(0), move || {
            until(|| signs.ready.load(Ordering::Acquire));
            let start = Instant::now();
            for _ in 0..count {
                writer.write(M::of(clock.raw()));
                let pause = clock.raw();
                while clock.delta(pause, clock.raw()) < PAUSE {
                    spin_loop();
                }
            }
            writer.write(M::of(OVER));
            (start.elapsed(), writer)
        });
        let writing = join(vec![("writer", writing.map_err(no_thread)?)])?.pop();
        let ways = join(vec![("reader", reading)])?.pop();
        let nobody = || Failure::Panicked("reader".to_owned());
        let ((wall, _), ways) = (writing.ok_or_else(nobody)?, ways.ok_or_else(nobody)??);
        let at = |suffix, quantile| {
            let value = ways.value_at_quantile(quantile) as f64;
            Reading { suffix, unit: "ns", value }
        };
        let readings = vec![at("_p50", 0.5), at("_p99", 0.99)];
        Ok(Sample { readings, wall, messages: ways.len() })
    })
}
