//! What the trees are fitted to: first and second derivatives of the loss.

use automl_core::predictions::Predictions;
use automl_core::task::Target;

use super::link::Link;

/// The loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Objective {
    /// Squared error; the score is the prediction.
    Squared,
    /// Log loss of two classes; the score is the log odds of the second.
    Logistic,
    /// Log loss of more classes; one score each, made probabilities by a softmax.
    Softmax,
}

/// First and second derivative of the loss at one row.
pub(super) type Gradient = [f32; 2];

impl Objective {
    /// The objective for a target.
    pub(super) fn of(target: &Target) -> Objective {
        match target {
            Target::Numbers(_) => Objective::Squared,
            Target::Classes { n_classes: 2, .. } => Objective::Logistic,
            Target::Classes { .. } => Objective::Softmax,
        }
    }

    /// Number of scores per row for predictions of this width.
    pub(super) fn scores(self, width: usize) -> usize {
        if self == Objective::Softmax { width } else { 1 }
    }

    /// The best constant scores.
    pub(super) fn start(self, target: &Target, weights: Option<&[f64]>) -> Vec<f64> {
        let weight = |i: usize| weights.map_or(1.0, |w| w[i]);
        match target {
            Target::Numbers(values) => {
                let total: f64 = (0..values.len()).map(weight).sum();
                let sum: f64 = values.iter().enumerate().map(|(i, y)| weight(i) * y).sum();
                vec![if total > 0.0 { sum / total } else { 0.0 }]
            }
            Target::Classes { labels, n_classes } => {
                // A class that does not occur here keeps a chance that is small and finite.
                let mut counts = vec![1e-6; *n_classes];
                labels.iter().enumerate().for_each(|(i, &c)| counts[c as usize] += weight(i));
                let total: f64 = counts.iter().sum();
                if self == Objective::Logistic {
                    vec![(counts[1] / counts[0]).ln()]
                } else {
                    counts.iter().map(|c| (c / total).ln()).collect()
                }
            }
        }
    }

    /// The derivatives at every row; `scores` holds one list per score.
    pub(super) fn gradients(self, target: &Target, weights: Option<&[f64]>, scores: &[Vec<f64>], out: &mut [Vec<Gradient>]) {
        let weight = |i: usize| weights.map_or(1.0, |w| w[i]);
        match target {
            Target::Numbers(values) => {
                for (i, (y, gradient)) in values.iter().zip(&mut out[0]).enumerate() {
                    let w = weight(i);
                    *gradient = [(w * (scores[0][i] - y)) as f32, w as f32];
                }
            }
            Target::Classes { labels, .. } if self == Objective::Logistic => {
                for (i, (&label, gradient)) in labels.iter().zip(&mut out[0]).enumerate() {
                    let (w, p) = (weight(i), sigmoid(scores[0][i]));
                    *gradient = [(w * (p - f64::from(label))) as f32, (w * (p * (1.0 - p)).max(1e-16)) as f32];
                }
            }
            Target::Classes { labels, n_classes } => {
                // The usual factor for the diagonal approximation of the softmax's second derivative.
                let factor = *n_classes as f64 / (*n_classes as f64 - 1.0);
                let mut p = vec![0.0; *n_classes];
                for (i, &label) in labels.iter().enumerate() {
                    p.iter_mut().zip(scores).for_each(|(p, s)| *p = s[i]);
                    softmax(&mut p);
                    let w = weight(i);
                    for (k, p) in p.iter().enumerate() {
                        let hit = f64::from(u8::from(label as usize == k));
                        out[k][i] = [(w * (p - hit)) as f32, (w * factor * (p * (1.0 - p)).max(1e-16)) as f32];
                    }
                }
            }
        }
    }

    /// How scores become predictions.
    pub(super) fn link(self) -> Link {
        match self {
            Objective::Squared => Link::Identity,
            Objective::Logistic => Link::Logistic,
            Objective::Softmax => Link::Softmax,
        }
    }

    /// Predictions from scores; `scores` holds one list per score.
    pub(super) fn predictions(self, scores: &[Vec<f64>], out: &mut Predictions) {
        let mut row = vec![0.0; scores.len()];
        for i in 0..out.rows() {
            row.iter_mut().zip(scores).for_each(|(to, list)| *to = list[i]);
            self.link().write(&row, out.row_mut(i));
        }
    }
}

fn sigmoid(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp())
}

fn softmax(scores: &mut [f64]) {
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut total = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - largest).exp();
        total += *score;
    }
    scores.iter_mut().for_each(|score| *score /= total);
}
