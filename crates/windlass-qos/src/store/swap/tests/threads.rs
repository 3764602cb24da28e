//! Between threads.

use windlass_sync::thread;

use super::*;

/// Threads at both ends. Every message is delivered or comes back once; senders keep their order.
fn stress<L: Manner, P: Paths>(capacity: usize, senders: u64) {
    const EACH: u64 = if cfg!(miri) { 50 } else { 50_000 };
    let store = Arc::new(open::<L, P>(capacity, 0));
    let threads: Vec<_> = (0..senders)
        .map(|sender| {
            let store = Arc::clone(&store);
            thread::spawn(move || {
                let mut tx = store.sender().expect("within the limit");
                let mut evicted = (0_u64, 0_u64);
                for n in 0..EACH {
                    if let Some(old) = store.offer(&mut tx, n * senders + sender).expect("open") {
                        evicted = (evicted.0 + 1, evicted.1 + old);
                    }
                }
                evicted
            })
        })
        .collect();
    let receivers: Vec<_> = (0..if P::MANY_RECEIVERS { 2 } else { 1 })
        .map(|_| {
            let store = Arc::clone(&store);
            thread::spawn(move || {
                let mut rx = store.receiver().expect("within the limit");
                let mut last = [None; 2];
                let (mut count, mut sum, mut lost) = (0_u64, 0_u64, 0_u64);
                loop {
                    match store.take(&mut rx) {
                        Taken::Message(message) => {
                            count += 1;
                            sum += message;
                            if !L::FRESHEST {
                                let last = &mut last[usize::from(message % senders != 0)];
                                assert!(*last < Some(message), "in order");
                                *last = Some(message);
                            }
                        }
                        Taken::Lagged(more) => lost += more,
                        Taken::Empty => thread::yield_now(),
                        Taken::End => return (count, sum, lost),
                    }
                }
            })
        })
        .collect();
    let evicted = threads.into_iter().fold((0, 0), |all, thread| {
        let evicted = thread.join().expect("no panic");
        (all.0 + evicted.0, all.1 + evicted.1)
    });
    store.close();
    let (count, sum, lost) = receivers.into_iter().fold((0, 0, 0), |all, thread| {
        let got = thread.join().expect("no panic");
        (all.0 + got.0, all.1 + got.1, all.2 + got.2)
    });
    let all = EACH * senders;
    let stats = store.stats();
    let of = core::any::type_name::<(L, P)>();
    assert_eq!((stats.accepted, stats.delivered, stats.held), (all, count, 0), "exact: {of}");
    assert_eq!(stats.overwritten, all - count, "exact: {of}");
    // What a receiver passed over while it was overtaken may still lie there, if nobody came after it.
    let mut gone = evicted;
    let mut store = Arc::into_inner(store).expect("the threads have ended");
    store.drain(&mut |message| gone = (gone.0 + 1, gone.1 + message));
    assert_eq!(gone.0, all - count, "each once: {of}");
    assert_eq!(gone.1 + sum, all * (all - 1) / 2, "no message changed: {of}");
    if L::REPORTS {
        assert_eq!(lost + count, all, "told exactly");
    }
}

#[test]
fn threads_lose_nothing_uncounted() {
    let capacities: &[usize] = if cfg!(miri) { &[2] } else { &[1, 2, 3, 16, 64] };
    for &capacity in capacities {
        stress::<BestEffort, OneToOne>(capacity, 1);
        stress::<Reliable, OneToOne>(capacity, 1);
        stress::<RealTime, OneToOne>(capacity, 1);
        stress::<BestEffort, ManyToOne>(capacity, 2);
        stress::<Reliable, ManyToOne>(capacity, 2);
        stress::<RealTime, ManyToOne>(capacity, 2);
        stress::<Reliable, ManyToMany>(capacity, 2);
        stress::<RealTime, ManyToMany>(capacity, 2);
    }
}
