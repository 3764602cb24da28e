//! When to change: a function of what was observed, window by window.

/// What happened in one window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Observation {
    /// Messages that were accepted.
    pub accepted: u64,
    /// Messages that were lost: overwritten or passed over.
    pub lost: u64,
    /// Messages that were refused or had to wait.
    pub refused: u64,
    /// Messages in the buffer at the end.
    pub held: u64,
    /// How many there could have been.
    pub capacity: u64,
}

/// What a controller decides at the end of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Stay.
    Keep,
    /// One rung looser.
    Loosen,
    /// One rung stricter.
    Tighten,
}

/// When a window is strained or calm, and how many are enough. See [`adaptive`](super) for the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    pub(super) loss: u64,
    pub(super) strained_at: u64,
    pub(super) calm_at: u64,
    pub(super) patience: u32,
    pub(super) relief: u32,
}

impl Default for Rules {
    /// Loss 10 in 1000, strained at 75 %, calm at 25 %, patience 3, relief 10.
    fn default() -> Self {
        Self { loss: 10, strained_at: 75, calm_at: 25, patience: 3, relief: 10 }
    }
}

impl Rules {
    /// Messages in a thousand that may be lost or refused in a window that is not strained.
    #[must_use]
    pub fn loss(self, in_a_thousand: u64) -> Self {
        Self { loss: in_a_thousand, ..self }
    }

    /// How full, in percent, a buffer is in a strained window.
    #[must_use]
    pub fn strained_at(self, percent: u64) -> Self {
        Self { strained_at: percent, ..self }
    }

    /// How full, in percent, a buffer is at most in a calm window.
    #[must_use]
    pub fn calm_at(self, percent: u64) -> Self {
        Self { calm_at: percent, ..self }
    }

    /// How many strained windows in a row loosen.
    #[must_use]
    pub fn patience(self, windows: u32) -> Self {
        Self { patience: windows, ..self }
    }

    /// How many calm windows in a row tighten.
    #[must_use]
    pub fn relief(self, windows: u32) -> Self {
        Self { relief: windows, ..self }
    }

    /// Whether they can be followed.
    pub(super) fn are_sound(&self) -> bool {
        self.calm_at < self.strained_at && 0 < self.patience && 0 < self.relief
    }

    fn judge(&self, window: &Observation) -> Strain {
        let missing = window.lost.saturating_add(window.refused);
        let offered = window.accepted.saturating_add(window.refused);
        let full = |percent: u64| u128::from(window.capacity) * u128::from(percent);
        let held = u128::from(window.held) * 100;
        if u128::from(offered) * u128::from(self.loss) < u128::from(missing) * 1000
            || full(self.strained_at) <= held
        {
            Strain::Strained
        } else if missing == 0 && held <= full(self.calm_at) {
            Strain::Calm
        } else {
            Strain::Neither
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strain {
    Strained,
    Calm,
    Neither,
}

/// How much more relief may be asked for than at first.
const MOST: u32 = 16;

/// Decides when to move along a ladder of rungs; rung 0 is the strictest.
///
/// The same observations give the same decisions.
///
/// # Examples
///
/// ```
/// use windlass_qos::adaptive::{Controller, Decision, Observation, Rules};
///
/// let mut controller = Controller::new(Rules::default().patience(2), 3);
/// let full = Observation { accepted: 10, refused: 90, held: 8, capacity: 8, ..Observation::default() };
/// assert_eq!(controller.observe(&full), Decision::Keep);
/// assert_eq!(controller.observe(&full), Decision::Loosen);
/// assert_eq!(controller.rung(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Controller {
    rules: Rules,
    rungs: usize,
    rung: usize,
    strained: u32,
    calm: u32,
    /// How many calm windows are asked for now.
    relief: u32,
    /// The last change was to this rung from a looser one, and no calm series has confirmed it.
    on_trial: bool,
}

impl Controller {
    /// Begins on rung 0 of so many.
    ///
    /// # Panics
    ///
    /// If there are no rungs, if `patience` or `relief` is 0, or if a window could be both strained and calm.
    #[must_use]
    pub fn new(rules: Rules, rungs: usize) -> Self {
        assert!(0 < rungs, "there is a rung to stand on");
        assert!(rules.are_sound(), "patience and relief are above 0, and calm is below strained");
        Self { rules, rungs, rung: 0, strained: 0, calm: 0, relief: rules.relief, on_trial: false }
    }

    /// Takes in one window and decides.
    pub fn observe(&mut self, window: &Observation) -> Decision {
        match self.rules.judge(window) {
            Strain::Strained => (self.strained, self.calm) = (self.strained.saturating_add(1), 0),
            Strain::Calm => (self.strained, self.calm) = (0, self.calm.saturating_add(1)),
            Strain::Neither => (self.strained, self.calm) = (0, 0),
        }
        if self.rules.patience <= self.strained && self.rung + 1 < self.rungs {
            if self.on_trial {
                self.relief =
                    self.relief.saturating_mul(2).min(self.rules.relief.saturating_mul(MOST));
            }
            self.change(self.rung + 1, false);
            return Decision::Loosen;
        }
        if self.relief <= self.calm {
            if self.rung == 0 {
                (self.relief, self.on_trial, self.calm) = (self.rules.relief, false, 0);
                return Decision::Keep;
            }
            self.change(self.rung - 1, true);
            return Decision::Tighten;
        }
        Decision::Keep
    }

    /// The rung that is wanted now.
    #[must_use]
    pub fn rung(&self) -> usize {
        self.rung
    }

    fn change(&mut self, rung: usize, on_trial: bool) {
        (self.rung, self.on_trial) = (rung, on_trial);
        (self.strained, self.calm) = (0, 0);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    const CAPACITY: u64 = 100;

    fn window(lost: u64, held: u64) -> Observation {
        Observation { accepted: 1000, lost, refused: 0, held, capacity: CAPACITY }
    }

    /// A window of each kind, just at its bounds.
    fn windows() -> [(Observation, Strain); 6] {
        [
            (window(0, 25), Strain::Calm),
            (window(0, 26), Strain::Neither),
            (window(1, 0), Strain::Neither),
            (window(10, 74), Strain::Neither),
            (window(11, 0), Strain::Strained),
            (window(0, 75), Strain::Strained),
        ]
    }

    #[test]
    fn windows_are_judged_by_the_table() {
        for (window, strain) in windows() {
            assert_eq!(Rules::default().judge(&window), strain, "{window:?}");
        }
        let refused = Observation { refused: 1, capacity: 8, ..Observation::default() };
        assert_eq!(Rules::default().judge(&refused), Strain::Strained, "all that was offered");
        let huge = Observation {
            accepted: u64::MAX,
            lost: u64::MAX,
            refused: u64::MAX,
            held: u64::MAX,
            capacity: u64::MAX,
        };
        assert_eq!(Rules::default().judge(&huge), Strain::Strained, "no overflow");
    }

    #[test]
    fn a_stricter_rung_that_fails_is_tried_more_seldom() {
        let mut controller = Controller::new(Rules::default().patience(1).relief(2), 2);
        let mut waits = Vec::new();
        for _ in 0..7 {
            assert_eq!(controller.observe(&window(500, 100)), Decision::Loosen, "too much");
            let calm = (1..).find(|_| controller.observe(&window(0, 0)) == Decision::Tighten);
            waits.extend(calm);
        }
        assert_eq!(waits, [2, 4, 8, 16, 32, 32, 32], "twice as long each time, up to 16 times");
        for _ in 0..32 {
            assert_eq!(controller.observe(&window(0, 0)), Decision::Keep, "it is well");
        }
        assert_eq!(controller.observe(&window(500, 100)), Decision::Loosen, "until it is not");
        let calm = (1..).find(|_| controller.observe(&window(0, 0)) == Decision::Tighten);
        assert_eq!(calm, Some(2), "as at first");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        #[cfg_attr(miri, ignore = "arithmetic over many steps; there is nothing unsafe in it")]
        fn it_never_flaps(
            patience in 1..5_u32, relief in 1..8_u32, rungs in 1..6_usize,
            steps in prop::collection::vec(0..6_usize, 1..300),
        ) {
            let rules = Rules::default().patience(patience).relief(relief);
            let mut controller = Controller::new(rules, rungs);
            let kinds = windows();
            let (mut rung, mut since): (usize, Vec<Strain>) = (0, Vec::new());
            for step in steps {
                since.push(kinds[step].1);
                let before = controller.clone();
                let decision = controller.observe(&kinds[step].0);
                prop_assert_eq!(before.clone().observe(&kinds[step].0), decision, "the same again");
                let series = |strain, n: u32| {
                    let n = n as usize;
                    n <= since.len() && since[since.len() - n..].iter().all(|at| *at == strain)
                };
                match decision {
                    Decision::Keep => {}
                    Decision::Loosen => {
                        prop_assert!(series(Strain::Strained, patience), "so many since the last change");
                        rung += 1;
                    }
                    Decision::Tighten => {
                        prop_assert!(series(Strain::Calm, relief), "so many since the last change");
                        rung -= 1;
                    }
                }
                prop_assert_eq!(controller.rung(), rung);
                prop_assert!(rung < rungs, "on the ladder");
                if decision != Decision::Keep {
                    since.clear();
                }
            }
        }

        #[test]
        #[cfg_attr(miri, ignore = "arithmetic over many steps; there is nothing unsafe in it")]
        fn a_load_that_stays_the_same_moves_it_one_way_only(
            kind in 0..6_usize, start in prop::collection::vec(0..6_usize, 0..60), rungs in 1..6_usize,
        ) {
            let mut controller = Controller::new(Rules::default(), rungs);
            let kinds = windows();
            for step in start {
                controller.observe(&kinds[step].0);
            }
            let decisions: Vec<Decision> =
                (0..2000).map(|_| controller.observe(&kinds[kind].0)).collect();
            let changes: Vec<_> = decisions.iter().filter(|at| **at != Decision::Keep).collect();
            prop_assert!(changes.len() < rungs.max(2), "{:?}", changes);
            prop_assert!(changes.windows(2).all(|pair| pair[0] == pair[1]), "one way");
        }
    }
}
