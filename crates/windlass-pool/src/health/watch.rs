//! A thread that looks, for whoever wants one.

use alloc::format;
use core::fmt;
use core::time::Duration;
use std::io;

use windlass_sync::atomic::{AtomicBool, Ordering};
use windlass_sync::sync::Arc;
use windlass_sync::{EventCount, thread};

use super::PoolHealth;
use crate::pool::Pool;
use crate::time::Time;
use crate::trace;
use crate::worker::Worker;

/// Looks at the health of a pool until it is dropped or the pool is gone; made by [`Pool::watch`].
#[must_use = "dropped, it watches no more"]
pub struct Watch {
    stop: Arc<(AtomicBool, EventCount)>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Watch {
    pub(crate) fn begin<W: Worker>(
        pool: &Pool<W>,
        every: Duration,
        mut on_change: impl FnMut(&PoolHealth) + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::downgrade(&pool.shared);
        // Also of a simulation, which has no threads.
        let time = Time::of_machine();
        let stop = Arc::new((AtomicBool::new(false), EventCount::new(1)));
        let its_stop = Arc::clone(&stop);
        let name = pool.shared.plan.name.clone();
        let thread_name = format!("{name}-watch");
        let body = move || {
            let mut before: Option<PoolHealth> = None;
            // ORDERING: Relaxed. It hands nothing over, and the bell rings behind it.
            let is_over = || its_stop.0.load(Ordering::Relaxed).then_some(());
            while is_over().is_none() {
                // Not held while this sleeps: it would keep what is left of the pool alive.
                let Some(now) = shared.upgrade().map(|shared| shared.health()) else { return };
                if now.workers.is_empty() {
                    // Shut down.
                    return;
                }
                if !before.as_ref().is_some_and(|before| before.is_like(&now)) {
                    trace::health(&name, before.as_ref(), &now);
                    on_change(&now);
                    before = Some(now);
                }
                if time.wait_at(&its_stop.1, time.after(every), is_over).is_some() {
                    return;
                }
            }
        };
        let thread = thread::spawn_named(thread_name, body)?;
        Ok(Self { stop, thread: Some(thread) })
    }

    /// Ends it, and waits for a call back that is under way. Dropping it does not wait.
    pub fn stop(mut self) {
        self.tell();
        if let Some(thread) = self.thread.take() {
            // It panics only if the call back does, which was told already.
            drop(thread.join());
        }
    }

    fn tell(&self) {
        // ORDERING: Relaxed. The bell orders it.
        self.stop.0.store(true, Ordering::Relaxed);
        self.stop.1.notify();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.tell();
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}
