//! Cells for many questions, used over and over.
//!
//! A cell is free when the book alone holds it: the count of its `Arc` says so, and orders what both
//! halves did before what the next question does. An asker that has its answer may ask again before the
//! port is done with the cell, which takes it a few more instructions; and a question that the asker gave
//! up may lie in a mailbox for long. In both cases the place in the window is free, and its cell
//! is changed for a spare one.

use alloc::vec::Vec;
use core::{fmt, mem};

use windlass_ring::{Deadline, Wait, Waiter};
use windlass_sync::sync::Arc;

use super::cell::Cell;
use super::{Pending, ReplyTo};

/// Cells at hand for places whose port is not done with its cell.
const SPARES: usize = if cfg!(loom) { 1 } else { 4 };

/// The largest window.
const MAX_WINDOW: usize = 65_536;

/// The threads that an ask has to do with: the asker's and the worker's.
const PARTIES: usize = 2;

/// Opens asks without allocating, so many at a time.
///
/// One asker has one. The halves that it opens may go to any thread and outlive it. A place in the window is
/// free again when its [`Pending`] has resolved or is dropped, wherever its port is.
///
/// It allocates when it is built; afterwards only for questions that were given up and whose
/// ports are still under way, if there are more than a few of them.
///
/// # Examples
///
/// ```
/// use windlass_pool::reply::Book;
/// use windlass_ring::Deadline;
///
/// let mut book = Book::new(1);
/// let (reply, pending) = book.open(Deadline::never()).ok_or("full")?;
/// assert!(book.open(Deadline::never()).is_none(), "one at a time");
/// reply.send(1).map_err(|_| "not wanted")?;
/// assert_eq!(pending.wait()?, 1);
/// assert!(book.open(Deadline::never()).is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Book<R> {
    cells: Vec<Arc<Cell<R>>>,
    spares: Vec<Arc<Cell<R>>>,
    /// The place to look at first, and the spare to give away next.
    next: usize,
    next_spare: usize,
    /// What the waiting of each cell is made after.
    waiter: Waiter,
    parties: usize,
}

impl<R> Book<R> {
    /// A book for `window` outstanding questions, whose askers wait by [`Wait::adaptive`].
    ///
    /// # Panics
    ///
    /// If `window` is 0 or above 65,536.
    #[must_use]
    pub fn new(window: usize) -> Self {
        Self::with_wait(window, Wait::default(), PARTIES)
    }

    /// The same with another way to wait; `parties` is how many threads want a core while somebody waits.
    ///
    /// With more of them than cores, an adaptive wait does not spin. To be called on a thread that is
    /// not pinned yet: the waits count the cores of the process.
    ///
    /// # Panics
    ///
    /// If `window` is 0 or above 65,536.
    #[must_use]
    pub fn with_wait(window: usize, wait: Wait, parties: usize) -> Self {
        assert!(0 < window && window <= MAX_WINDOW, "a window of {window} is not in 1 ..= 65536");
        let waiter = Waiter::new(wait);
        let cell = || Arc::new(Cell::new(Deadline::never(), waiter.another(), parties));
        let cells = (0..window).map(|_| cell()).collect();
        let spares = (0..SPARES).map(|_| cell()).collect();
        Self { cells, spares, next: 0, next_spare: 0, waiter, parties }
    }

    /// Opens a question that waits until `deadline`; `None` if the window is full.
    ///
    /// Takes the next place at once if that is free; else looks at each place once.
    #[inline]
    pub fn open(&mut self, deadline: Deadline) -> Option<(ReplyTo<R>, Pending<R>)> {
        for _ in 0..self.cells.len() {
            let place = self.next;
            self.next = if place + 1 == self.cells.len() { 0 } else { place + 1 };
            if let Some(free) = Arc::get_mut(&mut self.cells[place]) {
                free.reset(deadline);
            } else if self.cells[place].is_left() {
                self.change(place, deadline);
            } else {
                continue;
            }
            return Some(halves(&self.cells[place]));
        }
        None
    }

    /// Returns how many questions can be outstanding at once.
    #[must_use]
    pub fn window(&self) -> usize {
        self.cells.len()
    }

    /// Puts another cell into a place whose port is not done with its own.
    ///
    /// The old one becomes a spare, and the spares take turns: one whose port was forgotten is dropped
    /// in the end.
    #[cold]
    fn change(&mut self, place: usize, deadline: Deadline) {
        let spare = self.next_spare;
        self.next_spare = if spare + 1 == self.spares.len() { 0 } else { spare + 1 };
        let spare = &mut self.spares[spare];
        if let Some(free) = Arc::get_mut(spare) {
            free.reset(deadline);
        } else {
            *spare = Arc::new(Cell::new(deadline, self.waiter.another(), self.parties));
        }
        mem::swap(&mut self.cells[place], spare);
    }
}

impl<R> fmt::Debug for Book<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book").field("window", &self.window()).finish_non_exhaustive()
    }
}

/// Opens a single question, in a cell of its own that is allocated for it.
///
/// Its asker waits by [`Wait::adaptive`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use windlass_pool::reply::{AskError, pair};
/// use windlass_ring::Deadline;
///
/// let (reply, pending) = pair::<u64>(Deadline::after(Duration::ZERO));
/// assert!(!reply.is_wanted(), "too late from the start");
/// assert_eq!(pending.wait(), Err(AskError::Timeout));
/// ```
pub fn pair<R>(deadline: Deadline) -> (ReplyTo<R>, Pending<R>) {
    halves(&Arc::new(Cell::new(deadline, Waiter::new(Wait::default()), PARTIES)))
}

fn halves<R>(cell: &Arc<Cell<R>>) -> (ReplyTo<R>, Pending<R>) {
    (ReplyTo::new(Arc::clone(cell)), Pending::new(Arc::clone(cell)))
}
