//! Something to watch: two threads that handle made-up requests.

use std::error::Error;
use std::time::Duration;

use windlass_metrics::{
    Counter, Full, Gauge, HighWater, Histogram, Layout, Registry, Spec, StdClock, Stopwatch, Unit,
};
use windlass_sync::atomic::{AtomicBool, Ordering};
use windlass_sync::sync::Arc;
use windlass_sync::thread::{self, JoinHandle};

const HANDLED: Spec<Counter, 1> =
    Spec::new("app_requests_handled", "Requests handled.", ["worker"]).series(4);
const QUEUED: Spec<Gauge, 1> = Spec::new("app_queued", "Waiting now.", ["worker"]).series(4);
const PEAK: Spec<HighWater, 0> = Spec::new("app_queued_peak", "Waiting at most.", []);
/// The family that the heat map shows.
pub(crate) const TIME_NAME: &str = "app_handle";

const TIME: Spec<Histogram, 0> =
    Spec::new(TIME_NAME, "From the beginning of a request to its end.", []).unit(Unit::Nanoseconds);

pub(crate) struct Work {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Work {
    /// Starts the threads, each with handles of its own.
    pub(crate) fn start(registry: &Registry) -> Result<Self, Box<dyn Error>> {
        let handled = registry.family(HANDLED)?;
        let queued = registry.family(QUEUED)?;
        let peak = registry.family(PEAK)?;
        let time = registry.family(TIME)?;
        let stop = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::new();
        for (seed, worker) in [(1_u64, "0"), (7, "1")] {
            let (mut handled, mut queued) = (handled.writer([worker]), queued.writer([worker]));
            let mut peak = peak.writer([]);
            let mut stopwatch = Stopwatch::<Full, _>::new(StdClock, Layout::LATENCY);
            if let Some(spans) = stopwatch.reader().spans() {
                time.attach([], spans.clone())?;
            }
            let stop = Arc::clone(&stop);
            threads.push(thread::spawn(move || {
                let mut state = seed;
                while !stop.load(Ordering::Relaxed) {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(seed);
                    let waiting = (state >> 33) % 50;
                    queued.set(waiting.cast_signed());
                    peak.raise(waiting);
                    // Mostly short, now and then long.
                    let micros = if state >> 58 == 0 { 4_000 } else { 100 + waiting * 8 };
                    stopwatch.time(|| thread::sleep(Duration::from_micros(micros)));
                    handled.increment();
                }
            }));
        }
        Ok(Self { stop, threads })
    }

    pub(crate) fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            // One that panicked has said so; the others are still waited for.
            let _panicked = thread.join().is_err();
        }
    }
}
