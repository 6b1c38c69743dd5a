//! What is minimised: gradients and hessians of the loss, and from scores to predictions.

use automl_core::predictions::Predictions;
use automl_core::task::Target;
use serde::{Deserialize, Serialize};

use super::exp::exp;

/// From summed scores to predictions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Link {
    /// The score is the prediction.
    Identity,
    /// The score is the log odds of the second class.
    Logistic,
    /// One score per class: logarithms of probabilities up to a constant.
    Softmax,
}

impl Link {
    /// Writes the prediction for the scores of a row.
    pub(super) fn predict(self, scores: &[f64], row: &mut [f64]) {
        match self {
            Link::Identity => row[0] = scores[0],
            Link::Logistic => {
                let p = 1.0 / (1.0 + (-scores[0]).exp());
                (row[0], row[1]) = (1.0 - p, p);
            }
            Link::Softmax => {
                let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                row.iter_mut().zip(scores).for_each(|(p, s)| *p = (s - largest).exp());
                let sum: f64 = row.iter().sum();
                row.iter_mut().for_each(|p| *p /= sum);
            }
        }
    }

    /// Numbers per predicted row, for so many scores.
    pub(super) fn width(self, scores: usize) -> usize {
        if self == Link::Logistic { 2 } else { scores }
    }
}

/// The loss of a fit, and its target.
pub(super) enum Objective<'a> {
    /// Squared error, of numbers with mean 0 and standard deviation 1.
    Squared {
        /// The standardised values.
        values: Vec<f64>,
        /// Their former mean.
        mean: f64,
        /// Their former standard deviation.
        scale: f64,
    },
    /// Log loss of two classes.
    Logistic(&'a [u32]),
    /// Log loss of any number of classes.
    Softmax(&'a [u32], usize),
}

impl<'a> Objective<'a> {
    /// The loss for a target.
    pub(super) fn new(target: &'a Target, weights: Option<&[f32]>) -> Objective<'a> {
        match target {
            Target::Numbers(values) => standardised(values, weights),
            Target::Classes { labels, n_classes: 2 } => Objective::Logistic(labels),
            Target::Classes { labels, n_classes } => Objective::Softmax(labels, *n_classes),
        }
    }

    /// How scores become predictions.
    pub(super) fn link(&self) -> Link {
        match self {
            Objective::Squared { .. } => Link::Identity,
            Objective::Logistic(_) => Link::Logistic,
            Objective::Softmax(..) => Link::Softmax,
        }
    }

    /// What scores start from: the best constant. One per output, which is per tree of an iteration.
    pub(super) fn start(&self, weights: Option<&[f32]>) -> Vec<f64> {
        match self {
            Objective::Squared { .. } => vec![0.0],
            Objective::Logistic(labels) => {
                let shares = class_shares(labels, 2, weights);
                vec![(shares[1] / shares[0]).ln()]
            }
            Objective::Softmax(labels, classes) => class_shares(labels, *classes, weights).into_iter().map(f64::ln).collect(),
        }
    }

    /// From the unit of the scores to that of the target: what is added, and before that the factor.
    pub(super) fn unit(&self) -> (f64, f64) {
        if let Objective::Squared { mean, scale, .. } = self { (*mean, *scale) } else { (0.0, 1.0) }
    }

    /// Writes gradients and hessians for the scores, both as one list per output.
    pub(super) fn gradients(&self, scores: &[&[f64]], weights: Option<&[f32]>, out: &mut [&mut [[f32; 2]]]) {
        match self {
            Objective::Squared { values, .. } => {
                for ((gh, s), y) in out[0].iter_mut().zip(scores[0]).zip(values) {
                    *gh = [(s - y) as f32, 1.0];
                }
            }
            Objective::Logistic(labels) => {
                for ((gh, s), label) in out[0].iter_mut().zip(scores[0]).zip(*labels) {
                    let p = 1.0 / (1.0 + exp(-s));
                    *gh = [(p - f64::from(*label)) as f32, (p * (1.0 - p)) as f32];
                }
            }
            Objective::Softmax(labels, _) => softmax_gradients(labels, scores, out),
        }
        if let Some(weights) = weights {
            for list in out {
                list.iter_mut().zip(weights).for_each(|(gh, w)| *gh = gh.map(|v| v * w));
            }
        }
    }
}

fn softmax_gradients(labels: &[u32], scores: &[&[f64]], out: &mut [&mut [[f32; 2]]]) {
    /// Rows at a time: their probabilities stay in the first-level cache.
    const BLOCK: usize = 64;
    let classes = scores.len();
    // The diagonal of the hessian is p(1 - p); the factor makes up for the rest of it (Friedman, 2001).
    let factor = classes as f64 / (classes as f64 - 1.0).max(1.0);
    let mut powers = vec![[0.0; BLOCK]; classes];
    for first in (0..labels.len()).step_by(BLOCK) {
        let rows = first..(first + BLOCK).min(labels.len());
        let mut largest = [f64::NEG_INFINITY; BLOCK];
        for list in scores {
            largest.iter_mut().zip(&list[rows.clone()]).for_each(|(m, s)| *m = m.max(*s));
        }
        let mut sums = [0.0; BLOCK];
        for (list, powers) in scores.iter().zip(&mut powers) {
            for (((power, sum), s), m) in powers.iter_mut().zip(&mut sums).zip(&list[rows.clone()]).zip(&largest) {
                *power = exp(s - m);
                *sum += *power;
            }
        }
        for (class, (list, powers)) in out.iter_mut().zip(&powers).enumerate() {
            for (((gh, power), sum), label) in list[rows.clone()].iter_mut().zip(powers).zip(&sums).zip(&labels[rows.clone()]) {
                let p = power / sum;
                let truth = f64::from(u8::from(*label as usize == class));
                *gh = [(p - truth) as f32, (factor * p * (1.0 - p)) as f32];
            }
        }
    }
}

/// The share of every class, none of them so small that a single surprise would cost everything.
fn class_shares(labels: &[u32], classes: usize, weights: Option<&[f32]>) -> Vec<f64> {
    let mut sums = vec![0.0; classes];
    for (i, label) in labels.iter().enumerate() {
        sums[*label as usize] += weights.map_or(1.0, |w| f64::from(w[i]));
    }
    let total: f64 = sums.iter().sum();
    // A class that was not seen among n rows may well have a tenth of a row.
    sums.into_iter().map(|s| s.max(0.1) / total.max(1.0)).collect()
}

fn standardised<'a>(values: &[f64], weights: Option<&[f32]>) -> Objective<'a> {
    let weight = |i: usize| weights.map_or(1.0, |w| f64::from(w[i]));
    let total: f64 = (0..values.len()).map(weight).sum();
    // Relative to the first value: exact where all are equal.
    let first = values.first().copied().unwrap_or(0.0);
    let mean = first + values.iter().enumerate().map(|(i, v)| (v - first) * (weight(i) / total)).sum::<f64>();
    let largest = values.iter().fold(0.0, |m: f64, v| m.max((v - mean).abs()));
    let scale = if largest > 0.0 && largest.is_finite() {
        let squares: f64 = values.iter().enumerate().map(|(i, v)| ((v - mean) / largest).powi(2) * (weight(i) / total)).sum();
        (largest * squares.sqrt()).max(f64::MIN_POSITIVE)
    } else {
        1.0
    };
    Objective::Squared { values: values.iter().map(|v| (v - mean) / scale).collect(), mean, scale }
}

/// Predictions for lists of scores, one list per output, written over `out`.
pub(super) fn predictions(link: Link, unit: (f64, f64), scores: &[&[f64]], out: &mut Predictions) {
    let mut row_scores = vec![0.0; scores.len()];
    for i in 0..out.rows() {
        row_scores.iter_mut().zip(scores).for_each(|(to, list)| *to = unit.0 + unit.1 * list[i]);
        link.predict(&row_scores, out.row_mut(i));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(objective: &Objective<'_>, scores: &[f64], i: usize) -> f64 {
        let mut row = vec![0.0; objective.link().width(scores.len())];
        objective.link().predict(scores, &mut row);
        match objective {
            Objective::Squared { values, .. } => 0.5 * (row[0] - values[i]).powi(2),
            Objective::Logistic(labels) | Objective::Softmax(labels, _) => -row[labels[i] as usize].ln(),
        }
    }

    #[test]
    fn gradients_are_slopes_of_the_loss() {
        let targets = [
            Target::Numbers(vec![1.0, 2.0, 5.0]),
            Target::Classes { labels: vec![0, 1, 1], n_classes: 2 },
            Target::Classes { labels: vec![0, 2, 1], n_classes: 3 },
        ];
        for target in &targets {
            let weights = [0.5, 1.0, 1.5];
            let objective = Objective::new(target, Some(&weights));
            let k = objective.start(None).len();
            let scores: Vec<Vec<f64>> = (0..k).map(|k| (0..3).map(|i| (k as f64 - 0.7) * (i as f64 + 0.3)).collect()).collect();
            let lists: Vec<&[f64]> = scores.iter().map(|s| &s[..]).collect();
            let mut out = vec![[[0.0; 2]; 3]; k];
            let mut places: Vec<&mut [[f32; 2]]> = out.iter_mut().map(|o| &mut o[..]).collect();
            objective.gradients(&lists, Some(&weights), &mut places);
            for i in 0..3 {
                for class in 0..k {
                    let at = |step: f64| {
                        let mut row: Vec<f64> = scores.iter().map(|s| s[i]).collect();
                        row[class] += step;
                        loss(&objective, &row, i)
                    };
                    let slope = (at(1e-5) - at(-1e-5)) / 2e-5 * f64::from(weights[i]);
                    assert!((slope - f64::from(out[class][i][0])).abs() < 1e-5);
                    assert!(out[class][i][1] > 0.0);
                }
            }
        }
    }

    #[test]
    fn the_start_is_the_best_constant() {
        let target = Target::Classes { labels: vec![0, 1, 1, 1], n_classes: 2 };
        assert!((Objective::new(&target, None).start(None)[0] - 3f64.ln()).abs() < 1e-12);
        let unseen = Target::Classes { labels: vec![0, 1], n_classes: 3 };
        assert!(Objective::new(&unseen, None).start(None).iter().all(|s| s.is_finite()));
        let huge = Target::Numbers(vec![1e300, -1e300, 3e300]);
        let (mean, scale) = Objective::new(&huge, None).unit();
        assert!(mean.is_finite() && scale.is_finite() && scale > 1e300);
    }
}
