//! From neighbours to a prediction.

use serde::{Deserialize, Serialize};

use super::model::{Answers, References};
use super::nearest::Neighbour;

/// How much neighbours count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weighting {
    /// By one over their distance; where some are at no distance, these alone.
    Distance,
    /// All the same.
    Uniform,
}

/// How many neighbours vote, and how much the prior counts beside them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Vote {
    /// Neighbours that vote.
    pub neighbours: usize,
    /// Votes of the prior: the prediction without features.
    pub smoothing: f64,
    /// How much each of them counts.
    pub weighting: Weighting,
}

impl Vote {
    /// Writes the prediction of the nearest references into `row`, which has one place per class or one for a number.
    pub(super) fn write(&self, near: &[Neighbour], prior: &[f64], known: &References, row: &mut [f64]) {
        let near = &near[..self.neighbours.min(near.len())];
        let factors = self.factors(near, known);
        let total: f64 = factors.iter().sum();
        // The factors are scaled to as many votes as there are neighbours, so that the prior counts the same anywhere.
        let scale = if total > 0.0 { near.len() as f64 / total } else { 0.0 };
        let votes = if total > 0.0 { near.len() as f64 } else { 0.0 };
        let smoothing = if votes > 0.0 { self.smoothing } else { 1.0 };
        row.iter_mut().zip(prior).for_each(|(value, prior)| *value = smoothing * prior);
        for (neighbour, factor) in near.iter().zip(&factors) {
            let reference = neighbour.reference as usize;
            match &known.answers {
                Answers::Numbers(values) => row[0] += factor * scale * values[reference],
                Answers::Labels(labels) => row[labels[reference] as usize] += factor * scale,
            }
        }
        row.iter_mut().for_each(|value| *value /= votes + smoothing);
    }

    fn factors(&self, near: &[Neighbour], known: &References) -> Vec<f64> {
        let at_no_distance = near.first().is_some_and(|n| n.square == 0.0);
        let factor = |n: &Neighbour| {
            let by_distance = match self.weighting {
                Weighting::Uniform => 1.0,
                Weighting::Distance if at_no_distance => f64::from(u8::from(n.square == 0.0)),
                Weighting::Distance => 1.0 / f64::from(n.square).sqrt(),
            };
            by_distance * known.weights.as_ref().map_or(1.0, |w| w[n.reference as usize])
        };
        near.iter().map(factor).collect()
    }
}
