//! From summed scores to predictions.

use automl_core::contributions::Scale;
use serde::{Deserialize, Serialize};

/// How the sums of the leaves become predictions. The names in files are append-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Link {
    /// The score is the prediction.
    #[serde(rename = "Squared")]
    Identity,
    /// The score is the log odds of the second class.
    Logistic,
    /// One score per class, made probabilities by a softmax.
    Softmax,
    /// The score is the logarithm of the prediction.
    Exponential,
    /// One score per class: the log odds of this class against all others. Probabilities are divided by their sum.
    OneAgainstAll,
    /// The score is the square root of the prediction; both have the same sign.
    SignedSquare,
}

impl Link {
    /// Number of scores per row for predictions of this width; `None` if the link has no such predictions.
    pub(super) fn scores(self, width: usize) -> Option<usize> {
        match (self, width) {
            (Link::Identity | Link::Exponential | Link::SignedSquare, 1) | (Link::Logistic, 2) => Some(1),
            (Link::Softmax, classes) if classes > 2 => Some(classes),
            (Link::OneAgainstAll, classes) if classes >= 2 => Some(classes),
            _ => None,
        }
    }

    /// What a score is, in the words of contributions; `None` if they have no word for it.
    pub(super) fn scale(self) -> Option<Scale> {
        match self {
            Link::Identity => Some(Scale::Value),
            Link::Logistic => Some(Scale::LogOdds),
            Link::Softmax => Some(Scale::ClassScores),
            Link::Exponential => Some(Scale::LogValue),
            Link::OneAgainstAll | Link::SignedSquare => None,
        }
    }

    /// Writes the prediction for the scores of one row.
    #[inline]
    pub fn write(self, scores: &[f64], row: &mut [f64]) {
        match self {
            Link::Identity => row[0] = scores[0],
            Link::Exponential => row[0] = scores[0].exp().min(f64::MAX),
            Link::Logistic => {
                let p = 1.0 / (1.0 + (-scores[0]).exp());
                row[0] = 1.0 - p;
                row[1] = p;
            }
            Link::Softmax => softmax(scores.iter().copied(), row),
            // A softmax of logarithms divides by the sum, and none of them vanishes on the way.
            Link::OneAgainstAll => softmax(scores.iter().map(|&score| log_logistic(score)), row),
            Link::SignedSquare => row[0] = (scores[0] * scores[0].abs()).clamp(f64::MIN, f64::MAX),
        }
    }
}

fn softmax(scores: impl Iterator<Item = f64> + Clone, row: &mut [f64]) {
    let largest = scores.clone().fold(f64::NEG_INFINITY, f64::max);
    row.iter_mut().zip(scores).for_each(|(p, score)| *p = (score - largest).exp());
    let total: f64 = row.iter().sum();
    row.iter_mut().for_each(|p| *p /= total);
}

/// The logarithm of `1 / (1 + exp(-score))`.
fn log_logistic(score: f64) -> f64 {
    score.min(0.0) - (-score.abs()).exp().ln_1p()
}
