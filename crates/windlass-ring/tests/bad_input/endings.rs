//! Ending a ring while somebody is in the way.

use std::sync::mpsc;
use std::time::Duration;

use windlass_ring::{
    Batch, Builder, Flow, GateError, Handler, JoinError, PanicPolicy, PollError, Sequence, Shared,
    Wait,
};
use windlass_sync::sync::{Arc, Mutex, lock};

const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(5);

fn builder() -> Builder<u64> {
    Builder::new(7, || 0)
}

#[test]
fn a_handler_that_does_not_return_cannot_hold_up_a_shutdown() {
    let (let_go, held) = mpsc::channel::<()>();
    let (mut producer, ring) = builder()
        .stage("stuck")
        .each(move |_: &u64, _| {
            let _released = held.recv();
        })
        .stage("behind")
        .after("stuck")
        .each(|_, _| {})
        .start()
        .unwrap();
    producer.publish_batch(3, |_| {}).unwrap();
    let report = ring.shutdown(SHORT);
    assert!(!report.drained, "it did not end");
    assert_eq!(report.poison, None, "but nothing failed");
    let left: Vec<_> = report.stages.iter().map(|it| (it.name.as_str(), it.left)).collect();
    assert_eq!(left, [("stuck", 3), ("behind", 3)], "what was left");
    assert_eq!(report.stages[0].position, Sequence::ZERO);
    assert!(producer.publish(|_| {}).is_err(), "closed");
    drop(let_go);
}

/// Counts, and notes its end.
#[derive(Default)]
struct Counter {
    events: usize,
    moments: Vec<&'static str>,
}

impl Handler<u64, Shared> for Counter {
    fn on_start(&mut self) {
        self.moments.push("start");
    }
    fn on_batch_start(&mut self, _size: usize, _depth: usize) {
        self.moments.push("batch");
    }
    fn on_batch(&mut self, batch: &mut Batch<'_, u64, Shared>) -> Flow {
        while let Some(event) = batch.next() {
            assert!(*event != 1, "one, which is left out");
            self.events += 1;
        }
        Flow::Continue
    }
    fn on_timeout(&mut self) {
        self.moments.push("timeout");
    }
    fn on_shutdown(&mut self) {
        self.moments.push("shutdown");
    }
}

#[test]
fn what_a_handler_knows_is_had_back_at_the_end() {
    for by_shutdown in [true, false] {
        let counter = Arc::new(Mutex::new(Counter::default()));
        let (mut producer, ring) = builder()
            .stage("count")
            .on_panic(PanicPolicy::Skip)
            .timeout(SHORT)
            .handler(Arc::clone(&counter))
            .start()
            .unwrap();
        while !lock(&counter).moments.contains(&"timeout") {
            windlass_sync::thread::yield_now();
        }
        for n in 0..5 {
            producer.publish(move |event| *event = n).unwrap();
        }
        drop(producer);
        let report = if by_shutdown { ring.shutdown(LONG) } else { ring.wait_end().unwrap() };
        assert!(report.drained, "to the end, though one event failed");
        let counter = Arc::into_inner(counter).expect("nobody else holds it any more");
        let counter = counter.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        assert_eq!(counter.events, 4, "all but the one that failed");
        assert_eq!(counter.moments.first(), Some(&"start"));
        assert!(counter.moments.contains(&"batch"), "{:?}", counter.moments);
        assert_eq!(counter.moments.last(), Some(&"shutdown"));
    }
}

#[test]
fn a_shutdown_that_drains_reports_nothing_left() {
    let (mut producer, ring) = builder().stage("a").each(|_, _| {}).start().unwrap();
    producer.publish_batch(7, |_| {}).unwrap();
    let report = ring.shutdown(LONG);
    assert!(report.drained && report.poison.is_none(), "{report:?}");
    assert_eq!((report.stages[0].left, report.stages[0].position.get()), (0, 7));
}

#[test]
fn a_poller_that_is_not_polled_is_reported() {
    let (mut producer, mut ring) = builder().stage("a").poller().start().unwrap();
    let mut poller = ring.poller("a").unwrap();
    producer.publish_batch(5, |_| {}).unwrap();
    poller.poll().unwrap().next();
    let report = ring.shutdown(SHORT);
    assert!(!report.drained, "four are left");
    assert_eq!((report.stages[0].left, report.stages[0].position.get()), (4, 1));
    assert_eq!(poller.poll().unwrap_err(), PollError::Closed, "aborted");
}

#[test]
fn the_end_of_the_stages_does_not_hide_a_poller_that_is_behind() {
    for polled in [2, 5] {
        let (mut producer, mut ring) =
            builder().stage("a").poller().stage("b").each(|_, _| {}).start().unwrap();
        let mut poller = ring.poller("a").unwrap();
        poller.set_max_batch(polled);
        producer.publish_batch(5, |_| {}).unwrap();
        drop(producer);
        poller.poll().unwrap().skip_rest();
        let report = ring.wait_end().unwrap();
        let left = 5 - polled as u64;
        assert_eq!((report.stages[0].left, report.stages[1].left), (left, 0));
        assert_eq!(report.drained, left == 0, "said as it is");
    }
}

#[test]
fn a_poisoned_ring_shuts_down_with_its_cause() {
    let (mut producer, ring) =
        builder().stage("a").each(|event: &u64, _| assert!(*event != 1, "one")).start().unwrap();
    producer.publish(|event| *event = 1).unwrap();
    let report = ring.shutdown(LONG);
    assert!(!report.drained, "the event was not handled");
    assert_eq!(report.poison.unwrap().message, "one");
}

#[test]
fn whoever_waits_is_woken_by_the_close() {
    for wait in [Wait::blocking(), Wait::adaptive(), Wait::yielding(), Wait::sleeping()] {
        let (mut full, mut ring) = builder()
            .wait(wait.clone())
            .producer_wait(wait)
            .stage("full")
            .poller()
            .stage("empty")
            .after("full")
            .poller()
            .start()
            .unwrap();
        let (idle, mut empty) = (ring.poller("full").unwrap(), ring.poller("empty").unwrap());
        full.publish_batch(7, |_| {}).unwrap();
        std::thread::scope(|scope| {
            let producer = scope.spawn(move || full.publish(|_| {}).is_err());
            let consumer = scope.spawn(move || {
                let poisoned_or_closed = empty.wait().is_err();
                drop(empty);
                poisoned_or_closed
            });
            let report = ring.shutdown(SHORT);
            assert!(!report.drained, "`full` was never polled");
            assert!(producer.join().unwrap(), "the producer was refused");
            assert!(consumer.join().unwrap(), "the consumer was told");
        });
        drop(idle);
    }
}

#[test]
fn a_ring_that_is_dropped_goes_on_until_its_producers_are_gone() {
    let (done, all) = mpsc::channel();
    let (mut producer, ring) = builder()
        .stage("a")
        .each(move |event: &u64, _| done.send(*event).unwrap())
        .start()
        .unwrap();
    drop(ring);
    for i in 0..20 {
        producer.publish(move |event| *event = i).unwrap();
    }
    drop(producer);
    assert_eq!(all.iter().collect::<Vec<_>>(), (0..20).collect::<Vec<_>>(), "the thread ended");
}

#[test]
fn untaken_pollers_leave_with_the_ring() {
    let (mut producer, ring) = builder().stage("a").poller().stage("b").poller().start().unwrap();
    drop(ring);
    assert!(producer.is_closed(), "nobody is left to read");
    assert!(producer.publish(|_| {}).is_err(), "so it takes nothing");
    let (mut producer, mut ring) =
        builder().stage("a").poller().stage("b").poller().start().unwrap();
    let mut a = ring.poller("a").unwrap();
    drop(ring);
    for _ in 0..20 {
        producer.try_publish(|_| {}).unwrap();
        a.poll().unwrap().skip_rest();
    }
}

#[test]
fn an_untaken_gate_poisons_with_the_ring() {
    let (mut producer, mut ring) =
        builder().gate("g").stage("a").after("g").poller().start().unwrap();
    let mut poller = ring.poller("a").unwrap();
    producer.publish(|_| {}).unwrap();
    drop(ring);
    assert_eq!(poller.wait().unwrap_err(), windlass_ring::Closed(()), "it would wait for ever");
    assert_eq!(poller.poison().unwrap().stage, "g");
    assert!(producer.publish(|_| {}).is_err(), "producers learn it too");
}

#[test]
fn a_gate_that_is_dropped_poisons_and_one_at_the_end_does_not() {
    let (mut producer, mut ring) =
        builder().gate("g").stage("a").after("g").each(|_, _| {}).start().unwrap();
    let gate = ring.gate("g").unwrap();
    producer.publish(|_| {}).unwrap();
    drop(gate);
    assert!(ring.wait_end().unwrap_err().message.contains("not opened"), "dropped too early");
    let (mut producer, mut ring) =
        builder().gate("g").stage("a").after("g").each(|_, _| {}).start().unwrap();
    let gate = ring.gate("g").unwrap();
    let last = producer.publish(|_| {}).unwrap();
    drop(producer);
    gate.advance_to(last.next()).unwrap();
    drop(gate);
    assert!(ring.wait_end().unwrap().drained, "it had let everything pass");
}

#[test]
fn a_gate_moves_forward_only_and_not_beyond_what_there_is() {
    let (mut producer, mut ring) =
        builder().gate("g").stage("a").after("g").poller().start().unwrap();
    let (gate, mut poller) = (ring.gate("g").unwrap(), ring.poller("a").unwrap());
    producer.publish_batch(3, |_| {}).unwrap();
    assert_eq!(poller.poll().unwrap_err(), PollError::Empty, "the gate is shut");
    let next = Sequence::new(3);
    assert_eq!(gate.advance_to(Sequence::new(4)).unwrap_err(), GateError::NotYet { next });
    assert_eq!(gate.advance_to(Sequence::new(u64::MAX)).unwrap_err(), GateError::NotYet { next });
    gate.advance_to(Sequence::new(2)).unwrap();
    let at = Sequence::new(2);
    assert_eq!(gate.advance_to(Sequence::new(1)).unwrap_err(), GateError::Backwards { at });
    gate.advance_to(at).unwrap();
    assert_eq!((gate.position(), poller.poll().unwrap().len()), (at, 2), "two passed");
    gate.open();
    assert_eq!(poller.poll().unwrap().len(), 3, "all pass");
}

#[test]
fn a_gate_passes_only_what_is_published() {
    let (mut producer, mut ring) =
        builder().gate("g").stage("a").after("g").poller().start().unwrap();
    let (gate, mut poller) = (ring.gate("g").unwrap(), ring.poller("a").unwrap());
    let claim = producer.claim(2).unwrap();
    let next = Sequence::ZERO;
    assert_eq!(gate.advance_to(Sequence::new(1)).unwrap_err(), GateError::NotYet { next });
    drop(claim);
    producer.publish(|_| {}).unwrap();
    assert_eq!(poller.poll().unwrap_err(), PollError::Empty, "another event than was claimed");
    gate.advance_to(Sequence::new(1)).unwrap();
    assert_eq!(poller.poll().unwrap().len(), 1, "now it has passed");

    let (mut first, mut ring) =
        builder().gate("g").stage("a").after("g").poller().start_multi().unwrap();
    let (gate, mut second) = (ring.gate("g").unwrap(), first.clone());
    first.publish(|_| {}).unwrap();
    let hole = first.claim(1).unwrap();
    second.publish(|_| {}).unwrap();
    let next = Sequence::new(1);
    assert_eq!(gate.advance_to(Sequence::new(3)).unwrap_err(), GateError::NotYet { next });
    gate.advance_to(next).unwrap();
    drop(hole);
    gate.advance_to(Sequence::new(3)).unwrap();
    gate.open();
}

#[test]
fn a_gate_that_nobody_waits_for_may_be_any_number_of_laps_behind() {
    macro_rules! check {
        ($start:ident) => {
            let (mut producer, mut ring) =
                builder().gate("g").stage("a").poller().$start().unwrap();
            let (gate, mut poller) = (ring.gate("g").unwrap(), ring.poller("a").unwrap());
            for _ in 0..40 {
                producer.try_publish(|_| {}).unwrap();
                poller.poll().unwrap().skip_rest();
            }
            gate.advance_to(Sequence::new(3)).unwrap();
            let next = Sequence::new(40);
            assert_eq!(gate.advance_to(Sequence::new(41)).unwrap_err(), GateError::NotYet { next });
            gate.advance_to(next).unwrap();
            gate.open();
        };
    }
    check!(start);
    check!(start_multi);
}

#[test]
fn nobody_joins_a_closed_ring_or_one_without_seats() {
    use windlass_ring::JoinFrom::{At, Next, Oldest};
    let (mut producer, ring) = builder().joiners(1).stage("a").each_mut(|_, _| {}).start().unwrap();
    producer.publish_batch(3, |_| {}).unwrap();
    assert!(matches!(ring.join(Next), Err(JoinError::NotExclusive { stage }) if stage == "a"));
    assert!(
        matches!(ring.join_after(Next, &["x"]), Err(JoinError::UnknownStage(name)) if name == "x")
    );
    let far = ring.join_after(At(Sequence::new(4)), &["a"]).unwrap_err();
    assert_eq!(far, JoinError::NotYet { next: Sequence::new(3) });
    let joined = ring.join_after(Oldest, &["a"]).unwrap();
    let second = ring.join_after(Next, &["a"]).unwrap_err();
    assert_eq!(second, JoinError::NoSeat { joiners: 1 });
    drop(joined);
    drop(ring.join_after(Next, &["a"]).unwrap());
    ring.close();
    assert_eq!(ring.join_after(Next, &["a"]).unwrap_err(), JoinError::Closed);
}
