//! The numbers of rings, for a registry of `windlass-metrics`.
//!
//! Nothing is counted for it: the cursors are there anyway, and they are read when somebody looks.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::sync::Weak;
use alloc::vec::Vec;
use core::fmt;

use windlass_metrics::{Counter, Gauge, HighWater, Readings, RegisterError, Registry, Spec};
use windlass_sync::sync::{Arc, Mutex, lock};

use crate::ring::Ring;
use crate::state::State;

const CAPACITY: Spec<Gauge, 1> = Spec::new("windlass_ring_capacity", "Slots.", ["ring"]);
const FILL: Spec<Gauge, 1> =
    Spec::new("windlass_ring_fill", "Events claimed and not released by all.", ["ring"]);
const HIGH_WATER: Spec<HighWater, 1> =
    Spec::new("windlass_ring_fill_high_water", "The largest fill that was seen.", ["ring"]);
const PUBLISHED: Spec<Counter, 1> =
    Spec::new("windlass_ring_events_published", "Events that were claimed.", ["ring"]);
const STALLS: Spec<Counter, 1> =
    Spec::new("windlass_ring_stalls", "Claims that found no room.", ["ring"]);
const LAG: Spec<Gauge, 2> =
    Spec::new("windlass_ring_stage_lag", "Events that a stage has ahead of it.", ["ring", "stage"]);
const RELEASED: Spec<Counter, 2> = Spec::new(
    "windlass_ring_stage_events_released",
    "Events that a stage is done with.",
    ["ring", "stage"],
);

type Families = [Readings; 7];

/// Shows the numbers of rings in a registry: capacity, fill, high water, events published, stalls,
/// and for each declared stage its lag and the events it is done with.
///
/// The rings pay nothing for it: their cursors are read when the registry takes a snapshot. A ring
/// that is gone is no longer shown, and is not kept alive.
///
/// # Examples
///
/// ```
/// use windlass_metrics::Registry;
/// use windlass_ring::{Builder, RingMetrics};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let registry = Registry::new(1000);
/// let metrics = RingMetrics::new(&registry, 10, 40)?;
/// let (mut producer, ring) = Builder::new(64, || 0_u64).stage("reader").poller().start()?;
/// metrics.watch("orders", &ring);
/// producer.publish(|event| *event = 1)?;
///
/// let now = registry.snapshot();
/// assert_eq!(now.counter("windlass_ring_events_published", &["orders"]), Some(1));
/// assert_eq!(now.gauge("windlass_ring_stage_lag", &["orders", "reader"]), Some(1));
/// # Ok(())
/// # }
/// ```
pub struct RingMetrics {
    rings: Arc<Mutex<Vec<Watched>>>,
}

struct Watched {
    name: String,
    ring: Box<dyn Numbers>,
}

impl RingMetrics {
    /// Makes the families, with room for so many rings and for so many stages in all of them.
    ///
    /// What is beyond that is shown as one ring and one stage named `overflow`.
    ///
    /// # Errors
    ///
    /// If the registry has them already, or not so much room: five series for each ring and two for
    /// each stage.
    ///
    /// # Panics
    ///
    /// If `rings` or `stages` is zero.
    pub fn new(registry: &Registry, rings: usize, stages: usize) -> Result<Self, RegisterError> {
        let families = [
            CAPACITY.series(rings).into(),
            FILL.series(rings).into(),
            HIGH_WATER.series(rings).into(),
            PUBLISHED.series(rings).into(),
            STALLS.series(rings).into(),
            LAG.series(stages).into(),
            RELEASED.series(stages).into(),
        ];
        let all = Arc::new(Mutex::new(Vec::<Watched>::new()));
        let watched = Arc::clone(&all);
        registry.collector(families, move |families| {
            lock(&watched).retain(|watched| watched.ring.collect(&watched.name, families));
        })?;
        Ok(Self { rings: all })
    }

    /// Shows a ring under this name from now on, for as long as it is there.
    ///
    /// Rings of one name are added up.
    pub fn watch<E: Send + 'static>(&self, name: &str, ring: &Ring<E>) {
        let ring: Box<dyn Numbers> = Box::new(Arc::downgrade(&ring.state));
        let mut rings = lock(&self.rings);
        // Before the list grows, those that are gone make room.
        if rings.len() == rings.capacity() {
            rings.retain(|watched| !watched.ring.is_gone());
        }
        rings.push(Watched { name: name.to_string(), ring });
    }
}

impl fmt::Debug for RingMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RingMetrics").field("rings", &lock(&self.rings).len()).finish()
    }
}

/// What is read of a ring, whatever its events are.
trait Numbers: Send + Sync {
    fn is_gone(&self) -> bool;

    /// Pushes the numbers; false if the ring is gone.
    fn collect(&self, name: &str, families: &mut Families) -> bool;
}

impl<E: Send + 'static> Numbers for Weak<State<E>> {
    fn is_gone(&self) -> bool {
        self.strong_count() == 0
    }

    fn collect(&self, name: &str, families: &mut Families) -> bool {
        let Some(ring) = self.upgrade() else { return false };
        let [capacity, fill, high_water, published, stalls, lag, released] = families;
        let claimed = ring.head.claimed();
        let (stalled, highest) = ring.head.noted();
        let filled = ring.fill();
        capacity.push(&[name], ring.storage.capacity());
        fill.push(&[name], filled);
        high_water.push(&[name], highest.max(filled));
        published.push(&[name], claimed);
        stalls.push(&[name], stalled);
        for node in ring.graph.declared() {
            let (labels, position) = ([name, &node.name], node.last_position());
            lag.push(&labels, claimed.saturating_sub(position));
            released.push(&labels, position);
        }
        true
    }
}
