//! `kameo`: actors on tokio with mailboxes of a limited size.

use core::convert::Infallible;

use kameo::Actor;
use kameo::actor::{ActorRef, Spawn as _};
use kameo::mailbox;
use kameo::message::{Context, Message};

use super::runtime::tokio;
use super::{Ask, Asked, Handle, One};
use crate::ring::contenders::{BOTH_ENDS, Tx};
use crate::setup::Setup;

/// An actor for each worker.
pub(in crate::pool) struct Kameo;

pub(in crate::pool) struct Worker(Box<dyn FnMut(u64) -> u64 + Send>);

struct Told(u64);

struct Question(u64);

impl Actor for Worker {
    type Args = Self;
    type Error = Infallible;

    async fn on_start(worker: Self, _: ActorRef<Self>) -> Result<Self, Infallible> {
        Ok(worker)
    }
}

impl Message<Told> for Worker {
    type Reply = ();

    async fn handle(&mut self, message: Told, _: &mut Context<Self, ()>) {
        (self.0)(message.0);
    }
}

impl Message<Question> for Worker {
    type Reply = u64;

    async fn handle(&mut self, message: Question, _: &mut Context<Self, u64>) -> u64 {
        (self.0)(message.0)
    }
}

fn start<H: Handle>(setup: &Setup, mut handler: H) -> ActorRef<Worker> {
    let _entered = tokio().enter();
    let worker = Worker(Box::new(move |value| handler.handle(value)));
    Worker::spawn_with_mailbox(worker, mailbox::bounded(setup.capacity))
}

impl One for Kameo {
    const NAME: &'static str = "kameo";
    const NOTE: &'static str = "tell, blocking_send, tokio with a thread for each core";
    const OWN_THREAD: bool = false;
    type Tx = ActorRef<Worker>;

    fn start<H: Handle>(setup: &Setup, _: usize, handler: H) -> Self::Tx {
        start(setup, handler)
    }
}

impl Tx<u64> for ActorRef<Worker> {
    #[inline]
    fn send(&mut self, value: u64) {
        assert!(self.tell(Told(value)).blocking_send().is_ok(), "{BOTH_ENDS}");
    }
}

impl Asked for Kameo {
    const NAME: &'static str = "kameo";
    const NOTE: &'static str = "ask, blocking_send, tokio with a thread for each core";
    const OWN_THREAD: bool = false;
    type Tx<H: Handle> = ActorRef<Worker>;

    fn start<H: Handle>(setup: &Setup, handler: H) -> Self::Tx<H> {
        start(setup, handler)
    }
}

impl Ask for ActorRef<Worker> {
    #[inline]
    fn ask(&mut self, value: u64) -> u64 {
        Self::ask(self, Question(value)).blocking_send().expect(BOTH_ENDS)
    }
}
