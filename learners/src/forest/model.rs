//! The fitted forest.

use automl_core::error::{Error, Result};
use automl_core::learner::Model;
use automl_core::matrix::{Column, View};
use automl_core::predictions::Predictions;
use serde::{Deserialize, Serialize};

use super::tree::Tree;

/// Numbers in the buffer of rows that trees are walked with: 256 KB of `f32`.
const BLOCK_VALUES: usize = 1 << 16;

/// The average of trees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ForestModel {
    /// Number of classes; `None` for regression.
    pub n_classes: Option<usize>,
    /// What is predicted without any tree.
    pub prior: Vec<f64>,
    /// For regression, trees predict `(y - offset) / scale`.
    pub offset: f64,
    /// See `offset`.
    pub scale: f64,
    /// The trees.
    pub trees: Vec<Tree>,
}

impl ForestModel {
    /// Numbers that a tree predicts: one for regression and two classes, else one per class.
    pub(super) fn outputs(&self) -> usize {
        outputs(self.n_classes)
    }

    /// Adds the predictions of some trees to `sums`, one row of outputs per row in view.
    pub(super) fn add_trees(&self, trees: &[Tree], x: View<'_>, sums: &mut [f64]) {
        let (columns, outputs) = (x.columns(), self.outputs());
        let mut used = vec![false; columns.len()];
        trees.iter().for_each(|t| t.mark_columns(&mut used));
        let width = columns.len().max(1);
        let rows = (BLOCK_VALUES / width).max(1);
        let mut buffer = vec![0.0f32; rows.min(x.rows()) * width];
        for (block, sums) in sums.chunks_mut(rows * outputs).enumerate() {
            let count = sums.len() / outputs;
            let buffer = &mut buffer[..count * width];
            for (j, column) in columns.iter().enumerate().filter(|(j, _)| used[*j]) {
                let places = buffer[j..].iter_mut().step_by(width).zip(block * rows..);
                match &**column {
                    Column::Numeric(values) => places.for_each(|(p, i)| *p = values[x.row(i)]),
                    Column::Codes { codes, .. } => places.for_each(|(p, i)| *p = codes[x.row(i)] as f32),
                    Column::Sparse(_) => places.for_each(|(p, _)| *p = f32::NAN),
                }
            }
            for tree in trees {
                for (row, sum) in buffer.chunks_exact(width).zip(sums.chunks_exact_mut(outputs)) {
                    tree.add_leaf(tree.leaf(row), sum);
                }
            }
        }
    }

    /// One row of predictions from the sums over a number of trees; the prior for none.
    pub(super) fn write(&self, sums: &[f64], trees: usize, out: &mut [f64]) {
        if trees == 0 {
            out.copy_from_slice(&self.prior);
            return;
        }
        let count = trees as f64;
        match (self.n_classes, sums) {
            (None, _) => out[0] = self.offset + self.scale * (sums[0] / count),
            (Some(_), [second]) if out.len() == 2 => {
                let p = (second / count).clamp(0.0, 1.0);
                (out[0], out[1]) = (1.0 - p, p);
            }
            (Some(_), _) => {
                let total: f64 = sums.iter().sum();
                out.iter_mut().zip(sums).for_each(|(o, s)| *o = s / total);
            }
        }
    }

    /// Predictions from sums over all rows, which `trees` trees have added to.
    pub(super) fn finish(&self, sums: &[f64], trees: usize) -> Predictions {
        let mut predictions = Predictions::zeros(sums.len() / self.outputs(), self.prior.len());
        for (i, sums) in sums.chunks_exact(self.outputs()).enumerate() {
            self.write(sums, trees, predictions.row_mut(i));
        }
        predictions
    }
}

/// Numbers that a tree predicts for this many classes.
pub(super) fn outputs(n_classes: Option<usize>) -> usize {
    n_classes.filter(|&n| n != 2).unwrap_or(1)
}

impl Model for ForestModel {
    fn predict(&self, x: View<'_>) -> Predictions {
        let mut sums = vec![0.0; x.rows() * self.outputs()];
        self.add_trees(&self.trees, x, &mut sums);
        self.finish(&sums, self.trees.len())
    }

    fn validate(&self, columns: usize) -> Result<()> {
        let width = self.n_classes.unwrap_or(1);
        if width == 0 || self.prior.len() != width || self.prior.iter().any(|p| !p.is_finite()) {
            return Err(Error::artifact(format!("forest model: {:?} for {width} outputs", self.prior)));
        }
        if !self.offset.is_finite() || !self.scale.is_finite() {
            return Err(Error::artifact(format!("forest model: offset {}, scale {}", self.offset, self.scale)));
        }
        self.trees.iter().try_for_each(|t| t.validate(columns, self.outputs())).map_err(|e| e.context("forest model"))
    }
}
