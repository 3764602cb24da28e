//! `xtra`: actors for any executor, here on tokio.

use xtra::{Actor, Address, Context, Handler, Mailbox};

use super::runtime::{block_on, tokio};
use super::{Ask, Asked, Handle, One};
use crate::ring::contenders::{BOTH_ENDS, Tx};
use crate::setup::Setup;

/// An actor for each worker.
pub(in crate::pool) struct Xtra;

pub(in crate::pool) struct Worker(Box<dyn FnMut(u64) -> u64 + Send>);

struct Told(u64);

struct Question(u64);

impl Actor for Worker {
    type Stop = ();

    async fn stopped(self) {}
}

impl Handler<Told> for Worker {
    type Return = ();

    async fn handle(&mut self, message: Told, _: &mut Context<Self>) {
        (self.0)(message.0);
    }
}

impl Handler<Question> for Worker {
    type Return = u64;

    async fn handle(&mut self, message: Question, _: &mut Context<Self>) -> u64 {
        (self.0)(message.0)
    }
}

fn start<H: Handle>(setup: &Setup, mut handler: H) -> Address<Worker> {
    let (address, mailbox) = Mailbox::bounded(setup.capacity);
    let worker = Worker(Box::new(move |value| handler.handle(value)));
    // It runs until the last address is gone.
    drop(tokio().spawn(xtra::run(mailbox, worker)));
    address
}

impl One for Xtra {
    const NAME: &'static str = "xtra";
    const NOTE: &'static str = "send, detached, awaited by a thread, tokio with a thread per core";
    const OWN_THREAD: bool = false;
    // One sender's messages overtake each other where its mailbox is full.
    const IN_ORDER: bool = false;
    type Tx = Address<Worker>;

    fn start<H: Handle>(setup: &Setup, _: usize, handler: H) -> Self::Tx {
        start(setup, handler)
    }
}

impl Tx<u64> for Address<Worker> {
    #[inline]
    fn send(&mut self, value: u64) {
        assert!(block_on(Self::send(self, Told(value)).detach()).is_ok(), "{BOTH_ENDS}");
    }
}

impl Asked for Xtra {
    const NAME: &'static str = "xtra";
    const NOTE: &'static str = "send, awaited by a thread, tokio with a thread for each core";
    const OWN_THREAD: bool = false;
    type Tx<H: Handle> = Address<Worker>;

    fn start<H: Handle>(setup: &Setup, handler: H) -> Self::Tx<H> {
        start(setup, handler)
    }
}

impl Ask for Address<Worker> {
    #[inline]
    fn ask(&mut self, value: u64) -> u64 {
        block_on(Self::send(self, Question(value))).expect(BOTH_ENDS)
    }
}
