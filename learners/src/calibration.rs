//! How sure a learner may be: makes scores into probabilities that can be believed.

use argmin::core::{CostFunction, Error, Executor};
use argmin::solver::brent::BrentRoot;

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
    if scores.classes.is_empty() {
        return 1.0;
    }
    // The loss is convex in the factor: its slope has one root, if any between these.
    let (low, high) = (-6.9, 0.7);
    let solver = BrentRoot::new(low, high, 1e-4);
    let ran = Executor::new(scores, solver).configure(|state| state.max_iters(40)).run();
    let log_factor = ran.ok().and_then(|r| r.state.best_param);
    // Without a root between them, the better end.
    log_factor.unwrap_or_else(|| if scores.slope(low) > 0.0 { low } else { high }).exp()
}

impl Scores<'_> {
    /// The derivative of the log loss by the logarithm of the factor.
    fn slope(&self, log_factor: f64) -> f64 {
        let (factor, m) = (log_factor.exp(), self.fixed.len());
        let of_row = |((row, &class), weight): ((&[f64], &u32), &f64)| {
            let logit = |k: usize| factor * row[k] + self.fixed[k];
            let top = (0..m).map(logit).fold(f64::NEG_INFINITY, f64::max);
            let (mut total, mut sum) = (0.0, 0.0);
            for (k, value) in row.iter().enumerate() {
                let p = (logit(k) - top).exp();
                total += p;
                // Counted from the true class: large values that are alike take no digits.
                sum += p * (value - row[class as usize]);
            }
            weight * sum / total
        };
        factor * self.values.chunks_exact(m).zip(self.classes).zip(self.weights).map(of_row).sum::<f64>()
    }
}

impl CostFunction for &Scores<'_> {
    type Param = f64;
    type Output = f64;

    fn cost(&self, log_factor: &f64) -> Result<f64, Error> {
        Ok(self.slope(*log_factor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
