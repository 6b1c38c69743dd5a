//! Growing one tree: the leaf with the largest gain is split until there are enough leaves.

use automl_core::fit_context::FitContext;
use automl_core::seed::{Rng, derive, rng};
use rand::seq::index::sample;

use super::GbdtParams;
use super::histogram::Histogram;
use super::objective::Gradient;
use super::split::{Finder, Leaf, Split, leaf_value};
use crate::bins::Bins;
use crate::trees::Grown;

/// Grows trees on the same rows; its buffers are used again from tree to tree.
pub(super) struct Grower<'a> {
    params: &'a GbdtParams,
    bins: &'a Bins,
    /// The row of the bins behind every training row.
    places: &'a [u32],
    /// Features with at least two bins.
    splittable: Vec<usize>,
    rows: Vec<u32>,
    scratch: Vec<u32>,
    free: Vec<Histogram>,
}

/// A leaf that may be split.
struct Open {
    /// Its rows are `rows[start..start + count]`.
    start: usize,
    leaf: Leaf,
    depth: usize,
    parent: Option<(u32, bool)>,
    histogram: Option<Histogram>,
    best: Option<Split>,
}

/// A grown tree, and which rows lie in which leaf.
pub(super) struct GrownTree {
    pub tree: Grown,
    /// The value of each leaf.
    pub values: Vec<f64>,
    /// Per leaf where its rows begin in [`Grower::rows`] and how many they are.
    pub leaves: Vec<(usize, usize)>,
}

impl GrownTree {
    /// The value of a row of the bins.
    #[inline]
    pub fn value(&self, bytes: &[u8]) -> f64 {
        self.values[self.tree.leaf_of(bytes) as usize]
    }
}

impl<'a> Grower<'a> {
    pub fn new(params: &'a GbdtParams, bins: &'a Bins, places: &'a [u32]) -> Grower<'a> {
        let splittable = (0..bins.features.len()).filter(|&j| bins.features[j].count() > 1).collect();
        Grower { params, bins, places, splittable, rows: Vec::new(), scratch: Vec::new(), free: Vec::new() }
    }

    /// The training rows of the latest tree, leaf after leaf.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Grows a tree on the training rows in `bag`. `None`: there was no time to finish it.
    pub fn grow(&mut self, bag: &[u32], gradients: &[Gradient], seed: u64, ctx: &FitContext<'_>) -> Option<GrownTree> {
        self.rows.clear();
        self.rows.extend_from_slice(bag);
        self.scratch.resize(bag.len(), 0);
        let mut rng = rng(seed);
        let used = self.draw_features(&mut rng);
        let mut tree = Grown::leaf();
        let mut open = vec![self.root(gradients)];
        self.search(&mut open[0], gradients, &used, derive(seed, 0), None);
        while open.len() < self.params.num_leaves {
            let Some(chosen) = best_leaf(&open) else { break };
            if ctx.check().is_stop() {
                self.recycle(open);
                return None;
            }
            self.split(&mut tree, &mut open, chosen, gradients, &used, seed);
        }
        let values = open.iter().map(|o| leaf_value(self.params, o.leaf.sums)).collect();
        let leaves = open.iter().map(|o| (o.start, o.leaf.rows)).collect();
        self.recycle(open);
        Some(GrownTree { tree, values, leaves })
    }

    fn draw_features(&self, rng: &mut Rng) -> Vec<usize> {
        let all = self.splittable.len();
        let wanted = ((all as f64 * self.params.feature_fraction).round() as usize).clamp(usize::from(all > 0), all);
        if wanted == all {
            return self.splittable.clone();
        }
        let mut drawn: Vec<usize> = sample(rng, all, wanted).into_iter().map(|i| self.splittable[i]).collect();
        drawn.sort_unstable();
        drawn
    }

    fn root(&self, gradients: &[Gradient]) -> Open {
        let sums = self.rows.iter().fold([0.0; 2], |[g, h], &row| {
            let gradient = gradients[row as usize];
            [g + f64::from(gradient[0]), h + f64::from(gradient[1])]
        });
        let leaf = Leaf { sums, rows: self.rows.len() };
        Open { start: 0, leaf, depth: 0, parent: None, histogram: None, best: None }
    }

    /// Gives a leaf its histogram, unless it comes with one, and its best split.
    fn search(&mut self, open: &mut Open, gradients: &[Gradient], used: &[usize], seed: u64, ready: Option<Histogram>) {
        let too_deep = self.params.max_depth > 0 && open.depth >= self.params.max_depth;
        let too_small = open.leaf.rows < 2 * self.params.min_data_in_leaf.max(1);
        if too_deep || too_small || used.is_empty() {
            self.free.extend(ready);
            return;
        }
        let histogram = ready.unwrap_or_else(|| {
            let mut histogram = self.free.pop().unwrap_or_else(|| Histogram::new(self.bins.features.len()));
            let rows = &self.rows[open.start..open.start + open.leaf.rows];
            histogram.build(self.bins, self.places, rows, gradients, used);
            histogram
        });
        let mut rng = rng(seed);
        let mut finder = Finder::new(self.params, open.leaf);
        for &j in used {
            finder.try_feature(j, &self.bins.features[j], histogram.feature(j), &mut rng);
        }
        open.best = finder.best();
        open.histogram = Some(histogram);
    }

    /// Splits a leaf: its rows, its sums, and the histogram of the smaller child; the larger child's is what
    /// the parent's leaves.
    fn split(
        &mut self,
        tree: &mut Grown,
        open: &mut Vec<Open>,
        chosen: usize,
        gradients: &[Gradient],
        used: &[usize],
        seed: u64,
    ) {
        let Open { start, leaf, depth, parent, .. } = open[chosen];
        let (Some(split), Some(mut parent_histogram)) = (open[chosen].best, open[chosen].histogram.take()) else { return };
        let left_rows = self.partition(start, leaf.rows, &split);
        let node = tree.split(chosen as u32, parent, split.feature, split.rule, self.bins);
        let child = |start, rows, sums, is_left| Open {
            start,
            leaf: Leaf { sums, rows },
            depth: depth + 1,
            parent: Some((node, is_left)),
            histogram: None,
            best: None,
        };
        let mut left = child(start, left_rows, split.left, true);
        let mut other = child(start + left_rows, leaf.rows - left_rows, split.right, false);
        let seeds = [derive(seed, 2 * u64::from(node) + 1), derive(seed, 2 * u64::from(node) + 2)];
        let (smaller, larger) = if left.leaf.rows <= other.leaf.rows { (&mut left, &mut other) } else { (&mut other, &mut left) };
        self.search(smaller, gradients, used, seeds[0], None);
        match &smaller.histogram {
            Some(histogram) => {
                parent_histogram.subtract(histogram, self.bins, used);
                self.search(larger, gradients, used, seeds[1], Some(parent_histogram));
            }
            None => {
                // The smaller child will not be split and has no histogram to take away.
                self.free.push(parent_histogram);
                self.search(larger, gradients, used, seeds[1], None);
            }
        }
        open[chosen] = left;
        open.push(other);
    }

    /// Puts the rows of a leaf that go left before those that go right, each in their order; returns how
    /// many go left.
    fn partition(&mut self, start: usize, count: usize, split: &Split) -> usize {
        let column = &self.bins.columns[split.feature];
        let missing_bin = self.bins.features[split.feature].missing_bin();
        let rows = &mut self.rows[start..start + count];
        let (mut left, mut right) = (0, 0);
        for i in 0..rows.len() {
            let row = rows[i];
            let goes_left = split.rule.goes_left(column[self.places[row as usize] as usize], missing_bin);
            // Both are written, one is kept: no branch to predict.
            rows[left] = row;
            self.scratch[right] = row;
            left += usize::from(goes_left);
            right += usize::from(!goes_left);
        }
        rows[left..].copy_from_slice(&self.scratch[..right]);
        left
    }

    fn recycle(&mut self, open: Vec<Open>) {
        self.free.extend(open.into_iter().filter_map(|o| o.histogram));
    }
}

/// The leaf with the largest gain; the first of equals.
fn best_leaf(open: &[Open]) -> Option<usize> {
    let gains = open.iter().enumerate().filter_map(|(i, o)| Some((i, o.best.as_ref()?.gain)));
    gains
        .fold(
            None,
            |best: Option<(usize, f64)>, (i, gain)| if best.is_none_or(|(_, b)| gain > b) { Some((i, gain)) } else { best },
        )
        .map(|(i, _)| i)
}
