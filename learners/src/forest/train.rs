//! Fits a forest: batches of trees, out-of-bag predictions, reports.

use automl_core::error::{Error, Kind, Result};
use automl_core::fit_context::{FitContext, Watch};
use automl_core::learner::{Fitted, TrainData};
use automl_core::matrix::{Column, View};
use automl_core::predictions::Predictions;
use automl_core::seed;
use automl_core::task::Target;

use super::grow::{Grown, Growth, grow};
use super::model::{ForestModel, outputs};
use super::sample::{Labels, Sample, Source};
use super::tree::Tree;
use super::{Cuts, ForestParams};
use crate::bins::{self, Bins};
use crate::featureless::prior;

/// Trees between two reports, whatever the number of threads.
const BATCH: usize = 10;

/// Fits the forest of the learner `id`.
pub(super) fn fit(
    id: &str,
    cuts: Cuts,
    params: &ForestParams,
    data: &TrainData<'_>,
    ctx: &mut FitContext<'_>,
) -> Result<Fitted<ForestModel>> {
    params.check(id)?;
    if let Some(j) = data.x.columns().iter().position(|c| matches!(**c, Column::Sparse(_))) {
        return Err(Error::internal(format!("learner `{id}` takes no sparse blocks, and column {j} is one")));
    }
    let (mut model, labels) = prepare(data);
    let rows = data.x.rows();
    if rows == 0 || data.x.columns().is_empty() {
        return Ok(without_trees(model, data, ctx));
    }
    let bins = Bins::of(data.x, bins::max_bin(0, data.x.matrix.rows()), ctx)?;
    let source = Source { x: data.x, bins: &bins, labels: &labels, weights: data.weights, outputs: model.outputs() };
    let growth = Growth {
        cuts,
        features: params.features_per_node(cuts, data.x.columns().len(), model.n_classes.is_some()),
        min_rows: params.min_rows(rows, source.outputs, ctx.memory_bytes),
        max_depth: if params.max_depth == 0 { usize::MAX } else { params.max_depth },
    };
    let count = ((params.bootstrap * rows as f64).round() as usize).max(1);
    let mut held_out = data.valid.is_none().then(|| OutOfBag::new(rows, source.outputs));
    let mut judged = data.valid.map(|x| Judged { x, sums: vec![0.0; x.rows() * source.outputs] });
    let (seed, watch) = (ctx.seed, ctx.watch());
    for first in (0..params.trees).step_by(BATCH) {
        let size = BATCH.min(params.trees - first);
        let out_of_bag = held_out.is_some();
        let batch = ctx.map(size, |k| {
            let (grown, drawn) = one_tree(&source, growth, count, seed::derive(seed, (first + k) as u64), &watch)?;
            let leaves = if out_of_bag { unseen_leaves(&source, &grown, &drawn) } else { Vec::new() };
            Some((grown.tree, leaves))
        });
        let finished = batch.iter().flatten().count();
        for (tree, leaves) in batch.into_iter().flatten() {
            if let Some(held_out) = &mut held_out {
                held_out.add(&tree, &leaves);
            }
            model.trees.push(tree);
        }
        let stopped = match &mut judged {
            Some(judged) if finished > 0 => judged.report(&model, finished, ctx),
            _ => ctx.check().is_stop(),
        };
        if stopped || finished < size {
            break;
        }
    }
    if model.trees.is_empty() {
        return Err(Error::new(Kind::NoModel, format!("learner `{id}`: no tree before the deadline")));
    }
    if let Some(best) = ctx.best_step().filter(|_| judged.is_some()) {
        model.trees.truncate((best as usize).max(1));
    }
    let held_out = held_out.map(|h| h.finish(&model));
    Ok(Fitted { model, held_out })
}

/// A model without trees, and the target as trees see it.
fn prepare(data: &TrainData<'_>) -> (ForestModel, Labels) {
    let prior = prior(data.target, data.weights);
    let empty = |n_classes, prior, offset, scale| ForestModel { n_classes, prior, offset, scale, trees: Vec::new() };
    match data.target {
        Target::Classes { labels, n_classes } => {
            let labels = match outputs(Some(*n_classes)) {
                1 if *n_classes == 2 => Labels::Numbers(labels.iter().map(|&l| l as f32).collect()),
                _ => Labels::Classes(labels.clone()),
            };
            (empty(Some(*n_classes), prior, 0.0, 1.0), labels)
        }
        Target::Numbers(y) => {
            let offset = prior[0];
            // Any scale will do that keeps the values near one in size: `f32` has seven digits.
            let spread = y.iter().map(|y| (y - offset).abs()).sum::<f64>() / y.len().max(1) as f64;
            let scale = if spread > 0.0 && spread.is_finite() { spread } else { 1.0 };
            let labels = Labels::Numbers(y.iter().map(|y| ((y - offset) / scale) as f32).collect());
            (empty(None, prior, offset, scale), labels)
        }
    }
}

/// What is fitted where there is nothing to split: the prior.
fn without_trees(model: ForestModel, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Fitted<ForestModel> {
    let constant = |rows: usize| model.finish(&vec![0.0; rows * model.outputs()], 0);
    if let Some(valid) = data.valid {
        // There is no second step to stop before.
        let _ = ctx.report(1, &constant(valid.rows()));
    }
    let held_out = data.valid.is_none().then(|| constant(data.x.rows()));
    Fitted { model, held_out }
}

/// A tree and how often each row was drawn for it; `None` when it had to stop.
fn one_tree(source: &Source<'_>, growth: Growth, count: usize, seed: u64, watch: &Watch) -> Option<(Grown, Vec<u16>)> {
    if watch.check().is_stop() {
        return None;
    }
    let mut rng = seed::rng(seed);
    let sample = Sample::draw(source, count, &mut rng);
    let grown = grow(source, &sample, growth, &mut rng, watch)?;
    Some((grown, sample.drawn))
}

/// The rows that were not drawn, each with its leaf.
fn unseen_leaves(source: &Source<'_>, grown: &Grown, drawn: &[u16]) -> Vec<(u32, u32)> {
    let missing: Vec<Option<u8>> = source.bins.features.iter().map(|f| f.missing_bin()).collect();
    let unseen = drawn.iter().enumerate().filter(|(_, times)| **times == 0);
    unseen.map(|(i, _)| (i as u32, grown.leaf(source.bins.row_major.row(source.x.row(i)), &missing) as u32)).collect()
}

/// The validation rows and the sums of their predictions.
struct Judged<'a> {
    x: View<'a>,
    sums: Vec<f64>,
}

impl Judged<'_> {
    /// Reports the forest with its newest trees; says whether to stop.
    fn report(&mut self, model: &ForestModel, newest: usize, ctx: &mut FitContext<'_>) -> bool {
        let trees = model.trees.len();
        model.add_trees(&model.trees[trees - newest..], self.x, &mut self.sums);
        ctx.report(trees as u32, &model.finish(&self.sums, trees)).is_stop()
    }
}

/// Sums of the predictions of every row by the trees that have not seen it.
struct OutOfBag {
    outputs: usize,
    sums: Vec<f64>,
    trees: Vec<u32>,
}

impl OutOfBag {
    fn new(rows: usize, outputs: usize) -> OutOfBag {
        OutOfBag { outputs, sums: vec![0.0; rows * outputs], trees: vec![0; rows] }
    }

    fn add(&mut self, tree: &Tree, leaves: &[(u32, u32)]) {
        for &(row, leaf) in leaves {
            let row = row as usize;
            tree.add_leaf(leaf as usize, &mut self.sums[row * self.outputs..][..self.outputs]);
            self.trees[row] += 1;
        }
    }

    /// Averages; the prior for rows that every tree has seen.
    fn finish(&self, model: &ForestModel) -> Predictions {
        let mut predictions = Predictions::zeros(self.trees.len(), model.prior.len());
        for (i, sums) in self.sums.chunks_exact(self.outputs).enumerate() {
            model.write(sums, self.trees[i] as usize, predictions.row_mut(i));
        }
        predictions
    }
}
