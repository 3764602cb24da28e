//! Pools that send to each other: nobody waits for anybody, and nothing is lost.

mod ends;
mod room;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use windlass_pool::{
    Batch, Builder, Context, Init, Pool, PoolLink, QosLevel, Report, Sender, Shutdown, Simulation,
    StopReason, Worker,
};
use windlass_sync::sync::{Mutex, lock};

const LONG: Duration = Duration::from_secs(3_600);

thread_local! {
    /// What the sink got, on the one thread of a simulation.
    static GOT: RefCell<Vec<u64>> = RefCell::default();
    /// What was refused, and whether since there was no room.
    static REFUSED: RefCell<Vec<(u64, bool)>> = RefCell::default();
    /// What came back behind an `Ok`.
    static UNSENT: RefCell<Vec<u64>> = RefCell::default();
}

/// Notes what it gets, or ends.
struct Sink;

impl Worker for Sink {
    type Message = u64;
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, cx: &mut Context<'_, Self>, n: u64) {
        if n == STOP {
            return cx.stop();
        }
        GOT.with_borrow_mut(|got| got.push(n));
    }
}

/// Sends numbers on; panics, ends, or leaves its batch.
struct Source {
    next: PoolLink<Sink>,
    /// Whether it takes nothing while there is no room.
    is_patient: bool,
}

const PANIC: u64 = 1 << 32;
const STOP: u64 = 2 << 32;
/// What it sends at its end, from here.
const LAST: u64 = 3 << 32;

impl Source {
    fn send(&mut self, n: u64) {
        if let Err(refused) = self.next.send_to(0, n) {
            let is_full = refused.is_full();
            REFUSED.with_borrow_mut(|all| all.push((refused.into_inner(), is_full)));
        }
    }
}

impl Worker for Source {
    type Message = u64;
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, cx: &mut Context<'_, Self>, n: u64) {
        match n {
            PANIC => panic!("as it was told"),
            STOP => cx.stop(),
            _ => self.send(n),
        }
    }

    fn on_batch(&mut self, cx: &mut Context<'_, Self>, batch: &mut Batch<'_, Self>) {
        while (!self.is_patient || 0 < self.next.room())
            && let Some(n) = batch.next()
        {
            self.on_message(cx, n);
        }
    }

    fn on_stop(mut self, reason: StopReason) {
        if reason == StopReason::Drained {
            (LAST..LAST + 3).for_each(|n| self.send(n));
        }
    }
}

/// A sink with room for one message, and sources whose links have room for three.
struct Line {
    sink: Pool<Sink>,
    source: Pool<Source>,
    tx: Sender<Source>,
}

fn sources(sink: &Pool<Sink>, is_patient: bool) -> Builder<Source> {
    let to_sink = Mutex::new(sink.sender().unwrap());
    Pool::try_builder(move |init: &Init| {
        let next = init.link(lock(&to_sink).try_clone()?).outbox(3);
        let next = next.on_unsent(|n| UNSENT.with_borrow_mut(|all| all.push(n)));
        Ok::<_, windlass_pool::BuildError>(Source { next, is_patient })
    })
}

fn line(sim: &Simulation, of: impl FnOnce(Builder<Source>) -> Builder<Source>) -> Line {
    let sink = Pool::builder(|_| Sink).mailbox(QosLevel::Guaranteed, 1).simulate(sim);
    let sink = sink.build().unwrap();
    let source = of(sources(&sink, false)).simulate(sim).build().unwrap();
    let tx = source.sender().unwrap();
    Line { sink, source, tx }
}

impl Line {
    fn send(&mut self, n: impl IntoIterator<Item = u64>) {
        n.into_iter().for_each(|n| self.tx.send(&0, n).unwrap());
    }

    /// Ends both, from front to back.
    fn end(self) -> (Report<u64>, Report<u64>) {
        (self.source.shutdown(Shutdown::drain()), self.sink.shutdown(Shutdown::drain()))
    }
}

fn all_balanced(reports: &[&Report<u64>]) {
    for report in reports {
        assert!(report.is_balanced(), "{report:?}");
        assert_eq!(report.stragglers, [0_usize; 0], "all ended");
    }
}

/// Goes on with the pool some time later, while somebody waits.
fn resume_later(sim: &Simulation, pool: &Rc<Pool<Sink>>) {
    let pool = Rc::clone(pool);
    sim.spawn(async move {
        for _ in 0..1_000 {
            Simulation::turn().await;
        }
        pool.resume(0).unwrap();
    });
}
