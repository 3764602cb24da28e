//! The sections of senders, and the desk of the pool, by themselves, for the models of this crate. There only
//! under the model checker.
#![allow(missing_debug_implementations, missing_docs, reason = "for models only")]

use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_sync::thread;

use crate::desk;
use crate::route::{Place, Routes};

/// An owner, and the sections of those who send to it.
pub struct Table {
    routes: Arc<Routes>,
    owner: Mutex<usize>,
}

/// A sender with a table of its own.
pub struct Sender {
    table: Arc<Table>,
    place: Place,
    epoch: u64,
    owner: usize,
}

impl Table {
    #[expect(clippy::new_without_default, reason = "for models only")]
    pub fn new() -> Self {
        Self { routes: Arc::new(Routes::new()), owner: Mutex::new(0) }
    }

    pub fn sender(table: &Arc<Self>) -> Sender {
        let place = Routes::place(&table.routes);
        let mut sender = Sender { table: Arc::clone(table), place, epoch: u64::MAX, owner: 0 };
        sender.refresh();
        sender
    }

    /// Gives everything to another owner. Nobody sends to the one before behind this.
    pub fn change(&self, owner: usize) {
        {
            let mut table = lock(&self.owner);
            *table = owner;
            self.routes.change();
        }
        self.routes.wait_for_senders();
    }

    pub fn wait_for_senders(&self) {
        self.routes.wait_for_senders();
    }

    pub fn accepted(&self) -> u64 {
        self.routes.accepted()
    }
}

impl Sender {
    /// Calls `put` with the owner, inside of a section; counts a message if it says so.
    pub fn send(&mut self, mut put: impl FnMut(usize) -> bool) -> bool {
        loop {
            let Self { place, epoch, owner, .. } = self;
            if let Some(mut inside) = place.enter(*epoch) {
                let accepted = put(*owner);
                inside.count(u64::from(accepted));
                return accepted;
            }
            self.refresh();
        }
    }

    fn refresh(&mut self) {
        let table = lock(&self.table.owner);
        self.epoch = self.table.routes.epoch();
        self.owner = *table;
    }
}

/// A sum, and numbers to add to it.
pub struct Desk(desk::Desk<u64, u64>);

impl Desk {
    #[expect(clippy::new_without_default, reason = "for models only")]
    pub fn new() -> Self {
        Self(desk::Desk::new(0))
    }

    /// Adds a number, or has whoever works with the sum add it.
    pub fn tell(&self, number: u64) {
        self.0.tell(number, add);
    }

    /// Works with the sum.
    pub fn with<R>(&self, work: impl FnOnce(&mut u64) -> R) -> R {
        let work = |sum: &mut u64| {
            let result = work(sum);
            // While the lock is held: the checker lets others run only where something is asked of it.
            thread::yield_now();
            result
        };
        self.0.with(work, add)
    }
}

fn add(sum: &mut u64, number: u64) {
    *sum += number;
    // As above.
    thread::yield_now();
}
