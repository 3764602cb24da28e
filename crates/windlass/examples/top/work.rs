//! Something to watch: requests that go through a ring, a pool and a buffer.

use std::error::Error;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use windlass::metrics::{Histogram, Registry, Spec, Unit};
use windlass::pool::{Pool, PoolMetrics, Shutdown, Worker};
use windlass::qos::{BufferMetrics, RecvError, reliable};
use windlass::ring::{Builder, Ring, RingMetrics};

/// The family that the heat map shows.
pub(crate) const TIME_NAME: &str = "app_request";

const TIME: Spec<Histogram, 0> =
    Spec::new(TIME_NAME, "From the making of a request to its end.", []).unit(Unit::Nanoseconds);

/// What everything else is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request {
    key: u64,
    made: Instant,
}

pub(crate) struct Work {
    ring: Ring<Request>,
    feed: JoinHandle<()>,
    sampler: JoinHandle<()>,
    pool: Box<dyn End>,
}

impl Work {
    /// Starts all of it, and shows its numbers in the registry.
    pub(crate) fn start(registry: &Registry) -> Result<Self, Box<dyn Error>> {
        let time = registry.family(TIME)?;
        let (rings, buffers) =
            (RingMetrics::new(registry, 1, 1)?, BufferMetrics::new(registry, 1)?);
        let pools = PoolMetrics::new(registry, 1, 2)?;

        let pool = Pool::each(move |_| {
            let mut time = time.writer([]);
            move |request: Request| {
                // Mostly short, now and then long.
                let micros =
                    if request.key.is_multiple_of(64) { 4_000 } else { 100 + request.key % 50 };
                thread::sleep(Duration::from_micros(micros));
                let nanos = request.made.elapsed().as_nanos();
                time.record(u64::try_from(nanos).unwrap_or(u64::MAX));
            }
        });
        let pool = pool.workers(2).max_workers(2).build()?;
        pools.watch("requests", &pool);
        let mut to_workers = pool.sender()?;

        let (mut samples, mut sampled) = reliable::<Request>(16)?;
        buffers.watch("samples", &sampled);
        let sampler = thread::spawn(move || {
            while !matches!(sampled.recv(), Err(RecvError::Closed)) {
                thread::sleep(Duration::from_millis(2));
            }
        });

        let (mut producer, ring) = Builder::new(256, || Request { key: 0, made: Instant::now() })
            .stage("route")
            .each(move |request, _| {
                // Either fails only when its other end is gone, and then so is everything.
                let _gone = (samples.send(*request), to_workers.send(&request.key, *request));
            })
            .start()?;
        rings.watch("requests", &ring);
        let feed = thread::spawn(move || {
            let mut state = 1_u64;
            for burst in 0_u64.. {
                for _ in 0..burst % 8 {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let request = Request { key: state >> 33, made: Instant::now() };
                    if producer.publish(move |slot| *slot = request).is_err() {
                        return;
                    }
                }
                thread::sleep(Duration::from_millis(1));
                if producer.is_closed() {
                    return;
                }
            }
        });
        Ok(Self { ring, feed, sampler, pool: Box::new(pool) })
    }

    /// Ends everything from front to back, and says what became of it.
    pub(crate) fn stop(self) -> Result<String, Box<dyn Error>> {
        self.ring.close();
        self.feed.join().map_err(|_| "the feed broke")?;
        let drained = self.ring.wait_end()?.drained;
        self.sampler.join().map_err(|_| "the sampler broke")?;
        let (accepted, handled) = self.pool.end();
        Ok(format!("ring drained: {drained}; {accepted} requests accepted, {handled} handled"))
    }
}

/// A pool whose workers have no name that could be written down.
trait End {
    /// Ends it, and says how many messages were accepted and how many were handled.
    fn end(self: Box<Self>) -> (u64, u64);
}

impl<W: Worker> End for Pool<W> {
    fn end(self: Box<Self>) -> (u64, u64) {
        let report = self.shutdown(Shutdown::drain());
        (report.accepted, report.handled)
    }
}
