//! Boosted trees as a model.

use automl_core::contributions::Contributions;
use automl_core::error::{Error, Result};
use automl_core::learner::Model;
use automl_core::matrix::View;
use automl_core::predictions::Predictions;
use serde::{Deserialize, Serialize};

use super::contributions::{folded, widened};
use super::grow::GrownTree;
use super::link::Link;
use super::loss::Objective;
use super::statistics::{Statistic, append};
use crate::bins::Bins;
use crate::trees::{LeafValues, Trees};

/// Boosted trees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GbdtModel {
    #[serde(rename = "objective")]
    link: Link,
    /// Numbers per predicted row.
    width: usize,
    /// Columns that are made of categories, behind those of the matrix.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    statistics: Vec<Statistic>,
    /// Scores before the first tree.
    start: Vec<f64>,
    /// Trees of one iteration, one per score, stand together.
    trees: Trees,
    /// What each leaf adds to its score.
    values: Vec<f64>,
}

impl GbdtModel {
    /// A model without trees.
    pub(super) fn new(objective: &Objective<'_>, width: usize, columns: usize, statistics: Vec<Statistic>) -> GbdtModel {
        let (shift, scale) = objective.unit();
        let start = objective.start().iter().map(|s| shift + scale * s).collect();
        let trees = Trees::new(columns + statistics.len());
        GbdtModel { link: objective.link(), width, statistics, start, trees, values: Vec::new() }
    }

    /// A model of trees that were not grown here, so many scores per row, starting at 0.
    pub(super) fn from_parts(link: Link, width: usize, scores: usize, trees: Trees, values: Vec<f64>) -> GbdtModel {
        GbdtModel { link, width, statistics: Vec::new(), start: vec![0.0; scores], trees, values }
    }

    /// Forgets the scores before the first tree: a caller has others.
    pub(super) fn begin_from_zero(&mut self) {
        self.start.fill(0.0);
    }

    /// The scores of all rows, row after row: sums of leaves, which the link makes predictions of.
    pub fn scores(&self, x: View<'_>) -> Vec<f64> {
        let outputs = self.start.len().max(1);
        let mut all = Vec::with_capacity(x.rows() * outputs);
        let (mut leaves, mut sums) = (Vec::new(), Vec::new());
        self.trees.for_each_block(x, append(&self.statistics, x.columns().len()), |_, mut block| {
            leaves.resize(block.rows, 0);
            // One list per score.
            sums.clear();
            self.start.iter().for_each(|start| sums.extend(std::iter::repeat_n(*start, block.rows)));
            for tree in 0..self.trees.len() {
                block.leaves(tree, &mut leaves);
                let first = tree % outputs * block.rows;
                add(&self.values, &leaves, &mut sums[first..first + block.rows]);
            }
            all.extend((0..block.rows).flat_map(|row| sums[row..].iter().step_by(block.rows)));
        });
        all
    }

    /// Number of iterations.
    pub fn iterations(&self) -> usize {
        self.trees.len() / self.start.len().max(1)
    }

    /// The leaves that rows end in: one per tree, row after row, numbered over all trees. As categories they make
    /// features for another model (He et al., *Practical lessons from predicting clicks on ads*, 2014).
    pub fn leaves(&self, x: View<'_>) -> Vec<u32> {
        self.trees.all_leaves(x, append(&self.statistics, x.columns().len()))
    }

    /// How scores become predictions.
    pub fn link(&self) -> Link {
        self.link
    }

    /// Numbers per predicted row.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Writes the predictions for scores that stand in one list per output.
    pub(super) fn predictions_of(&self, scores: &[&[f64]], out: &mut Predictions) {
        let mut row = vec![0.0; scores.len()];
        for i in 0..out.rows() {
            row.iter_mut().zip(scores).for_each(|(to, list)| *to = list[i]);
            self.link.write(&row, out.row_mut(i));
        }
    }

    /// Adds the trees of one iteration; `scale` brings their values into the unit of the model.
    pub(super) fn push(&mut self, grown: &[GrownTree], bins: &Bins, scale: f64) {
        for tree in grown {
            self.trees.push(&tree.tree, tree.covers.iter().copied(), bins);
            self.values.extend(tree.values.iter().map(|v| scale * v));
        }
    }

    /// Keeps the first iterations only: the best prefix.
    pub(super) fn keep(&mut self, iterations: Option<u32>) {
        if let Some(iterations) = iterations {
            self.trees.truncate(iterations as usize * self.start.len());
            self.values.truncate(self.trees.leaves());
            self.values.shrink_to_fit();
        }
    }
}

/// Adds to each sum what its row's leaf holds. By itself, so that nothing else is in the loop.
#[inline(never)]
fn add(values: &[f64], leaves: &[u32], sums: &mut [f64]) {
    sums.iter_mut().zip(leaves).for_each(|(sum, leaf)| *sum += values[*leaf as usize]);
}

impl Model for GbdtModel {
    fn predict(&self, x: View<'_>) -> Predictions {
        let mut predictions = Predictions::zeros(x.rows(), self.width);
        for (i, scores) in self.scores(x).chunks_exact(self.start.len().max(1)).enumerate() {
            self.link.write(scores, predictions.row_mut(i));
        }
        predictions
    }

    fn contributions(&self, x: View<'_>) -> Option<Contributions> {
        let leaves = LeafValues {
            scale: self.link.scale()?,
            start: &self.start,
            one_score_per_tree: true,
            value: |leaf, _| self.values[leaf],
        };
        if self.statistics.is_empty() {
            return self.trees.contributions(x, &leaves);
        }
        let matrix = widened(&self.statistics, x).ok()?;
        let found = self.trees.contributions(View { matrix: &matrix, rows: x.rows }, &leaves)?;
        Some(folded(&self.statistics, &found))
    }

    fn cut(&mut self, steps: u32) -> bool {
        self.keep(Some(steps));
        true
    }

    fn steps(&self) -> Option<u32> {
        Some((self.trees.len() / self.start.len().max(1)) as u32)
    }

    fn validate(&self, columns: usize) -> Result<()> {
        let unsound = |what: &str| Err(Error::artifact(format!("the model of `gbdt` is not sound: {what}")));
        let scores = self.link.scores(self.width);
        if scores != Some(self.start.len()) || !self.trees.len().is_multiple_of(self.start.len()) {
            return unsound("its scores do not fit its classes");
        }
        if !self.statistics.iter().all(|s| s.is_sound(columns)) {
            return unsound("what it knows of categories is damaged");
        }
        if let Err(what) = self.trees.validate(columns + self.statistics.len()) {
            return unsound(what);
        }
        if self.values.len() != self.trees.leaves() || self.values.iter().chain(&self.start).any(|v| !v.is_finite()) {
            return unsound("a leaf is not a number");
        }
        Ok(())
    }
}
