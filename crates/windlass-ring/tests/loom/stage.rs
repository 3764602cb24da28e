//! A stage on a thread of its own: what it did is complete when the ring says that it ended.

use crate::support::{Event, model, ring_of_two};
use std::time::Duration;
use windlass_ring::{Batch, Flow, Handler, Shared};
use windlass_sync::atomic::{AtomicU64, Ordering::Relaxed};
use windlass_sync::sync::Arc;

/// Says that it has ended.
struct Ends(Arc<AtomicU64>);

impl Handler<Event, Shared> for Ends {
    fn on_batch(&mut self, _batch: &mut Batch<'_, Event, Shared>) -> Flow {
        unreachable!("nothing is published")
    }

    fn on_shutdown(&mut self) {
        self.0.store(1, Relaxed);
    }
}

/// Edge `thread_end`: when a shutdown says that all is drained, it has seen what the stages did last.
#[test]
fn a_shutdown_sees_what_an_ended_stage_did() {
    model(|| {
        let ended = Arc::new(AtomicU64::new(0));
        let ring = ring_of_two().stage("stage").handler(Ends(Arc::clone(&ended)));
        let (_producer, ring) = ring.start().unwrap();
        // No time passes in a model: it looks, and reports what it sees.
        let report = ring.shutdown(Duration::from_secs(1));
        assert!(!report.drained || ended.load(Relaxed) == 1, "complete");
    });
}
