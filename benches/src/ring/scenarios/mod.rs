//! What is done: one file for each topology.

use std::sync::Arc;

use crate::case::{Load, Sample, case, run};
use crate::course::{Course, Job, Tally, Timing};
use crate::payload::{Payload, expected_sum};
use crate::ring::contenders::Tx;
use crate::setup::Setup;
use crate::suite::Context;

pub mod alloc;
pub mod alone;
pub mod burst;
pub mod diamond;
pub mod fixed_rate;
pub mod idle;
pub mod many_to_one;
pub mod multicast;
pub mod one_to_one;
pub mod ping_pong;
pub mod pipeline;
pub mod wake;
pub mod work;

/// The unit of every throughput.
pub const NS_PER_MSG: &str = "ns_per_msg";

/// How the messages of one round are split, for each producer.
#[derive(Clone, Copy)]
pub struct Share {
    /// Messages before the clock starts: the whole ring once, and a little more.
    warm: u64,
    /// Messages in all.
    pub total: u64,
}

impl Share {
    /// The shares of a round of this load.
    #[must_use]
    pub fn of(setup: &Setup, load: &Load) -> Self {
        let producers = setup.producers as u64;
        let batch = setup.batch as u64;
        let whole = |count: u64| count.div_ceil(producers).next_multiple_of(batch);
        let warm = whole(setup.capacity as u64 + 64);
        Self { warm, total: warm + whole(load.count.max(1)) }
    }

    /// A tally of a consumer that sees everything of every producer.
    #[must_use]
    pub fn tally<P: Payload>(self, course: &Arc<Course>, setup: &Setup, consumer: usize) -> Tally {
        let producers = setup.producers as u64;
        let expected = expected_sum::<P>(self.total).wrapping_mul(producers);
        self.tally_of(course, setup, consumer, expected)
    }

    fn tally_of(self, course: &Arc<Course>, setup: &Setup, consumer: usize, sum: u64) -> Tally {
        let core = setup.core(setup.producers + consumer);
        let producers = setup.producers as u64;
        Tally::new(course, core, self.warm * producers, self.total * producers, sum)
    }

    /// The job of a producer that sends one message at a time; the first one starts the clock.
    pub fn producer<P: Payload, T: Tx<P>>(self, course: &Arc<Course>, at: usize, mut tx: T) -> Job {
        let course = Arc::clone(course);
        Box::new(move || {
            (0..self.warm).for_each(|value| tx.send(P::of(value)));
            course.start_line(at == 0);
            (self.warm..self.total).for_each(|value| tx.send(P::of(value)));
        })
    }

    /// The reading of a throughput: nanoseconds for each message that was published.
    #[must_use]
    pub fn throughput(self, setup: &Setup, timing: &Timing) -> Sample {
        let count = (self.total - self.warm) * setup.producers as u64;
        let each = timing.wall.as_secs_f64() * 1e9 / count as f64;
        Sample::one(NS_PER_MSG, each, timing.wall).with_messages(count)
    }
}
