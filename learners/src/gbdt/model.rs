//! Boosted trees as a model.

use automl_core::contributions::Contributions;
use automl_core::error::{Error, Result};
use automl_core::learner::Model;
use automl_core::matrix::View;
use automl_core::predictions::Predictions;
use serde::{Deserialize, Serialize};

use super::grow::GrownTree;
use super::link::Link;
use crate::bins::Bins;
use crate::trees::{LeafValues, Trees, for_each_block};

/// Boosted trees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GbdtModel {
    #[serde(rename = "objective")]
    link: Link,
    /// Numbers per predicted row.
    width: usize,
    /// Scores before the first tree.
    start: Vec<f64>,
    /// Trees of one iteration, one per score, stand together.
    trees: Trees,
    /// What each leaf adds to its score.
    values: Vec<f64>,
}

impl GbdtModel {
    /// A model without trees.
    pub(super) fn new(link: Link, width: usize, start: &[f64], columns: usize) -> GbdtModel {
        GbdtModel { link, width, start: start.to_vec(), trees: Trees::new(columns), values: Vec::new() }
    }

    /// A model of trees that were not grown here, so many scores per row, starting at 0.
    pub(super) fn from_parts(link: Link, width: usize, scores: usize, trees: Trees, values: Vec<f64>) -> GbdtModel {
        GbdtModel { link, width, start: vec![0.0; scores], trees, values }
    }

    /// Number of iterations.
    pub fn iterations(&self) -> usize {
        self.trees.len() / self.start.len().max(1)
    }

    /// Adds the trees of one iteration.
    pub(super) fn push(&mut self, grown: &[GrownTree], bins: &Bins) {
        for tree in grown {
            let covers = tree.leaves.iter().map(|(_, rows)| *rows as f32);
            self.trees.push(&tree.tree, covers, bins);
            self.values.extend(&tree.values);
        }
    }

    /// Keeps the first iterations only: the best prefix.
    pub(super) fn keep(&mut self, iterations: Option<u32>) {
        if let Some(iterations) = iterations {
            self.trees.truncate(iterations as usize * self.start.len());
            self.values.truncate(self.trees.leaves());
        }
    }
}

impl Model for GbdtModel {
    fn predict(&self, x: View<'_>) -> Predictions {
        let mut predictions = Predictions::zeros(x.rows(), self.width);
        let outputs = self.start.len().max(1);
        for_each_block(x, x.columns().len(), |first, rows| {
            let mut scores = self.start.repeat(rows.len());
            for tree in 0..self.trees.len() {
                for (scores, row) in scores.chunks_exact_mut(outputs).zip(rows.clone()) {
                    scores[tree % outputs] += self.values[self.trees.leaf_of(tree, row)];
                }
            }
            for (i, scores) in scores.chunks_exact(outputs).enumerate() {
                self.link.write(scores, predictions.row_mut(first + i));
            }
        });
        predictions
    }

    fn contributions(&self, x: View<'_>) -> Option<Contributions> {
        let leaves = LeafValues {
            scale: self.link.scale()?,
            start: &self.start,
            one_score_per_tree: true,
            value: |leaf, _| self.values[leaf],
        };
        self.trees.contributions(x, &leaves)
    }

    fn validate(&self, columns: usize) -> Result<()> {
        let unsound = |what: &str| Err(Error::artifact(format!("the model of `gbdt` is not sound: {what}")));
        let scores = self.link.scores(self.width);
        if scores != Some(self.start.len()) || !self.trees.len().is_multiple_of(self.start.len()) {
            return unsound("its scores do not fit its classes");
        }
        if let Err(what) = self.trees.validate(columns) {
            return unsound(what);
        }
        if self.values.len() != self.trees.leaves() || self.values.iter().chain(&self.start).any(|v| !v.is_finite()) {
            return unsound("a leaf is not a number");
        }
        Ok(())
    }
}
