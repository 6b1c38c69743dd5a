//! One tree as it is stored: nodes in preorder, so that the left child is the next node and every child
//! has a larger number than its parent.

use automl_core::error::{Error, Result};
use serde::{Deserialize, Serialize};

use super::packed;

/// Marks a leaf.
pub(super) const LEAF: u32 = 1 << 31;
/// Missing numbers go left.
pub(super) const MISSING_LEFT: u32 = 1 << 30;
/// The node looks at a category: the rest of the word is an index into [`Tree::ranks`].
pub(super) const CODES: u32 = 1 << 29;
/// The part of the word that is a number.
pub(super) const INDEX: u32 = CODES - 1;

/// A decision tree. Node `i` is a leaf or sends a row to node `i + 1` or to node `rights[i]`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Tree {
    /// Per node the column it looks at, with marks in the three highest bits.
    #[serde(with = "packed")]
    pub features: Vec<u32>,
    /// Per node the largest value that goes left; for a leaf its prediction, where that is one number.
    #[serde(with = "packed")]
    pub thresholds: Vec<f32>,
    /// Per node its right child. For a leaf of a tree with several outputs: the class that it is sure of,
    /// or the number of classes plus the row of `shares` with its prediction.
    #[serde(with = "packed")]
    pub rights: Vec<u32>,
    /// Rows of class probabilities.
    #[serde(with = "packed")]
    pub shares: Vec<f32>,
    /// The order of the categories of the columns that the tree looks at.
    pub ranks: Vec<Ranks>,
}

/// The order of the categories of one column, by the mean target of the rows of one tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranks {
    /// Index in the matrix.
    pub column: u32,
    /// The rank of each code; codes beyond have that of code 0.
    #[serde(with = "packed")]
    pub ranks: Vec<u32>,
}

impl Ranks {
    /// The rank of a code.
    #[inline]
    fn of(&self, code: f32) -> f32 {
        // The conversion saturates, and NaN gives 0.
        self.ranks.get(code as usize).or(self.ranks.first()).map_or(0.0, |&r| r as f32)
    }
}

impl Tree {
    /// The leaf of a row, given as one number per column: NaN for missing, categories by their code.
    #[inline]
    pub(super) fn leaf(&self, row: &[f32]) -> usize {
        let mut node = 0;
        loop {
            let feature = self.features[node];
            if feature & LEAF != 0 {
                return node;
            }
            let index = (feature & INDEX) as usize;
            let value = if feature & CODES == 0 {
                row[index]
            } else {
                let ranks = &self.ranks[index];
                ranks.of(row[ranks.column as usize])
            };
            let left = if value.is_nan() { feature & MISSING_LEFT != 0 } else { value <= self.thresholds[node] };
            node = if left { node + 1 } else { self.rights[node] as usize };
        }
    }

    /// Adds the prediction of a leaf to `out`: one number, or one share per class.
    #[inline]
    pub(super) fn add_leaf(&self, leaf: usize, out: &mut [f64]) {
        if let [sum] = out {
            *sum += f64::from(self.thresholds[leaf]);
            return;
        }
        let outputs = out.len();
        let place = self.rights[leaf] as usize;
        match place.checked_sub(outputs) {
            None => out[place] += 1.0,
            Some(row) => {
                let shares = &self.shares[row * outputs..][..outputs];
                out.iter_mut().zip(shares).for_each(|(o, s)| *o += f64::from(*s));
            }
        }
    }

    /// Marks the columns it looks at.
    pub(super) fn mark_columns(&self, used: &mut [bool]) {
        for feature in self.features.iter().filter(|f| *f & LEAF == 0) {
            let index = feature & INDEX;
            used[if feature & CODES == 0 { index } else { self.ranks[index as usize].column } as usize] = true;
        }
    }

    /// Checks every index and number of a tree that came from a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn validate(&self, columns: usize, outputs: usize) -> Result<()> {
        let nodes = self.features.len();
        if nodes == 0 || self.thresholds.len() != nodes || self.rights.len() != nodes {
            return Err(Error::artifact(format!("a tree of {nodes} nodes")));
        }
        if self.ranks.iter().any(|r| r.column as usize >= columns || r.ranks.is_empty()) {
            return Err(Error::artifact("a tree looks at a category that is not there"));
        }
        let finite = self.shares.iter().all(|s| s.is_finite() && (0.0..=1.0).contains(s));
        if !finite || !self.shares.len().is_multiple_of(outputs) {
            return Err(Error::artifact("a tree has shares that are none"));
        }
        let rows = self.shares.len() / outputs;
        let wrong = (0..nodes).find(|&i| {
            let (feature, threshold, right) = (self.features[i], self.thresholds[i], self.rights[i] as usize);
            let index = (feature & INDEX) as usize;
            if feature & LEAF != 0 {
                return if outputs == 1 { !threshold.is_finite() } else { right >= outputs + rows };
            }
            let known = if feature & CODES == 0 { columns } else { self.ranks.len() };
            // Children come after their parent: every walk ends.
            threshold.is_nan() || index >= known || right <= i + 1 || right >= nodes
        });
        wrong.map_or(Ok(()), |i| Err(Error::artifact(format!("node {i} of a tree leads nowhere"))))
    }
}
