//! The breaker's contract, and what holds for any sequence of calls.

use super::*;
use alloc::string::ToString;

const SECOND: u64 = 1_000_000_000;

/// Opens after 3 failures in 10 seconds, cools down for 5, sends 2 probes.
fn breaker() -> Breaker {
    Breaker::after(3, Duration::from_secs(10)).cool_down(Duration::from_secs(5)).probes(2)
}

/// Opened at second 2.
fn open() -> Circuit {
    let mut circuit = breaker().circuit().unwrap();
    for second in 0..3 {
        assert!(circuit.allow(second * SECOND), "closed");
        circuit.note(second * SECOND, false);
    }
    circuit
}

#[test]
fn it_opens_after_so_many_failures_in_a_window_only() {
    assert!(!open().allow(3 * SECOND), "three failures in ten seconds");
    let mut slow = breaker().circuit().unwrap();
    for second in [0, 5, 10, 15, 20] {
        assert!(slow.allow(second * SECOND), "never three in ten seconds");
        slow.note(second * SECOND, false);
    }
    slow.note(21 * SECOND, true);
    slow.note(22 * SECOND, false);
    assert!(!slow.allow(22 * SECOND), "a success in between does not excuse the failures");
}

#[test]
fn it_lets_nothing_pass_until_it_is_cool_and_then_only_probes() {
    let mut circuit = open();
    assert!(!circuit.allow(7 * SECOND - 1), "not cool yet");
    assert!(circuit.allow(7 * SECOND), "the first probe");
    assert!(circuit.allow(7 * SECOND), "the second probe");
    assert!(!circuit.allow(12 * SECOND - 1), "no third one");
}

#[test]
fn it_closes_once_all_probes_succeeded() {
    let mut circuit = open();
    assert!(circuit.allow(7 * SECOND) && circuit.allow(7 * SECOND), "two probes");
    circuit.note(8 * SECOND, true);
    assert!(!circuit.is_closed() && !circuit.allow(8 * SECOND), "one is missing");
    circuit.note(8 * SECOND, true);
    assert!(circuit.is_closed() && circuit.allow(8 * SECOND), "closed");
    circuit.note(9 * SECOND, false);
    assert!(circuit.allow(9 * SECOND), "what failed before it opened is forgotten");
}

#[test]
fn a_failed_probe_opens_it_for_another_while() {
    let mut circuit = open();
    assert!(circuit.allow(7 * SECOND), "a probe");
    circuit.note(8 * SECOND, false);
    assert!(!circuit.allow(13 * SECOND - 1), "open from when it failed");
    assert!(circuit.allow(13 * SECOND), "and half open again");
}

#[test]
fn probes_that_are_never_noted_do_not_hold_it() {
    let mut circuit = open();
    assert!(circuit.allow(7 * SECOND) && circuit.allow(8 * SECOND), "two probes, both lost");
    assert!(!circuit.allow(13 * SECOND - 1), "the last one may still come back");
    assert!(circuit.allow(13 * SECOND), "another round");
    circuit.note(13 * SECOND, true);
    assert!(circuit.allow(13 * SECOND), "its second probe");
    circuit.note(13 * SECOND, true);
    assert!(circuit.is_closed(), "closed");
}

#[test]
fn late_news_change_nothing_while_no_probe_is_out() {
    let mut circuit = open();
    circuit.note(3 * SECOND, true);
    circuit.note(4 * SECOND, false);
    assert!(!circuit.allow(7 * SECOND - 1), "still open");
    assert!(circuit.allow(7 * SECOND), "and not for longer");
    circuit.note(7 * SECOND, true);
    // The one probe that passed is accounted for, the other one has not passed yet.
    circuit.note(7 * SECOND, true);
    assert!(!circuit.is_closed(), "a late success is no probe's");
    circuit.note(7 * SECOND, false);
    assert!(circuit.allow(7 * SECOND), "nor is a late failure");
}

#[test]
fn bad_numbers_are_refused_with_the_way_out() {
    let good = breaker();
    let window = Duration::from_secs(1);
    let many = BreakerError::TooMany { given: 4097, limit: 4096 };
    for (bad, error, words) in [
        (Breaker::after(0, window), BreakerError::NoFailures, "1 failure or more"),
        (Breaker::after(4097, window), many, "use fewer"),
        (Breaker::after(1, Duration::ZERO), BreakerError::NoWindow, "longer"),
        (good.probes(0), BreakerError::NoProbes, "allow 1"),
        (good.probes(4097), many, "use fewer"),
        (good.cool_down(Duration::ZERO), BreakerError::NoCoolDown, "left out"),
    ] {
        assert_eq!(bad.circuit().unwrap_err(), error, "the reason");
        assert!(error.to_string().contains(words), "{error} does not say {words}");
    }
    assert_eq!(Breaker::default().check(), Ok(()), "what is the default is allowed");
}

#[cfg(not(loom))]
mod properties {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    #[derive(Clone, Copy, Debug)]
    enum Step {
        Wait(u64),
        Call,
        Note(bool),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            2 => (0_u64..8).prop_map(Step::Wait),
            4 => Just(Step::Call),
            4 => prop::bool::weighted(0.4).prop_map(Step::Note),
        ];
        prop::collection::vec(step, 0..300)
    }

    /// Small numbers of nanoseconds, so that instants meet.
    fn any_breaker() -> impl Strategy<Value = Breaker> {
        (1_usize..4, 1_u64..10, 1_u64..10, 1_usize..4).prop_map(|(n, window, cool, probes)| {
            Breaker::after(n, Duration::from_nanos(window))
                .cool_down(Duration::from_nanos(cool))
                .probes(probes)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 1_000,
            failure_persistence: None,
            ..ProptestConfig::default()
        })]

        /// Not closed, in no cool-down's time do more pass than there are probes.
        #[test]
        #[cfg_attr(miri, ignore = "pure arithmetic, slow in the interpreter")]
        fn half_open_never_passes_more_than_the_probes(
            breaker in any_breaker(), steps in steps(),
        ) {
            let mut circuit = breaker.circuit().unwrap();
            let mut now = 0;
            // Since it was last closed.
            let mut passed = Vec::new();
            for step in steps {
                match step {
                    Step::Wait(time) => now += time,
                    Step::Call => {
                        let closed = circuit.is_closed();
                        let pass = circuit.allow(now);
                        prop_assert!(pass || !closed, "closed, and nothing passes");
                        if pass && !closed {
                            passed.push(now);
                        }
                    }
                    Step::Note(ok) => circuit.note(now, ok),
                }
                if circuit.is_closed() {
                    passed.clear();
                }
                let probes = breaker.probes;
                let apart = passed.iter().zip(passed.iter().skip(probes));
                for (first, beyond) in apart {
                    prop_assert!(
                        nanos(breaker.cool_down) <= beyond - first,
                        "{} probes and one more: {:?}", probes, passed
                    );
                }
            }
        }

        /// However it got where it is, calls that succeed close it.
        #[test]
        #[cfg_attr(miri, ignore = "pure arithmetic, slow in the interpreter")]
        fn it_recovers_when_calls_succeed(breaker in any_breaker(), steps in steps()) {
            let mut circuit = breaker.circuit().unwrap();
            let mut now = 0;
            for step in steps {
                match step {
                    Step::Wait(time) => now += time,
                    Step::Call => _ = circuit.allow(now),
                    Step::Note(ok) => circuit.note(now, ok),
                }
            }
            now += nanos(breaker.cool_down);
            for _ in 0..breaker.probes {
                prop_assert!(circuit.allow(now), "a cool one lets a probe pass");
                circuit.note(now, true);
            }
            prop_assert!(circuit.is_closed(), "closed after {} probes", breaker.probes);
        }
    }
}
