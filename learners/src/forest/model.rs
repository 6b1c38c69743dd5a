//! A forest as a model.

use automl_core::contributions::{Contributions, Scale};
use automl_core::error::{Error, Result};
use automl_core::learner::Model;
use automl_core::matrix::View;
use automl_core::predictions::Predictions;
use automl_core::task::Target;
use serde::{Deserialize, Serialize};

use super::grow::ForestTree;
use super::layout::Layout;
use crate::trees::{LeafValues, Trees};

/// The mean of many trees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForestModel {
    /// Whether classes are predicted.
    is_classifier: bool,
    /// Numbers per predicted row.
    width: usize,
    /// Numbers per leaf: one for numbers and for two classes, else one per class.
    outputs: usize,
    /// What is predicted without trees.
    start: Vec<f64>,
    trees: Trees,
    /// What stands in the leaves.
    values: Vec<f32>,
}

impl ForestModel {
    /// A forest without trees.
    pub(super) fn new(target: &Target, columns: usize, start: &[f64]) -> ForestModel {
        ForestModel {
            is_classifier: target.labels().is_some(),
            width: target.width(),
            outputs: if target.width() > 2 { target.width() } else { 1 },
            start: start.to_vec(),
            trees: Trees::new(columns),
            values: Vec::new(),
        }
    }

    /// Number of trees.
    pub fn trees(&self) -> usize {
        self.trees.len()
    }

    /// Numbers per leaf.
    pub(super) fn outputs(&self) -> usize {
        self.outputs
    }

    pub(super) fn push(&mut self, grown: &ForestTree, layout: &Layout) {
        self.trees.push(&grown.tree, grown.covers.iter().copied(), layout);
        self.values.extend(&grown.values);
    }

    /// The prediction for the mean of the leaves of a row.
    pub(super) fn write(&self, mean: &[f64], out: &mut [f64]) {
        if self.is_classifier && self.outputs == 1 {
            let second = mean[0].clamp(0.0, 1.0);
            out.copy_from_slice(&[1.0 - second, second]);
        } else if self.is_classifier {
            let total: f64 = mean.iter().sum();
            out.iter_mut().zip(mean).for_each(|(o, m)| *o = m / total);
        } else {
            out.copy_from_slice(mean);
        }
    }
}

impl Model for ForestModel {
    fn predict(&self, x: View<'_>) -> Predictions {
        let mut predictions = Predictions::zeros(x.rows(), self.width);
        if self.trees.len() == 0 {
            (0..x.rows()).for_each(|i| predictions.row_mut(i).copy_from_slice(&self.start));
            return predictions;
        }
        self.trees.for_each_large_block(x, |first, mut block| {
            let mut sums = vec![0.0f64; block.rows * self.outputs];
            let mut leaves = vec![0; block.rows];
            for tree in 0..self.trees.len() {
                block.leaves(tree, &mut leaves);
                for (sum, leaf) in sums.chunks_exact_mut(self.outputs).zip(&leaves) {
                    let leaf = *leaf as usize * self.outputs;
                    sum.iter_mut().zip(&self.values[leaf..leaf + self.outputs]).for_each(|(s, v)| *s += f64::from(*v));
                }
            }
            sums.iter_mut().for_each(|s| *s /= self.trees.len() as f64);
            for (i, mean) in sums.chunks_exact(self.outputs).enumerate() {
                self.write(mean, predictions.row_mut(first + i));
            }
        });
        predictions
    }

    fn contributions(&self, x: View<'_>) -> Option<Contributions> {
        let trees = self.trees.len();
        // Two classes have one score, the share of the second, which is also the last that is predicted.
        let prior = &self.start[self.width - self.outputs..];
        let none = vec![0.0; self.outputs];
        let leaves = LeafValues {
            scale: if self.is_classifier { Scale::Probability } else { Scale::Value },
            start: if trees == 0 { prior } else { &none },
            one_score_per_tree: false,
            value: |leaf, output| f64::from(self.values[leaf * self.outputs + output]) / trees as f64,
        };
        self.trees.contributions(x, &leaves)
    }

    fn validate(&self, columns: usize) -> Result<()> {
        let unsound = |what: &str| Err(Error::artifact(format!("the forest is not sound: {what}")));
        let outputs = if self.is_classifier && self.width > 2 { self.width } else { 1 };
        let width_fits = if self.is_classifier { self.width >= 2 } else { self.width == 1 };
        if !width_fits || self.outputs != outputs || self.start.len() != self.width {
            return unsound("its leaves do not fit its classes");
        }
        if let Err(what) = self.trees.validate(columns) {
            return unsound(what);
        }
        if self.trees.leaves().checked_mul(self.outputs) != Some(self.values.len()) {
            return unsound("it has more leaves than values, or fewer");
        }
        let is_share = |v: f64| v.is_finite() && (!self.is_classifier || (0.0..=1.0 + 1e-6).contains(&v));
        let leaf_is_sound =
            |leaf: &[f32]| leaf.iter().all(|v| is_share(f64::from(*v))) && (self.outputs == 1 || leaf.iter().any(|v| *v > 0.0));
        if !self.start.iter().all(|v| is_share(*v)) || !self.values.chunks_exact(self.outputs).all(leaf_is_sound) {
            return unsound("a leaf is no prediction");
        }
        Ok(())
    }
}
