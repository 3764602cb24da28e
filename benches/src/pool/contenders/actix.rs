//! `actix`: actors on arbiters, each a thread with an event loop.

use std::sync::LazyLock;
use std::sync::mpsc::channel;
use std::thread;

use actix::{Actor, Addr, Arbiter, ArbiterHandle, Context, Handler, Message, System};

use super::runtime::block_on;
use super::{Ask, Asked, Handle, One};
use crate::ring::contenders::{BOTH_ENDS, Tx};
use crate::setup::Setup;

/// As many arbiters as a case has workers at most.
const ARBITERS: usize = 16;

/// An actor on an arbiter for each worker.
pub(in crate::pool) struct Actix;

pub(in crate::pool) struct Worker(Box<dyn FnMut(u64) -> u64 + Send>);

struct Told(u64);

struct Question(u64);

impl Message for Told {
    type Result = ();
}

impl Message for Question {
    type Result = u64;
}

impl Actor for Worker {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Context<Self>) {
        context.set_mailbox_capacity(1024);
    }
}

impl Handler<Told> for Worker {
    type Result = ();

    fn handle(&mut self, message: Told, _: &mut Context<Self>) {
        (self.0)(message.0);
    }
}

impl Handler<Question> for Worker {
    type Result = u64;

    fn handle(&mut self, message: Question, _: &mut Context<Self>) -> u64 {
        (self.0)(message.0)
    }
}

/// The arbiters; their system runs on a thread of its own until the process ends.
fn arbiters() -> &'static [ArbiterHandle] {
    static ALL: LazyLock<Vec<ArbiterHandle>> = LazyLock::new(|| {
        let (tx, rx) = channel();
        thread::spawn(move || {
            let system = System::new();
            let arbiters: Vec<Arbiter> = (0..ARBITERS).map(|_| Arbiter::new()).collect();
            let handles = arbiters.iter().map(Arbiter::handle).collect::<Vec<_>>();
            assert!(tx.send(handles).is_ok(), "whoever asked for them waits");
            assert!(system.run().is_ok(), "it runs as long as the process");
        });
        rx.recv().expect("a system that starts")
    });
    &ALL
}

fn start<H: Handle>(at: usize, mut handler: H) -> Addr<Worker> {
    let worker = Worker(Box::new(move |value| handler.handle(value)));
    Worker::start_in_arbiter(&arbiters()[at], |_| worker)
}

impl One for Actix {
    const NAME: &'static str = "actix";
    const NOTE: &'static str = "do_send, no limit, an arbiter for each worker";
    // The arbiters outlive a round, so they are not pinned.
    const OWN_THREAD: bool = false;
    type Tx = Addr<Worker>;

    fn start<H: Handle>(_: &Setup, at: usize, handler: H) -> Self::Tx {
        start(at, handler)
    }
}

impl Tx<u64> for Addr<Worker> {
    #[inline]
    fn send(&mut self, value: u64) {
        self.do_send(Told(value));
    }
}

impl Asked for Actix {
    const NAME: &'static str = "actix";
    const NOTE: &'static str = "send, awaited by a thread, an arbiter for the worker";
    const OWN_THREAD: bool = false;
    type Tx<H: Handle> = Addr<Worker>;

    fn start<H: Handle>(_: &Setup, handler: H) -> Self::Tx<H> {
        start(0, handler)
    }
}

impl Ask for Addr<Worker> {
    #[inline]
    fn ask(&mut self, value: u64) -> u64 {
        block_on(Self::send(self, Question(value))).expect(BOTH_ENDS)
    }
}
