//! The fitted trees, in terms of raw values.

use automl_core::error::{Error, Result};
use automl_core::learner::Model;
use automl_core::matrix::{Column, View};
use automl_core::predictions::Predictions;
use serde::{Deserialize, Serialize};

use super::objective::Objective;
use super::split::Rule;
use super::tree::{Child, Tree};
use crate::bins::Bins;

/// One split: column, threshold, kind, left, right. Children that are not negative are nodes, others the
/// complement of a leaf's number.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Node(u32, f32, u8, i32, i32);

/// Kind of a node whose missing values go right.
const MISSING_RIGHT: u8 = 0;
/// Kind of a node whose missing values go left.
const MISSING_LEFT: u8 = 1;
/// Kind of a node whose threshold is the number of a category set.
const CATEGORIES: u8 = 2;

/// Boosted trees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GbdtModel {
    objective: Objective,
    /// Numbers per predicted row.
    width: usize,
    /// Columns of the matrix.
    columns: usize,
    /// Scores before the first tree.
    start: Vec<f64>,
    /// Per tree where it begins, in the form of a child; trees of one iteration stand together.
    roots: Vec<i32>,
    nodes: Vec<Node>,
    leaves: Vec<f64>,
    sets: Vec<[u64; 4]>,
}

impl GbdtModel {
    /// A model without trees.
    pub(super) fn new(objective: Objective, width: usize, start: &[f64], columns: usize) -> GbdtModel {
        let (roots, nodes, leaves, sets) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        GbdtModel { objective, width, columns, start: start.to_vec(), roots, nodes, leaves, sets }
    }

    /// Number of iterations.
    pub fn iterations(&self) -> usize {
        self.roots.len() / self.start.len().max(1)
    }

    /// Adds the trees of one iteration.
    pub(super) fn push(&mut self, trees: &[Tree], bins: &Bins) {
        for tree in trees {
            let (node_base, leaf_base) = (self.nodes.len() as i32, self.leaves.len() as i32);
            let child = |child: Child| match child {
                Child::Node(node) => node_base + node as i32,
                Child::Leaf(leaf) => !(leaf_base + leaf as i32),
            };
            self.roots.push(child(if tree.nodes.is_empty() { Child::Leaf(0) } else { Child::Node(0) }));
            for node in &tree.nodes {
                let (threshold, kind) = match node.rule {
                    Rule::UpTo { bin, missing_left } => {
                        let kind = if missing_left { MISSING_LEFT } else { MISSING_RIGHT };
                        (bins.features[node.feature].threshold(bin), kind)
                    }
                    Rule::In(set) => {
                        self.sets.push(set);
                        ((self.sets.len() - 1) as f32, CATEGORIES)
                    }
                };
                self.nodes.push(Node(node.feature as u32, threshold, kind, child(node.left), child(node.right)));
            }
            self.leaves.extend(&tree.values);
        }
    }

    /// Keeps the first iterations only: the best prefix.
    pub(super) fn keep(&mut self, iterations: Option<u32>) {
        let Some(iterations) = iterations else { return };
        let roots = (iterations as usize * self.start.len()).min(self.roots.len());
        if roots == self.roots.len() {
            return;
        }
        let rest = self.roots.split_off(roots);
        // Nodes and leaves stand in the order of their trees: the first of the rest begins what goes.
        let first_node = rest.iter().copied().find(|r| *r >= 0).unwrap_or(self.nodes.len() as i32) as usize;
        self.nodes.truncate(first_node);
        let last_leaf = self.roots.iter().chain(self.nodes.iter().flat_map(|n| [&n.3, &n.4])).filter(|c| **c < 0).map(|c| !c).max();
        self.leaves.truncate(last_leaf.map_or(0, |l| l as usize + 1));
        let sets = self.nodes.iter().filter(|n| n.2 == CATEGORIES).count();
        self.sets.truncate(sets);
    }

    #[inline]
    fn leaf(&self, root: i32, row: &[f32]) -> f64 {
        let mut at = root;
        while at >= 0 {
            let Node(column, threshold, kind, left, right) = self.nodes[at as usize];
            let value = row[column as usize];
            let goes_left = match kind {
                CATEGORIES => {
                    let code = value as usize;
                    code < 256 && self.sets[threshold as usize][code / 64] >> (code % 64) & 1 == 1
                }
                MISSING_LEFT => value <= threshold || value.is_nan(),
                _ => value <= threshold,
            };
            at = if goes_left { left } else { right };
        }
        self.leaves[!at as usize]
    }
}

impl Model for GbdtModel {
    fn predict(&self, x: View<'_>) -> Predictions {
        // Rows of a block stay in the first-level cache while all trees pass over them.
        const BLOCK: usize = 64;
        let mut predictions = Predictions::zeros(x.rows(), self.width);
        let mut values = vec![0.0f32; BLOCK * self.columns.max(1)];
        for first in (0..x.rows()).step_by(BLOCK) {
            let rows = BLOCK.min(x.rows() - first);
            for (j, column) in x.columns().iter().enumerate().take(self.columns) {
                for (i, row) in values.chunks_exact_mut(self.columns.max(1)).enumerate().take(rows) {
                    row[j] = match &**column {
                        Column::Numeric(values) => values[x.row(first + i)],
                        Column::Codes { codes, .. } => codes[x.row(first + i)] as f32,
                        Column::Sparse(_) => f32::NAN,
                    };
                }
            }
            let mut scores: Vec<Vec<f64>> = self.start.iter().map(|s| vec![*s; rows]).collect();
            for iteration in self.roots.chunks_exact(self.start.len().max(1)) {
                for (&root, scores) in iteration.iter().zip(&mut scores) {
                    for (i, score) in scores.iter_mut().enumerate() {
                        *score += self.leaf(root, &values[i * self.columns..(i + 1) * self.columns]);
                    }
                }
            }
            let mut block = Predictions::zeros(rows, self.width);
            self.objective.predictions(&scores, &mut block);
            predictions.values_mut()[first * self.width..(first + rows) * self.width].copy_from_slice(block.values());
        }
        predictions
    }

    fn validate(&self, columns: usize) -> Result<()> {
        let unsound = |what: &str| Err(Error::artifact(format!("the model of `gbdt` is not sound: {what}")));
        let scores = if self.objective == Objective::Softmax { self.width } else { 1 };
        let width_fits = match self.objective {
            Objective::Squared => self.width == 1,
            Objective::Logistic => self.width == 2,
            Objective::Softmax => self.width > 2,
        };
        if self.columns != columns {
            return unsound("it was fitted on another number of columns");
        }
        if !width_fits || self.start.len() != scores || !self.roots.len().is_multiple_of(scores) {
            return unsound("its scores do not fit its classes");
        }
        let child_is_sound = |child: i32, after: i64| {
            if child < 0 { (!child as usize) < self.leaves.len() } else { i64::from(child) > after && (child as usize) < self.nodes.len() }
        };
        if !self.roots.iter().all(|&root| child_is_sound(root, -1)) {
            return unsound("a tree begins nowhere");
        }
        for (i, Node(column, threshold, kind, left, right)) in self.nodes.iter().enumerate() {
            let splits = match *kind {
                CATEGORIES => *threshold >= 0.0 && (*threshold as usize) < self.sets.len(),
                MISSING_LEFT | MISSING_RIGHT => !threshold.is_nan(),
                _ => false,
            };
            // Children come after their parent, so no walk is endless.
            if !splits || *column as usize >= columns || ![*left, *right].iter().all(|&c| child_is_sound(c, i as i64)) {
                return unsound("a split leads nowhere");
            }
        }
        if self.leaves.iter().chain(&self.start).any(|v| !v.is_finite()) {
            return unsound("a leaf is not a number");
        }
        Ok(())
    }
}
