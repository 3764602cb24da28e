//! `ractor`: actors on tokio; their mailboxes have no limit.

use core::marker::PhantomData;

use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort};

use super::runtime::{block_on, tokio};
use super::{Ask, Asked, Handle, One};
use crate::ring::contenders::{BOTH_ENDS, Tx};
use crate::setup::Setup;

/// An actor for each worker.
pub(in crate::pool) struct Ractor;

struct Worker<H>(PhantomData<fn(H)>);

pub(in crate::pool) enum Message {
    Tell(u64),
    Ask(u64, RpcReplyPort<u64>),
}

impl<H: Handle> Actor for Worker<H> {
    type Msg = Message;
    type State = H;
    type Arguments = H;

    async fn pre_start(&self, _: ActorRef<Message>, handler: H) -> Result<H, ActorProcessingErr> {
        Ok(handler)
    }

    async fn handle(
        &self,
        _: ActorRef<Message>,
        message: Message,
        handler: &mut H,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Message::Tell(value) => {
                handler.handle(value);
            }
            Message::Ask(value, port) => port.send(handler.handle(value))?,
        }
        Ok(())
    }
}

/// The sending end.
pub(in crate::pool) struct RactorTx(ActorRef<Message>);

fn start<H: Handle>(handler: H) -> RactorTx {
    let spawned = tokio().block_on(Actor::spawn(None, Worker::<H>(PhantomData), handler));
    RactorTx(spawned.expect("an actor that starts").0)
}

impl Drop for RactorTx {
    fn drop(&mut self) {
        self.0.stop(None);
    }
}

impl One for Ractor {
    const NAME: &'static str = "ractor";
    const NOTE: &'static str = "cast from a thread, no limit, tokio with a thread for each core";
    const OWN_THREAD: bool = false;
    type Tx = RactorTx;

    fn start<H: Handle>(_: &Setup, _: usize, handler: H) -> RactorTx {
        start(handler)
    }
}

impl Tx<u64> for RactorTx {
    #[inline]
    fn send(&mut self, value: u64) {
        assert!(self.0.cast(Message::Tell(value)).is_ok(), "{BOTH_ENDS}");
    }
}

impl Asked for Ractor {
    const NAME: &'static str = "ractor";
    const NOTE: &'static str = "call, awaited by a thread, tokio with a thread for each core";
    const OWN_THREAD: bool = false;
    type Tx<H: Handle> = RactorTx;

    fn start<H: Handle>(_: &Setup, handler: H) -> RactorTx {
        start(handler)
    }
}

impl Ask for RactorTx {
    #[inline]
    fn ask(&mut self, value: u64) -> u64 {
        let answer = block_on(self.0.call(|port| Message::Ask(value, port), None));
        answer.expect(BOTH_ENDS).expect(BOTH_ENDS)
    }
}
