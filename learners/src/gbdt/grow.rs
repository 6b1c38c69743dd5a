//! Growing one tree, best leaf first.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

use automl_core::seed::Rng;

use super::histogram::{self, Histogram, Pool};
use super::params::GbdtParams;
use super::partition::Partition;
use super::sample;
use super::split::{self, Chosen, Scan, Split, Sums};
use super::table::Table;
use super::tree::{BinNode, BinTree, Cut, leaf};
use crate::bins::RowMajor;

/// A histogram of all features is built anyway, unless a tree uses at most this share of them: then
/// copying their bytes first pays off.
const COPY_BELOW: f64 = 0.6;

/// Work between two looks at the clock, in row visits times features: about a millisecond.
const WORK_PER_CHECK: usize = 1_000_000;

/// What a tree is grown from.
pub(super) struct Growth<'a> {
    /// The rules.
    pub(super) params: &'a GbdtParams,
    /// The bins of all rows of the fit.
    pub(super) table: &'a Table<'a>,
    /// Gradient and hessian of all rows of the fit.
    pub(super) gradients: &'a [[f32; 2]],
    /// Which rows the tree is grown on; `None` for all.
    pub(super) in_bag: Option<&'a [bool]>,
    /// Whether to give up.
    pub(super) stop: &'a (dyn Fn() -> bool + Sync),
}

/// The buffers for growing trees, used again for every tree.
pub(super) struct Grower {
    partition: Partition,
    pool: Pool,
    leaves: Vec<Leaf>,
    queue: BinaryHeap<Queued>,
}

/// A leaf of the tree being grown.
struct Leaf {
    first: usize,
    len: usize,
    depth: usize,
    sums: Sums,
    value: f64,
    /// The node it hangs from, and whether on its left.
    parent: Option<(usize, bool)>,
    histogram: Option<Histogram>,
    best: Option<Split>,
}

/// A leaf waiting to be split: the larger gain first, then the older leaf.
struct Queued {
    gain: f64,
    leaf: usize,
}

impl Ord for Queued {
    fn cmp(&self, other: &Queued) -> Ordering {
        self.gain.total_cmp(&other.gain).then(other.leaf.cmp(&self.leaf))
    }
}

impl PartialOrd for Queued {
    fn partial_cmp(&self, other: &Queued) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Queued {
    fn eq(&self, other: &Queued) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Queued {}

impl Grower {
    /// Buffers for tables of so many features, with `bytes` for histograms.
    pub(super) fn new(features: usize, bytes: u64) -> Grower {
        let pool = Pool::new(features, bytes);
        Grower { partition: Partition::default(), pool, leaves: Vec::new(), queue: BinaryHeap::new() }
    }

    /// Grows a tree, whose values are whole Newton steps; `None` if it was stopped before it was done.
    pub(super) fn grow(&mut self, growth: &Growth<'_>, rng: &mut Rng) -> Option<BinTree> {
        self.leaves.clear();
        self.queue.clear();
        let nodes = Growing::new(self, growth, rng).run();
        for leaf in &mut self.leaves {
            leaf.histogram.take().into_iter().for_each(|h| self.pool.give_back(h));
        }
        nodes.map(|nodes| BinTree { nodes, values: self.leaves.iter().map(|l| l.value).collect() })
    }

    /// The rows of the leaves of the last tree, in the order of its values.
    pub(super) fn leaf_rows(&self) -> impl Iterator<Item = &[u32]> {
        self.leaves.iter().map(|l| self.partition.rows(l.first, l.len))
    }
}

/// A tree in the making.
struct Growing<'g, 'a> {
    grower: &'g mut Grower,
    growth: &'g Growth<'a>,
    rng: &'g mut Rng,
    /// The bins that histograms are built from.
    rows: Cow<'g, RowMajor>,
    /// Number of bins per histogram.
    bins: Vec<usize>,
    chosen: Vec<Chosen>,
    nodes: Vec<BinNode>,
    work: usize,
}

impl<'g, 'a> Growing<'g, 'a> {
    fn new(grower: &'g mut Grower, growth: &'g Growth<'a>, rng: &'g mut Rng) -> Growing<'g, 'a> {
        let table = growth.table;
        let width = table.features.len();
        let features = sample::features(width, growth.params.feature_fraction, rng);
        let copies = features.len() as f64 <= COPY_BELOW * width as f64;
        let rows =
            if copies { Cow::Owned(table.rows.select(table.len(), |i| i, &features)) } else { Cow::Borrowed(&*table.rows) };
        let slot = |k: usize, feature: u32| if copies { k } else { feature as usize };
        let chosen: Vec<Chosen> =
            features.iter().enumerate().map(|(k, &f)| Chosen { feature: f as usize, slot: slot(k, f) }).collect();
        let bins = if copies {
            features.iter().map(|&f| table.features[f as usize].count()).collect()
        } else {
            table.features.iter().map(|f| f.count()).collect()
        };
        Growing { grower, growth, rng, rows, bins, chosen, nodes: Vec::new(), work: 0 }
    }

    /// Grows the tree; `None` if it was stopped.
    fn run(mut self) -> Option<Vec<BinNode>> {
        self.plant()?;
        while self.grower.leaves.len() < self.growth.params.num_leaves {
            let Some(queued) = self.grower.queue.pop() else { break };
            self.split(queued.leaf)?;
        }
        Some(self.nodes)
    }

    /// Makes the root.
    fn plant(&mut self) -> Option<()> {
        let n = self.growth.table.len() as u32;
        match self.growth.in_bag {
            None => self.grower.partition.start(0..n),
            Some(in_bag) => self.grower.partition.start((0..n).filter(|&i| in_bag[i as usize])),
        }
        let len = self.grower.partition.len();
        let histogram = self.build(0, len)?;
        // The bins of any feature hold every row once.
        let cells = self.chosen.first().map_or(&[][..], |c| &histogram[c.slot][..self.bins[c.slot]]);
        let sums = cells.iter().fold(Sums::default(), |sums, &cell| sums.plus(cell));
        let value = split::leaf_value(self.growth.params, self.growth.params.lambda_l2, sums, len as f64, 0.0);
        let root = Leaf { first: 0, len, depth: 0, sums, value, parent: None, histogram: None, best: None };
        self.grower.leaves.push(root);
        if self.may_split(0) {
            self.find_best(0, histogram);
        } else {
            self.grower.pool.give_back(histogram);
        }
        Some(())
    }

    /// Splits a leaf as planned and plans for its children; `None` if stopped.
    fn split(&mut self, leaf: usize) -> Option<()> {
        let histogram = self.grower.leaves[leaf].histogram.take();
        let Some(new) = self.divide(leaf) else {
            histogram.into_iter().for_each(|h| self.grower.pool.give_back(h));
            return Some(());
        };
        let (small, large) = if self.grower.leaves[leaf].len <= self.grower.leaves[new].len { (leaf, new) } else { (new, leaf) };
        let (plan_small, plan_large) = (self.may_split(small), self.may_split(large));
        if !plan_small && !plan_large {
            histogram.into_iter().for_each(|h| self.grower.pool.give_back(h));
            return Some(());
        }
        let of_small = self.build_leaf(small);
        let of_large = match (histogram, &of_small) {
            (Some(mut parent), Some(of_small)) => {
                histogram::subtract(&mut parent, of_small, &self.bins);
                Some(parent)
            }
            (None, Some(_)) if plan_large => self.build_leaf(large),
            (parent, _) => {
                parent.into_iter().for_each(|h| self.grower.pool.give_back(h));
                None
            }
        };
        let stopped = of_small.is_none() || (plan_large && of_large.is_none());
        for (leaf, plan, histogram) in [(small, plan_small, of_small), (large, plan_large, of_large)] {
            match histogram {
                Some(histogram) if plan && !stopped => self.find_best(leaf, histogram),
                histogram => histogram.into_iter().for_each(|h| self.grower.pool.give_back(h)),
            }
        }
        (!stopped).then_some(())
    }

    /// Makes a node of a leaf: its left child takes the leaf's place, the right child is a new leaf.
    /// `None` if one side would be empty: hessians are not counts.
    fn divide(&mut self, leaf_index: usize) -> Option<usize> {
        let Growth { params, table, .. } = self.growth;
        let new_index = self.grower.leaves.len();
        let leaf_now = &mut self.grower.leaves[leaf_index];
        let best = leaf_now.best.take()?;
        let missing = table.features[best.feature].missing_bin();
        let goes_left = best.cut.table(missing);
        let (first, len) = (leaf_now.first, leaf_now.len);
        let len_left = self.grower.partition.split(first, len, table.column(best.feature), &goes_left);
        self.work += len;
        if len_left == 0 || len_left == len {
            return None;
        }

        let node = self.nodes.len();
        let also_left = match (best.cut, missing) {
            (Cut::Numbers { missing_left: true, .. }, Some(bin)) => u16::from(bin),
            _ => 256,
        };
        self.nodes.push(BinNode {
            feature: best.feature,
            cut: best.cut,
            also_left,
            left: leaf(leaf_index),
            right: leaf(new_index),
        });
        match leaf_now.parent {
            Some((parent, true)) => self.nodes[parent].left = node as i32,
            Some((parent, false)) => self.nodes[parent].right = node as i32,
            None => {}
        }

        let (sums, depth, value) = (leaf_now.sums, leaf_now.depth + 1, leaf_now.value);
        let child = |first: usize, len: usize, sums: Sums, on_left: bool| Leaf {
            first,
            len,
            depth,
            sums,
            value: split::leaf_value(params, params.lambda_l2, sums, len as f64, value),
            parent: Some((node, on_left)),
            histogram: None,
            best: None,
        };
        *leaf_now = child(first, len_left, best.left, true);
        let right = child(first + len_left, len - len_left, sums.minus(best.left), false);
        self.grower.leaves.push(right);
        Some(new_index)
    }

    /// Whether a leaf is large and high enough to be split, and there is still a leaf to be had.
    fn may_split(&self, leaf: usize) -> bool {
        let Leaf { len, depth, .. } = self.grower.leaves[leaf];
        let params = self.growth.params;
        len >= 2 * params.min_data_in_leaf.max(1) && depth < params.depth_limit() && self.grower.leaves.len() < params.num_leaves
    }

    fn build_leaf(&mut self, leaf: usize) -> Option<Histogram> {
        let Leaf { first, len, .. } = self.grower.leaves[leaf];
        self.build(first, len)
    }

    /// The histogram of some rows; `None` if stopped.
    fn build(&mut self, first: usize, len: usize) -> Option<Histogram> {
        let mut histogram = self.grower.pool.take();
        histogram::clear(&mut histogram, &self.bins);
        let at_once = (WORK_PER_CHECK / self.bins.len().max(1)).max(1);
        for rows in self.grower.partition.rows(first, len).chunks(at_once) {
            histogram::add(&mut histogram, &self.rows, rows, self.growth.gradients);
            self.work += rows.len() * self.bins.len();
            if self.work >= WORK_PER_CHECK {
                self.work = 0;
                if (self.growth.stop)() {
                    self.grower.pool.give_back(histogram);
                    return None;
                }
            }
        }
        Some(histogram)
    }

    /// Plans the next split of a leaf and keeps its histogram if there is room.
    fn find_best(&mut self, index: usize, histogram: Histogram) {
        /// Work of looking at one histogram, in row visits.
        const WORK_PER_SCAN: usize = 512;
        self.work += self.chosen.len() * WORK_PER_SCAN;
        let leaf = &self.grower.leaves[index];
        let scan = Scan::new(self.growth.params, leaf.sums, leaf.len, leaf.value);
        let rng = if self.growth.params.extra_trees { Some(&mut *self.rng) } else { None };
        let best = split::best(&scan, &histogram, &self.growth.table.features, &self.chosen, rng);
        if let Some(best) = best {
            self.grower.queue.push(Queued { gain: best.gain, leaf: index });
        }
        let keep = best.is_some() && self.grower.pool.has_room();
        self.grower.leaves[index].best = best;
        if keep {
            self.grower.leaves[index].histogram = Some(histogram);
        } else {
            self.grower.pool.give_back(histogram);
        }
    }
}
