//! Two pools on threads of their own that feed each other, with next to no room.

use windlass_pool::{Context, Pool, PoolLink, QosLevel, Sender, Shutdown, Worker};
use windlass_sync::atomic::{AtomicU64, Ordering};
use windlass_sync::sync::{Arc, Mutex, lock};
use windlass_sync::thread;

/// What both pools know.
#[derive(Default)]
struct Table {
    to_left: Mutex<Option<Sender<Left>>>,
    to_right: Mutex<Option<Sender<Right>>>,
    taken: AtomicU64,
}

type Left = Player<0>;
type Right = Player<1>;

/// Sends each number that is not zero on to the other pool, twice, less one.
struct Player<const SIDE: usize> {
    table: Arc<Table>,
    to_left: Option<PoolLink<Left>>,
    to_right: Option<PoolLink<Right>>,
}

impl<const SIDE: usize> Worker for Player<SIDE> {
    type Message = u64;
    type Control = ();
    type Slot = ();

    fn on_message(&mut self, cx: &mut Context<'_, Self>, n: u64) {
        let Self { table, to_left, to_right } = self;
        for key in (0..2).take_while(|_| 0 < n) {
            let sent = if SIDE == 0 {
                let sender = || lock(&table.to_right).as_ref().unwrap().try_clone().unwrap();
                to_right.get_or_insert_with(|| cx.link(sender())).send(&key, n - 1)
            } else {
                let sender = || lock(&table.to_left).as_ref().unwrap().try_clone().unwrap();
                to_left.get_or_insert_with(|| cx.link(sender())).send(&key, n - 1)
            };
            // ORDERING: Relaxed. A number, read when all have ended.
            table.taken.fetch_add(u64::from(sent.is_ok()), Ordering::Relaxed);
        }
    }
}

fn players<const SIDE: usize>(table: &Arc<Table>) -> Pool<Player<SIDE>> {
    let table = Arc::clone(table);
    let builder =
        Pool::builder(move |_| Player { table: Arc::clone(&table), to_left: None, to_right: None });
    builder.workers(2).mailbox(QosLevel::Guaranteed, 2).outbox(3).build().unwrap()
}

#[test]
fn pools_that_feed_each_other_with_full_mailboxes_do_not_wait_for_each_other() {
    const EACH: u64 = if cfg!(miri) { 3 } else { 200 };
    let table = Arc::new(Table::default());
    let (left, right) = (players::<0>(&table), players::<1>(&table));
    *lock(&table.to_left) = Some(left.sender().unwrap());
    *lock(&table.to_right) = Some(right.sender().unwrap());
    let (mut tx, mut to_right) = (left.sender().unwrap(), right.sender().unwrap());
    let other = thread::spawn(move || {
        for n in 0..EACH {
            to_right.send(&n, 10).unwrap();
        }
    });
    for n in 0..EACH {
        tx.send(&n, 10).unwrap();
    }
    other.join().unwrap();
    drop(tx);
    let (left, right) = (left.shutdown(Shutdown::drain()), right.shutdown(Shutdown::drain()));
    assert!(left.is_balanced() && right.is_balanced(), "{left:?} {right:?}");
    assert!(left.stragglers.is_empty() && right.stragglers.is_empty(), "all ended");
    let by_links = left.accepted + right.accepted - 2 * EACH;
    let taken = table.taken.load(Ordering::Relaxed);
    assert_eq!(taken, by_links + left.unsent + right.unsent, "what links took");
    assert_eq!((left.panics, right.panics), (0, 0), "all went well");
    assert!(0 < by_links, "at least what lay in a link when the left ones ended");
    (*lock(&table.to_left), *lock(&table.to_right)) = (None, None);
}
