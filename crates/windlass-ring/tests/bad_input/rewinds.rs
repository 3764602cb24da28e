//! Handlers that rewind more often than they may, or fail in between.

use windlass_ring::{Flow, PanicPolicy, Rewinds, Sequence};

use crate::panics::{builder, run};

#[test]
fn rewinds_beyond_the_limit_are_handled_as_a_panic() {
    let ring = |policy| {
        let each = |event: &u64, _: windlass_ring::At| {
            if *event == 3 { Flow::Rewind } else { Flow::Continue }
        };
        builder().stage("a").on_panic(policy).rewinds(Rewinds::at_most(3)).max_batch(1).each(each)
    };
    let poison = run(ring(PanicPolicy::Poison), 5).unwrap_err();
    assert_eq!(poison.sequence, Some(Sequence::new(3)));
    assert!(poison.message.contains("3 rewinds"), "{poison}");
    assert!(run(ring(PanicPolicy::Skip), 5).unwrap().drained, "or left out");
}

/// A handler that rewinds at event 3 so often, then panics there, and then takes it; again and again if `always`.
fn rewinds_then_panics(
    times: u32,
    always: bool,
) -> impl FnMut(&u64, windlass_ring::At) -> Flow + Send + 'static {
    let mut calls = 0;
    move |event, _| {
        if *event != 3 {
            return Flow::Continue;
        }
        calls += 1;
        let call = if always { (calls - 1) % (times + 1) + 1 } else { calls };
        assert!(call != times + 1, "once, behind {times} rewinds");
        if call <= times { Flow::Rewind } else { Flow::Continue }
    }
}

#[test]
fn rewinds_are_no_restarts() {
    let each = rewinds_then_panics(20, false);
    let ring = builder().stage("a").on_panic(PanicPolicy::Restart { at_most: 1 });
    let report = run(ring.max_batch(1).each(each), 5).unwrap();
    assert!(report.drained, "one panic, and one restart is allowed");
}

#[test]
fn restarts_are_no_rewinds() {
    let each = rewinds_then_panics(3, true);
    let ring = builder().stage("a").on_panic(PanicPolicy::Restart { at_most: 2 });
    let poison = run(ring.rewinds(Rewinds::at_most(3)).max_batch(1).each(each), 5).unwrap_err();
    assert_eq!(poison.sequence, Some(Sequence::new(3)));
    assert!(poison.message.contains("once"), "each restart may rewind as often: {poison}");
}
