//! How sure a learner may be: makes scores into probabilities that can be believed.

use argmin::core::{CostFunction, Error, Executor};
use argmin::solver::brent::BrentOpt;

/// Rows whose scores are to be scaled: one score per class and row, the class of each row, and its weight.
pub(crate) struct Scores<'a> {
    pub values: &'a [f64],
    /// Added to the scores of every row after scaling.
    pub fixed: &'a [f64],
    pub classes: &'a [u32],
    pub weights: &'a [f64],
}

/// The factor that gives the scores the smallest log loss as logits (temperature scaling: Guo and others 2017, *On
/// Calibration of Modern Neural Networks*), from 1/1000 to 2; 1 without rows.
pub(crate) fn temperature(scores: &Scores<'_>) -> f64 {
    const LOG_RANGE: (f64, f64) = (-6.9, 0.7);
    if scores.classes.is_empty() {
        return 1.0;
    }
    let solver = BrentOpt::new(LOG_RANGE.0, LOG_RANGE.1).set_tolerance(1e-4, 1e-4);
    let ran = Executor::new(scores, solver).configure(|state| state.max_iters(40)).run();
    // The search cannot fail, as the loss cannot; the textbook's factor if it does all the same.
    ran.ok().and_then(|r| r.state.best_param).map_or(1.0, f64::exp)
}

impl CostFunction for &Scores<'_> {
    type Param = f64;
    type Output = f64;

    fn cost(&self, log_factor: &f64) -> Result<f64, Error> {
        let (factor, m) = (log_factor.exp(), self.fixed.len());
        let of_row = |((row, &class), weight): ((&[f64], &u32), &f64)| {
            let logit = |k: usize| factor * row[k] + self.fixed[k];
            let top = (0..m).map(logit).fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = (0..m).map(|k| (logit(k) - top).exp()).sum();
            weight * (sum.ln() - (logit(class as usize) - top))
        };
        Ok(self.values.chunks_exact(m).zip(self.classes).zip(self.weights).map(of_row).sum())
    }
}

/// Slope and offset that make margins log odds (Platt 1999, by the Newton steps of Lin, Lin, Weng 2007, *A Note on
/// Platt's Probabilistic Outputs for Support Vector Machines*). The slope is 0 where margins say nothing.
pub(crate) fn platt(margins: &[f64], is_positive: &[bool], weights: &[f64]) -> (f64, f64) {
    let sum = |of: bool| -> f64 { is_positive.iter().zip(weights).filter(|(p, _)| **p == of).map(|(_, w)| w).sum() };
    let (positive, negative) = (sum(true), sum(false));
    // Each side is believed to have one more row than was seen, of which half are on the other side.
    let aim = |is: bool| if is { (positive + 1.0) / (positive + 2.0) } else { 1.0 / (negative + 2.0) };
    let loss = |a: f64, b: f64| -> f64 {
        let of_row = |((m, &is), w): ((&f64, &bool), &f64)| {
            let z = a * m + b;
            w * (z.max(0.0) + (-z.abs()).exp().ln_1p() - aim(is) * z)
        };
        margins.iter().zip(is_positive).zip(weights).map(of_row).sum()
    };
    let (mut a, mut b) = (0.0, ((positive + 1.0) / (negative + 1.0)).ln());
    let mut value = loss(a, b);
    for _ in 0..100 {
        // The ridge keeps it solvable where all margins are the same.
        let (mut aa, mut ab, mut bb, mut ga, mut gb) = (1e-12, 0.0, 1e-12, 0.0, 0.0);
        for ((m, &is), w) in margins.iter().zip(is_positive).zip(weights) {
            let p = 1.0 / (1.0 + (-(a * m + b)).exp());
            let (slope, curvature) = (w * (p - aim(is)), w * p * (1.0 - p));
            aa += curvature * m * m;
            ab += curvature * m;
            bb += curvature;
            ga += slope * m;
            gb += slope;
        }
        if ga.abs().max(gb.abs()) < 1e-6 * (positive + negative) {
            break;
        }
        let determinant = aa * bb - ab * ab;
        let (da, db) = (-(bb * ga - ab * gb) / determinant, -(aa * gb - ab * ga) / determinant);
        let Some(step) = (0..30).map(|k| 0.5f64.powi(k)).find(|s| loss(a + s * da, b + s * db) < value) else { break };
        (a, b) = (a + step * da, b + step * db);
        value = loss(a, b);
    }
    if a.is_finite() && b.is_finite() { (a, b) } else { (0.0, 0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platt_finds_the_log_odds_behind_margins() {
        // Of 200 rows at each margin so many are positive as log odds of 2 m - 0.5 say.
        let (mut margins, mut is_positive) = (Vec::new(), Vec::new());
        for step in -10..=10 {
            let m = f64::from(step) / 10.0;
            let p = 1.0 / (1.0 + (-(2.0 * m - 0.5)).exp());
            for i in 0..200 {
                margins.push(m);
                is_positive.push(f64::from(i) + 0.5 < 200.0 * p);
            }
        }
        let (a, b) = platt(&margins, &is_positive, &vec![1.0; margins.len()]);
        assert!((a - 2.0).abs() < 0.03 && (b + 0.5).abs() < 0.02, "{a} {b}");
        let (a, b) = platt(&[3.0; 4], &[true; 4], &[1.0; 4]);
        assert!(1.0 / (1.0 + (-(3.0 * a + b)).exp()) > 0.8, "{a} {b}");
        assert_eq!(platt(&[], &[], &[]), (0.0, 0.0));
    }

    #[test]
    fn a_temperature_undoes_what_was_too_sure() {
        // Log odds of ±1 where the truth is right in as many cases as they say.
        let p = 1.0 / (1.0 + (-1.0f64).exp());
        let weights = [p, 1.0 - p, p, 1.0 - p];
        let classes = [1, 0, 0, 1];
        for exaggerated in [1.0, 2.0, 50.0] {
            let values = [0.0, exaggerated, 0.0, exaggerated, exaggerated, 0.0, exaggerated, 0.0];
            let found = temperature(&Scores { values: &values, fixed: &[0.0, 0.0], classes: &classes, weights: &weights });
            assert!((found * exaggerated - 1.0).abs() < 1e-2, "{exaggerated}: {found}");
        }
    }
}
