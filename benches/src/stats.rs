//! Median, minimum and maximum of the rounds.

/// What several rounds of one measurement say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// The middle value; the mean of the two in the middle for an even number of rounds.
    pub median: f64,
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
    /// How many rounds there were.
    pub rounds: usize,
}

impl Summary {
    /// Summarises the rounds, or `None` where there are none.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median = if sorted.len().is_multiple_of(2) {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        } else {
            sorted[middle]
        };
        Some(Self { median, min, max, rounds: sorted.len() })
    }
}

/// Writes a figure with three significant digits, without an exponent.
#[must_use]
pub fn short(value: f64) -> String {
    let digits = match value.abs() {
        0.0 | 99.95.. => 0,
        9.995.. => 1,
        0.9995.. => 2,
        _ => 3,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_no_summary() {
        assert_eq!(Summary::of(&[]), None, "no rounds");
    }

    #[test]
    fn odd_rounds_give_the_middle() {
        let summary = Summary::of(&[3.0, 1.0, 10.0]);
        let expected = Summary { median: 3.0, min: 1.0, max: 10.0, rounds: 3 };
        assert_eq!(summary, Some(expected), "three rounds");
    }

    #[test]
    fn even_rounds_give_the_mean_of_two() {
        let median = Summary::of(&[4.0, 1.0, 2.0, 30.0]).map(|summary| summary.median);
        assert_eq!(median, Some(3.0), "between 2 and 4");
    }

    #[test]
    fn figures_are_short() {
        let written: Vec<String> =
            [0.0, 0.25, 3.456, 12.34, 137.4, 41_000.0].into_iter().map(short).collect();
        assert_eq!(written, ["0", "0.250", "3.46", "12.3", "137", "41000"], "three digits");
    }
}
