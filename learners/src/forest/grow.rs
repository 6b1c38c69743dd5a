//! Grows one tree, depth first.

use automl_core::fit_context::Watch;
use automl_core::seed::Rng;
use rand::RngExt;

use super::Cuts;
use super::gini::Gini;
use super::sample::{Labels, Sample, Source};
use super::split::{Criterion, Cut, random};
use super::tree::{CODES, INDEX, LEAF, MISSING_LEFT, Ranks, Tree};
use super::variance::Variance;

/// What trees are grown by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Growth {
    pub cuts: Cuts,
    /// Features that a node looks at.
    pub features: usize,
    /// Rows in a leaf at least.
    pub min_rows: usize,
    /// Levels of splits at most.
    pub max_depth: usize,
}

/// A tree and, per node, the largest bin that goes left: what rows that are given as bins are walked with.
pub(super) struct Grown {
    pub tree: Tree,
    cuts: Vec<u8>,
    /// Per node the rank table of its column, for categories.
    tables: Vec<Vec<u8>>,
}

/// Rows × features between two looks at the deadline: about 1 ms.
const WORK_UNWATCHED: usize = 1 << 18;

/// A part of the rows that will be a node.
struct Pending {
    start: usize,
    end: usize,
    depth: usize,
    /// The node whose right child it is.
    parent: Option<usize>,
}

/// Grows a tree on a sample; `None` when the watch says stop.
pub(super) fn grow(source: &Source<'_>, sample: &Sample, growth: Growth, rng: &mut Rng, watch: &Watch) -> Option<Grown> {
    match &sample.labels {
        Labels::Numbers(y) => Grower::new(source, sample, growth, Variance::new(&sample.weights, y)).run(rng, watch),
        Labels::Classes(y) => {
            let gini = Gini::new(&sample.weights, y, source.outputs);
            Grower::new(source, sample, growth, gini).run(rng, watch)
        }
    }
}

struct Grower<'a, C> {
    source: &'a Source<'a>,
    sample: &'a Sample,
    growth: Growth,
    criterion: C,
    /// The rows of the sample, those of each node together.
    order: Vec<u32>,
    scratch: Vec<u32>,
    scratch_bins: Vec<u8>,
    /// All columns, in the order in which they were last drawn.
    columns: Vec<u32>,
    /// Rows × features since the last look at the deadline.
    work: usize,
    grown: Grown,
}

impl<'a, C: Criterion> Grower<'a, C> {
    fn new(source: &'a Source<'a>, sample: &'a Sample, growth: Growth, criterion: C) -> Grower<'a, C> {
        Grower {
            source,
            sample,
            growth,
            criterion,
            order: (0..sample.rows as u32).collect(),
            scratch: Vec::new(),
            scratch_bins: Vec::new(),
            columns: (0..source.bins.columns.len() as u32).collect(),
            work: 0,
            grown: Grown { tree: Tree::default(), cuts: Vec::new(), tables: Vec::new() },
        }
    }

    fn run(mut self, rng: &mut Rng, watch: &Watch) -> Option<Grown> {
        let mut pending = vec![Pending { start: 0, end: self.sample.rows, depth: 0, parent: None }];
        // Every split makes two smaller parts: there are fewer than twice as many nodes as rows.
        while let Some(part) = pending.pop() {
            if self.work > WORK_UNWATCHED {
                self.work = 0;
                if watch.check().is_stop() {
                    return None;
                }
            }
            let node = self.grown.tree.features.len();
            if let Some(parent) = part.parent {
                self.grown.tree.rights[parent] = node as u32;
            }
            let pure = self.criterion.enter(&self.order[part.start..part.end]);
            let splittable = !pure && part.end - part.start >= 2 * self.growth.min_rows && part.depth < self.growth.max_depth;
            let Some((column, cut)) = splittable.then(|| self.split(&part, rng)).flatten() else {
                self.push_leaf();
                continue;
            };
            let middle = self.partition(&part, column, cut);
            self.push_node(column, cut, 2 * (middle - part.start) >= part.end - part.start);
            let depth = part.depth + 1;
            pending.push(Pending { start: middle, end: part.end, depth, parent: Some(node) });
            pending.push(Pending { start: part.start, end: middle, depth, parent: None });
        }
        Some(self.grown)
    }

    /// The best cut among some random features; of more than asked for, until one can be cut.
    fn split(&mut self, part: &Pending, rng: &mut Rng) -> Option<(usize, Cut)> {
        let rows = &self.order[part.start..part.end];
        let count = self.columns.len();
        let mut best: Option<(usize, Cut)> = None;
        for drawn in 0..count {
            if drawn >= self.growth.features && best.is_some() {
                break;
            }
            self.columns.swap(drawn, rng.random_range(drawn..count));
            let column = self.columns[drawn] as usize;
            let (bins, missing) = (self.sample.column(column), self.source.bins.features[column].missing_bin());
            let cut = match self.growth.cuts {
                Cuts::Best => self.criterion.best(rows, bins, missing, self.growth.min_rows),
                Cuts::Random => {
                    let scratch = (&mut *rng, &mut self.scratch_bins);
                    random(&mut self.criterion, rows, bins, missing, self.growth.min_rows, scratch)
                }
            };
            self.work += rows.len() + 16;
            if let Some(cut) = cut
                && best.is_none_or(|(_, b)| cut.score > b.score)
            {
                best = Some((column, cut));
            }
        }
        best
    }

    /// Moves the rows that go left before those that go right, both in their order; gives the border.
    fn partition(&mut self, part: &Pending, column: usize, cut: Cut) -> usize {
        let bins = self.sample.column(column);
        let missing = self.source.bins.features[column].missing_bin();
        self.scratch.clear();
        let mut border = part.start;
        for i in part.start..part.end {
            let row = self.order[i];
            if cut.is_left(bins[row as usize], missing) {
                self.order[border] = row;
                border += 1;
            } else {
                self.scratch.push(row);
            }
        }
        self.order[border..part.end].copy_from_slice(&self.scratch);
        border
    }

    fn push_leaf(&mut self) {
        let tree = &mut self.grown.tree;
        let (value, place) = self.criterion.leaf(&mut tree.shares);
        tree.features.push(LEAF);
        tree.thresholds.push(value);
        tree.rights.push(place);
        self.grown.cuts.push(0);
    }

    /// Missing values go where the cut says; where none were seen, to the larger side.
    fn push_node(&mut self, column: usize, cut: Cut, left_is_larger: bool) {
        let feature = &self.source.bins.features[column];
        let (mut word, threshold) = match &self.sample.ranks[column] {
            None => (column as u32, feature.threshold(cut.bin)),
            Some(ranks) => (self.table(column, ranks) | CODES, f32::from(cut.bin)),
        };
        if cut.missing_left.unwrap_or(left_is_larger) {
            word |= MISSING_LEFT;
        }
        let tree = &mut self.grown.tree;
        tree.features.push(word);
        tree.thresholds.push(threshold);
        tree.rights.push(0);
        self.grown.cuts.push(cut.bin);
    }

    /// The index of the ranks of a column in the tree.
    fn table(&mut self, column: usize, ranks: &[u8]) -> u32 {
        let tables = &mut self.grown.tree.ranks;
        let known = tables.iter().position(|t| t.column as usize == column);
        let index = known.unwrap_or_else(|| {
            tables.push(Ranks { column: column as u32, ranks: ranks.iter().map(|&r| u32::from(r)).collect() });
            self.grown.tables.push(ranks.to_vec());
            tables.len() - 1
        });
        index as u32
    }
}

impl Grown {
    /// The leaf of a row that is given as bins.
    #[inline]
    pub fn leaf(&self, row: &[u8], missing: &[Option<u8>]) -> usize {
        let tree = &self.tree;
        let mut node = 0;
        loop {
            let word = tree.features[node];
            if word & LEAF != 0 {
                return node;
            }
            let index = (word & INDEX) as usize;
            let left = if word & CODES != 0 {
                let column = tree.ranks[index].column as usize;
                self.tables[index][usize::from(row[column])] <= self.cuts[node]
            } else if Some(row[index]) == missing[index] {
                word & MISSING_LEFT != 0
            } else {
                row[index] <= self.cuts[node]
            };
            node = if left { node + 1 } else { tree.rights[node] as usize };
        }
    }
}
