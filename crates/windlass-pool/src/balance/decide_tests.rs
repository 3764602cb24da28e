//! What is decided, by loads that are given.
#![allow(clippy::cast_possible_truncation, reason = "few workers and slots")]

use super::*;

/// Slot `n` belongs to worker `n % workers`.
fn owners(workers: u16) -> [u16; SLOTS] {
    core::array::from_fn(|slot| slot as u16 % workers)
}

fn apply(owners: &mut [u16; SLOTS], decision: &Decision) {
    decision.moves.iter().for_each(|one| owners[one.slot.index()] = one.to as u16);
}

fn observe(observed: &mut Observed, loads: &[(usize, u64)]) {
    loads.iter().for_each(|(slot, load)| observed.messages[*slot] += load);
}

fn slots(decision: &Decision) -> Vec<usize> {
    decision.moves.iter().map(|one| one.slot.index()).collect()
}

const RULES: Balance = Balance { moves: 64, above: 1.1, gain: 0.05, least: 100, rest: 3 };

#[test]
fn what_is_uneven_is_evened_out_within_the_limit() {
    let busy: Vec<(usize, u64)> = (0..20).map(|n| (2 * n, 100)).collect();
    for (limit, moves, after) in [(64, 10, 1.0), (5, 5, 1.5)] {
        let mut observed = Observed::default();
        observe(&mut observed, &busy);
        let rules = RULES.moves(limit);
        let decision = decide(&mut observed, &owners(2), &[true; 2], &rules).unwrap();
        assert_eq!((decision.before, decision.after), (2.0, after), "{decision:?}");
        assert_eq!((decision.moves.len(), decision.outcome), (moves, Outcome::Moved));
        assert!(decision.moves.iter().all(|one| (one.from, one.to) == (0, 1)), "{decision:?}");
    }
}

#[test]
fn a_hot_slot_is_not_moved_to_and_fro() {
    let (mut owners, mut observed) = (owners(2), Observed::default());
    for round in 0..20 {
        // As hot as it is, wherever it is; and others that come and go.
        let noise = (1 + round) % 7;
        observe(&mut observed, &[(0, 10_000), (2, noise), (1, 6 - noise)]);
        let decision = decide(&mut observed, &owners, &[true; 2], &RULES).unwrap();
        assert_eq!(decision.outcome, Outcome::NothingHelps, "round {round}: {decision:?}");
        assert_eq!(decision.hot, [Slot::new(0).unwrap()], "it is named");
        apply(&mut owners, &decision);
    }
    // What else its owner has goes away, once.
    let mut moved = Vec::new();
    for _ in 0..10 {
        observe(&mut observed, &[(0, 10_000), (2, 3_000), (1, 1_000)]);
        let decision = decide(&mut observed, &owners, &[true; 2], &RULES).unwrap();
        apply(&mut owners, &decision);
        moved.extend(slots(&decision));
    }
    assert_eq!(moved, [2], "the hot one stays where it is");
}

#[test]
fn a_slot_that_moved_rests() {
    let (mut owners, mut observed) = (owners(2), Observed::default());
    observe(&mut observed, &[(0, 600), (2, 400)]);
    let decision = decide(&mut observed, &owners, &[true; 2], &RULES).unwrap();
    assert_eq!(slots(&decision), [2], "{decision:?}");
    apply(&mut owners, &decision);
    // Its new owner has too much now, but it was there for one decision only.
    for round in 0..3 {
        observe(&mut observed, &[(2, 600), (1, 400)]);
        let decision = decide(&mut observed, &owners, &[true; 2], &RULES).unwrap();
        assert!(!slots(&decision).contains(&2), "round {round}: {decision:?}");
        // Not carried out, so that the next one has the same to decide.
        observed.rest[1] = 0;
    }
    observed.rest[1] = u8::MAX;
    observe(&mut observed, &[(2, 600), (1, 400)]);
    let decision = decide(&mut observed, &owners, &[true; 2], &RULES).unwrap();
    assert_eq!(slots(&decision), [2], "it has rested");
}

#[test]
fn nothing_moves_without_need_or_without_knowing() {
    let mut observed = Observed::default();
    observe(&mut observed, &[(0, 90)]);
    let decision = decide(&mut observed, &owners(2), &[true; 2], &RULES).unwrap();
    assert_eq!(decision.outcome, Outcome::TooFewMessages, "{decision:?}");
    observe(&mut observed, &[(1, 100)]);
    let decision = decide(&mut observed, &owners(2), &[true; 2], &RULES).unwrap();
    assert_eq!(
        (decision.outcome, decision.messages),
        (Outcome::Even, 190),
        "what came before counts"
    );
    let decision = decide(&mut observed, &owners(2), &[true; 2], &RULES.least(0)).unwrap();
    assert_eq!(decision.outcome, Outcome::TooFewMessages, "it began anew");
    observe(&mut observed, &[(0, 60), (2, 60), (1, 40)]);
    let decision = decide(&mut observed, &owners(2), &[true; 2], &RULES.gain(0.9)).unwrap();
    assert_eq!(decision.outcome, Outcome::NothingHelps, "not by so much");
    observe(&mut observed, &[(0, 60), (2, 60), (1, 40)]);
    let decision = decide(&mut observed, &owners(2), &[true; 2], &RULES.above(f64::NAN)).unwrap();
    assert_eq!(decision.outcome, Outcome::Moved, "what is no number is no limit");
}

#[test]
fn a_worker_that_does_not_run_gets_nothing_and_keeps_what_it_has() {
    let mut observed = Observed::default();
    observe(&mut observed, &[(0, 500), (3, 500), (1, 9_000)]);
    let decision = decide(&mut observed, &owners(3), &[true, false, true], &RULES).unwrap();
    assert_eq!(decision.messages, 1_000, "the others'");
    assert!(decision.moves.iter().all(|one| (one.from, one.to) == (0, 2)), "{decision:?}");
    assert_eq!(decision.moves.len(), 1, "{decision:?}");
}
