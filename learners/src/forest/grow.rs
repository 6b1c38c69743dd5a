//! Growing one tree of a forest, node after node, on a bootstrap sample.
//!
//! Two classes and numbers need one sum per side (a class is the number 0 or 1: the fall of its squared error is
//! half that of the Gini impurity); more classes need a sum each.

use automl_core::fit_context::FitContext;
use automl_core::seed::{Rng, rng};
use automl_core::task::Target;
use rand::RngExt;

use super::{ForestParams, Thresholds};
use crate::bins::Bins;
use crate::trees::{Grown, Rule, with_bin};

/// Sums needed per side of a split, and numbers per leaf.
pub(super) fn outputs(target: &Target) -> usize {
    if target.width() > 2 { target.width() } else { 1 }
}

/// What the trees of a forest share.
pub(super) struct Grower<'a> {
    params: &'a ForestParams,
    thresholds: Thresholds,
    bins: &'a Bins,
    /// The row of the bins behind every training row.
    places: &'a [u32],
    /// The class of every row, or its value: what is added to the sums.
    answers: Answers<'a>,
    weights: Option<&'a [f64]>,
    splittable: Vec<usize>,
    per_node: usize,
}

enum Answers<'a> {
    Numbers(Vec<f32>),
    Classes(&'a [u32], usize),
}

/// A grown tree and what stands in its leaves.
pub(super) struct ForestTree {
    pub tree: Grown,
    /// Per leaf the mean, or the shares of the classes.
    pub values: Vec<f32>,
    /// Per leaf what its drawn rows weigh together.
    pub covers: Vec<f32>,
}

/// Which rows a tree was grown on.
pub(super) struct Sampled {
    /// How often each row was drawn, times its weight; 0 for those that were not.
    pub weights: Vec<f32>,
}

/// A stretch of rows that is still to be split.
struct Pending {
    start: usize,
    count: usize,
    leaf: u32,
    parent: Option<(u32, bool)>,
    depth: usize,
}

/// A split and how good it is.
struct Best {
    score: f64,
    feature: usize,
    rule: Rule,
}

impl<'a> Grower<'a> {
    pub fn new(
        params: &'a ForestParams,
        thresholds: Thresholds,
        bins: &'a Bins,
        places: &'a [u32],
        target: &'a Target,
        weights: Option<&'a [f64]>,
    ) -> Grower<'a> {
        let splittable: Vec<usize> = (0..bins.features.len()).filter(|&j| bins.features[j].count() > 1).collect();
        let per_node = params.columns_per_node(splittable.len(), target.labels().is_some(), thresholds);
        let answers = match target {
            Target::Numbers(values) => Answers::Numbers(values.iter().map(|v| *v as f32).collect()),
            Target::Classes { labels, n_classes: 2 } => Answers::Numbers(labels.iter().map(|&l| l as f32).collect()),
            Target::Classes { labels, n_classes } => Answers::Classes(labels, *n_classes),
        };
        Grower { params, thresholds, bins, places, answers, weights, splittable, per_node }
    }

    fn outputs(&self) -> usize {
        match self.answers {
            Answers::Numbers(_) => 1,
            Answers::Classes(_, classes) => classes,
        }
    }

    /// Grows a tree. `None`: there was no time to finish it.
    pub fn grow(&self, seed: u64, ctx: &FitContext<'_>) -> Option<(ForestTree, Sampled)> {
        const DEPTH_MAX: usize = 60;
        const ROWS_BETWEEN_CHECKS: usize = 20_000;
        let mut rng = rng(seed);
        let weights = self.draw(&mut rng);
        let mut rows: Vec<u32> = (0..weights.len() as u32).filter(|&row| weights[row as usize] > 0.0).collect();
        let mut scratch = Scratch::new(self, rows.len());
        let mut grown = ForestTree { tree: Grown::leaf(), values: vec![0.0; self.outputs()], covers: vec![0.0] };
        let mut pending = vec![Pending { start: 0, count: rows.len(), leaf: 0, parent: None, depth: 0 }];
        let mut unchecked = 0;
        while let Some(node) = pending.pop() {
            unchecked += node.count;
            if unchecked > ROWS_BETWEEN_CHECKS {
                unchecked = 0;
                if ctx.check().is_stop() {
                    return None;
                }
            }
            let stretch = &mut rows[node.start..node.start + node.count];
            scratch.total(self, stretch, &weights);
            let may_split = node.depth < DEPTH_MAX
                && node.count >= 2 * self.params.min_rows_leaf.max(1)
                && (grown.tree.leaves as usize) < self.params.leaves_max
                && !scratch.is_pure();
            let best = if may_split { self.search(stretch, &weights, &mut scratch, &mut rng) } else { None };
            let Some(best) = best else {
                scratch.write_leaf(&mut grown.values, node.leaf as usize);
                grown.covers[node.leaf as usize] = scratch.total[0] as f32;
                continue;
            };
            let left = self.partition(stretch, &best, &mut scratch.rows);
            let id = grown.tree.split(node.leaf, node.parent, best.feature, best.rule, self.bins);
            let right_leaf = grown.tree.leaves - 1;
            grown.values.resize(grown.tree.leaves as usize * self.outputs(), 0.0);
            grown.covers.resize(grown.tree.leaves as usize, 0.0);
            let depth = node.depth + 1;
            let (start, count) = (node.start + left, node.count - left);
            pending.push(Pending { start, count, leaf: right_leaf, parent: Some((id, false)), depth });
            pending.push(Pending { start: node.start, count: left, leaf: node.leaf, parent: Some((id, true)), depth });
        }
        Some((grown, Sampled { weights }))
    }

    /// Rows drawn with replacement, as many as there are.
    fn draw(&self, rng: &mut Rng) -> Vec<f32> {
        let rows = self.places.len();
        let mut counts = vec![0.0f32; rows];
        for _ in 0..rows {
            counts[rng.random_range(0..rows)] += 1.0;
        }
        if let Some(weights) = self.weights {
            counts.iter_mut().zip(weights).for_each(|(count, w)| *count *= *w as f32);
        }
        counts
    }

    /// The best split of some random columns. Columns that do not vary here do not count.
    fn search(&self, rows: &[u32], weights: &[f32], scratch: &mut Scratch, rng: &mut Rng) -> Option<Best> {
        let mut order = std::mem::take(&mut scratch.features);
        let mut best: Option<Best> = None;
        let mut looked_at = 0;
        for i in 0..order.len() {
            if looked_at == self.per_node {
                break;
            }
            let chosen = rng.random_range(i..order.len());
            order.swap(i, chosen);
            let feature = order[i];
            if let Some((first, last)) = scratch.fill(self, feature, rows, weights) {
                looked_at += 1;
                let found = if self.bins.features[feature].is_codes() {
                    scratch.best_set(first, last, self, rng)
                } else {
                    scratch.best_cut(first, last, self, rng)
                };
                if let Some((score, rule)) = found
                    && best.as_ref().is_none_or(|b| score > b.score)
                {
                    best = Some(Best { score, feature, rule });
                }
            }
        }
        scratch.features = order;
        best.filter(|b| b.score > scratch.parent_score() * (1.0 + 1e-9) + 1e-12)
    }

    fn partition(&self, rows: &mut [u32], best: &Best, scratch: &mut [u32]) -> usize {
        let column = &self.bins.columns[best.feature];
        let missing_bin = self.bins.features[best.feature].missing_bin();
        let (mut left, mut right) = (0, 0);
        for i in 0..rows.len() {
            let row = rows[i];
            let goes_left = best.rule.goes_left(column[self.places[row as usize] as usize], missing_bin);
            rows[left] = row;
            scratch[right] = row;
            left += usize::from(goes_left);
            right += usize::from(!goes_left);
        }
        rows[left..].copy_from_slice(&scratch[..right]);
        left
    }
}

/// Buffers of one tree.
struct Scratch {
    rows: Vec<u32>,
    features: Vec<usize>,
    /// Per bin its weight, its number of rows, and its sums.
    cells: Vec<f64>,
    stride: usize,
    total: Vec<f64>,
    is_pure: bool,
    left: Vec<f64>,
}

/// Weight and number of rows, before the sums of a cell.
const HEAD: usize = 2;

impl Scratch {
    fn new(grower: &Grower<'_>, rows: usize) -> Scratch {
        let stride = HEAD + grower.outputs();
        Scratch {
            rows: vec![0; rows],
            features: grower.splittable.clone(),
            cells: vec![0.0; 256 * stride],
            stride,
            total: vec![0.0; stride],
            is_pure: false,
            left: vec![0.0; stride],
        }
    }

    /// Sums over the rows of a node.
    fn total(&mut self, grower: &Grower<'_>, rows: &[u32], weights: &[f32]) {
        self.total.fill(0.0);
        match &grower.answers {
            Answers::Numbers(values) => {
                let first = values[rows[0] as usize];
                let mut is_pure = true;
                for &row in rows {
                    let (w, y) = (f64::from(weights[row as usize]), values[row as usize]);
                    is_pure &= y == first;
                    self.total[0] += w;
                    self.total[2] += w * f64::from(y);
                }
                self.is_pure = is_pure;
            }
            Answers::Classes(labels, _) => {
                for &row in rows {
                    let w = f64::from(weights[row as usize]);
                    self.total[0] += w;
                    self.total[HEAD + labels[row as usize] as usize] += w;
                }
                self.is_pure = self.total[HEAD..].iter().filter(|s| **s > 0.0).count() <= 1;
            }
        }
        self.total[1] = rows.len() as f64;
    }

    fn is_pure(&self) -> bool {
        self.is_pure
    }

    fn write_leaf(&self, values: &mut [f32], leaf: usize) {
        let sums = &self.total[HEAD..];
        let out = &mut values[leaf * sums.len()..(leaf + 1) * sums.len()];
        out.iter_mut().zip(sums).for_each(|(o, s)| *o = (s / self.total[0]) as f32);
    }

    /// Sums over the rows of a node by bin; first and last bin with rows, or `None` if there is only one.
    fn fill(&mut self, grower: &Grower<'_>, feature: usize, rows: &[u32], weights: &[f32]) -> Option<(usize, usize)> {
        let column = &grower.bins.columns[feature];
        let bin_of = |row: u32| column[grower.places[row as usize] as usize];
        let (mut first, mut last) = (u8::MAX, 0);
        for &row in rows {
            let bin = bin_of(row);
            first = first.min(bin);
            last = last.max(bin);
        }
        if first >= last {
            return None;
        }
        let stride = self.stride;
        self.cells[first as usize * stride..(last as usize + 1) * stride].fill(0.0);
        match &grower.answers {
            Answers::Numbers(values) => {
                for &row in rows {
                    let at = bin_of(row) as usize * 3;
                    let cell = &mut self.cells[at..at + 3];
                    let w = f64::from(weights[row as usize]);
                    cell[0] += w;
                    cell[1] += 1.0;
                    cell[2] += w * f64::from(values[row as usize]);
                }
            }
            Answers::Classes(labels, _) => {
                for &row in rows {
                    let at = bin_of(row) as usize * stride;
                    let w = f64::from(weights[row as usize]);
                    self.cells[at] += w;
                    self.cells[at + 1] += 1.0;
                    self.cells[at + HEAD + labels[row as usize] as usize] += w;
                }
            }
        }
        Some((first as usize, last as usize))
    }

    fn cell(&self, bin: usize) -> &[f64] {
        &self.cells[bin * self.stride..(bin + 1) * self.stride]
    }

    /// What the squared sums of a node are worth: larger is purer.
    fn parent_score(&self) -> f64 {
        worth(&self.total)
    }

    /// The best threshold between two bins, or a random one. The bin of missing values is the last.
    fn best_cut(&mut self, first: usize, last: usize, grower: &Grower<'_>, rng: &mut Rng) -> Option<(f64, Rule)> {
        self.left.fill(0.0);
        let only = (grower.thresholds == Thresholds::Random).then(|| rng.random_range(first..last));
        let mut best: Option<(f64, usize)> = None;
        for bin in first..last {
            let from = bin * self.stride;
            for (sum, cell) in self.left.iter_mut().zip(&self.cells[from..from + self.stride]) {
                *sum += cell;
            }
            if only.is_some_and(|only| bin != only) || (only.is_none() && self.cells[from + 1] == 0.0) {
                continue;
            }
            if let Some(score) = self.score(grower)
                && best.is_none_or(|(b, _)| score > b)
            {
                best = Some((score, bin));
            }
        }
        best.map(|(score, bin)| (score, Rule::UpTo { bin: bin as u8, missing_left: false }))
    }

    /// The best set of categories: with one sum a cut in the order of the means, else one against the rest.
    fn best_set(&mut self, first: usize, last: usize, grower: &Grower<'_>, rng: &mut Rng) -> Option<(f64, Rule)> {
        let mut bins: Vec<usize> = (first..=last).filter(|&bin| self.cell(bin)[1] > 0.0).collect();
        if self.stride > HEAD + 1 {
            if grower.thresholds == Thresholds::Random {
                bins = vec![bins[rng.random_range(0..bins.len())]];
            }
            let single = |scratch: &mut Scratch, bin: usize| {
                scratch.left.copy_from_slice(&scratch.cells[bin * scratch.stride..(bin + 1) * scratch.stride]);
                Some((scratch.score(grower)?, Rule::In(with_bin([0; 4], bin))))
            };
            let all = bins.into_iter().filter_map(|bin| single(self, bin));
            return all.fold(
                None,
                |best: Option<(f64, Rule)>, found| if best.is_none_or(|b| found.0 > b.0) { Some(found) } else { best },
            );
        }
        let mean = |bin: usize| self.cell(bin)[2] / self.cell(bin)[0];
        bins.sort_by(|&a, &b| mean(a).total_cmp(&mean(b)));
        let only = (grower.thresholds == Thresholds::Random).then(|| rng.random_range(0..bins.len() - 1));
        self.left.fill(0.0);
        let mut set = [0; 4];
        let mut best: Option<(f64, Rule)> = None;
        for (i, &bin) in bins[..bins.len() - 1].iter().enumerate() {
            set = with_bin(set, bin);
            let from = bin * self.stride;
            for (sum, cell) in self.left.iter_mut().zip(&self.cells[from..from + self.stride]) {
                *sum += cell;
            }
            if only.is_some_and(|only| i != only) {
                continue;
            }
            if let Some(score) = self.score(grower)
                && best.is_none_or(|(b, _)| score > b)
            {
                best = Some((score, Rule::In(set)));
            }
        }
        best
    }

    /// What both sides are worth when `left` goes left; `None` if a side has too few rows.
    fn score(&self, grower: &Grower<'_>) -> Option<f64> {
        let least = grower.params.min_rows_leaf.max(1) as f64;
        if self.left[1] < least || self.total[1] - self.left[1] < least {
            return None;
        }
        let right_weight = self.total[0] - self.left[0];
        let right: f64 = self.total[HEAD..].iter().zip(&self.left[HEAD..]).map(|(t, l)| (t - l) * (t - l)).sum();
        Some(worth(&self.left) + right / right_weight.max(1e-12))
    }
}

fn worth(cell: &[f64]) -> f64 {
    cell[HEAD..].iter().map(|s| s * s).sum::<f64>() / cell[0].max(1e-12)
}
