//! Is a difference of losses more than chance?

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// A difference that is nothing, relative to the loss.
const NOTHING: f64 = 1e-5;

/// Losses of two sides on the same rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Our mean loss.
    pub ours: f64,
    /// Their mean loss.
    pub theirs: f64,
    /// Our mean loss minus theirs.
    pub difference: f64,
    /// The standard error of the difference, from the spread of the differences of single rows.
    pub standard_error: f64,
    /// Distinct rows.
    pub rows: usize,
}

/// What a comparison says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Our loss is smaller by more than one standard error.
    Better,
    /// The difference is within one standard error, or nothing beside the loss: where both sides compute the same, it is
    /// the rounding of one of them, on the same side in every row.
    Equal,
    /// Our loss is larger by more than one standard error.
    Worse,
}

impl Comparison {
    /// Compares the losses of rows: row, ours, theirs. A row that was compared on in several splits counts once, with
    /// the mean of its differences, because these are no independent witnesses.
    pub fn of(pairs: &[(u32, f64, f64)]) -> Comparison {
        let mut by_row: BTreeMap<u32, (f64, f64, f64)> = BTreeMap::new();
        for &(row, ours, theirs) in pairs {
            let sums = by_row.entry(row).or_default();
            *sums = (sums.0 + ours, sums.1 + theirs, sums.2 + 1.0);
        }
        let rows = by_row.len() as f64;
        let mean = |of: fn(&(f64, f64, f64)) -> f64| by_row.values().map(of).sum::<f64>() / rows;
        let (ours, theirs) = (mean(|s| s.0 / s.2), mean(|s| s.1 / s.2));
        let difference = ours - theirs;
        let squares = by_row.values().map(|s| ((s.0 - s.1) / s.2 - difference).powi(2)).sum::<f64>();
        let standard_error = (squares / (rows - 1.0).max(1.0) / rows).sqrt();
        Comparison { ours, theirs, difference, standard_error, rows: by_row.len() }
    }

    /// The difference in standard errors; 0 where there is no difference.
    pub fn in_standard_errors(&self) -> f64 {
        if self.difference == 0.0 { 0.0 } else { self.difference / self.standard_error }
    }

    /// What it says.
    pub fn verdict(&self) -> Verdict {
        if self.difference.abs() <= NOTHING * self.theirs.abs() {
            return Verdict::Equal;
        }
        match self.in_standard_errors() {
            z if z > 1.0 => Verdict::Worse,
            z if z < -1.0 => Verdict::Better,
            _ => Verdict::Equal,
        }
    }

    /// As a line for people.
    pub fn line(&self, name: &str) -> String {
        let Comparison { ours, theirs, difference, standard_error, .. } = self;
        let verdict = match self.verdict() {
            Verdict::Better => "better by more than one",
            Verdict::Equal => "within one",
            Verdict::Worse => "worse by more than one",
        };
        let z = self.in_standard_errors();
        format!("  {name:<20}{ours:>13.6e}{theirs:>14.6e}{difference:>12.2e}{standard_error:>12.2e}{z:>8.2}  {verdict:<24}")
    }

    /// As it lies in a file.
    pub fn json(&self) -> Value {
        json!({
            "ours": self.ours,
            "theirs": self.theirs,
            "difference": self.difference,
            "standard_error": self.standard_error,
            "rows": self.rows,
        })
    }
}

/// What stands above the lines.
pub fn header() -> String {
    let columns = ["table", "ours", "theirs", "difference", "std. error", "in s.e."];
    let [table, ours, theirs, difference, error, ratio] = columns;
    format!(
        "  {table:<20}{ours:>13}{theirs:>14}{difference:>12}{error:>12}{ratio:>8}  {:<24}  ours fit s  theirs",
        "standard errors"
    )
}

/// What all comparisons say together.
pub fn summary(comparisons: &[Comparison]) -> String {
    let count = |verdict| comparisons.iter().filter(|c| c.verdict() == verdict).count();
    let mean = comparisons.iter().map(Comparison::in_standard_errors).sum::<f64>() / comparisons.len() as f64;
    let (tables, worse, better) = (comparisons.len(), count(Verdict::Worse), count(Verdict::Better));
    format!(
        "  {tables} tables: worse by more than one standard error on {worse}, better on {better}; mean difference {mean:+.2} \
         standard errors (below 0 is better)"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_is_seen_twice_counts_once() {
        let once = Comparison::of(&[(0, 1.0, 2.0), (1, 2.0, 2.0), (2, 3.0, 3.5)]);
        let twice = Comparison::of(&[(0, 1.0, 2.0), (1, 2.0, 2.0), (2, 3.0, 3.0), (2, 3.0, 4.0)]);
        assert_eq!(once, twice);
        assert_eq!((once.ours, once.theirs, once.difference, once.rows), (2.0, 2.5, -0.5, 3));
        // Differences -1, 0 and -0.5: variance 0.25, over three rows.
        assert!((once.standard_error - (0.25_f64 / 3.0).sqrt()).abs() < 1e-12, "{once:?}");
        assert_eq!(once.verdict(), Verdict::Better);
    }

    #[test]
    fn equal_losses_are_no_verdict() {
        let equal = Comparison::of(&[(0, 1.0, 1.0), (1, 2.0, 2.0)]);
        assert_eq!((equal.verdict(), equal.in_standard_errors()), (Verdict::Equal, 0.0));
        let worse = Comparison::of(&[(0, 1.2, 1.0), (1, 2.1, 2.0)]);
        assert_eq!(worse.verdict(), Verdict::Worse);
        assert_eq!(Comparison::of(&[(0, 1.0 + 1e-7, 1.0), (1, 2.0 + 1e-7, 2.0)]).verdict(), Verdict::Equal);
        assert!(summary(&[equal, worse]).contains("2 tables: worse by more than one standard error on 1, better on 0"));
    }
}
