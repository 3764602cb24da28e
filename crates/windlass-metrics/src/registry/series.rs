//! One line of a family: several writers that count under the same labels, added up.

use alloc::boxed::Box;
use alloc::vec::Vec;

use windlass_sync::sync::Arc;

use super::metric::Plumbing;
use crate::histogram::Layout;
use crate::snapshot::Labels;

/// Where a part of a series comes from.
pub(super) enum Source<M: Plumbing> {
    /// A writer's own memory.
    Cell(M::Reader),
    /// Somebody who is asked at every snapshot.
    Call(Box<dyn Fn() -> M::Total + Send + Sync>),
}

pub(super) struct Series<M: Plumbing> {
    pub(super) labels: Arc<Labels>,
    sources: Vec<Source<M>>,
    shared: Option<M::Shared>,
    /// What writers left behind that are gone.
    retired: M::Total,
    /// Where the parts are added up.
    total: M::Total,
}

impl<M: Plumbing> Series<M> {
    pub(super) fn new(labels: Arc<Labels>, layout: Layout) -> Self {
        let (retired, total) = (M::zero(layout), M::zero(layout));
        Self { labels, sources: Vec::new(), shared: None, retired, total }
    }

    /// Adds a part.
    ///
    /// Before the list would grow, the parts of writers that are gone are folded into one number:
    /// the list is at most twice as long as there ever were writers at once.
    pub(super) fn push(&mut self, source: Source<M>) {
        if self.sources.len() == self.sources.capacity() {
            self.fold();
        }
        self.sources.push(source);
    }

    pub(super) fn shared(&mut self, layout: Layout) -> M::Shared {
        self.shared.get_or_insert_with(|| M::shared(layout)).clone()
    }

    /// Adds all parts up.
    pub(super) fn total(&mut self, layout: Layout) -> &M::Total {
        self.fold();
        M::clear(&mut self.total, layout);
        M::add_total(&self.retired, &mut self.total);
        for source in &self.sources {
            match source {
                Source::Cell(reader) => M::add(reader, &mut self.total),
                Source::Call(call) => M::add_total(&call(), &mut self.total),
            }
        }
        if let Some(shared) = &self.shared {
            M::add_shared(shared, &mut self.total);
        }
        &self.total
    }

    fn fold(&mut self) {
        let retired = &mut self.retired;
        self.sources.retain(|source| match source {
            Source::Cell(reader) if M::is_final(reader) => {
                M::add_final(reader, retired);
                false
            }
            _ => true,
        });
    }

    #[cfg(test)]
    pub(super) fn parts(&self) -> usize {
        self.sources.len()
    }
}
