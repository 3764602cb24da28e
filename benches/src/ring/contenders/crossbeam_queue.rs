//! `crossbeam-queue`: a bounded queue for several producers and several consumers.

use std::sync::Arc;

use crossbeam_queue::ArrayQueue as Queue;

use super::{FanIn, Link, Retry, TryPop, TryPush};
use crate::payload::Payload;
use crate::setup::Setup;

/// `ArrayQueue`.
pub struct ArrayQueue;

impl Link for ArrayQueue {
    const NAME: &'static str = "crossbeam-queue";
    const NOTE: &'static str = "ArrayQueue, spinning";
    type Tx<P: Payload> = Retry<Arc<Queue<P>>>;
    type Rx<P: Payload> = Retry<Arc<Queue<P>>>;

    fn open<P: Payload>(setup: &Setup) -> (Self::Tx<P>, Self::Rx<P>) {
        let queue = Arc::new(Queue::new(setup.capacity));
        (Retry::new(Arc::clone(&queue), setup), Retry::new(queue, setup))
    }
}

impl FanIn for ArrayQueue {
    const NAME: &'static str = "crossbeam-queue";
    const NOTE: &'static str = "ArrayQueue; spinning, yielding with more threads than cores";
    type Tx = Retry<Arc<Queue<u64>>>;
    type Rx = Retry<Arc<Queue<u64>>>;

    fn open(setup: &Setup) -> (Vec<Self::Tx>, Self::Rx) {
        let queue = Arc::new(Queue::new(setup.capacity));
        let end = || Retry::new(Arc::clone(&queue), setup);
        ((0..setup.producers).map(|_| end()).collect(), end())
    }
}

impl<P: Payload> TryPush<P> for Arc<Queue<P>> {
    #[inline]
    fn try_push(&mut self, value: P) -> Result<(), P> {
        self.push(value)
    }
}

impl<P: Payload> TryPop<P> for Arc<Queue<P>> {
    #[inline]
    fn try_pop(&mut self) -> Option<P> {
        self.pop()
    }
}
