//! Growing one tree of a forest, node after node, on a bootstrap sample.

use std::sync::{Mutex, PoisonError};

use automl_core::fit_context::FitContext;
use automl_core::seed::{Rng, rng};
use rand::RngExt;

use super::impurity::{Found, Impurity, NodeColumn};
use super::layout::Layout;
use super::params::Growth;
use super::sample::{Sample, Source};
use crate::trees::{Grown, Rule};

/// What the trees of a forest share.
pub(super) struct Grower<'a, I: Impurity> {
    growth: Growth,
    layout: &'a Layout,
    source: Source<'a, I::Value>,
    /// An impurity that has seen nothing.
    blank: I,
    /// Columns with at least two codes.
    splittable: Vec<u32>,
    /// The buffers of threads that are not growing a tree just now.
    idle: Mutex<Vec<Worker<I>>>,
}

/// A grown tree, what stands in its leaves, and where the rows ended that it did not see.
pub(super) struct ForestTree {
    pub tree: Grown,
    /// Per leaf the mean, or the shares of the classes.
    pub values: Vec<f32>,
    /// Per leaf what its drawn rows weigh together.
    pub covers: Vec<f32>,
    /// Rows that were not drawn, each with its leaf.
    pub unseen: Vec<(u32, u32)>,
}

/// There was no time to finish.
struct Stopped;

/// Asks whether to stop after a stretch of work.
struct Watch<'a, 'b> {
    ctx: &'a FitContext<'b>,
    unchecked: usize,
}

impl Watch<'_, '_> {
    /// Counts rows that were looked at; a row costs some nanoseconds.
    fn spend(&mut self, rows: usize) -> Result<(), Stopped> {
        const ROWS_BETWEEN_CHECKS: usize = 200_000;
        self.unchecked += rows;
        if self.unchecked < ROWS_BETWEEN_CHECKS {
            return Ok(());
        }
        self.unchecked = 0;
        if self.ctx.check().is_stop() { Err(Stopped) } else { Ok(()) }
    }
}

/// The rows of a node: a stretch of those that were drawn, and one of those that were not.
#[derive(Clone, Copy)]
struct Stretch {
    start: usize,
    count: usize,
    unseen_start: usize,
    unseen_count: usize,
}

/// A node that is still to be split.
#[derive(Clone, Copy)]
struct Pending {
    rows: Stretch,
    leaf: u32,
    parent: Option<(u32, bool)>,
    depth: usize,
    /// How many of the first columns of the order are known not to vary here.
    constants: usize,
    /// Leaves that its rows may end in.
    leaves: usize,
}

/// A split, of which column.
struct Best {
    feature: usize,
    found: Found,
    /// Whether rows of the node miss the column.
    has_missing: bool,
}

impl<'a, I: Impurity> Grower<'a, I> {
    pub fn new(growth: Growth, layout: &'a Layout, source: Source<'a, I::Value>, blank: I) -> Grower<'a, I> {
        let features = layout.features();
        let splittable = (0..features.len()).filter(|&j| features[j].count() > 1).map(|j| j as u32).collect();
        Grower { growth, layout, source, blank, splittable, idle: Mutex::new(Vec::new()) }
    }

    /// Grows a tree. `None`: there was no time to finish it.
    pub fn grow(&self, seed: u64, ctx: &FitContext<'_>) -> Option<ForestTree> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let worker = idle().pop();
        let mut worker = worker.unwrap_or_else(|| Worker::new(self.blank.clone()));
        let mut watch = Watch { ctx, unchecked: 0 };
        let grown = worker.grow(self, rng(seed), &mut watch);
        idle().push(worker);
        grown.ok()
    }
}

/// The buffers of one thread.
struct Worker<I: Impurity> {
    sample: Sample<I::Value>,
    impurity: I,
    codes: Vec<u16>,
    /// The columns; on the way down those that do not vary come to the front.
    columns: Vec<u32>,
    pending: Vec<Pending>,
    /// Leaves that were allowed and not needed.
    spare: usize,
}

impl<I: Impurity> Worker<I> {
    fn new(impurity: I) -> Worker<I> {
        let (codes, columns, pending) = (Vec::new(), Vec::new(), Vec::new());
        Worker { sample: Sample::new(), impurity, codes, columns, pending, spare: 0 }
    }

    fn grow(&mut self, shared: &Grower<'_, I>, mut rng: Rng, watch: &mut Watch<'_, '_>) -> Result<ForestTree, Stopped> {
        let outputs = self.impurity.outputs();
        self.start(shared, &mut rng, watch)?;
        let mut grown = ForestTree { tree: Grown::leaf(), values: vec![0.0; outputs], covers: vec![0.0], unseen: Vec::new() };
        grown.unseen.reserve_exact(self.sample.unseen.len());
        while let Some(mut node) = self.pending.pop() {
            node.leaves += std::mem::take(&mut self.spare);
            let Stretch { start, count, .. } = node.rows;
            watch.spend(count)?;
            self.impurity.enter(&self.sample.items[start..start + count]);
            let may_split = node.depth < shared.growth.depth_max
                && node.leaves > 1
                && count >= 2 * shared.growth.rows_min
                && self.impurity.total() > 0.0;
            let best = if may_split { self.search(shared, &mut node, &mut rng, watch)? } else { None };
            match best {
                Some(best) => self.split(shared, &node, best, &mut grown),
                None => self.close(&node, &mut grown),
            }
        }
        Ok(grown)
    }

    /// Draws the rows; the root is pending.
    fn start(&mut self, shared: &Grower<'_, I>, rng: &mut Rng, watch: &mut Watch<'_, '_>) -> Result<(), Stopped> {
        self.sample.draw(shared.source, rng, || watch.spend(1 << 17))?;
        self.columns.clone_from(&shared.splittable);
        self.spare = 0;
        self.pending.clear();
        let (count, unseen_count) = (self.sample.items.len(), self.sample.unseen.len());
        let rows = Stretch { start: 0, count, unseen_start: 0, unseen_count };
        self.pending.push(Pending { rows, leaf: 0, parent: None, depth: 0, constants: 0, leaves: shared.growth.leaves_max });
        Ok(())
    }

    /// The best split of some random columns. Columns that do not vary here do not count.
    fn search(
        &mut self,
        shared: &Grower<'_, I>,
        node: &mut Pending,
        rng: &mut Rng,
        watch: &mut Watch<'_, '_>,
    ) -> Result<Option<Best>, Stopped> {
        let Stretch { start, count, .. } = node.rows;
        // What leaves nothing to be desired cannot be bettered by another column.
        let enough = self.impurity.total() * (1.0 - 1e-9);
        let mut best: Option<Best> = None;
        let (mut next, mut looked_at) = (node.constants, 0);
        while next < self.columns.len() && looked_at < shared.growth.columns {
            let drawn = rng.random_range(next as u32..self.columns.len() as u32);
            self.columns.swap(next, drawn as usize);
            let feature = self.columns[next] as usize;
            watch.spend(count)?;
            shared.layout.column(feature).gather(&self.sample.items[start..start + count], &mut self.codes);
            let bins = &shared.layout.features()[feature];
            if let Some(column) = NodeColumn::of(&self.codes, bins.missing_bin(), shared.growth.rows_min) {
                looked_at += 1;
                let is_set = bins.is_codes();
                if let Some(found) = find(&mut self.impurity, &column, is_set, shared.growth.is_random, rng)
                    && best.as_ref().is_none_or(|b| found.fall > b.found.fall)
                {
                    let is_enough = found.fall >= enough;
                    best = Some(Best { feature, found, has_missing: column.missing.is_some() });
                    if is_enough {
                        break;
                    }
                }
            } else {
                self.columns.swap(next, node.constants);
                node.constants += 1;
            }
            next += 1;
        }
        Ok(best)
    }

    /// Sends the rows of a node left and right.
    fn split(&mut self, shared: &Grower<'_, I>, node: &Pending, best: Best, grown: &mut ForestTree) {
        let (rows, column) = (node.rows, shared.layout.column(best.feature));
        let missing = shared.layout.features()[best.feature].missing_bin();
        let mut rule = best.found.rule;
        let left = self.sample.part_items(rows.start, rows.count, column, &rule, missing);
        // Where none were missing, those to come follow the larger side.
        if let Rule::UpTo { missing_left, .. } = &mut rule
            && !best.has_missing
        {
            *missing_left = 2 * left >= rows.count;
        }
        let unseen = self.sample.part_unseen(rows.unseen_start, rows.unseen_count, column, &rule, missing);
        let id = grown.tree.split(node.leaf, node.parent, best.feature, rule, shared.layout);
        let right_leaf = grown.tree.leaves - 1;
        grown.values.resize(grown.tree.leaves as usize * self.impurity.outputs(), 0.0);
        grown.covers.resize(grown.tree.leaves as usize, 0.0);
        let leaves = (node.leaves as u128 * left as u128 / rows.count as u128) as usize;
        let leaves = leaves.clamp(1, node.leaves - 1);
        let child = |rows, leaf, is_left, leaves| Pending {
            rows,
            leaf,
            parent: Some((id, is_left)),
            depth: node.depth + 1,
            constants: node.constants,
            leaves,
        };
        let (of_left, of_right) = rows.part(left, unseen);
        self.pending.push(child(of_right, right_leaf, false, node.leaves - leaves));
        self.pending.push(child(of_left, node.leaf, true, leaves));
    }

    /// Makes a node a leaf.
    fn close(&mut self, node: &Pending, grown: &mut ForestTree) {
        let outputs = self.impurity.outputs();
        let first = node.leaf as usize * outputs;
        self.impurity.write_leaf(&mut grown.values[first..first + outputs]);
        let rows = node.rows;
        let items = &self.sample.items[rows.start..rows.start + rows.count];
        grown.covers[node.leaf as usize] = items.iter().map(|item| f64::from(item.weight)).sum::<f64>() as f32;
        let unseen = &self.sample.unseen[rows.unseen_start..rows.unseen_start + rows.unseen_count];
        grown.unseen.extend(unseen.iter().map(|unseen| (unseen.row, node.leaf)));
        self.spare += node.leaves - 1;
    }
}

impl Stretch {
    /// The first rows, so many of both kinds, and the others.
    fn part(self, count: usize, unseen_count: usize) -> (Stretch, Stretch) {
        let right = Stretch {
            start: self.start + count,
            count: self.count - count,
            unseen_start: self.unseen_start + unseen_count,
            unseen_count: self.unseen_count - unseen_count,
        };
        (Stretch { count, unseen_count, ..self }, right)
    }
}

/// The best split of a column, or a random one.
fn find<I: Impurity>(impurity: &mut I, column: &NodeColumn<'_>, is_set: bool, is_random: bool, rng: &mut Rng) -> Option<Found> {
    match (is_set, is_random) {
        (true, false) => impurity.best_set(column),
        (true, true) => impurity.random_set(column, rng),
        (false, false) => impurity.best_cut(column),
        (false, true) => {
            // The place after the last number parts the numbers from the missing.
            let places = u32::from(column.last - column.first) + u32::from(column.missing.is_some());
            let bin = column.first + rng.random_range(0..places) as u16;
            match column.missing {
                Some(missing) if bin == column.last => impurity.cut_at(column, missing - 1, false),
                Some(_) => impurity.cut_at(column, bin, rng.random()),
                None => impurity.cut_at(column, bin, false),
            }
        }
    }
}
