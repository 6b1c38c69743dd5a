//! The fitted model: trees over raw values.

use automl_core::error::{Error, Result};
use automl_core::learner::Model;
use automl_core::matrix::{Column, View};
use automl_core::predictions::Predictions;
use serde::{Deserialize, Serialize};

use super::code_set::CodeSet;
use super::objective::Link;
use super::table::Table;
use super::tree::{BinNode, BinTree, Child, Cut};
use crate::bins::MAX_CODE;

/// A fitted gradient boosting model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GbdtModel {
    pub(super) link: Link,
    /// What the scores start from, one per output.
    pub(super) start: Vec<f64>,
    /// The trees, all outputs of the first iteration first.
    pub(super) trees: Vec<Tree>,
}

/// A tree over raw values. Children always come after their parents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    sets: Vec<CodeSet>,
    pub(super) values: Vec<f64>,
}

/// An inner node. In files it is a tuple, which is a third of the size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "NodeTuple", into = "NodeTuple")]
pub(super) struct Node {
    feature: u32,
    question: Question,
    left: Child,
    right: Child,
}

/// Who goes left.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Question {
    /// Numbers up to this one, and maybe missing values.
    AtMost(f32, MissingGo),
    /// The categories of the set with this index.
    OneOf(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MissingGo {
    Left,
    Right,
}

/// Feature, kind of the question, bits of its threshold or index of its set, left and right child.
type NodeTuple = (u32, u8, u32, Child, Child);

impl From<Node> for NodeTuple {
    fn from(node: Node) -> NodeTuple {
        let (kind, what) = match node.question {
            Question::AtMost(threshold, MissingGo::Right) => (0, threshold.to_bits()),
            Question::AtMost(threshold, MissingGo::Left) => (1, threshold.to_bits()),
            Question::OneOf(set) => (2, set),
        };
        (node.feature, kind, what, node.left, node.right)
    }
}

impl From<NodeTuple> for Node {
    fn from((feature, kind, what, left, right): NodeTuple) -> Node {
        let question = match kind {
            0 => Question::AtMost(f32::from_bits(what), MissingGo::Right),
            1 => Question::AtMost(f32::from_bits(what), MissingGo::Left),
            _ => Question::OneOf(what),
        };
        Node { feature, question, left, right }
    }
}

impl Tree {
    /// The tree over raw values that decides like `tree`, with values multiplied by `scale`.
    pub(super) fn from_bins(tree: &BinTree, table: &Table<'_>, scale: f64) -> Tree {
        let mut sets = Vec::new();
        let mut raw = |node: &BinNode| {
            let question = match node.cut {
                Cut::Numbers { last, missing_left } => {
                    let missing = if missing_left { MissingGo::Left } else { MissingGo::Right };
                    Question::AtMost(table.features[node.feature].threshold(last), missing)
                }
                Cut::Codes(set) => {
                    sets.push(set);
                    Question::OneOf(sets.len() as u32 - 1)
                }
            };
            Node { feature: table.sources[node.feature], question, left: node.left, right: node.right }
        };
        let nodes = tree.nodes.iter().map(&mut raw).collect();
        Tree { nodes, sets, values: tree.values.iter().map(|v| v * scale).collect() }
    }

    /// Adds the values for rows of raw values, with codes as numbers, to every `step`-th of `scores`.
    fn add_to(&self, scores: &mut [f64], step: usize, values: &[f32], columns: usize) {
        /// Rows that walk down together, so that the waits of one are filled by the others.
        const LANES: usize = 8;
        if self.nodes.is_empty() {
            scores.iter_mut().step_by(step).for_each(|score| *score += self.values[0]);
            return;
        }
        let mut rows = values.chunks_exact(columns);
        let mut places = scores.iter_mut().step_by(step);
        while rows.len() >= LANES {
            let lanes: [&[f32]; LANES] = std::array::from_fn(|_| rows.next().unwrap_or_default());
            let leaves = self.leaves_of(lanes);
            leaves.into_iter().zip(&mut places).for_each(|(leaf, score)| *score += self.values[leaf]);
        }
        for (row, score) in rows.zip(places) {
            *score += self.values[self.leaves_of([row])[0]];
        }
    }

    #[inline]
    fn leaves_of<const LANES: usize>(&self, rows: [&[f32]; LANES]) -> [usize; LANES] {
        let mut at: [Child; LANES] = [0; LANES];
        while at.iter().any(|at| *at >= 0) {
            for (at, row) in at.iter_mut().zip(&rows) {
                // Those who have arrived ask the root again and stay: cheaper than a branch that is missed.
                let node = &self.nodes[(*at).max(0) as usize];
                let next = self.next(node, row[node.feature as usize]);
                *at = if *at < 0 { *at } else { next };
            }
        }
        at.map(|at| !at as usize)
    }

    #[inline]
    fn next(&self, node: &Node, x: f32) -> Child {
        let goes_left = match node.question {
            Question::AtMost(threshold, missing) => (x <= threshold) | (x.is_nan() & (missing == MissingGo::Left)),
            Question::OneOf(set) => self.sets[set as usize].contains(x as u8),
        };
        if goes_left { node.left } else { node.right }
    }

    fn validate(&self, columns: usize) -> Result<()> {
        let wrong = |what: String| Err(Error::artifact(what));
        if self.values.is_empty() || self.values.iter().any(|v| !v.is_finite()) {
            return wrong("a tree has no finite values".to_owned());
        }
        for (i, node) in self.nodes.iter().enumerate() {
            let in_range = |child: Child| match usize::try_from(child) {
                Ok(child) => child > i && child < self.nodes.len(),
                Err(_) => (!child as usize) < self.values.len(),
            };
            if !in_range(node.left) || !in_range(node.right) {
                return wrong(format!("node {i} of a tree has children {} and {}", node.left, node.right));
            }
            if node.feature as usize >= columns {
                return wrong(format!("node {i} of a tree asks for column {} of {columns}", node.feature));
            }
            match node.question {
                Question::AtMost(threshold, _) if threshold.is_nan() => {
                    return wrong(format!("node {i} of a tree has no threshold"));
                }
                Question::OneOf(set) if set as usize >= self.sets.len() => {
                    return wrong(format!("node {i} of a tree asks for set {set} of {}", self.sets.len()));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl GbdtModel {
    /// Number of trees per output.
    pub fn iterations(&self) -> usize {
        self.trees.len() / self.start.len().max(1)
    }
}

impl Model for GbdtModel {
    fn predict(&self, x: View<'_>) -> Predictions {
        /// Rows at a time: their values stay in cache over all trees, and a tree over all of them.
        const BLOCK: usize = 64;
        let outputs = self.start.len();
        let columns = x.columns().len();
        let mut out = Predictions::zeros(x.rows(), self.link.width(outputs));
        let mut values = vec![0.0; BLOCK * columns];
        let mut scores = vec![0.0; BLOCK * outputs];
        for first in (0..x.rows()).step_by(BLOCK) {
            let rows = BLOCK.min(x.rows() - first);
            gather(x, first, rows, &mut values);
            scores.chunks_exact_mut(outputs).for_each(|row| row.copy_from_slice(&self.start));
            for (t, tree) in self.trees.iter().enumerate() {
                tree.add_to(&mut scores[t % outputs..rows * outputs], outputs, &values[..rows * columns], columns.max(1));
            }
            for i in 0..rows {
                self.link.predict(&scores[i * outputs..(i + 1) * outputs], out.row_mut(first + i));
            }
        }
        out
    }

    fn validate(&self, columns: usize) -> Result<()> {
        let outputs = self.start.len();
        let fitting = if self.link == Link::Softmax { outputs > 0 } else { outputs == 1 };
        if !fitting || !self.trees.len().is_multiple_of(outputs) || self.start.iter().any(|s| !s.is_finite()) {
            return Err(Error::artifact(format!("a boosting model has {outputs} outputs and {} trees", self.trees.len())));
        }
        self.trees.iter().try_for_each(|tree| tree.validate(columns))
    }
}

/// Copies some rows of a view row by row; codes become numbers, those without a bin of their own 0.
fn gather(x: View<'_>, first: usize, rows: usize, values: &mut [f32]) {
    let width = x.columns().len();
    for (j, column) in x.columns().iter().enumerate() {
        for i in 0..rows {
            let row = x.row(first + i);
            values[i * width + j] = match &**column {
                Column::Numeric(numbers) => numbers[row],
                Column::Codes { codes, .. } => {
                    if codes[row] <= MAX_CODE {
                        codes[row] as f32
                    } else {
                        0.0
                    }
                }
                Column::Sparse(_) => f32::NAN,
            };
        }
    }
}
