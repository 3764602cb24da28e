//! The numbers of buffers, for a registry of `windlass-metrics`.
//!
//! Nothing is counted for it: the buffers count anyway, and are read when somebody looks.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::sync::Weak;
use alloc::vec::Vec;
use core::fmt;

use windlass_metrics::{Counter, Gauge, HighWater, Readings, RegisterError, Registry, Spec};
use windlass_sync::sync::{Arc, Mutex, lock};

use crate::level::Level;
use crate::paths::Paths;
use crate::receiver::Receiver;
use crate::sender::Sender;
use crate::shared::Shared;
use crate::stats::Stats;
use crate::store::Store;

const CAPACITY: Spec<Gauge, 1> =
    Spec::new("windlass_qos_capacity", "Messages that can be held at once.", ["buffer"]);
const HELD: Spec<Gauge, 1> = Spec::new("windlass_qos_held", "Messages in the buffer.", ["buffer"]);
const HIGH_WATER: Spec<HighWater, 1> =
    Spec::new("windlass_qos_held_high_water", "The most messages that were seen.", ["buffer"]);
const ACCEPTED: Spec<Counter, 1> =
    Spec::new("windlass_qos_messages_accepted", "Messages that were accepted.", ["buffer"]);
const DELIVERED: Spec<Counter, 1> =
    Spec::new("windlass_qos_messages_delivered", "Messages that receivers got.", ["buffer"]);
const DROPPED: Spec<Counter, 2> = Spec::new(
    "windlass_qos_messages_dropped",
    "Messages that nobody will get.",
    ["buffer", "reason"],
);

/// The reasons for which messages are dropped.
const REASONS: usize = 6;

type Families = [Readings; 6];

/// Shows the numbers of buffers in a registry: capacity, held and its high water, messages accepted,
/// delivered, and dropped by reason.
///
/// The buffers pay nothing for it: they are read when the registry takes a snapshot. A buffer that is gone
/// is no longer shown, and is not kept alive.
///
/// # Examples
///
/// ```
/// use windlass_metrics::Registry;
/// use windlass_qos::BufferMetrics;
///
/// let registry = Registry::new(1000);
/// let metrics = BufferMetrics::new(&registry, 10)?;
/// let (mut tx, mut rx) = windlass_qos::reliable(2)?;
/// metrics.watch("orders", &rx);
/// (1..=3).try_for_each(|n| tx.send(n))?;
///
/// let now = registry.snapshot();
/// assert_eq!(now.counter("windlass_qos_messages_accepted", &["orders"]), Some(3));
/// assert_eq!(now.counter("windlass_qos_messages_dropped", &["orders", "overwritten"]), Some(1));
/// assert_eq!(now.gauge("windlass_qos_held", &["orders"]), Some(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct BufferMetrics {
    buffers: Arc<Mutex<Vec<Watched>>>,
}

struct Watched {
    name: String,
    buffer: Box<dyn Numbers>,
}

impl BufferMetrics {
    /// Makes the families, with room for so many buffers.
    ///
    /// What is beyond that is shown as one buffer named `overflow`.
    ///
    /// # Errors
    ///
    /// If the registry has them already, or not so much room: eleven series for each buffer.
    ///
    /// # Panics
    ///
    /// If `buffers` is zero.
    pub fn new(registry: &Registry, buffers: usize) -> Result<Self, RegisterError> {
        let families = [
            CAPACITY.series(buffers).into(),
            HELD.series(buffers).into(),
            HIGH_WATER.series(buffers).into(),
            ACCEPTED.series(buffers).into(),
            DELIVERED.series(buffers).into(),
            DROPPED.series(buffers.saturating_mul(REASONS)).into(),
        ];
        let all = Arc::new(Mutex::new(Vec::<Watched>::new()));
        let watched = Arc::clone(&all);
        registry.collector(families, move |families| {
            lock(&watched).retain(|watched| match watched.buffer.read() {
                None => false,
                Some((capacity, stats)) => {
                    push(&watched.name, capacity, &stats, families);
                    true
                }
            });
        })?;
        Ok(Self { buffers: all })
    }

    /// Shows the buffer of an end under this name from now on, for as long as it is there.
    ///
    /// Either end will do, plain or of [`timed`](crate::timed), [`adaptive`](crate::adaptive) and
    /// [`conflate`](crate::conflate). A sender of [`lanes`](crate::lanes) stands for its lane, the receiver for all
    /// of them, added up. Buffers of one name are added up too; a high water that was added up is one that all
    /// together did not exceed.
    ///
    /// Streams and sinks are no ends: watch the end before it becomes one. Broadcasts and latest values are no
    /// buffers that drop or hold by these numbers, and cannot be watched: see
    /// [`BroadcastStats`](crate::broadcast::BroadcastStats) and [`ReaderStats`](crate::broadcast::ReaderStats), and
    /// [`generation`](crate::latest::Reader::generation) and [`skipped`](crate::latest::Reader::skipped) of a reader
    /// of the latest.
    pub fn watch(&self, name: &str, end: &impl Watchable) {
        let buffer = end.numbers();
        let mut buffers = lock(&self.buffers);
        // Before the list grows, those that are gone make room.
        if buffers.len() == buffers.capacity() {
            buffers.retain(|watched| !watched.buffer.is_gone());
        }
        buffers.push(Watched { name: name.to_string(), buffer });
    }
}

impl fmt::Debug for BufferMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufferMetrics").field("buffers", &lock(&self.buffers).len()).finish()
    }
}

fn push(name: &str, held_at_most: usize, stats: &Stats, families: &mut Families) {
    let [capacity, held, high_water, accepted, delivered, dropped] = families;
    capacity.push(&[name], held_at_most as u64);
    held.push(&[name], stats.held);
    high_water.push(&[name], stats.high_water);
    accepted.push(&[name], stats.accepted);
    delivered.push(&[name], stats.delivered);
    let reasons: [(&str, u64); REASONS] = [
        ("overwritten", stats.overwritten),
        ("newest", stats.newest),
        ("passed_over", stats.passed_over),
        ("conflated", stats.conflated),
        ("expired", stats.expired),
        ("left", stats.left),
    ];
    for (reason, n) in reasons {
        dropped.push(&[name, reason], n);
    }
}

/// An end whose buffer can be watched. Sealed.
#[expect(private_bounds, reason = "sealed")]
pub trait Watchable: Watch {}

impl<E: Watch> Watchable for E {}

/// What [`BufferMetrics`] asks of an end.
pub(crate) trait Watch {
    /// The numbers of its buffer.
    fn numbers(&self) -> Box<dyn Numbers>;
}

/// What is read of a buffer, whatever its messages are.
pub(crate) trait Numbers: Send + Sync {
    fn is_gone(&self) -> bool;

    /// The capacity and the numbers; nothing if the buffer is gone.
    fn read(&self) -> Option<(usize, Stats)>;
}

/// The numbers of something that is shared.
pub(crate) struct Of<S, F>(Weak<S>, F);

impl<S, F> Of<S, F>
where
    S: Send + Sync + 'static,
    F: Fn(&S) -> (usize, Stats) + Send + Sync + 'static,
{
    /// Reads what is shared with `read`, and does not keep it alive.
    pub(crate) fn boxed(shared: &Arc<S>, read: F) -> Box<dyn Numbers> {
        Box::new(Self(Arc::downgrade(shared), read))
    }
}

impl<S, F> Numbers for Of<S, F>
where
    S: Send + Sync,
    F: Fn(&S) -> (usize, Stats) + Send + Sync,
{
    fn is_gone(&self) -> bool {
        self.0.strong_count() == 0
    }

    fn read(&self) -> Option<(usize, Stats)> {
        self.0.upgrade().map(|shared| (self.1)(&shared))
    }
}

/// The numbers of a plain buffer, corrected by what lies over it.
pub(crate) fn plain<T: Send + 'static, L: Level, P: Paths>(
    shared: &Arc<Shared<T, L, P>>,
    correct: impl Fn(Stats) -> Stats + Send + Sync + 'static,
) -> Box<dyn Numbers> {
    Of::boxed(shared, move |shared| (shared.store.capacity(), correct(shared.stats())))
}

impl<T: Send + 'static, L: Level, P: Paths> Watch for Sender<T, L, P> {
    fn numbers(&self) -> Box<dyn Numbers> {
        plain(&self.shared, |stats| stats)
    }
}

impl<T: Send + 'static, L: Level, P: Paths> Watch for Receiver<T, L, P> {
    fn numbers(&self) -> Box<dyn Numbers> {
        plain(&self.shared, |stats| stats)
    }
}
