//! Looking at workers, and what was seen before.

use alloc::vec;
use alloc::vec::Vec;
use core::time::Duration;

use windlass_sync::CachePadded;
use windlass_sync::sync::{Arc, lock};

use super::{Health, HealthRules, PoolHealth, Symptom, WorkerHealth};
use crate::nanos::nanos;
use crate::shared::{Door, Shared};
use crate::status::{Call, Phase, Status};
use crate::worker::Worker;

/// The calls in which workers were seen, by worker.
#[derive(Default)]
pub(crate) struct Looks(Vec<Option<Seen>>);

struct Seen {
    /// Whose call it is: another worker may have the number now.
    status: Arc<CachePadded<Status>>,
    call: Call,
    since: u64,
}

impl Looks {
    /// How long this call has been seen by now; nothing if the worker is in none.
    fn busy_for(
        &mut self,
        worker: usize,
        status: &Arc<CachePadded<Status>>,
        now: u64,
    ) -> Option<Duration> {
        let call = status.call();
        while self.0.len() <= worker {
            self.0.push(None);
        }
        let seen = &mut self.0[worker];
        if !call.is_inside() {
            *seen = None;
            return None;
        }
        if let Some(seen) = seen
            && seen.call == call
            && Arc::ptr_eq(&seen.status, status)
        {
            return Some(Duration::from_nanos(now.saturating_sub(seen.since)));
        }
        *seen = Some(Seen { status: Arc::clone(status), call, since: now });
        Some(Duration::ZERO)
    }
}

impl<W: Worker> Shared<W> {
    /// How all workers are doing.
    pub(crate) fn health(&self) -> PoolHealth {
        let now = self.time.nanos();
        let mut looks = lock(&self.looks);
        let deaths = self.dead.latest();
        let table = lock(&self.table);
        looks.0.truncate(table.doors.len());
        let mut slots = vec![0; table.doors.len()];
        for owner in table.owners.iter() {
            if let Some(slots) = slots.get_mut(usize::from(*owner)) {
                *slots += 1;
            }
        }
        let doors = table.doors.iter().enumerate();
        let of = |(worker, door): (usize, &Option<Door<W>>)| {
            let door = door.as_ref()?;
            let busy_for = looks.busy_for(worker, &door.status, now);
            let death = deaths.get(worker).copied().flatten();
            let health = examine(&self.plan.health, (worker, door), busy_for, death, now);
            Some(WorkerHealth { slots: slots[worker], ..health })
        };
        PoolHealth::of(doors.filter_map(of).collect())
    }
}

fn examine<W: Worker>(
    rules: &HealthRules,
    (worker, door): (usize, &Door<W>),
    busy_for: Option<Duration>,
    death: Option<u64>,
    now: u64,
) -> WorkerHealth {
    let phase = door.status.phase();
    let lately = |at: u64| now.saturating_sub(at) < nanos(rules.window);
    let is_behind = [&door.high, &door.normal].into_iter().any(|lane| {
        let mark = lane.capacity() as u128 * u128::from(rules.mailbox_mark);
        mark < lane.len() as u128 * 100
    });
    // Of the worker of now: one that was there before under this number is not its matter.
    let death = death.filter(|at| door.status.began() <= *at);
    let signs = [
        (Symptom::Dead, phase == Phase::Dead),
        (Symptom::DoesNotReturn, busy_for.is_some_and(|time| rules.stuck_after <= time)),
        (Symptom::BackingOff, phase == Phase::BackingOff),
        (Symptom::Restarted, door.status.restarted().is_some_and(lately)),
        (Symptom::LostMessages, death.is_some_and(lately)),
        (Symptom::Behind, is_behind),
    ];
    let symptoms: Vec<Symptom> =
        signs.into_iter().filter(|(_, is_so)| *is_so).map(|(symptom, _)| symptom).collect();
    let health = symptoms.iter().map(|symptom| symptom.health()).max().unwrap_or(Health::Healthy);
    WorkerHealth { worker, health, phase, busy_for, slots: 0, symptoms }
}
