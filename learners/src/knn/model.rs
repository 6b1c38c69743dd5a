//! The references as a model.

use automl_core::error::{Error, Result};
use automl_core::learner::Model;
use automl_core::matrix::View;
use automl_core::predictions::Predictions;
use automl_core::task::Target;
use serde::{Deserialize, Serialize};

use super::layout::{LANES, Layout, Panels};
use super::nearest::{BLOCK, Neighbour, nearest};
use super::vote::Vote;

/// The target of the references.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answers {
    /// A class each.
    Labels(Vec<u32>),
    /// A number each.
    Numbers(Vec<f64>),
}

/// The rows that are compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct References {
    /// Their features.
    pub panels: Panels,
    /// Their target.
    pub answers: Answers,
    /// Their weights, if they differ.
    pub weights: Option<Vec<f64>>,
}

impl Answers {
    /// The target of some rows.
    pub(super) fn of(target: &Target, rows: &[u32]) -> Answers {
        match target.select(rows) {
            Target::Classes { labels, .. } => Answers::Labels(labels),
            Target::Numbers(values) => Answers::Numbers(values),
        }
    }
}

/// Neighbours and how they vote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KnnModel {
    /// What is compared.
    pub layout: Layout,
    /// With what.
    pub references: References,
    /// How neighbours vote.
    pub vote: Vote,
    /// The prediction without neighbours: one share per class, or one number.
    pub prior: Vec<f64>,
}

impl KnnModel {
    /// The nearest references of a block of queries, row-major, nearest first.
    pub(super) fn nearest(&self, queries: &[f32], wanted: usize) -> Vec<Vec<Neighbour>> {
        nearest(&self.layout, &self.references.panels, queries, wanted)
    }
}

impl Model for KnnModel {
    fn predict(&self, x: View<'_>) -> Predictions {
        let (rows, width) = (x.rows(), self.layout.width());
        let mut predictions = Predictions::zeros(rows, self.prior.len());
        if width == 0 || self.references.panels.rows == 0 {
            (0..rows).for_each(|i| predictions.row_mut(i).copy_from_slice(&self.prior));
            return predictions;
        }
        for (block, queries) in self.layout.rows(x).chunks(BLOCK * width).enumerate() {
            for (i, near) in (block * BLOCK..).zip(self.nearest(queries, self.vote.neighbours)) {
                self.vote.write(&near, &self.prior, &self.references, predictions.row_mut(i));
            }
        }
        predictions
    }

    fn validate(&self, columns: usize) -> Result<()> {
        let wrong = |what: String| Err(Error::artifact(format!("neighbours: {what}")));
        self.layout.validate(columns)?;
        let References { panels, answers, weights } = &self.references;
        let rows = panels.rows;
        let expected = rows.checked_next_multiple_of(LANES).and_then(|n| n.checked_mul(self.layout.width()));
        if expected != Some(panels.values.len()) || panels.values.iter().any(|v| !v.is_finite()) || rows > u32::MAX as usize {
            return wrong(format!("{} values of {rows} rows", panels.values.len()));
        }
        let answers_fit = match answers {
            Answers::Labels(labels) => labels.len() == rows && labels.iter().all(|&l| (l as usize) < self.prior.len()),
            Answers::Numbers(values) => values.len() == rows && values.iter().all(|v| v.is_finite()) && self.prior.len() == 1,
        };
        if !answers_fit || weights.as_ref().is_some_and(|w| w.len() != rows || w.iter().any(|w| !(*w > 0.0 && w.is_finite()))) {
            return wrong("what is known of the references".to_owned());
        }
        let is_share = matches!(answers, Answers::Labels(_));
        let sum: f64 = self.prior.iter().sum();
        if self.prior.iter().any(|p| !p.is_finite() || (is_share && *p < 0.0)) || (is_share && (sum - 1.0).abs() > 1e-6) {
            return wrong(format!("prior {:?}", self.prior));
        }
        if self.vote.neighbours == 0 || !(self.vote.smoothing > 0.0 && self.vote.smoothing.is_finite()) {
            return wrong(format!("vote {:?}", self.vote));
        }
        Ok(())
    }
}
