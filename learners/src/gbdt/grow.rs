//! Growing one tree, leaf after leaf.

use std::ops::Range;

use automl_core::seed::{Rng, derive, rng};
use rayon::iter::ParallelIterator;
use rayon::slice::ParallelSlice;

use super::histogram::{Histogram, Layout, Pool, Source, subtract};
use super::packed::{Cell, Step, Units};
use super::params::{GbdtParams, GrowPolicy};
use super::partition::Partition;
use super::sample;
use super::split::{Leaf, Rules, Search, Split};
use super::table::Places;
use super::{kernel::Tile, oblivious};
use crate::bins::Bins;
use crate::trees::Grown;

/// Cells below which a second thread is not worth its start when splits are searched.
const PARALLEL: usize = 60_000;

/// What a tree is grown from.
pub(super) struct Job<'a> {
    pub params: &'a GbdtParams,
    pub bins: &'a Bins,
    /// The steps of all places, and what one is worth.
    pub steps: &'a [Step],
    pub units: Units,
    /// The places of the rows to grow on, rising.
    pub places: Places<'a>,
    /// The features that the tree may use, rising.
    pub features: &'a [usize],
    pub threads: usize,
    pub seed: u64,
    /// Whether to give up.
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

/// The buffers for growing trees on the same bins, used again for every tree.
pub(super) struct Grower {
    pub(super) layout: Layout,
    pub(super) pool: Pool,
    pub(super) partition: Partition,
    leaves: Vec<(usize, usize)>,
}

/// A grown tree.
pub(super) struct GrownTree {
    pub tree: Grown,
    /// The value of each leaf, in the unit of the scores.
    pub values: Vec<f64>,
    /// How many rows each leaf was grown on; a symmetric tree may have leaves without any.
    pub covers: Vec<f32>,
    /// The least and the largest value each leaf may have.
    pub bounds: Vec<[f64; 2]>,
}

impl Grower {
    /// Buffers for trees on these bins, with so many bytes for histograms.
    pub fn new(bins: &Bins, bytes: u64) -> Grower {
        let layout = Layout::new(bins);
        let pool = Pool::new(&layout, bytes);
        Grower { layout, pool, partition: Partition::default(), leaves: Vec::new() }
    }

    /// Grows a tree. `None`: it was stopped before it was done.
    pub fn grow(&mut self, job: &Job<'_>) -> Option<GrownTree> {
        self.partition.start(job.places);
        let (tree, leaves) = match job.params.grow_policy {
            GrowPolicy::Oblivious => oblivious::grow(self, job)?,
            _ => self.grow_by_leaf(job)?,
        };
        self.leaves.clear();
        self.leaves.extend(leaves.iter().map(|(first, leaf)| (*first, leaf.rows)));
        let covers = leaves.iter().map(|(_, leaf)| leaf.rows as f32).collect();
        let bounds = leaves.iter().map(|(_, leaf)| leaf.bounds).collect();
        Some(GrownTree { tree, values: leaves.into_iter().map(|(_, leaf)| leaf.value).collect(), covers, bounds })
    }

    /// The places of the rows in a leaf of the last tree, rising.
    pub fn leaf_rows(&self, leaf: usize) -> &[u32] {
        let (first, count) = self.leaves[leaf];
        self.partition.rows(first, count)
    }

    fn grow_by_leaf(&mut self, job: &Job<'_>) -> Option<(Grown, Vec<(usize, Leaf)>)> {
        let tiles = self.layout.tiles(job.features);
        let mut growing = Growing::new(self, job, &tiles);
        let is_done = growing.run();
        let Growing { tree, open, .. } = growing;
        let leaves = open.iter().map(|o| (o.first, o.leaf)).collect();
        open.into_iter().filter_map(|o| o.histogram).for_each(|h| self.pool.give_back(h));
        is_done.then_some((tree, leaves))
    }
}

/// The sum over all rows: any feature's cells hold each row once.
pub(super) fn total(histogram: &[Cell], layout: &Layout, features: &[usize]) -> Cell {
    features.first().map_or(0, |&feature| histogram[layout.range(feature)].iter().sum())
}

/// A leaf of the tree being grown.
struct Open {
    first: usize,
    leaf: Leaf,
    depth: usize,
    /// The node it hangs from, and whether on its left.
    parent: Option<(u32, bool)>,
    histogram: Option<Histogram>,
    best: Option<Split>,
}

/// A tree in the making.
struct Growing<'g, 'j> {
    grower: &'g mut Grower,
    job: &'g Job<'j>,
    rules: Rules<'j>,
    tiles: &'g [Tile],
    /// What draws the features of leaves.
    rng: Rng,
    tree: Grown,
    open: Vec<Open>,
}

impl<'g, 'j> Growing<'g, 'j> {
    fn new(grower: &'g mut Grower, job: &'g Job<'j>, tiles: &'g [Tile]) -> Growing<'g, 'j> {
        let rules = Rules { params: job.params, units: job.units };
        Growing { grower, job, rules, tiles, rng: rng(job.seed), tree: Grown::leaf(), open: Vec::new() }
    }

    /// Grows the tree; `false` if it was stopped.
    fn run(&mut self) -> bool {
        let count = self.job.places.len();
        let Some(mut histogram) = self.grower.pool.take(&self.grower.layout) else { return false };
        self.build(0, count, &mut histogram);
        let sum = total(&histogram, &self.grower.layout, self.job.features);
        let leaf = self.rules.leaf(sum, count, 0.0, [f64::NEG_INFINITY, f64::INFINITY]);
        let mut root = Open { first: 0, leaf, depth: 0, parent: None, histogram: None, best: None };
        if self.may_split(&root) {
            self.search(&mut root, histogram);
        } else {
            self.grower.pool.give_back(histogram);
        }
        self.open.push(root);
        while self.open.len() < self.job.params.num_leaves {
            let Some(chosen) = self.next() else { break };
            if (self.job.stop)() {
                return false;
            }
            self.split(chosen);
        }
        true
    }

    /// The leaf to split next; the first of equals.
    fn next(&self) -> Option<usize> {
        let depth_counts = self.job.params.grow_policy == GrowPolicy::DepthWise;
        let candidates = self.open.iter().enumerate().filter_map(|(i, o)| {
            let depth = if depth_counts { o.depth } else { 0 };
            Some((i, depth, o.best?.gain))
        });
        candidates.reduce(|best, other| if (other.1, -other.2) < (best.1, -best.2) { other } else { best }).map(|c| c.0)
    }

    fn may_split(&self, open: &Open) -> bool {
        let params = self.job.params;
        open.depth < params.depth_limit()
            && open.leaf.rows >= 2 * params.min_data_in_leaf.max(1)
            && !Search::new(self.rules, open.leaf, 0).is_hopeless()
            && !self.job.features.is_empty()
    }

    fn build(&mut self, first: usize, count: usize, histogram: &mut Histogram) {
        let Grower { layout, pool, partition, .. } = &mut *self.grower;
        let Job { bins, steps, threads, .. } = *self.job;
        Source { bins, layout, steps, tiles: self.tiles, threads }.build(partition.rows(first, count), histogram, pool);
    }

    /// Finds the best split of a leaf, and keeps its histogram if there is one.
    fn search(&mut self, open: &mut Open, histogram: Histogram) {
        let seed = derive(self.job.seed, u64::from(open.parent.map_or(0, |(node, is_left)| 2 * node + 1 + u32::from(is_left))));
        let fraction = self.job.params.feature_fraction_node;
        let drawn = (fraction < 1.0).then(|| sample::features(self.job.features, fraction, &mut self.rng));
        let features = drawn.as_deref().unwrap_or(self.job.features);
        let search = Search::new(self.rules, open.leaf, seed);
        let (layout, bins) = (&self.grower.layout, &self.job.bins.features);
        let best_of = |features: &[usize]| search.best(features, bins, |j| layout.range(j), &histogram);
        let pieces = self.job.threads.min(features.len() * histogram.len() / self.job.bins.features.len().max(1) / PARALLEL);
        open.best = if pieces > 1 {
            let found: Vec<Option<Split>> = features.par_chunks(features.len().div_ceil(pieces)).map(best_of).collect();
            found.into_iter().flatten().reduce(|best, other| if other.gain > best.gain { other } else { best })
        } else {
            best_of(features)
        };
        if open.best.is_some() {
            open.histogram = Some(histogram);
        } else {
            self.grower.pool.give_back(histogram);
        }
    }

    /// Splits a leaf: its rows, its sums, and the histograms of its children.
    fn split(&mut self, chosen: usize) {
        let Some(split) = self.open[chosen].best else { return };
        let parent_histogram = self.open[chosen].histogram.take();
        let Open { first, leaf, depth, parent, .. } = self.open[chosen];
        let Job { bins, threads, .. } = *self.job;
        let left_rows = self.grower.partition.split(first, leaf.rows, bins, split.feature, split.rule, threads);
        let node = self.tree.split(chosen as u32, parent, split.feature, split.rule, bins);
        let [left, right] = self.children(&leaf, &split, left_rows);
        let child = |first, leaf, is_left| Open {
            first,
            leaf,
            depth: depth + 1,
            parent: Some((node, is_left)),
            histogram: None,
            best: None,
        };
        let mut children = [child(first, left, true), child(first + left_rows, right, false)];
        if self.open.len() + 1 < self.job.params.num_leaves {
            self.search_children(&mut children, parent_histogram);
        } else if let Some(histogram) = parent_histogram {
            self.grower.pool.give_back(histogram);
        }
        let [left, right] = children;
        self.open[chosen] = left;
        self.open.push(right);
    }

    /// The leaves that a split makes of one.
    fn children(&self, leaf: &Leaf, split: &Split, left_rows: usize) -> [Leaf; 2] {
        let (left, right) = (split.left, leaf.sum.wrapping_sub(split.left));
        let make = |sum, rows| self.rules.leaf(sum, rows, leaf.value, leaf.bounds);
        self.rules.divide(split.feature, [make(left, left_rows), make(right, leaf.rows - left_rows)])
    }

    /// Gives both children their histogram and their best split. That of the smaller one is summed over its rows;
    /// the larger one has what the parent's leaves.
    fn search_children(&mut self, children: &mut [Open; 2], mut parent: Option<Histogram>) {
        let smaller = usize::from(children[1].leaf.rows < children[0].leaf.rows);
        let larger = 1 - smaller;
        let may_split = [self.may_split(&children[0]), self.may_split(&children[1])];
        if may_split[smaller] || (may_split[larger] && parent.is_some()) {
            let histogram = self.histogram_of(&children[smaller]);
            if may_split[larger]
                && let (Some(parent), Some(child)) = (&mut parent, &histogram)
            {
                self.subtract(parent, child);
            }
            self.search_or_give_back(&mut children[smaller], histogram, may_split[smaller]);
        }
        let histogram = match parent {
            None if may_split[larger] => self.histogram_of(&children[larger]),
            parent => parent,
        };
        self.search_or_give_back(&mut children[larger], histogram, may_split[larger]);
    }

    fn search_or_give_back(&mut self, open: &mut Open, histogram: Option<Histogram>, may_split: bool) {
        match histogram {
            Some(histogram) if may_split => self.search(open, histogram),
            Some(histogram) => self.grower.pool.give_back(histogram),
            None => {}
        }
    }

    /// The histogram of a leaf, summed over its rows. Where there is no room for one, the leaf that gains least gives
    /// up its own: its children will be summed both.
    fn histogram_of(&mut self, open: &Open) -> Option<Histogram> {
        let free = self.grower.pool.take(&self.grower.layout);
        let mut histogram = free.or_else(|| {
            let with_histogram = self.open.iter_mut().filter(|o| o.histogram.is_some());
            let gain = |o: &Open| o.best.map_or(0.0, |b| b.gain);
            with_histogram.min_by(|a, b| gain(a).total_cmp(&gain(b)))?.histogram.take()
        })?;
        self.build(open.first, open.leaf.rows, &mut histogram);
        Some(histogram)
    }

    fn subtract(&self, parent: &mut Histogram, child: &Histogram) {
        for &feature in self.job.features {
            let cells: Range<usize> = self.grower.layout.range(feature);
            subtract(&mut parent[cells.clone()], &child[cells]);
        }
    }
}
