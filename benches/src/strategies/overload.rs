//! What a buffer does when its sender is quicker than its receiver: each level, and what the sender may do.

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::sync::Arc;

use hdrhistogram::Histogram;
use windlass_qos::{Guaranteed, Receiver, Sender, TrySendError};

use super::seat::Watch;
use crate::case::{Case, Failure, Load, Reading, Run, Sample, Size, case, run};
use crate::course::join;
use crate::pin;
use crate::qos::contenders::lossy::{
    Lossy, Pop, Popped, Push, Windlass, WindlassBestEffort, WindlassRealTime,
};
use crate::qos::drop_oldest::Seen;
use crate::qos::message::Message;
use crate::ring::contenders::BOTH_ENDS;
use crate::ring::scenarios::ping_pong::latencies;
use crate::setup::{Relax, Setup};
use crate::suite::Context;

/// What the receiver needs for each message.
const WORK: Duration = Duration::from_micros(1);

/// Between two messages of the sender: twice as many as the receiver can take.
const GAP: Duration = Duration::from_nanos(500);

/// The capacity of a quick run, and those of the sweep.
const CAPACITIES: [usize; 3] = [64, 256, 1024];

/// The capacity that the advice is about.
pub(super) const CAPACITY: usize = CAPACITIES[1];

pub(super) fn cases(context: &Context) -> Vec<Case> {
    let of = |capacity| {
        let setup = Setup::new(&context.cores, 1, 1, capacity);
        let about = format!(
            "a message each {} ns to a receiver that needs {} ns for each; {}; payload 8 B",
            GAP.as_nanos(),
            WORK.as_nanos(),
            setup.note()
        );
        let runs = vec![
            offered::<Windlass>("windlass_reliable", &setup),
            offered::<WindlassBestEffort>("windlass_best_effort", &setup),
            offered::<WindlassRealTime>("windlass_real_time", &setup),
            offered::<Waiting>("windlass_guaranteed", &setup),
            offered::<Refusing>("windlass_guaranteed_try", &setup),
        ];
        let mut case = case(format!("strategies/overload/cap_{capacity}"), about, runs);
        case.suffixes =
            &["/missing", "/age_p50", "/age_p99", "/send_p50", "/send_p99", "/send_max"];
        case.size = Size::Timed;
        case.sweep = capacity != CAPACITY;
        case
    };
    CAPACITIES.map(of).into()
}

/// `Guaranteed`, with a sender that waits for room.
struct Waiting;

/// `Guaranteed`, with a sender that goes without.
struct Refusing;

struct WaitingTx<M: Send>(Sender<M, Guaranteed>);

struct RefusingTx<M: Send>(Sender<M, Guaranteed>);

impl Lossy for Waiting {
    const NAME: &'static str = "windlass_guaranteed";
    const NOTE: &'static str = "Guaranteed, send, which waits, and try_recv";
    type Tx<M: Message> = WaitingTx<M>;
    type Rx<M: Message> = Receiver<M, Guaranteed>;

    fn open<M: Message>(capacity: usize) -> (Self::Tx<M>, Self::Rx<M>) {
        let (tx, rx) = windlass_qos::guaranteed(capacity).expect("a valid buffer");
        (WaitingTx(tx), rx)
    }
}

impl Lossy for Refusing {
    const NAME: &'static str = "windlass_guaranteed_try";
    const NOTE: &'static str = "Guaranteed, try_send, whose message comes back, and try_recv";
    type Tx<M: Message> = RefusingTx<M>;
    type Rx<M: Message> = Receiver<M, Guaranteed>;

    fn open<M: Message>(capacity: usize) -> (Self::Tx<M>, Self::Rx<M>) {
        let (tx, rx) = windlass_qos::guaranteed(capacity).expect("a valid buffer");
        (RefusingTx(tx), rx)
    }
}

impl<M: Message> Push<M> for WaitingTx<M> {
    #[inline]
    fn push(&mut self, message: M) -> u64 {
        assert!(self.0.send(message).is_ok(), "{BOTH_ENDS}");
        0
    }
}

impl<M: Message> Push<M> for RefusingTx<M> {
    #[inline]
    fn push(&mut self, message: M) -> u64 {
        match self.0.try_send(message) {
            Ok(()) => 0,
            Err(TrySendError::Full(_)) => 1,
            Err(TrySendError::Closed(_)) => panic!("{BOTH_ENDS}"),
        }
    }
}

impl<M: Message> Pop<M> for Receiver<M, Guaranteed> {
    #[inline]
    fn pop(&mut self) -> Popped<M> {
        self.try_recv().ok().into()
    }
}

/// What the sender did.
struct Sent {
    messages: u64,
    came_back: u64,
    sends: Histogram<u64>,
}

/// The time of sending is the message: it rises, so it is its number as well.
fn offered<L: Lossy>(name: &'static str, setup: &Setup) -> Run {
    let setup = setup.clone();
    run(name, L::NOTE, move |load| {
        let (mut tx, mut rx) = L::open::<u64>(setup.capacity);
        let over = Arc::<AtomicBool>::default();
        let (watch, relax) = (Watch::start(), setup.relax());
        let (of_receiver, its_watch) = (Arc::clone(&over), watch.clone());
        let receiver = pin::spawn("receiver", setup.core(1), move || {
            let (mut seen, mut ages) = (Seen::default(), latencies());
            loop {
                // Before the look: what was sent before the end is found by it.
                let over = of_receiver.load(Ordering::Acquire);
                let popped = rx.pop();
                if let Popped::Message(sent) = &popped {
                    let now = its_watch.now();
                    ages.saturating_record(now.saturating_sub(*sent));
                    let work = nanos(WORK);
                    while its_watch.now() < now + work {}
                }
                if !seen.note::<L, u64>(&popped) {
                    if over {
                        return (seen, ages);
                    }
                    relax.pause();
                }
            }
        });
        let no_thread = |error: std::io::Error| Failure::NoThread(error.to_string());
        let receiver = receiver.map_err(no_thread)?;
        let load = *load;
        let sender = pin::spawn("sender", setup.core(0), move || {
            let sent = send(&load, &mut tx, &watch, relax);
            over.store(true, Ordering::Release);
            (sent, tx)
        });
        let sender = sender.map_err(no_thread)?;
        let sent = join(vec![("sender", sender)])?.pop();
        let seen = join(vec![("receiver", receiver)])?.pop();
        let both = sent.zip(seen).ok_or_else(|| Failure::Panicked("sender".to_owned()))?;
        let ((sent, tx), (seen, ages)) = both;
        seen.check(sent.messages, sent.came_back + tx.dropped())?;
        Ok(sample(&load, &sent, &seen, &ages))
    })
}

/// Sends for as long as the load says, each message when it is due, or later where it was held up.
fn send(load: &Load, tx: &mut impl Push<u64>, watch: &Watch, relax: Relax) -> Sent {
    let mut sent = Sent { messages: 0, came_back: 0, sends: latencies() };
    let start = watch.now();
    let end = start + nanos(load.slice);
    let mut due = start;
    while due < end {
        let mut before = watch.now();
        while before < due {
            relax.pause();
            before = watch.now();
        }
        if before >= end {
            break;
        }
        sent.came_back += tx.push(before);
        sent.sends.saturating_record(watch.now() - before);
        sent.messages += 1;
        due += nanos(GAP);
    }
    sent
}

fn sample(load: &Load, sent: &Sent, seen: &Seen, ages: &Histogram<u64>) -> Sample {
    let due = nanos(load.slice).div_ceil(nanos(GAP)).max(1);
    let missing = 1.0 - seen.delivered as f64 / due as f64;
    let at = |suffix, histogram: &Histogram<u64>, quantile| {
        let value = histogram.value_at_quantile(quantile) as f64;
        Reading { suffix, unit: "ns", value }
    };
    let readings = vec![
        Reading { suffix: "/missing", unit: "missing_share", value: missing.max(0.0) },
        at("/age_p50", ages, 0.5),
        at("/age_p99", ages, 0.99),
        at("/send_p50", &sent.sends, 0.5),
        at("/send_p99", &sent.sends, 0.99),
        Reading { suffix: "/send_max", unit: "ns", value: sent.sends.max() as f64 },
    ];
    Sample { readings, wall: load.slice, messages: sent.messages }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
