//! News for a state that somebody may be working with.

use loom::sync::Arc;
use loom::thread;
use windlass_pool::model::Desk;

use crate::support::model;

/// Nobody comes again, so what is not heard by one of these is heard by nobody.
#[test]
fn news_are_heard_by_who_brings_them_or_by_who_is_at_work() {
    model(|| {
        let desk = Arc::new(Desk::new());
        let teller = {
            let desk = Arc::clone(&desk);
            thread::spawn(move || desk.tell(1))
        };
        desk.with(|sum| *sum += 10);
        teller.join().unwrap();
        // Heard before this one, who would hear it behind its work.
        desk.with(|sum| assert_eq!(*sum, 11, "all was heard"));
    });
}

#[test]
fn two_that_bring_news_leave_none() {
    model(|| {
        let desk = Arc::new(Desk::new());
        let teller = {
            let desk = Arc::clone(&desk);
            thread::spawn(move || desk.tell(1))
        };
        desk.tell(10);
        teller.join().unwrap();
        desk.with(|sum| assert_eq!(*sum, 11, "all was heard"));
    });
}
