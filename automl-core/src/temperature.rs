//! Are the probabilities as sure as they should be?
//!
//! A [`Temperature`] makes all probabilities of a model more or less extreme by one number: each is taken to the power of
//! 1/T and divided by their new sum (Guo et al., "On calibration of modern neural networks", 2017). The most probable
//! class stays what it was, and of two classes the order of the rows does.

use serde::{Deserialize, Serialize};

use crate::predictions::Predictions;
use crate::task::Target;

/// How much less sure probabilities are made: above one they move towards each other, below one apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Temperature(f64);

/// A probability below this counts as this one, as in the log loss.
const SMALLEST: f64 = 1e-15;
/// Temperatures beyond this, or below its inverse, are no calibration but a mistake.
const LARGEST: f64 = 5.0;

impl Temperature {
    /// The temperature that gives predictions of unseen rows the least log loss, if that is less by more than one standard
    /// error of the gains of the rows: what one number gains by chance is less in 19 of 20 cases. `None` too for
    /// numbers that were predicted.
    pub fn learn(target: &Target, predictions: &Predictions, weights: Option<&[f64]>) -> Option<Temperature> {
        let labels = target.labels()?;
        let logs: Vec<f64> = predictions.values().iter().map(|p| p.max(SMALLEST).ln()).collect();
        let rows = || labels.iter().zip(logs.chunks_exact(predictions.width()));
        let weight = |i: usize| weights.map_or(1.0, |w| w[i]);
        // As if one row more had had any label: where none was wrong, the next one may be (Laplace's rule).
        let surprise = 1.0 / (labels.len() + 1) as f64;
        let told = |logs: &[f64], label: u32| {
            let any = logs.iter().sum::<f64>() / logs.len() as f64;
            (1.0 - surprise) * logs[label as usize] + surprise * any
        };
        let sharpness = least(|sharpness| {
            let (mut slope, mut curvature) = (0.0, 0.0);
            for (i, (&label, logs)) in rows().enumerate() {
                let (mean, variance) = moments(logs, sharpness);
                slope += weight(i) * (mean - told(logs, label));
                curvature += weight(i) * variance;
            }
            (slope, curvature)
        })?;
        let gains: Vec<f64> = rows().map(|(&label, logs)| loss(logs, label, 1.0) - loss(logs, label, sharpness)).collect();
        let total: f64 = (0..gains.len()).map(weight).sum();
        let gain = gains.iter().enumerate().map(|(i, gain)| weight(i) * gain).sum::<f64>() / total;
        let error = gains.iter().enumerate().map(|(i, g)| (weight(i) * (g - gain)).powi(2)).sum::<f64>().sqrt() / total;
        (gain > error).then_some(Temperature(1.0 / sharpness))
    }

    /// Checks a temperature that a file tells.
    pub(crate) fn is_sound(self) -> bool {
        (1.0 / LARGEST..=LARGEST).contains(&self.0)
    }

    /// The number.
    pub fn value(self) -> f64 {
        self.0
    }

    /// What scores before a softmax are multiplied by.
    pub fn sharpness(self) -> f64 {
        1.0 / self.0
    }

    /// Makes the probabilities of every row as sure as they should be.
    pub fn apply(self, predictions: &mut Predictions) {
        for i in 0..predictions.rows() {
            let row = predictions.row_mut(i);
            // Relative to the largest, so that the sum is at least one.
            let largest = row.iter().copied().fold(SMALLEST, f64::max);
            row.iter_mut().for_each(|p| *p = (*p / largest).max(0.0).powf(self.sharpness()));
            let total: f64 = row.iter().sum();
            row.iter_mut().for_each(|p| *p /= total);
        }
    }
}

/// Mean and variance of the logarithms under the probabilities of a sharpness.
fn moments(logs: &[f64], sharpness: f64) -> (f64, f64) {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (mut total, mut first, mut second) = (0.0, 0.0, 0.0);
    for log in logs {
        let p = (sharpness * (log - largest)).exp();
        total += p;
        first += p * log;
        second += p * log * log;
    }
    let mean = first / total;
    (mean, (second / total - mean * mean).max(0.0))
}

/// The log loss of a row.
fn loss(logs: &[f64], label: u32, sharpness: f64) -> f64 {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = logs.iter().map(|log| (sharpness * (log - largest)).exp()).sum();
    total.ln() - sharpness * (logs[label as usize] - largest)
}

/// Where a convex function of the sharpness is least, by Newton's method on its slope and curvature.
fn least(derivatives: impl Fn(f64) -> (f64, f64)) -> Option<f64> {
    const STEPS: usize = 20;
    let mut at = 1.0_f64;
    for _ in 0..STEPS {
        let (slope, curvature) = derivatives(at);
        if curvature <= 0.0 || !slope.is_finite() {
            return None;
        }
        let next = (at - slope / curvature).clamp(0.5 * at, 2.0 * at).clamp(1.0 / LARGEST, LARGEST);
        if (next - at).abs() < 1e-9 {
            break;
        }
        at = next;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};
    use rand::RngExt;

    use super::*;
    use crate::seed::rng;

    /// Probabilities of two classes, and labels that follow them.
    fn honest(rows: usize, seed: u64) -> (Target, Predictions) {
        let mut rng = rng(seed);
        let second: Vec<f64> = (0..rows).map(|_| rng.random_range(0.02..0.98)).collect();
        let labels = second.iter().map(|p| u32::from(rng.random_range(0.0..1.0) < *p)).collect();
        (Target::Classes { labels, n_classes: 2 }, Predictions::binary(second))
    }

    #[test]
    fn what_was_made_too_sure_is_brought_back() {
        let (target, predictions) = honest(4000, 1);
        for made in [0.4, 2.5] {
            let mut wrong = predictions.clone();
            Temperature(made).apply(&mut wrong);
            let found = Temperature::learn(&target, &wrong, None).unwrap();
            assert!((found.value() * made - 1.0).abs() < 0.1, "{} undoes {made}", found.value());
            found.apply(&mut wrong);
            let far = wrong.values().iter().zip(predictions.values()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(far < 0.03, "{far}");
        }
    }

    #[test]
    fn honest_probabilities_are_left_alone() {
        let kept =
            (0..40).filter(|seed| Temperature::learn(&honest(300, *seed).0, &honest(300, *seed).1, None).is_none()).count();
        assert!(kept >= 35, "{kept} of 40");
    }

    #[test]
    fn where_nothing_was_wrong_something_may_still_be() {
        let (labels, second): (Vec<u32>, Vec<f64>) = (0..200).map(|i| (i % 2, if i % 2 == 1 { 0.9 } else { 0.1 })).unzip();
        let mut predictions = Predictions::binary(second);
        let target = Target::Classes { labels, n_classes: 2 };
        Temperature::learn(&target, &predictions, None).unwrap().apply(&mut predictions);
        let sure = predictions.row(1)[1];
        assert!((0.99..0.999).contains(&sure), "{sure}: half of one row in 201 is wrong");
    }

    #[test]
    fn impossible_rows_do_no_harm() {
        let target = Target::Classes { labels: vec![0, 1, 2, 0], n_classes: 3 };
        let mut predictions = Predictions::new(3, vec![1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.5, 0.5]);
        let _ = Temperature::learn(&target, &predictions, None);
        Temperature(1.7).apply(&mut predictions);
        predictions.validate(4, Some(3)).unwrap();
        assert_eq!(Temperature::learn(&Target::Numbers(vec![1.0]), &Predictions::new(1, vec![1.0]), None), None);
    }

    proptest! {
        #[test]
        fn the_most_probable_class_and_the_order_of_the_rows_stay(
            shares in prop::collection::vec(1u32..1000, 6..60), tenths in 2u32..50, seed in any::<u64>(),
        ) {
            let temperature = Temperature(f64::from(tenths) / 10.0);
            let (_, predictions) = honest(50, seed);
            let mut tempered = predictions.clone();
            temperature.apply(&mut tempered);
            for (a, b) in (0..49).map(|i| (i, i + 1)) {
                let order = |p: &Predictions| p.row(a)[1].total_cmp(&p.row(b)[1]);
                prop_assert_eq!(order(&predictions), order(&tempered));
            }
            let rows = shares.chunks_exact(3).flat_map(|row| row.iter().map(|s| f64::from(*s) / f64::from(row.iter().sum::<u32>())));
            let three = Predictions::new(3, rows.collect());
            let mut tempered = three.clone();
            temperature.apply(&mut tempered);
            prop_assert!(tempered.validate(three.rows(), Some(3)).is_ok());
            prop_assert_eq!(three.classes(), tempered.classes());
        }
    }
}
