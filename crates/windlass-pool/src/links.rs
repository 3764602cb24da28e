//! The links of one worker, as its thread sees them.
//!
//! What a link took belongs to the thread and not to the worker: it goes on while the worker is built anew,
//! and behind its end.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::any::Any;
use core::cell::RefCell;
use core::fmt;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use crate::error::TrySendError;
use crate::outbox::Outbox;
use crate::pool_link::PoolLink;
use crate::quiet::drop_quietly;
use crate::sender::{Sender, Target};
use crate::worker::Worker;

/// All links of one worker, one for each pool.
#[derive(Clone)]
pub(crate) struct Links {
    lines: Rc<RefCell<Vec<Rc<dyn Line>>>>,
    /// How much lies in each at most, unless it says otherwise.
    most: usize,
}

/// What a round of sending has come to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Flushed {
    /// Whether any message is gone from where it lay.
    pub(crate) moved: bool,
    /// How many nobody takes any more.
    pub(crate) unsent: u64,
}

/// The way into one pool, whatever that is a pool of.
trait Line: Any {
    fn is_empty(&self) -> bool;

    /// Sends what lies there, as far as there is room.
    fn flush(&self) -> Flushed;

    /// Gives back what lies there, and takes no more that finds no room. Returns how many.
    fn close(&self) -> u64;
}

/// The way into a pool of these workers.
pub(crate) struct LineTo<W: Worker>(RefCell<Ends<W>>);

struct Ends<W: Worker> {
    sender: Sender<W>,
    outbox: Outbox<W>,
    on_unsent: Option<OnUnsent<W>>,
}

/// What becomes of a message that the other pool does not take any more.
type OnUnsent<W> = Box<dyn FnMut(<W as Worker>::Message)>;

impl Links {
    pub(crate) fn new(most: usize) -> Self {
        Self { lines: Rc::default(), most }
    }

    /// A link to the pool of this sender. All links of a worker to one pool are one, so that what it sends
    /// comes behind what it sent before, also before it was built anew.
    pub(crate) fn open<W: Worker>(&self, sender: Sender<W>) -> PoolLink<W> {
        let known = self.lines.borrow().iter().find_map(|line| {
            let line: Rc<dyn Any> = Rc::<dyn Line>::clone(line);
            let line = line.downcast::<LineTo<W>>().ok()?;
            let is_same = line.0.borrow().sender.is_of_same_pool(&sender);
            is_same.then_some(line)
        });
        let Some(line) = known else {
            let (outbox, on_unsent) = (Outbox::new(self.most), None);
            let line = Rc::new(LineTo(RefCell::new(Ends { sender, outbox, on_unsent })));
            self.lines.borrow_mut().push(Rc::<LineTo<W>>::clone(&line));
            return PoolLink::new(line);
        };
        drop_quietly(sender);
        if Rc::strong_count(&line) == 2 {
            // Nobody has it but this and the list: it is as new, but for what lies there.
            line.limit(self.most);
            drop_quietly(line.0.borrow_mut().on_unsent.take());
        }
        PoolLink::new(line)
    }

    /// Sends what lies in them, as far as there is room. Does not panic.
    pub(crate) fn flush(&self) -> Flushed {
        let mut all = Flushed::default();
        let mut at = 0;
        // Not under a borrow: what is told of unsent messages may open links.
        while let Some(line) = self.at(at) {
            let flushed = line.flush();
            all.moved |= flushed.moved;
            all.unsent += flushed.unsent;
            at += 1;
        }
        self.forget();
        all
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lines.borrow().iter().all(|line| line.is_empty())
    }

    /// Sends for the last time, and gives back what finds no room. Returns how many nobody took. Does not
    /// panic.
    pub(crate) fn close(&self) -> u64 {
        let mut unsent = self.flush().unsent;
        let mut at = 0;
        while let Some(line) = self.at(at) {
            unsent += line.close();
            at += 1;
        }
        unsent
    }

    fn at(&self, at: usize) -> Option<Rc<dyn Line>> {
        self.lines.borrow().get(at).map(Rc::clone)
    }

    /// Lets go of those that nobody has any more and in which nothing lies.
    fn forget(&self) {
        let is_gone = |line: &Rc<dyn Line>| Rc::strong_count(line) == 1 && line.is_empty();
        let find = || self.lines.borrow().iter().position(is_gone);
        while let Some(at) = find() {
            let line = self.lines.borrow_mut().remove(at);
            drop_quietly(line);
        }
    }
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().finish_non_exhaustive()
    }
}

impl<W: Worker> LineTo<W> {
    #[inline]
    pub(crate) fn send(
        &self,
        target: Target,
        message: W::Message,
    ) -> Result<(), TrySendError<W::Message>> {
        let Ends { sender, outbox, .. } = &mut *self.0.borrow_mut();
        outbox.send(sender, target, message).map(drop)
    }

    pub(crate) fn limit(&self, most: usize) {
        self.0.borrow_mut().outbox.limit(most);
    }

    pub(crate) fn tell_unsent(&self, on_unsent: OnUnsent<W>) {
        let before = self.0.borrow_mut().on_unsent.replace(on_unsent);
        drop_quietly(before);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.borrow().outbox.len()
    }

    pub(crate) fn room(&self) -> usize {
        self.0.borrow().outbox.room()
    }

    /// Gives messages back that nobody takes. Returns how many.
    #[cold]
    fn give_back(&self, unsent: Vec<W::Message>) -> u64 {
        let count = unsent.len() as u64;
        // Not under a borrow: it may use this link.
        let mut on_unsent = self.0.borrow_mut().on_unsent.take();
        for message in unsent {
            drop_quietly(catch_unwind(AssertUnwindSafe(|| match &mut on_unsent {
                Some(tell) => tell(message),
                None => drop(message),
            })));
        }
        let mut ends = self.0.borrow_mut();
        if ends.on_unsent.is_none() {
            ends.on_unsent = on_unsent;
        }
        count
    }
}

impl<W: Worker> Line for LineTo<W> {
    fn is_empty(&self) -> bool {
        self.0.borrow().outbox.is_empty()
    }

    fn flush(&self) -> Flushed {
        let mut refused = Vec::new();
        let moved = {
            let Ends { sender, outbox, .. } = &mut *self.0.borrow_mut();
            // Accepted by the other pool when it is there, and not before.
            let offer = |target, message| sender.offer(target, message);
            outbox.flush(offer, |_, message| refused.push(message))
        };
        let unsent = if refused.is_empty() { 0 } else { self.give_back(refused) };
        Flushed { moved, unsent }
    }

    fn close(&self) -> u64 {
        let left: Vec<_> = {
            let outbox = &mut self.0.borrow_mut().outbox;
            outbox.limit(0);
            outbox.drain().map(|(_, message)| message).collect()
        };
        let unsent = self.give_back(left);
        // It may have this link, and would keep it for ever.
        let told = self.0.borrow_mut().on_unsent.take();
        drop_quietly(told);
        unsent
    }
}
