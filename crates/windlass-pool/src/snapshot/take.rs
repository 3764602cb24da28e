//! Asking all workers for copies, and building a pool from them.

use alloc::collections::BTreeMap;
use core::time::Duration;

use super::{Keeper, Save, Saved, Snapshot};
use crate::builder::Builder;
use crate::gather::Gathered;
use crate::letter::System;
use crate::pool::Pool;
use crate::worker::Worker;

impl<W: Snapshot> Pool<W> {
    /// Copies the slots of all workers, each between two of its batches, and waits for that.
    ///
    /// Workers that are paused or wait for their restart count too; who does not answer in time is named. A
    /// change that was not done in time goes on first: if it still is not done, nobody is asked and all are
    /// missing. The [module](crate::snapshot) says what a copy holds.
    pub fn snapshot(&self, wait: Duration) -> Saved<W::Slot> {
        let deadline = self.shared.time.after(wait);
        let order = |answer| System::Save(Save { copy: W::slot_copy, answer });
        let Gathered { answers, missing } = self.ask_all(deadline, true, order);
        let slots: BTreeMap<_, _> = answers.into_iter().flat_map(|(_, slots)| slots).collect();
        Saved { slots: slots.into_iter().collect(), missing }
    }
}

impl<W: Snapshot> Builder<W> {
    /// Copies the slots of each worker every so many batches; 0 for copies only when somebody asks.
    ///
    /// A worker that is built anew gets the newest ones. The [module](crate::snapshot) says what is lost.
    pub fn snapshots(mut self, every: u64) -> Self {
        self.keeper = Some(Keeper::new(every));
        self
    }
}

impl<W: Worker> Builder<W> {
    /// Begins with what another pool kept, whatever number of workers that had.
    ///
    /// Each worker gets its slots by [`Worker::slot_in`] before `build` returns; slots that are not there are not
    /// announced. `build` refuses numbers that are no slots.
    pub fn restore(mut self, saved: Saved<W::Slot>) -> Self {
        self.restore = saved.slots;
        self
    }
}
