//! Growing one symmetric tree: all leaves of a level are split by the same question.
//!
//! Such a tree is a small table that is hard to fit to noise, which is why many of them make a strong model with
//! few settings (Prokhorenkova et al., *CatBoost: unbiased boosting with categorical features*, 2018).

use std::ops::Range;

use rayon::iter::ParallelIterator;
use rayon::slice::ParallelSlice;

use super::grow::{Grower, Job, total};
use super::histogram::{Histogram, Source, subtract};
use super::kernel::Tile;
use super::packed::Cell;
use super::scan::{self, Buffers, Limits};
use super::split::{Leaf, Rules};
use crate::bins::FeatureBins;
use crate::trees::{Grown, Rule, with_bin};

/// Cells below which a second thread is not worth its start.
const PARALLEL: usize = 60_000;

/// A leaf of the present level.
struct Node {
    first: usize,
    leaf: Leaf,
    /// The node it hangs from, and whether on its left.
    parent: Option<(u32, bool)>,
    histogram: Option<Histogram>,
}

/// A question for all leaves of a level, and what their sides are worth together, in steps.
#[derive(Clone, Copy)]
struct Question {
    worth: f32,
    feature: usize,
    rule: Rule,
}

/// Grows a tree and returns its leaves with the beginnings of their rows. `None`: it was stopped.
pub(super) fn grow(grower: &mut Grower, job: &Job<'_>) -> Option<(Grown, Vec<(usize, Leaf)>)> {
    let tiles = grower.layout.tiles(job.features);
    let mut level =
        Level { grower, job, rules: Rules { params: job.params, units: job.units }, tiles: &tiles, nodes: Vec::new() };
    let tree = level.run();
    let Level { nodes, grower, .. } = level;
    let mut leaves = Vec::with_capacity(nodes.len());
    for node in nodes {
        node.histogram.into_iter().for_each(|h| grower.pool.give_back(h));
        leaves.push((node.first, node.leaf));
    }
    Some((tree?, leaves))
}

/// The leaves of a level, in the order of their numbers.
struct Level<'g, 'j> {
    grower: &'g mut Grower,
    job: &'g Job<'j>,
    rules: Rules<'j>,
    tiles: &'g [Tile],
    nodes: Vec<Node>,
}

impl Level<'_, '_> {
    /// Grows the tree; `None` if it was stopped.
    fn run(&mut self) -> Option<Grown> {
        let mut tree = Grown::leaf();
        let count = self.job.places.len();
        let histogram = self.histogram(0, count)?;
        let sum = total(&histogram, &self.grower.layout, self.job.features);
        let leaf = self.rules.leaf(sum, count, 0.0, [f64::NEG_INFINITY, f64::INFINITY]);
        self.nodes.push(Node { first: 0, leaf, parent: None, histogram: Some(histogram) });
        let depth = self.job.params.depth_limit();
        for level in 0..depth {
            if (self.job.stop)() {
                return None;
            }
            let Some(question) = self.best() else { break };
            // Without room for the histograms of another level, this one is the last.
            let goes_on = level + 1 < depth && self.grower.pool.has_room_for(self.nodes.len());
            self.split(&mut tree, question, goes_on)?;
            if !goes_on {
                break;
            }
        }
        Some(tree)
    }

    fn histogram(&mut self, first: usize, count: usize) -> Option<Histogram> {
        let Grower { layout, pool, partition, .. } = &mut *self.grower;
        let Job { bins, steps, threads, .. } = *self.job;
        let mut histogram = pool.take(layout)?;
        Source { bins, layout, steps, tiles: self.tiles, threads }.build(partition.rows(first, count), &mut histogram, pool);
        Some(histogram)
    }

    /// The best question, if one is worth asking; the first of equals.
    fn best(&self) -> Option<Question> {
        let units = self.job.units;
        let own: f64 = self.nodes.iter().map(|node| self.own_worth(node)).sum();
        let floor = own * (1.0 + 1e-6) + self.job.params.min_gain * units.h / (units.g * units.g) + 1e-9;
        let features = self.job.features;
        let cells = self.grower.layout.bytes() / size_of::<Cell>() * self.nodes.len();
        let best_of = |features: &[usize]| -> Option<Question> {
            let mut buffers = (Buffers::new(), [0.0; 256]);
            let questions = features.iter().filter_map(|&feature| self.best_of(feature, &mut buffers));
            questions.reduce(|best, other| if other.worth > best.worth { other } else { best })
        };
        let pieces = self.job.threads.min(cells / PARALLEL).min(features.len());
        let best = if pieces > 1 {
            let found: Vec<Option<Question>> = features.par_chunks(features.len().div_ceil(pieces)).map(best_of).collect();
            found.into_iter().flatten().reduce(|best, other| if other.worth > best.worth { other } else { best })
        } else {
            best_of(features)
        };
        best.filter(|question| f64::from(question.worth) > floor)
    }

    /// The penalties in steps. Without one, empty leaves would be worth nothing over nothing.
    fn limits(&self, total: Cell) -> Limits {
        let (params, units) = (self.job.params, self.job.units);
        Limits { total, l1: params.lambda_l1 / units.g, l2: (params.lambda_l2 / units.h).max(1e-6), least_h: 0.0 }
    }

    fn own_worth(&self, node: &Node) -> f64 {
        self.limits(node.leaf.sum).worth(node.leaf.sum)
    }

    /// The best question about a feature.
    fn best_of(&self, feature: usize, buffers: &mut (Buffers, [f32; 256])) -> Option<Question> {
        match &self.job.bins.features[feature] {
            FeatureBins::Numeric { uppers, .. } => self.best_of_numbers(feature, uppers.len() + 1, buffers),
            FeatureBins::Codes { levels } if *levels as usize <= self.job.params.max_cat_to_onehot => {
                self.best_of_codes(feature, buffers)
            }
            FeatureBins::Codes { .. } => None,
        }
    }

    fn best_of_numbers(&self, feature: usize, values: usize, buffers: &mut (Buffers, [f32; 256])) -> Option<Question> {
        let range = self.grower.layout.range(feature);
        let may_miss = range.len() > values;
        let cuts = if may_miss { values } else { values - 1 };
        let mut best: Option<Question> = None;
        for missing_left in [false, true].into_iter().take(1 + usize::from(may_miss)) {
            let worths = &mut buffers.1[..cuts];
            worths.fill(0.0);
            for (node, cells) in self.cells(range.clone()) {
                let start = if missing_left { cells[values] } else { 0 };
                match self.job.params.direction(feature) {
                    0 => scan::add_worths(&cells[..cuts], start, &self.limits(node.leaf.sum), worths, &mut buffers.0),
                    direction => self.add_worths_in_order(&node.leaf, f64::from(direction), &cells[..cuts], start, worths),
                }
            }
            let Some((last, worth)) = largest(worths) else { continue };
            if best.is_none_or(|b| worth > b.worth) {
                best = Some(Question { worth, feature, rule: Rule::UpTo { bin: last as u16, missing_left } });
            }
        }
        best
    }

    /// Adds what the cuts of a leaf are worth where predictions have a direction: those that would put its sides in
    /// the other order leave it as it is.
    fn add_worths_in_order(&self, leaf: &Leaf, direction: f64, cells: &[Cell], start: Cell, worths: &mut [f32]) {
        let limits = self.limits(leaf.sum);
        let own = limits.worth(leaf.sum);
        let value = |sum: Cell| self.rules.value(self.rules.units.sums(sum), leaf.rows as f64, leaf.value, leaf.bounds);
        let mut left = start;
        for (worth, cell) in worths.iter_mut().zip(cells) {
            left = left.wrapping_add(*cell);
            let right = leaf.sum.wrapping_sub(left);
            let is_in_order = direction * (value(right) - value(left)) >= 0.0;
            *worth += if is_in_order { limits.worth(left) + limits.worth(right) } else { own } as f32;
        }
    }

    fn best_of_codes(&self, feature: usize, buffers: &mut (Buffers, [f32; 256])) -> Option<Question> {
        let range = self.grower.layout.range(feature);
        let worths = &mut buffers.1[..range.len()];
        worths.fill(0.0);
        for (node, cells) in self.cells(range) {
            for (worth, cell) in worths.iter_mut().zip(cells) {
                scan::add_worths(&[*cell], 0, &self.limits(node.leaf.sum), std::slice::from_mut(worth), &mut buffers.0);
            }
        }
        // Code 0 is no category: missing, rare, unseen.
        let (code, worth) = largest(worths.get(1..)?)?;
        Some(Question { worth, feature, rule: Rule::In(with_bin([0; 4], code + 1)) })
    }

    /// Every leaf that has rows, with its cells of a feature.
    fn cells(&self, range: Range<usize>) -> impl Iterator<Item = (&Node, &[Cell])> {
        self.nodes.iter().filter_map(move |node| Some((node, &node.histogram.as_ref()?[range.clone()])))
    }

    /// Splits all leaves. `None`: there was no room for the histograms of the next level.
    fn split(&mut self, tree: &mut Grown, question: Question, goes_on: bool) -> Option<()> {
        let Job { bins, threads, .. } = *self.job;
        let level = std::mem::take(&mut self.nodes);
        let mut right = Vec::with_capacity(level.len());
        for (number, mut node) in level.into_iter().enumerate() {
            let parent_histogram = node.histogram.take();
            if node.leaf.rows == 0 {
                // Nothing is known of it, below as here.
                self.nodes.push(node);
                continue;
            }
            let left_rows =
                self.grower.partition.split(node.first, node.leaf.rows, bins, question.feature, question.rule, threads);
            let id = tree.split(number as u32, node.parent, question.feature, question.rule, bins);
            let parent = parent_histogram?;
            let left_sum = sum_left(
                &parent[self.grower.layout.range(question.feature)],
                &self.job.bins.features[question.feature],
                question.rule,
            );
            let leaf = |sum, rows| self.rules.leaf(sum, rows, node.leaf.value, node.leaf.bounds);
            let right_rows = node.leaf.rows - left_rows;
            let leaves = [leaf(left_sum, left_rows), leaf(node.leaf.sum.wrapping_sub(left_sum), right_rows)];
            let [left_leaf, right_leaf] = self.rules.divide(question.feature, leaves);
            let child = |first, leaf, is_left| Node { first, leaf, parent: Some((id, is_left)), histogram: None };
            let mut children = [child(node.first, left_leaf, true), child(node.first + left_rows, right_leaf, false)];
            if goes_on {
                self.give_histograms(&mut children, parent)?;
            } else {
                self.grower.pool.give_back(parent);
            }
            let [a, b] = children;
            self.nodes.push(a);
            right.push(b);
        }
        // The right child of the first leaf has the first number behind all old ones, as in `Grown`.
        self.nodes.extend(right);
        Some(())
    }

    fn give_histograms(&mut self, children: &mut [Node; 2], mut parent: Histogram) -> Option<()> {
        let smaller = usize::from(children[1].leaf.rows < children[0].leaf.rows);
        let Node { first, leaf, .. } = children[smaller];
        if leaf.rows > 0 {
            let histogram = self.histogram(first, leaf.rows)?;
            for &feature in self.job.features {
                let cells = self.grower.layout.range(feature);
                subtract(&mut parent[cells.clone()], &histogram[cells]);
            }
            children[smaller].histogram = Some(histogram);
        }
        children[1 - smaller].histogram = Some(parent);
        Some(())
    }
}

/// The sum over the bins that go left.
fn sum_left(cells: &[Cell], bins: &FeatureBins, rule: Rule) -> Cell {
    let missing = bins.missing_bin();
    cells.iter().enumerate().filter(|(bin, _)| rule.goes_left(*bin as u8, missing)).map(|(_, cell)| *cell).sum()
}

fn largest(worths: &[f32]) -> Option<(usize, f32)> {
    worths.iter().copied().enumerate().reduce(|best, other| if other.1 > best.1 { other } else { best })
}
