//! Random forest: many deep trees, each on a bootstrap sample.
//!
//! # What it is
//! The mean of trees that are grown to the end on rows drawn with replacement, looking at a few random columns
//! at each node. `random_forest` takes the best threshold of each column, `extra_trees` a random one. The rows
//! that a tree did not draw predict honestly, so one fit gives out-of-bag predictions of all rows and needs no
//! cross-validation.
//!
//! # When it wins
//! Noisy tables and strong interactions; with little time, since nothing has to be tuned. It errs otherwise
//! than boosting and so adds to an ensemble.
//!
//! # Cost
//! Per tree about `rows × log2(rows) × columns looked at` steps on one core. The models are large: a leaf for
//! every few rows.
//!
//! # Parameters
//! - `trees` (100): trees at most; at the deadline those that are done are the model.
//! - `max_features` (null): share of the columns looked at in each node; null takes the square root of their
//!   number for classes and 0.4 of them for numbers, 0.75 with random thresholds.
//! - `min_rows_leaf` (1): rows in a leaf at least.
//! - `leaves_max` (15000): leaves of a tree at most.
//!
//! # References
//! Breiman, *Random forests* (2001); Geurts, Ernst, Wehenkel, *Extremely randomized trees* (2006).

mod extra_trees;
mod grow;
mod model;
#[cfg(test)]
mod tests;

use automl_core::error::{Error, Result};
use automl_core::fit_context::FitContext;
use automl_core::learner::{Cost, Fitted, Learner, Supports, TrainData};
use automl_core::matrix::{Form, Shape};
use automl_core::predictions::Predictions;
use automl_core::seed::derive;
use automl_core::space::SearchSpace;
use automl_core::task::{Target, TaskKind};
pub use extra_trees::ExtraTrees;
pub use model::ForestModel;
use serde::{Deserialize, Serialize};

use self::grow::{Grower, Sampled};
use crate::bins::{Bins, max_bin};
use crate::featureless::prior;

/// The learner `random_forest`.
#[derive(Debug, Clone, Copy)]
pub struct RandomForest;

/// Parameters of [`RandomForest`] and [`ExtraTrees`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ForestParams {
    /// Trees at most.
    pub trees: usize,
    /// Share of the columns looked at in each node; `None` for the usual one.
    pub max_features: Option<f64>,
    /// Rows in a leaf at least.
    pub min_rows_leaf: usize,
    /// Leaves of a tree at most.
    pub leaves_max: usize,
}

impl Default for ForestParams {
    fn default() -> ForestParams {
        ForestParams { trees: 100, max_features: None, min_rows_leaf: 1, leaves_max: 15_000 }
    }
}

/// How thresholds are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thresholds {
    /// The best of each column.
    Best,
    /// One at random for each column.
    Random,
}

impl ForestParams {
    fn check(&self, id: &str) -> Result<()> {
        let trouble = if self.trees == 0 {
            "`trees` is 0; it must be 1 or more".to_owned()
        } else if let Some(share) = self.max_features.filter(|s| !(*s > 0.0 && *s <= 1.0)) {
            format!("`max_features` is {share}; it must be above 0 and up to 1")
        } else if self.leaves_max < 2 {
            format!("`leaves_max` is {}; it must be 2 or more", self.leaves_max)
        } else {
            return Ok(());
        };
        Err(Error::usage(format!("parameters of `{id}`: {trouble}")))
    }

    /// How many columns a node looks at.
    fn columns_per_node(&self, columns: usize, classes: bool, thresholds: Thresholds) -> usize {
        let all = columns as f64;
        let wanted = match (self.max_features, thresholds, classes) {
            (Some(share), _, _) => share * all,
            (None, Thresholds::Random, _) => 0.75 * all,
            (None, Thresholds::Best, true) => all.sqrt(),
            (None, Thresholds::Best, false) => 0.4 * all,
        };
        (wanted.round() as usize).clamp(1, columns.max(1))
    }

    fn tree_ns(&self, shape: Shape, thresholds: Thresholds) -> f64 {
        let looked_at = self.columns_per_node(shape.columns, shape.outputs > 1, thresholds) as f64;
        let rows = shape.rows as f64;
        let per_value = 4.0 + if shape.outputs > 2 { shape.outputs as f64 } else { 0.0 };
        rows * rows.max(2.0).log2() * (5.0 + looked_at * per_value)
    }

    fn cost(&self, shape: Shape, thresholds: Thresholds) -> Cost {
        let leaves = (shape.rows as f64 * 0.6 / self.min_rows_leaf.max(1) as f64).min(self.leaves_max as f64);
        let tree_bytes = leaves * (24.0 + 4.0 * shape.outputs as f64);
        let rows_bytes = shape.rows as f64 * (2.5 * shape.columns as f64 + 40.0 + 8.0 * shape.outputs as f64);
        let work = self.trees as f64 * self.tree_ns(shape, thresholds);
        Cost { memory_bytes: (self.trees as f64 * tree_bytes + rows_bytes) as u64, work }
    }

    fn space() -> SearchSpace {
        SearchSpace::new().float("max_features", 0.2, 1.0, 0.3).log_int("min_rows_leaf", 1, 20, 10)
    }
}

const SUPPORTS: Supports = Supports {
    tasks: &TaskKind::ALL,
    forms: &[Form::Numeric, Form::Complete, Form::Codes],
    held_out: true,
    exact_weights: false,
};

impl Learner for RandomForest {
    type Params = ForestParams;
    type Model = ForestModel;
    const ID: &'static str = "random_forest";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("mod.rs");

    fn supports(&self) -> Supports {
        SUPPORTS
    }

    fn space(&self, _: Shape) -> SearchSpace {
        ForestParams::space()
    }

    fn cost(&self, params: &ForestParams, shape: Shape) -> Cost {
        params.cost(shape, Thresholds::Best)
    }

    fn fit(&self, params: &ForestParams, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<Fitted<ForestModel>> {
        fit(Self::ID, params, Thresholds::Best, data, ctx)
    }
}

/// Grows trees in batches until there are enough or the time is over.
fn fit(
    id: &str,
    params: &ForestParams,
    thresholds: Thresholds,
    data: &TrainData<'_>,
    ctx: &mut FitContext<'_>,
) -> Result<Fitted<ForestModel>> {
    params.check(id)?;
    let start = prior(data.target, data.weights);
    let mut model = ForestModel::new(data.target, data.x.columns().len(), &start);
    let mut out_of_bag = OutOfBag::new(data.target, start);
    if data.x.columns().is_empty() || data.x.rows() == 0 {
        return Ok(Fitted { held_out: Some(out_of_bag.predictions(&model)), model });
    }
    let bins = Bins::of(data.x, max_bin(0, data.x.matrix.rows()), ctx).map_err(|e| e.context(format!("learner `{id}`")))?;
    let places: Vec<u32> = (0..data.x.rows()).map(|i| data.x.row(i) as u32).collect();
    let grower = Grower::new(params, thresholds, &bins, &places, data.target, data.weights);
    // A batch has a tree for every thread. Its size must not change a result, so batches end only the fit.
    let batch = ctx.threads();
    for first in (0..params.trees).step_by(batch) {
        let count = batch.min(params.trees - first);
        let (seed, shared) = (ctx.seed, &*ctx);
        let grown = shared.map(count, |i| grower.grow(derive(seed, (first + i) as u64), shared));
        let all_done = grown.iter().all(Option::is_some);
        for (tree, sampled) in grown.into_iter().map_while(|g| g) {
            model.push(&tree, &bins);
            out_of_bag.add(&tree, &sampled, &bins, &places);
        }
        // Forests do not overfit with more trees: validation rows are not asked.
        if !all_done || ctx.check().is_stop() {
            break;
        }
    }
    if model.trees() == 0 {
        return Err(Error::new(automl_core::error::Kind::NoModel, "there was no time for a single tree"));
    }
    Ok(Fitted { held_out: Some(out_of_bag.predictions(&model)), model })
}

/// Votes of the trees that did not see a row.
struct OutOfBag {
    votes: Vec<f32>,
    counts: Vec<u32>,
    start: Vec<f64>,
    outputs: usize,
    width: usize,
}

impl OutOfBag {
    fn new(target: &Target, start: Vec<f64>) -> OutOfBag {
        let (rows, outputs) = (target.len(), grow::outputs(target));
        OutOfBag { votes: vec![0.0; rows * outputs], counts: vec![0; rows], start, outputs, width: target.width() }
    }

    fn add(&mut self, tree: &grow::ForestTree, sampled: &Sampled, bins: &Bins, places: &[u32]) {
        for (row, &place) in places.iter().enumerate().filter(|(row, _)| sampled.weights[*row] == 0.0) {
            let leaf = tree.tree.leaf_of(bins.row_major.row(place as usize)) as usize;
            let value = &tree.values[leaf * self.outputs..(leaf + 1) * self.outputs];
            self.votes[row * self.outputs..(row + 1) * self.outputs].iter_mut().zip(value).for_each(|(v, x)| *v += x);
            self.counts[row] += 1;
        }
    }

    /// The mean vote; the prior for rows that every tree saw.
    fn predictions(&self, model: &ForestModel) -> Predictions {
        let mut predictions = Predictions::zeros(self.counts.len(), self.width);
        for (row, &count) in self.counts.iter().enumerate() {
            let out = predictions.row_mut(row);
            if count == 0 {
                out.copy_from_slice(&self.start);
            } else {
                let votes = &self.votes[row * self.outputs..(row + 1) * self.outputs];
                let mean: Vec<f64> = votes.iter().map(|v| f64::from(*v) / f64::from(count)).collect();
                model.write(&mean, out);
            }
        }
        predictions
    }
}
