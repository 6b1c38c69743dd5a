//! The target as the losses of scores take it.

use automl_core::learner::TrainData;
use automl_core::task::Target;

use crate::featureless::prior;
use crate::head::{Head, logistic, softmax};

/// The target of the rows, as the loss takes it.
pub(crate) enum Aims {
    /// The value of the only output, with the squared error.
    Numbers(Vec<f32>),
    /// 0 or 1, with the log loss of the only output as log odds.
    Binary(Vec<f32>),
    /// The output that should be largest, with the log loss of a softmax.
    Classes(Vec<u32>),
}

impl Aims {
    /// The aims for a target; numbers are standardised.
    pub fn of(target: &Target, head: &Head, unit: Unit) -> Aims {
        match target {
            Target::Numbers(values) => Aims::Numbers(values.iter().map(|y| ((y - unit.offset) / unit.scale) as f32).collect()),
            Target::Classes { labels, .. } if head.outputs() == 1 => {
                Aims::Binary(head.places(labels).map(|p| p as f32).collect())
            }
            Target::Classes { labels, .. } => Aims::Classes(head.places(labels).collect()),
        }
    }

    /// Gives `each` the gradient of a row's loss and its slope, for every output. Scores are lost.
    pub fn gradients(&self, row: usize, scores: &mut [f64], mut each: impl FnMut(usize, f64, f64)) {
        match self {
            Aims::Numbers(aims) => each(0, scores[0] - f64::from(aims[row]), 1.0),
            Aims::Binary(aims) => {
                let p = logistic(scores[0]);
                each(0, p - f64::from(aims[row]), p * (1.0 - p));
            }
            Aims::Classes(aims) => {
                softmax(scores);
                for (k, &p) in scores.iter().enumerate() {
                    each(k, p - if k == aims[row] as usize { 1.0 } else { 0.0 }, p * (1.0 - p));
                }
            }
        }
    }

    /// The loss of a row. Scores are lost.
    pub fn loss(&self, row: usize, scores: &mut [f64]) -> f64 {
        match self {
            Aims::Numbers(aims) => 0.5 * (scores[0] - f64::from(aims[row])).powi(2),
            Aims::Binary(aims) => {
                let z = scores[0];
                (-z.abs()).exp().ln_1p() + z.max(0.0) - z * f64::from(aims[row])
            }
            Aims::Classes(aims) => {
                softmax(scores);
                -scores[aims[row] as usize].max(f64::MIN_POSITIVE).ln()
            }
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Aims::Numbers(values) | Aims::Binary(values) => values.len(),
            Aims::Classes(places) => places.len(),
        }
    }
}

/// A number of the target is `offset + scale · score`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unit {
    /// The mean of the training rows; 0 for classes.
    pub offset: f64,
    /// Their standard deviation, 0 if they do not vary; 1 for classes.
    pub scale: f64,
}

impl Unit {
    /// The unit of a target.
    pub fn of(data: &TrainData<'_>) -> Unit {
        let Target::Numbers(values) = data.target else { return Unit { offset: 0.0, scale: 1.0 } };
        let offset = prior(data.target, data.weights)[0];
        let weight = |i: usize| data.weights.map_or(1.0, |w| w[i]);
        let total: f64 = (0..values.len()).map(weight).sum();
        let squares: f64 = values.iter().enumerate().map(|(i, y)| weight(i) * (y - offset).powi(2)).sum();
        let deviation = (squares / total).sqrt();
        let varies = deviation > 1e-12 * offset.abs() && deviation.is_finite();
        Unit { offset, scale: if varies { deviation } else { 0.0 } }
    }

    /// Scores as numbers of the target.
    pub fn back(self, scores: &[f64]) -> Vec<f64> {
        scores.iter().map(|score| self.offset + self.scale * score).collect()
    }
}

/// The scores of a model that knows no features.
pub(crate) fn start(head: &Head, data: &TrainData<'_>) -> Vec<f64> {
    let shares = prior(data.target, data.weights);
    let odds: Vec<f64> = shares.iter().filter(|&&share| share > 0.0).map(|share| share.ln()).collect();
    match (head.outputs(), &odds[..]) {
        (0, _) => Vec::new(),
        (1, [first, second]) => vec![second - first],
        (1, _) => vec![0.0],
        _ => odds,
    }
}

/// Weights with a mean of one.
pub(crate) fn mean_one(weights: Option<&[f64]>, rows: usize) -> Vec<f32> {
    let Some(weights) = weights else { return vec![1.0; rows] };
    let mean = weights.iter().sum::<f64>() / rows as f64;
    weights.iter().map(|w| (w / mean) as f32).collect()
}
