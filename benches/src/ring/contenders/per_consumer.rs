//! What a user builds who has only channels: one channel for each consumer or hop.

use core::marker::PhantomData;

use super::{Link, Multicast, Tx};
use crate::setup::Setup;

/// Sends everything once to each consumer.
pub struct PerConsumer<L>(PhantomData<L>);

/// One sending end for each consumer.
pub struct FanTx<T>(Vec<T>);

impl<L: Link> Multicast for PerConsumer<L> {
    const NAME: &'static str = L::NAME;
    const NOTE: &'static str = "one channel per consumer, built by hand";
    type Tx = FanTx<L::Tx<u64>>;
    type Rx = L::Rx<u64>;

    fn open(setup: &Setup) -> (Self::Tx, Vec<Self::Rx>) {
        let (senders, receivers) = (0..setup.consumers).map(|_| L::open(setup)).unzip();
        (FanTx(senders), receivers)
    }
}

impl<T: Tx<u64>> Tx<u64> for FanTx<T> {
    #[inline(always)]
    fn send(&mut self, value: u64) {
        for end in &mut self.0 {
            end.send(value);
        }
    }
}
