//! The boosting loop: one tree per output and iteration, each a step down the slope of the loss.

use std::sync::{Mutex, PoisonError};

use automl_core::error::{Error, Result};
use automl_core::fit_context::FitContext;
use automl_core::learner::TrainData;
use automl_core::predictions::Predictions;
use automl_core::seed::{derive, rng};

use super::grow::{Grower, Growth};
use super::model::{GbdtModel, Tree};
use super::objective::{self, Objective};
use super::params::GbdtParams;
use super::sample;
use super::table::Table;
use super::tree::BinTree;
use crate::bins::{self, Bins};

/// Memory for the histograms of all trees that are grown at a time: more is not faster, as splitting a
/// leaf without its histogram costs one more pass over its rows.
const HISTOGRAM_BYTES: u64 = 128 << 20;

/// Iterations in a row in which no tree found a split, after which none is expected any more.
const BARREN_ITERATIONS: usize = 10;

/// The scores of one output, and their gradients.
struct Output {
    scores: Vec<f64>,
    gradients: Vec<[f32; 2]>,
    valid_scores: Vec<f64>,
}

/// Fits a model.
pub(super) fn boost(params: &GbdtParams, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<GbdtModel> {
    params.check()?;
    if data.target.is_empty() {
        return Err(Error::usage("gradient boosting needs at least one row"));
    }
    if data.valid.is_some_and(|valid| !std::ptr::eq(valid.matrix, data.x.matrix)) {
        return Err(Error::internal("the validation rows lie in another matrix than the training rows"));
    }
    let bins = Bins::of(data.x, bins::max_bin(params.max_bin, data.x.matrix.rows()), ctx)?;
    Boosting::new(params, data, &bins, ctx).run(ctx)
}

/// A model in the making.
struct Boosting<'a> {
    params: &'a GbdtParams,
    objective: Objective<'a>,
    weights: Option<Vec<f32>>,
    table: Table<'a>,
    valid: Option<Table<'a>>,
    outputs: Vec<Mutex<Output>>,
    growers: Mutex<Vec<Grower>>,
    start: Vec<f64>,
    trees: Vec<Tree>,
}

impl<'a> Boosting<'a> {
    fn new(params: &'a GbdtParams, data: &TrainData<'a>, bins: &'a Bins, ctx: &FitContext<'_>) -> Boosting<'a> {
        let weights = data.weights.map(with_mean_one);
        let objective = Objective::new(data.target, weights.as_deref());
        let table = Table::training(bins, data.x);
        let valid = data.valid.map(|view| Table::validation(bins, view));
        let start = objective.start(weights.as_deref());
        let n_valid = valid.as_ref().map_or(0, Table::len);
        let output = |&start: &f64| {
            let (scores, gradients) = (vec![start; table.len()], vec![[0.0; 2]; table.len()]);
            Mutex::new(Output { scores, gradients, valid_scores: vec![start; n_valid] })
        };
        let outputs: Vec<_> = start.iter().map(output).collect();
        let at_once = ctx.threads().min(outputs.len()).max(1);
        let bytes = HISTOGRAM_BYTES.min(ctx.memory_bytes / 4) / at_once as u64;
        let growers = (0..at_once).map(|_| Grower::new(table.features.len(), bytes)).collect();
        Boosting { params, objective, weights, table, valid, outputs, growers: Mutex::new(growers), start, trees: Vec::new() }
    }

    fn run(mut self, ctx: &mut FitContext<'_>) -> Result<GbdtModel> {
        let every = self.iterations_per_report();
        let n_valid = self.valid.as_ref().map_or(0, Table::len);
        let mut predictions = Predictions::zeros(n_valid, self.objective.link().width(self.outputs.len()));
        let mut barren = 0;
        for iteration in 0..self.params.iterations {
            if ctx.check().is_stop() || barren == self.patience() {
                break;
            }
            let Some(trees) = self.iterate(iteration, ctx) else { break };
            if trees.iter().all(|tree| tree.nodes.is_empty()) {
                barren += 1;
                continue;
            }
            barren = 0;
            let scale = self.objective.unit().1;
            self.trees.extend(trees.iter().map(|tree| Tree::from_bins(tree, &self.table, scale)));
            let done = self.trees.len() / self.outputs.len();
            let is_last = iteration + 1 == self.params.iterations;
            if self.valid.is_some() && (done.is_multiple_of(every) || is_last) {
                self.predict_valid(&mut predictions);
                if ctx.report(done as u32, &predictions).is_stop() {
                    break;
                }
            }
        }
        Ok(self.finish(ctx.best_step()))
    }

    /// One tree per output; `None` if stopped.
    fn iterate(&mut self, iteration: usize, ctx: &FitContext<'_>) -> Option<Vec<BinTree>> {
        self.update_gradients();
        let seed = derive(ctx.seed, iteration as u64);
        let fraction = self.params.bagging_fraction;
        let in_bag = (fraction < 1.0).then(|| sample::rows(self.table.len(), fraction, &mut rng(derive(seed, 0))));
        let stopper = ctx.stopper();
        let stop = || stopper.check().is_stop();
        let this = &*self;
        let grown = ctx.map(self.outputs.len(), |k| this.grow(k, derive(seed, 1 + k as u64), in_bag.as_deref(), &stop));
        grown.into_iter().collect()
    }

    fn update_gradients(&mut self) {
        let mut outputs: Vec<&mut Output> =
            self.outputs.iter_mut().map(|o| o.get_mut().unwrap_or_else(PoisonError::into_inner)).collect();
        let (scores, mut gradients): (Vec<&[f64]>, Vec<&mut [[f32; 2]]>) =
            outputs.iter_mut().map(|o| (&o.scores[..], &mut o.gradients[..])).unzip();
        self.objective.gradients(&scores, self.weights.as_deref(), &mut gradients);
    }

    /// Grows the tree of one output and adds it to the scores.
    fn grow(&self, k: usize, seed: u64, in_bag: Option<&[bool]>, stop: &(dyn Fn() -> bool + Sync)) -> Option<BinTree> {
        let mut output = self.outputs[k].lock().unwrap_or_else(PoisonError::into_inner);
        let Output { scores, gradients, valid_scores } = &mut *output;
        let mut grower = self.growers.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        let growth = Growth { params: self.params, table: &self.table, gradients, in_bag, stop };
        let grown = grower.grow(&growth, &mut rng(seed)).map(|mut tree| {
            let rate = if tree.nodes.is_empty() { 0.0 } else { self.params.learning_rate };
            tree.values.iter_mut().for_each(|value| *value *= rate);
            for (rows, value) in grower.leaf_rows().zip(&tree.values) {
                rows.iter().for_each(|&i| scores[i as usize] += value);
            }
            tree
        });
        self.growers.lock().unwrap_or_else(PoisonError::into_inner).push(grower);
        let tree = grown?;
        for (i, _) in in_bag.into_iter().flatten().enumerate().filter(|(_, in_bag)| !**in_bag) {
            scores[i] += tree.value(self.table.rows.row(i));
        }
        if let Some(valid) = &self.valid {
            valid_scores.iter_mut().enumerate().for_each(|(i, score)| *score += tree.value(valid.rows.row(i)));
        }
        Some(tree)
    }

    fn predict_valid(&mut self, predictions: &mut Predictions) {
        let scores: Vec<&[f64]> =
            self.outputs.iter_mut().map(|o| &o.get_mut().unwrap_or_else(PoisonError::into_inner).valid_scores[..]).collect();
        objective::predictions(self.objective.link(), self.objective.unit(), &scores, predictions);
    }

    /// The model of the best step, or of all trees if nothing was judged.
    fn finish(mut self, best_step: Option<u32>) -> GbdtModel {
        if let Some(step) = best_step {
            self.trees.truncate(step as usize * self.outputs.len());
        }
        let (mean, scale) = self.objective.unit();
        let start = self.start.iter().map(|s| mean + scale * s).collect();
        GbdtModel { link: self.objective.link(), start, trees: self.trees }
    }

    /// After how many barren iterations to end: at once where the next would be the same.
    fn patience(&self) -> usize {
        let GbdtParams { bagging_fraction, feature_fraction, extra_trees, .. } = *self.params;
        if bagging_fraction < 1.0 || feature_fraction < 1.0 || extra_trees { BARREN_ITERATIONS } else { 1 }
    }

    /// So many that reporting takes a fifth of the time at most.
    fn iterations_per_report(&self) -> usize {
        /// Nanoseconds to make and score one prediction.
        const PER_PREDICTION: f64 = 60.0;
        const MOST: f64 = 50.0;
        let outputs = self.outputs.len();
        let report = self.valid.as_ref().map_or(0, Table::len) as f64 * outputs as f64 * PER_PREDICTION;
        let iteration = super::work_per_iteration(self.params, self.table.len(), self.table.features.len(), outputs);
        (report / (0.2 * iteration)).ceil().clamp(1.0, MOST) as usize
    }
}

/// Weights times a constant, so that penalties mean the same for any unit of the weights.
fn with_mean_one(weights: &[f64]) -> Vec<f32> {
    let mean = weights.iter().sum::<f64>() / weights.len() as f64;
    weights.iter().map(|w| (w / mean) as f32).collect()
}
