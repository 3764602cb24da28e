//! `BusySpinWaitStrategyTest` and its siblings: each strategy waits, gives up, and is woken.

use std::sync::mpsc;
use std::time::Duration;

use windlass_ring::{Builder, Pause, PollError, Poller, Producer, Ring, Shared, Wait};
use windlass_testkit::Seen;

const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(1);

fn ring(wait: &Wait) -> (Producer<u64>, Ring<u64>, Poller<u64, Shared>) {
    let builder = Builder::new(7, || 0).wait(wait.clone()).producer_wait(wait.clone());
    let (producer, mut ring) = builder.stage("a").poller().start().unwrap();
    let poller = ring.poller("a").unwrap();
    (producer, ring, poller)
}

/// Every promise that any strategy has to keep.
fn keeps_its_promises(wait: &Wait) {
    waits_for_a_value(wait);
    gives_up_in_time(wait);
    is_woken_by_the_close(wait);
    is_woken_by_poison(wait);
    waits_for_room(wait);
    plays_ping_pong(wait);
}

fn waits_for_a_value(wait: &Wait) {
    let (mut producer, _ring, mut poller) = ring(wait);
    let (waiting, waits) = mpsc::channel();
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            waiting.send(()).unwrap();
            *poller.wait_timeout(LONG).unwrap().next().unwrap()
        });
        waits.recv().unwrap();
        producer.publish(|event| *event = 5).unwrap();
        assert_eq!(reader.join().unwrap(), 5, "{wait:?}");
    });
}

fn gives_up_in_time(wait: &Wait) {
    let (mut producer, _ring, mut poller) = ring(wait);
    assert_eq!(poller.wait_timeout(SHORT).unwrap_err(), PollError::Empty, "{wait:?}");
    assert_eq!(poller.wait_timeout(Duration::ZERO).unwrap_err(), PollError::Empty, "{wait:?}");
    producer.publish_batch(7, |_| {}).unwrap();
    assert!(producer.publish_timeout(SHORT, |_| {}).is_err(), "{wait:?}");
    assert!(producer.publish_timeout(Duration::ZERO, |_| {}).is_err(), "{wait:?}");
    assert!(poller.wait_timeout(Duration::ZERO).is_ok(), "what is there needs no time");
}

fn is_woken_by_the_close(wait: &Wait) {
    let (mut producer, ring, mut poller) = ring(wait);
    let (waiting, waits) = mpsc::channel();
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            waiting.send(()).unwrap();
            poller.wait().is_err()
        });
        waits.recv().unwrap();
        ring.close();
        assert!(reader.join().unwrap(), "{wait:?}");
    });
    assert!(producer.publish(|_| {}).is_err(), "{wait:?}");
}

fn is_woken_by_poison(wait: &Wait) {
    let (mut producer, mut ring) = Builder::new(7, || 0_u64)
        .wait(wait.clone())
        .producer_wait(wait.clone())
        .stage("fails")
        .each(|event: &u64, _| assert!(*event == 0, "fails"))
        .stage("behind")
        .after("fails")
        .poller()
        .start()
        .unwrap();
    let mut behind = ring.poller("behind").unwrap();
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || behind.wait().is_err());
        producer.publish(|event| *event = 1).unwrap();
        assert!(reader.join().unwrap(), "{wait:?}");
        while producer.publish(|event| *event = 1).is_ok() {}
    });
    assert!(ring.wait_end().is_err(), "{wait:?}");
}

fn waits_for_room(wait: &Wait) {
    let (mut producer, _ring, mut poller) = ring(wait);
    let (full, is_full) = mpsc::channel();
    producer.publish_batch(7, |_| {}).unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(move || {
            full.send(()).unwrap();
            producer.publish_timeout(LONG, |_| {}).unwrap().get()
        });
        is_full.recv().unwrap();
        poller.poll().unwrap().skip_rest();
        assert_eq!(writer.join().unwrap(), 7, "{wait:?}");
    });
}

fn plays_ping_pong(wait: &Wait) {
    const ROUNDS: u64 = if cfg!(miri) { 3 } else { 300 };
    let (mut ping, _there, mut at_there) = ring(wait);
    let (mut pong, _here, mut at_here) = ring(wait);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while let Ok(mut batch) = at_there.wait() {
                batch.for_each(|event, _| {
                    let back = *event + 1;
                    pong.publish(move |event| *event = back).unwrap();
                });
            }
        });
        for i in 0..ROUNDS {
            ping.publish(move |event| *event = i).unwrap();
            assert_eq!(at_here.wait().unwrap().next(), Some(&(i + 1)), "{wait:?}");
        }
        drop(ping);
    });
}

// BusySpinWaitStrategyTest
#[test]
#[cfg_attr(miri, ignore = "the interpreter runs one thread at a time: spinning takes for ever")]
fn busy_spin_keeps_its_promises() {
    keeps_its_promises(&Wait::busy_spin());
}

// YieldingWaitStrategyTest
#[test]
fn yielding_keeps_its_promises() {
    keeps_its_promises(&Wait::yielding());
}

// SleepingWaitStrategyTest
#[test]
fn sleeping_keeps_its_promises() {
    keeps_its_promises(&Wait::sleeping());
    keeps_its_promises(&Wait::sleeping_up_to(Duration::from_micros(3)));
    keeps_its_promises(&Wait::sleeping_up_to(Duration::ZERO));
}

// BlockingWaitStrategy, LiteBlocking, TimeoutBlockingWaitStrategyTest
#[test]
fn blocking_keeps_its_promises() {
    keeps_its_promises(&Wait::blocking());
}

// PhasedBackoffWaitStrategyTest: at 0, 1, 2 and 10 milliseconds
#[test]
fn phased_keeps_its_promises_in_each_phase() {
    let phases = [(0, 0), (1, 0), (0, 1), (1, 2)];
    // The interpreter: all phases, and before each end that a wait can have.
    let phases = if cfg!(miri) { &phases[3..] } else { &phases[..] };
    for &(spin, yielding) in phases {
        let phase = Duration::from_micros;
        for then in [Wait::blocking(), Wait::sleeping(), Wait::yielding()] {
            keeps_its_promises(&Wait::phased(phase(spin), phase(yielding), then));
        }
    }
}

#[test]
fn adaptive_keeps_its_promises_on_any_number_of_cores() {
    keeps_its_promises(&Wait::adaptive());
    let cores = [0, 2, 1, 64, usize::MAX];
    for &cores in if cfg!(miri) { &cores[..2] } else { &cores[..] } {
        keeps_its_promises(&Wait::adaptive_on(cores));
    }
}

#[test]
fn custom_keeps_its_promises_whatever_its_plan() {
    for pause in [Pause::Yield, Pause::Park, Pause::Sleep(Duration::from_micros(1)), Pause::Spin(0)]
    {
        if cfg!(miri) && pause == Pause::Spin(0) {
            continue;
        }
        keeps_its_promises(&Wait::custom(move |_| pause));
    }
}

#[test]
fn a_custom_plan_is_asked_round_after_round() {
    let asked = Seen::new();
    let log = asked.clone();
    let wait = Wait::custom(move |round| {
        log.push(round.number);
        Pause::Yield
    });
    let (mut producer, _ring, mut poller) = ring(&wait);
    assert!(poller.wait_timeout(SHORT).is_err());
    let rounds = asked.take();
    assert_eq!(rounds, (0..u32::try_from(rounds.len()).unwrap()).collect::<Vec<_>>(), "in order");
    producer.publish(|_| {}).unwrap();
    poller.wait().unwrap().skip_rest();
    assert_eq!(asked.take(), [0_u32; 0], "not asked where there is no wait");
}

// HybridWaitStrategy of the port to .NET: a strategy for each consumer.
#[test]
fn each_party_waits_in_its_own_way() {
    let sums = Seen::new();
    let mut builder = Builder::new(7, || 0_u64).producer_wait(Wait::blocking());
    let waits = [Wait::yielding(), Wait::blocking(), Wait::sleeping(), Wait::adaptive()];
    for (i, wait) in waits.into_iter().enumerate() {
        let (sums, mut sum) = (sums.clone(), 0);
        builder = builder.stage(format!("stage {i}")).wait(wait).each(move |event, at| {
            sum += *event;
            if at.sequence.get() == 99 {
                sums.push(sum);
            }
        });
    }
    let (mut producer, ring) = builder.start().unwrap();
    for i in 0..100 {
        producer.publish(move |event| *event = i).unwrap();
    }
    drop(producer);
    ring.wait_end().unwrap();
    assert_eq!(sums.take(), [4950; 4]);
}
