//! All families of a program, so that one snapshot has all their numbers.

mod collector;
mod family;
mod metric;
mod series;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use windlass_sync::sync::{Arc, Mutex, lock};

use crate::counter::Counter;
use crate::error::RegisterError;
use crate::snapshot::{FamilyAbout, FamilySnapshot, Labels, SeriesSnapshot, Snapshot, Value};
use crate::spec::{Kind, Spec};
use collector::{Collector, Entry};
use family::Readable;

pub(crate) use family::OVERFLOW;

pub use collector::{Collected, Readings, Scalar};
pub use family::Family;
pub use metric::Metric;

/// How often label sets found no room, in all families together: a family of every snapshot.
const OVERFLOWED: Spec<Counter, 0> = Spec::new(
    "windlass_metrics_overflowed",
    "Label sets that found no room and were counted as overflow.",
    [],
);

/// All families of a program, or of a part of it.
///
/// There is no global registry: whoever wants to be seen is given one. Clones are the same
/// registry.
///
/// How many series there may be is fixed here; each family reserves its share when it is made.
/// With the series named `overflow`, one for each family, that bounds the memory whatever labels
/// arrive from outside.
///
/// # Examples
///
/// ```
/// use windlass_metrics::{Counter, Gauge, Registry, Spec};
///
/// const OPENED: Spec<Counter, 0> = Spec::new("app_files_opened", "Files opened.", []);
/// const QUEUED: Spec<Gauge, 1> = Spec::new("app_queued", "Waiting now.", ["queue"]);
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let registry = Registry::new(100);
/// let mut opened = registry.family(OPENED)?.writer([]);
/// let queued = registry.family(QUEUED.series(8))?.shared(["orders"]);
///
/// let before = registry.snapshot();
/// opened.increment();
/// queued.add(3);
/// let since = registry.snapshot().since(&before);
/// assert_eq!(since.counter("app_files_opened", &[]), Some(1));
/// assert_eq!(since.gauge("app_queued", &["orders"]), Some(3));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Registry(Arc<Inner>);

struct Inner {
    limit: usize,
    overflowed: Arc<FamilyAbout>,
    state: Mutex<State>,
}

struct State {
    reserved: usize,
    names: Vec<&'static str>,
    /// Replaced as a whole: a snapshot reads it without the lock.
    entries: Arc<Vec<Entry>>,
}

impl Registry {
    /// Makes a registry with room for `limit` series in all families together.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        let about = FamilyAbout(OVERFLOWED.about(), Kind::Counter);
        let names = Vec::from([about.0.name]);
        let state = State { reserved: 0, names, entries: Arc::new(Vec::new()) };
        let overflowed = Arc::new(about);
        Self(Arc::new(Inner { limit, overflowed, state: Mutex::new(state) }))
    }

    /// Makes a family, and reserves room for its series.
    ///
    /// # Errors
    ///
    /// If there is a family of this name already, or not so much room left.
    pub fn family<M: Metric, const N: usize>(
        &self,
        spec: Spec<M, N>,
    ) -> Result<Family<M, N>, RegisterError> {
        let about = FamilyAbout(spec.about(), M::KIND);
        self.reserve(&[(about.0.name, about.0.series)], || {
            let (family, inner) = Family::new(about);
            (family, Box::new(inner) as Box<dyn Readable>)
        })
    }

    /// Makes families whose series are named anew at every snapshot.
    ///
    /// For numbers that exist anyway and cost nothing until somebody looks. `collect` is called at
    /// each snapshot, on the thread that takes it, and pushes the numbers of each family. If it
    /// panics, that snapshot does.
    ///
    /// # Errors
    ///
    /// If there is a family of one of the names already, or not so much room left.
    ///
    /// # Examples
    ///
    /// ```
    /// use windlass_metrics::{Counter, Gauge, Registry, Spec};
    ///
    /// const JOBS: Spec<Counter, 1> = Spec::new("app_jobs", "Jobs done.", ["pool"]);
    /// const OPEN: Spec<Gauge, 0> = Spec::new("app_open", "Jobs under way.", []);
    ///
    /// # fn main() -> Result<(), windlass_metrics::RegisterError> {
    /// let registry = Registry::new(100);
    /// registry.collector([JOBS.into(), OPEN.into()], |[jobs, open]| {
    ///     jobs.push(&["left"], 7);
    ///     open.push(&[], 2);
    /// })?;
    /// assert_eq!(registry.snapshot().counter("app_jobs", &["left"]), Some(7));
    /// # Ok(())
    /// # }
    /// ```
    pub fn collector<const N: usize>(
        &self,
        families: [Collected; N],
        collect: impl Fn(&mut [Readings; N]) + Send + Sync + 'static,
    ) -> Result<(), RegisterError> {
        let wanted = families.each_ref().map(|family| (family.0.0.name, family.0.0.series));
        self.reserve(&wanted, || {
            let collector = Collector::new(families, collect);
            ((), Box::new(collector) as Box<dyn Readable>)
        })
    }

    /// Reads all numbers, while their writers go on.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::empty();
        self.refresh(&mut snapshot);
        snapshot
    }

    /// Reads all numbers into an earlier snapshot of this registry.
    ///
    /// The same as [`snapshot`](Self::snapshot), and allocates nothing where there are no new
    /// series and no collectors.
    pub fn refresh(&self, snapshot: &mut Snapshot) {
        // A collector may use the registry: it is called without the lock.
        let entries = Arc::clone(&lock(&self.0.state).entries);
        let families = &mut snapshot.families;
        let mut at = 0;
        let mut overflowed = 0_u64;
        for entry in entries.iter() {
            at = entry.refresh(families, at);
            overflowed = overflowed.wrapping_add(entry.overflowed());
        }
        let value = Value::Counter(overflowed);
        match families.get_mut(at) {
            Some(last) if last.is_of(&self.0.overflowed) => last.series[0].value = value,
            _ => {
                let series =
                    Vec::from([SeriesSnapshot { labels: Arc::new(Labels::new(&[])), value }]);
                families.truncate(at);
                families.push(FamilySnapshot { about: Arc::clone(&self.0.overflowed), series });
            }
        }
        families.truncate(at + 1);
    }

    /// How many series are reserved, and how many there may be.
    #[must_use]
    pub fn reserved(&self) -> (usize, usize) {
        (lock(&self.0.state).reserved, self.0.limit)
    }

    /// Enters families under names that are free, with room that there is.
    fn reserve<R>(
        &self,
        wanted: &[(&'static str, usize)],
        make: impl FnOnce() -> (R, Box<dyn Readable>),
    ) -> Result<R, RegisterError> {
        let mut state = lock(&self.0.state);
        let state = &mut *state;
        for (at, (name, _)) in wanted.iter().enumerate() {
            let before = || wanted[..at].iter().any(|(other, _)| other == name);
            if state.names.contains(name) || before() {
                return Err(RegisterError::NameTaken { name });
            }
        }
        let left = self.0.limit - state.reserved;
        let asked = wanted.iter().fold(0_usize, |sum, (_, series)| sum.saturating_add(*series));
        if left < asked {
            return Err(RegisterError::Full { asked, left });
        }
        let (result, entry) = make();
        state.reserved += asked;
        state.names.extend(wanted.iter().map(|(name, _)| *name));
        let mut entries = Vec::clone(&state.entries);
        entries.push(Arc::new(entry));
        state.entries = Arc::new(entries);
        Ok(result)
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (reserved, limit) = self.reserved();
        f.debug_struct("Registry")
            .field("reserved", &reserved)
            .field("limit", &limit)
            .finish_non_exhaustive()
    }
}
