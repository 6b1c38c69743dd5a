//! How sure a learner may be: makes scores into probabilities that can be believed.

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
    // The loss is convex in the factor: its slope has one root, and each look tells on which side it is.
    let (mut low, mut high) = (1e-3, 2.0);
    let mut factor = 0.1f64;
    for _ in 0..40 {
        let (slope, curvature) = scores.derivatives(factor);
        if slope > 0.0 {
            high = factor;
        } else {
            low = factor;
        }
        let newton = factor - slope / curvature;
        // Far from the root, where the curve is flat, the middle of the bounds is the better step.
        let next = if newton > low && newton < high { newton } else { (low * high).sqrt() };
        let moved = (next / factor).ln().abs();
        factor = next;
        if moved < 1e-4 {
            break;
        }
    }
    factor
}

impl Scores<'_> {
    /// First and second derivative of the log loss for a factor.
    fn derivatives(&self, factor: f64) -> (f64, f64) {
        let m = self.fixed.len();
        let (mut slope, mut curvature) = (0.0, 0.0);
        for ((row, &class), weight) in self.values.chunks_exact(m).zip(self.classes).zip(self.weights) {
            let logit = |k: usize| factor * row[k] + self.fixed[k];
            let top = (0..m).map(logit).fold(f64::NEG_INFINITY, f64::max);
            let (mut total, mut first, mut second) = (0.0, 0.0, 0.0);
            for (k, value) in row.iter().enumerate() {
                // Counted from the true class: large values that are alike take no digits.
                let (p, value) = ((logit(k) - top).exp(), value - row[class as usize]);
                total += p;
                first += p * value;
                second += p * value * value;
            }
            let mean = first / total;
            slope += weight * mean;
            curvature += weight * (second / total - mean * mean);
        }
        (slope, curvature)
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
