//! What handlers tell, and the spans that it is within.

use windlass_pool::trace::InSpan;
use windlass_pool::{Builder, Init, Pool, Shutdown, Simulation};

use super::ear::{Ear, Fields};
use crate::support::LONG;

/// The spans of what handlers said, and who it was: these say it in a field, too.
fn said_by_handlers(ear: &Ear) -> Vec<(String, Vec<(&'static str, Fields)>)> {
    let all = ear.all().into_iter().filter(|one| one.says("in a handler"));
    all.map(|one| (one.fields["me"].clone(), one.within)).collect()
}

fn chatty(ear: &Ear, workers: usize) -> Builder<windlass_pool::Each<u64, impl FnMut(u64) + use<>>> {
    let handler = |init: &Init| {
        let me = init.worker;
        move |_: u64| tracing::info!(me, "in a handler")
    };
    Pool::each(handler).workers(workers).name(ear.name())
}

#[test]
fn what_handlers_tell_is_within_the_span_of_their_worker() {
    let ear = Ear::new("handlers");
    let pool = chatty(&ear, 2).build().unwrap();
    let mut tx = pool.sender().unwrap();
    // Whoever sends is not whoever handles.
    let _unrelated = tracing::error_span!("outside", pool = "traced-outside").entered();
    (0..20).try_for_each(|n| tx.send(&n, n)).unwrap();
    drop(pool.shutdown(Shutdown::drain()));
    let said = said_by_handlers(&ear);
    assert_eq!(said.len(), 20, "all");
    for (me, within) in said {
        let [(name, fields)] = &within[..] else { panic!("{within:?}") };
        assert_eq!(
            (*name, &fields["pool"], &fields["worker"]),
            ("worker", &ear.name().to_owned(), &me)
        );
        assert_eq!(fields["is_root"], "true", "it outlives whoever begins it");
    }
}

#[test]
fn what_a_message_in_a_span_causes_is_told_within_that() {
    let ear = Ear::new("in-span");
    let name = ear.name().to_owned();
    let handler = |_: &Init| {
        |message: InSpan<u64>| {
            let number = *message.message();
            message.handle(|n| {
                assert!(n != 13, "on purpose");
                tracing::info!(n, number, "handled");
            });
        }
    };
    let pool = Pool::each(handler).workers(2).name(ear.name()).build().unwrap();
    let mut tx = pool.sender().unwrap();
    for n in 12..16 {
        let request = tracing::info_span!("request", pool = name, n);
        request.in_scope(|| tx.send(&n, InSpan::new(n))).unwrap();
        // From another thread, or from outside of it.
        tx.send(&n, InSpan::within(request, 100 + n)).unwrap();
    }
    tx.send(&0, InSpan::new(1_000)).unwrap();
    assert!(pool.shutdown(Shutdown::drain()).is_balanced());
    let heard = ear.all().into_iter().filter(|one| one.says("handled"));
    let mut heard: Vec<_> = heard
        .map(|one| {
            let (innermost, fields) = one.within.last().unwrap().clone();
            (one.fields["n"].clone(), innermost, fields.get("n").cloned())
        })
        .collect();
    heard.sort();
    let in_request = |n: u64| ((100 + n).to_string(), "request", Some(n.to_string()));
    let mut expected: Vec<_> = (12..16).map(in_request).collect();
    expected.extend([12, 14, 15].map(|n: u64| (n.to_string(), "request", Some(n.to_string()))));
    expected.push(("1000".to_owned(), "worker", None));
    expected.sort();
    assert_eq!(
        heard, expected,
        "each within its own, also behind a panic; and one that was sent in none"
    );
}

#[test]
fn a_simulation_tells_the_same_with_workers_that_take_turns() {
    let ear = Ear::new("simulated");
    let sim = Simulation::new(3);
    let pool = chatty(&ear, 3).simulate(&sim).build().unwrap();
    let mut tx = pool.sender().unwrap();
    for n in 0..30 {
        tx.send(&n, n).unwrap();
        sim.yield_now();
    }
    pool.resize(2, LONG).unwrap();
    drop(pool.shutdown(Shutdown::drain()));
    let said = said_by_handlers(&ear);
    assert_eq!(said.len(), 30, "all");
    for (me, within) in said {
        let (name, fields) = within.last().unwrap();
        assert_eq!((*name, &fields["worker"]), ("worker", &me), "of whoever has its turn");
    }
    assert_eq!(ear.told("worker stopped").len(), 3, "each");
    let resize = ear.all().into_iter().find(|one| one.says("change done")).unwrap();
    let took: f64 = resize.fields["took_seconds"].parse().unwrap();
    assert!(0.0 < took && took <= sim.elapsed().as_secs_f64(), "by its clock: {took}");
}
