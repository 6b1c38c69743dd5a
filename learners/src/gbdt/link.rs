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
}

impl Link {
    /// Number of scores per row for predictions of this width; `None` if the link has no such predictions.
    pub(super) fn scores(self, width: usize) -> Option<usize> {
        match (self, width) {
            (Link::Identity | Link::Exponential, 1) | (Link::Logistic, 2) => Some(1),
            (Link::Softmax, classes) if classes > 2 => Some(classes),
            _ => None,
        }
    }

    /// What a score is, in the words of contributions.
    pub(super) fn scale(self) -> Scale {
        match self {
            Link::Identity => Scale::Value,
            Link::Logistic => Scale::LogOdds,
            Link::Softmax => Scale::ClassScores,
            Link::Exponential => Scale::LogValue,
        }
    }

    /// Writes the prediction for the scores of one row.
    #[inline]
    pub(super) fn write(self, scores: &[f64], row: &mut [f64]) {
        match self {
            Link::Identity => row[0] = scores[0],
            Link::Exponential => row[0] = scores[0].exp().min(f64::MAX),
            Link::Logistic => {
                let p = 1.0 / (1.0 + (-scores[0]).exp());
                row[0] = 1.0 - p;
                row[1] = p;
            }
            Link::Softmax => {
                let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                row.iter_mut().zip(scores).for_each(|(p, s)| *p = (s - largest).exp());
                let total: f64 = row.iter().sum();
                row.iter_mut().for_each(|p| *p /= total);
            }
        }
    }
}
