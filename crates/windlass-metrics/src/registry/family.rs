//! Series of one name that differ in their labels: so many, and no more.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use windlass_sync::sync::{Arc, Mutex, lock};

use super::metric::{Metric, Plumbing};
use super::series::{Series, Source};
use crate::error::AttachError;
use crate::snapshot::{FamilyAbout, FamilySnapshot, Labels, SeriesSnapshot};

/// What every label of the series says that takes what is beyond the limit.
pub(crate) const OVERFLOW: &str = "overflow";

/// The longest label value, in bytes; a longer one counts as beyond the limit.
const LONGEST: usize = 128;

/// The series of one name: as many handles as there are writers, added up by labels.
///
/// Every writer takes a handle of its own and counts without sharing; a snapshot adds up those of
/// the same labels. What a writer has counted stays when it is gone, so a counter never goes back
/// (a gauge does: what is gone stands nowhere).
///
/// There is room for a fixed number of label sets. Whoever comes with another one is served all the
/// same, and counts into one series whose labels all say `overflow`; how often that happened is
/// [`overflowed`](Self::overflowed). Label values above 128 bytes count as beyond the limit.
///
/// Taking a handle locks the family and may allocate; do it once and keep it.
///
/// # Examples
///
/// ```
/// use windlass_metrics::{Counter, Registry, Spec};
///
/// const SENT: Spec<Counter, 1> =
///     Spec::new("app_messages_sent", "Messages that were accepted.", ["worker"]);
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let registry = Registry::new(1000);
/// let sent = registry.family(SENT)?;
/// let mut first = sent.writer(["0"]);
/// let mut second = sent.writer(["0"]);
/// first.add(2);
/// second.add(3);
/// drop(first);
/// assert_eq!(registry.snapshot().counter("app_messages_sent", &["0"]), Some(5));
/// # Ok(())
/// # }
/// ```
pub struct Family<M: Metric, const N: usize>(Arc<Inner<M>>);

pub(super) struct Inner<M: Plumbing> {
    about: Arc<FamilyAbout>,
    state: Mutex<State<M>>,
}

struct State<M: Plumbing> {
    /// In the order of their labels; never fewer.
    series: Vec<Series<M>>,
    overflow: Option<Series<M>>,
    overflowed: u64,
}

impl<M: Metric, const N: usize> Family<M, N> {
    pub(super) fn new(about: FamilyAbout) -> (Self, Arc<Inner<M>>) {
        let series = Vec::with_capacity(about.0.series);
        let state = Mutex::new(State { series, overflow: None, overflowed: 0 });
        let inner = Arc::new(Inner { about: Arc::new(about), state });
        (Self(Arc::clone(&inner)), inner)
    }

    /// Makes a writer that counts under these labels, for one thread.
    pub fn writer(&self, labels: [&str; N]) -> M {
        let metric = M::make(self.0.about.0.layout);
        let part = Source::Cell(metric.reader());
        self.0.with(&labels, |series| series.push(part));
        metric
    }

    /// Returns a handle that any number of threads may count with under these labels.
    pub fn shared(&self, labels: [&str; N]) -> M::Shared {
        let layout = self.0.about.0.layout;
        self.0.with(&labels, |series| series.shared(layout))
    }

    /// Adds what `reader` reads to the series of these labels, from now on.
    ///
    /// For metrics that were made elsewhere, such as the words of a [`Block`](crate::Block).
    ///
    /// # Errors
    ///
    /// If there is no room for another label set, or the layout is not that of the family; the
    /// reader comes back.
    pub fn attach(
        &self,
        labels: [&str; N],
        reader: M::Reader,
    ) -> Result<(), AttachError<M::Reader>> {
        if !M::fits(&reader, self.0.about.0.layout) {
            return Err(AttachError::OtherLayout(reader));
        }
        let mut state = lock(&self.0.state);
        match state.find(&self.0.about, &labels) {
            Some(series) => series.push(Source::Cell(reader)),
            None => return Err(AttachError::Full(reader)),
        }
        Ok(())
    }

    /// Adds what `read` returns to the series of these labels, asked at every snapshot.
    ///
    /// `read` must not use the family, which is locked meanwhile.
    ///
    /// # Errors
    ///
    /// If there is no room for another label set; the closure comes back.
    pub fn observe<F>(&self, labels: [&str; N], read: F) -> Result<(), AttachError<F>>
    where
        F: Fn() -> M::Total + Send + Sync + 'static,
    {
        let mut state = lock(&self.0.state);
        match state.find(&self.0.about, &labels) {
            Some(series) => series.push(Source::Call(Box::new(read))),
            None => return Err(AttachError::Full(read)),
        }
        Ok(())
    }

    /// How often somebody came with labels that there was no room for.
    #[must_use]
    pub fn overflowed(&self) -> u64 {
        lock(&self.0.state).overflowed
    }

    /// How many label sets there are, and how many there may be.
    #[must_use]
    pub fn series(&self) -> (usize, usize) {
        (lock(&self.0.state).series.len(), self.0.about.0.series)
    }
}

impl<M: Metric, const N: usize> Clone for Family<M, N> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M: Metric, const N: usize> fmt::Debug for Family<M, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Family").field(&self.0.about.0.name).finish()
    }
}

impl<M: Plumbing> Inner<M> {
    /// Calls `change` with the series of these labels, or with the overflow.
    fn with<R>(&self, labels: &[&str], change: impl FnOnce(&mut Series<M>) -> R) -> R {
        let mut state = lock(&self.state);
        if let Some(series) = state.find(&self.about, labels) {
            return change(series);
        }
        let all = Arc::new(Labels::overflow(labels.len()));
        let layout = self.about.0.layout;
        change(state.overflow.get_or_insert_with(|| Series::new(all, layout)))
    }
}

impl<M: Plumbing> State<M> {
    /// Finds or makes the series of these labels; counts those that there is no room for.
    fn find(&mut self, about: &FamilyAbout, labels: &[&str]) -> Option<&mut Series<M>> {
        let at = self.series.binary_search_by(|series| series.labels.cmp_to(labels));
        let at = match at {
            Ok(at) => at,
            Err(at) => {
                let too_long = labels.iter().any(|value| LONGEST < value.len());
                // The overflow's own name is not a label set of its own.
                let named = !labels.is_empty() && labels.iter().all(|value| *value == OVERFLOW);
                if too_long || named || self.series.len() == about.0.series {
                    self.overflowed = self.overflowed.wrapping_add(1);
                    return None;
                }
                let labels = Arc::new(Labels::new(labels));
                self.series.insert(at, Series::new(labels, about.0.layout));
                at
            }
        };
        self.series.get_mut(at)
    }

    fn all(&mut self) -> impl Iterator<Item = &mut Series<M>> {
        self.series.iter_mut().chain(&mut self.overflow)
    }
}

/// What a snapshot is taken of.
pub(super) trait Readable: Send + Sync {
    /// How often there was no room for labels.
    fn overflowed(&self) -> u64;

    /// Brings families up to date, from the position `at` on, and returns the one behind its own.
    fn refresh(&self, families: &mut Vec<FamilySnapshot>, at: usize) -> usize;
}

impl<M: Plumbing> Readable for Arc<Inner<M>> {
    fn overflowed(&self) -> u64 {
        lock(&self.state).overflowed
    }

    fn refresh(&self, families: &mut Vec<FamilySnapshot>, at: usize) -> usize {
        let layout = self.about.0.layout;
        let mut state = lock(&self.state);
        // Series never leave, so equally many of the same family are the same ones.
        let count = state.series.len() + usize::from(state.overflow.is_some());
        let same = |old: &&mut FamilySnapshot| old.is_of(&self.about) && old.series.len() == count;
        if let Some(family) = families.get_mut(at).filter(same) {
            for (old, series) in family.series.iter_mut().zip(state.all()) {
                M::refresh(series.total(layout), &mut old.value);
            }
        } else {
            let read = |series: &mut Series<M>| {
                let value = M::value(series.total(layout));
                SeriesSnapshot { labels: Arc::clone(&series.labels), value }
            };
            let series = state.all().map(read).collect();
            families.truncate(at);
            families.push(FamilySnapshot { about: Arc::clone(&self.about), series });
        }
        at + 1
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use crate::registry::Registry;
    use crate::{Counter, Gauge, HighWater, Spec};

    const SENT: Spec<Counter, 1> = Spec::new("sent", "", ["worker"]);

    #[test]
    fn writers_that_are_gone_leave_a_number_and_no_memory() {
        let registry = Registry::new(100);
        let sent = registry.family(SENT).unwrap();
        let mut kept = sent.writer(["a"]);
        for _ in 0..1000 {
            sent.writer(["a"]).increment();
            kept.increment();
        }
        let parts = super::lock(&sent.0.state).series[0].parts();
        assert!(parts <= 4, "{parts} parts for one living writer");
        assert_eq!(registry.snapshot().counter("sent", &["a"]), Some(2000), "nothing is lost");
    }

    #[test]
    fn a_gauge_of_a_writer_that_is_gone_stands_nowhere() {
        let registry = Registry::new(100);
        let depth = registry.family(Spec::<Gauge, 0>::new("depth", "", [])).unwrap();
        let peak = registry.family(Spec::<HighWater, 0>::new("peak", "", [])).unwrap();
        let (mut first, mut second) = (depth.writer([]), depth.writer([]));
        let mut mark = peak.writer([]);
        first.set(5);
        second.set(7);
        mark.raise(9);
        assert_eq!(registry.snapshot().gauge("depth", &[]), Some(12), "both");
        drop((first, mark));
        assert_eq!(registry.snapshot().gauge("depth", &[]), Some(7), "the other one");
        assert_eq!(registry.snapshot().gauge("peak", &[]), Some(9), "a mark stays");
    }
}
