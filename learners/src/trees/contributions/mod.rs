//! What did each column add to the sums of the leaves? Exact Shapley values of trees (TreeSHAP), path-dependent.
//!
//! A set of columns is worth what the trees give when these columns are known and a split on any other column
//! sends the row both ways, each weighed by its training rows (Lundberg et al., 2018). For a leaf of value *v*
//! whose path splits on the columns *U*, with *o* = 1 where the row passes all splits on a column and *z* for
//! the share of training rows that do, the Shapley value of column *u* is
//!
//! *v (o_u − z_u) ∫₀¹ ∏_{j ∈ U∖u} (t o_j + (1 − t) z_j) dt*,
//!
//! because the weight of a set of *s* of *d* columns is the integral of *tˢ (1 − t)ᵈ⁻¹⁻ˢ*. The integrand is a
//! polynomial, so that Gauss's rule with half as many points as columns is exact ([`quadrature`]). At a point
//! the product is a running one, as in a walk over the tree, and all its factors are positive: dividing by one
//! of them, which leaves a column out, loses no digits. That makes it one pass over the branches of a tree
//! ([`steps`]) for several rows at once ([`kernel`]), where the usual algorithm pays the square of the depth
//! per leaf.

mod kernel;
mod quadrature;
mod steps;
#[cfg(test)]
mod tests;

use automl_core::contributions::{Contributions, Scale};
use automl_core::matrix::{Column, View};

use kernel::{LANES, Numbers, Scratch, Values};
use steps::Steps;

use super::Trees;

/// What stands in the leaves, and where it goes.
pub(crate) struct LeafValues<'a, F: Fn(usize, usize) -> f64> {
    /// What the scores are.
    pub scale: Scale,
    /// The scores before the first tree.
    pub start: &'a [f64],
    /// Whether a tree adds to one score, its number modulo theirs, or to all of them.
    pub one_score_per_tree: bool,
    /// What a leaf adds to a score.
    pub value: F,
}

/// Bytes of rows that are passed over tree by tree: they stay in the second-level cache.
const TILE_BYTES: usize = 1 << 19;

impl Trees {
    /// The contributions of the columns to the scores of every row. `None` if the covers of the leaves are not
    /// known, or the trees are too deep for it.
    pub(crate) fn contributions<F: Fn(usize, usize) -> f64>(
        &self,
        x: View<'_>,
        leaves: &LeafValues<'_, F>,
    ) -> Option<Contributions> {
        if !self.has_covers() {
            return None;
        }
        let (columns, outputs) = (x.columns().len(), leaves.start.len());
        let mut contributions = Contributions::zeros(leaves.scale, x.rows(), outputs, columns);
        if x.rows() == 0 {
            return Some(contributions);
        }
        let plan = Plan::of(self)?;
        let group_bytes = (plan.columns.len() * LANES * (4 + 8 * outputs)).max(1);
        let tile = (TILE_BYTES / group_bytes).clamp(16, 256) * LANES;
        for first in (0..x.rows()).step_by(tile) {
            let rows = tile.min(x.rows() - first);
            let (sums, bias) = self.tile(x, first, rows, &plan, leaves)?;
            for i in 0..rows {
                for (output, sums) in sums.iter().enumerate() {
                    let row = contributions.row_mut(first + i, output);
                    let group = &sums[i / LANES * plan.columns.len()..];
                    for (column, sum) in plan.columns.iter().zip(group) {
                        row[*column as usize] = sum[i % LANES];
                    }
                    row[columns] = bias[output];
                }
            }
        }
        Some(contributions)
    }

    /// The contributions of a tile of rows per output, in groups of rows, column after column, and the biases.
    fn tile<F: Fn(usize, usize) -> f64>(
        &self,
        x: View<'_>,
        first: usize,
        rows: usize,
        plan: &Plan,
        leaves: &LeafValues<'_, F>,
    ) -> Option<(Vec<Vec<Numbers>>, Vec<f64>)> {
        let values = gather(x, first, rows, &plan.columns);
        let outputs = leaves.start.len();
        let mut sums = vec![vec![[0.0; LANES]; values.len()]; outputs];
        let mut bias = leaves.start.to_vec();
        let mut scratch = Scratch::default();
        for tree in 0..self.len() {
            let mut steps = Steps::of(self, tree, plan)?;
            let adds_to = if leaves.one_score_per_tree { tree % outputs..tree % outputs + 1 } else { 0..outputs };
            for output in adds_to {
                bias[output] += steps.set_values(|leaf| (leaves.value)(leaf, output));
                kernel::run(self, &steps, &values, plan.columns.len(), &mut sums[output], &mut scratch);
            }
        }
        Some((sums, bias))
    }
}

/// What all trees share: which columns they split on, and how many training rows passed each node.
struct Plan {
    /// The columns with a split, rising.
    columns: Vec<u32>,
    /// Per column of the matrix its place among those with a split.
    slots: Vec<u32>,
    /// Training rows per node.
    covers: Vec<f64>,
}

impl Plan {
    /// `None` if a node or leaf has two parents, as may be in a damaged file.
    fn of(trees: &Trees) -> Option<Plan> {
        let mut columns: Vec<u32> = trees.nodes.iter().map(|node| node.0).collect();
        columns.sort_unstable();
        columns.dedup();
        let mut slots = vec![0; columns.last().map_or(0, |last| *last as usize + 1)];
        columns.iter().enumerate().for_each(|(slot, column)| slots[*column as usize] = slot as u32);
        let mut plan = Plan { columns, slots, covers: vec![0.0; trees.nodes.len()] };
        // Children come after their parents.
        for (i, node) in trees.nodes.iter().enumerate().rev() {
            plan.covers[i] = plan.cover(trees, node.3) + plan.cover(trees, node.4);
        }
        let mut seen = vec![false; trees.nodes.len() + trees.leaves()];
        let children = trees.nodes.iter().flat_map(|node| [node.3, node.4]).chain(trees.roots.iter().copied());
        for child in children {
            let place = if child >= 0 { child as usize } else { trees.nodes.len() + !child as usize };
            if std::mem::replace(&mut seen[place], true) {
                return None;
            }
        }
        Some(plan)
    }

    fn cover(&self, trees: &Trees, child: i32) -> f64 {
        if child >= 0 { self.covers[child as usize] } else { f64::from(trees.covers[!child as usize]) }
    }
}

/// The values of some columns of some rows, in groups of rows, column after column.
fn gather(x: View<'_>, first: usize, rows: usize, columns: &[u32]) -> Vec<Values> {
    let mut values = vec![[f32::NAN; LANES]; rows.div_ceil(LANES) * columns.len()];
    for (slot, &column) in columns.iter().enumerate() {
        let column = &*x.columns()[column as usize];
        for i in 0..rows {
            values[i / LANES * columns.len() + slot][i % LANES] = match column {
                Column::Numeric(values) => values[x.row(first + i)],
                Column::Codes { codes, .. } => codes[x.row(first + i)] as f32,
                Column::Sparse(_) => f32::NAN,
            };
        }
    }
    values
}
