//! Gradient boosting of leaf-wise histogram trees.
//!
//! # What it is
//! A sum of small regression trees, each fitted to the gradient of the loss at the sum so far. Values are
//! bytes (bins), so that a split is found from sums per bin; the tree grows where the loss falls most.
//! Missing values go to the side where they fit better, categories are split as sets.
//!
//! # When it wins
//! Tables of numbers and categories from a few hundred rows on: the strongest single learner on most. It
//! stops by itself when validation rows no longer gain, and its best prefix is a model at any time.
//!
//! # Cost
//! Per tree about `rows × columns × (1 + log2(leaves) / 2)` additions and `leaves × columns × bins` steps of
//! split search, on one core; as many trees per iteration as classes, if there are more than two.
//!
//! # Parameters
//! - `iterations` (1000): iterations at most.
//! - `learning_rate` (0.05): share of each tree that is added. Raised by the engine where the time allows
//!   only few iterations.
//! - `num_leaves` (31), `max_depth` (0, no limit): size of the trees.
//! - `min_data_in_leaf` (20), `min_sum_hessian` (0.001), `min_gain` (0): what a split needs.
//! - `lambda_l1` (0), `lambda_l2` (1): penalties on leaf values.
//! - `feature_fraction` (0.9), `bagging_fraction` (0.9): columns and rows drawn for each tree.
//! - `extra_trees` (false): one random threshold per column and node instead of the best.
//! - `cat_l2` (1), `cat_smooth` (10), `max_cat_to_onehot` (16), `min_data_per_group` (25),
//!   `max_cat_threshold` (32): how categories are split, as in LightGBM.
//! - `max_bin` (0): bins per number; 0 chooses 127 or 255 by the number of rows.
//!
//! # References
//! Friedman, *Greedy function approximation: a gradient boosting machine* (2001); Ke et al., *LightGBM: a
//! highly efficient gradient boosting decision tree* (2017); Chen, Guestrin, *XGBoost* (2016).

mod boost;
mod grow;
mod histogram;
pub mod lightgbm;
mod link;
mod model;
mod objective;
mod split;
#[cfg(test)]
mod tests;

use automl_core::error::{Error, Result};
use automl_core::fit_context::FitContext;
use automl_core::learner::{Cost, Fitted, Learner, Supports, TrainData};
use automl_core::matrix::{Form, Shape};
use automl_core::space::SearchSpace;
use automl_core::task::TaskKind;
pub use model::GbdtModel;
use serde::{Deserialize, Serialize};

use crate::bins;

/// The learner `gbdt`.
#[derive(Debug, Clone, Copy)]
pub struct Gbdt;

/// Parameters of [`Gbdt`]; see its reference page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GbdtParams {
    /// Iterations at most.
    pub iterations: u32,
    /// Share of each tree that is added.
    pub learning_rate: f64,
    /// Leaves per tree at most.
    pub num_leaves: usize,
    /// Splits between root and leaf at most; 0 for no limit.
    pub max_depth: usize,
    /// Rows in a leaf at least.
    pub min_data_in_leaf: usize,
    /// Sum of second derivatives in a leaf at least.
    pub min_sum_hessian: f64,
    /// Fall of the loss that a split needs.
    pub min_gain: f64,
    /// L1 penalty on leaf values.
    pub lambda_l1: f64,
    /// L2 penalty on leaf values.
    pub lambda_l2: f64,
    /// Share of the columns drawn for each tree.
    pub feature_fraction: f64,
    /// Share of the rows drawn for each iteration.
    pub bagging_fraction: f64,
    /// One random threshold per column and node.
    pub extra_trees: bool,
    /// Additional L2 penalty for sets of categories.
    pub cat_l2: f64,
    /// Categories with less weight are not put into sets, and the order of the others is smoothed by it.
    pub cat_smooth: f64,
    /// Up to this many categories are split one against the rest.
    pub max_cat_to_onehot: usize,
    /// Rows that a group of categories needs.
    pub min_data_per_group: usize,
    /// Categories on the smaller side of a split at most.
    pub max_cat_threshold: usize,
    /// Bins per number; 0 chooses by the number of rows.
    pub max_bin: usize,
}

impl Default for GbdtParams {
    fn default() -> GbdtParams {
        GbdtParams {
            iterations: 1000,
            learning_rate: 0.05,
            num_leaves: 31,
            max_depth: 0,
            min_data_in_leaf: 20,
            min_sum_hessian: 1e-3,
            min_gain: 0.0,
            lambda_l1: 0.0,
            lambda_l2: 1.0,
            feature_fraction: 0.9,
            bagging_fraction: 0.9,
            extra_trees: false,
            cat_l2: 1.0,
            cat_smooth: 10.0,
            max_cat_to_onehot: 16,
            min_data_per_group: 25,
            max_cat_threshold: 32,
            max_bin: 0,
        }
    }
}

impl GbdtParams {
    fn check(&self) -> Result<()> {
        let share = |name: &str, v: f64| (name.to_owned(), v, v > 0.0 && v <= 1.0, "above 0 and up to 1");
        let positive = |name: &str, v: f64| (name.to_owned(), v, v.is_finite() && v >= 0.0, "0 or more");
        let checks = [
            share("learning_rate", self.learning_rate),
            share("feature_fraction", self.feature_fraction),
            share("bagging_fraction", self.bagging_fraction),
            positive("lambda_l1", self.lambda_l1),
            positive("lambda_l2", self.lambda_l2),
            positive("min_sum_hessian", self.min_sum_hessian),
            positive("min_gain", self.min_gain),
            positive("cat_l2", self.cat_l2),
            positive("cat_smooth", self.cat_smooth),
            ("num_leaves".to_owned(), self.num_leaves as f64, (2..=1 << 16).contains(&self.num_leaves), "from 2 to 65536"),
            ("iterations".to_owned(), f64::from(self.iterations), self.iterations > 0, "1 or more"),
        ];
        match checks.into_iter().find(|(_, _, sound, _)| !sound) {
            Some((name, value, _, accepted)) => {
                Err(Error::usage(format!("parameters of `gbdt`: `{name}` is {value}; it must be {accepted}")))
            }
            None => Ok(()),
        }
    }

    /// Nanoseconds of one iteration, about: the additions of histograms, the search of splits, and what
    /// every row costs besides.
    fn iteration_ns(&self, shape: Shape) -> f64 {
        let (rows, columns) = (shape.rows as f64 * self.bagging_fraction, shape.columns as f64 * self.feature_fraction);
        let leaves = (self.num_leaves as f64).min(shape.rows as f64 / self.min_data_in_leaf.max(1) as f64).max(2.0);
        let bins = bins::max_bin(self.max_bin, shape.rows) as f64;
        let visits = rows * (1.0 + 0.5 * leaves.log2());
        let trees = if shape.outputs > 2 { shape.outputs as f64 } else { 1.0 };
        trees * (1.5 * visits * columns + 10.0 * visits + 3.0 * leaves * columns * bins + 20.0 * shape.rows as f64)
    }
}

impl Learner for Gbdt {
    type Params = GbdtParams;
    type Model = GbdtModel;
    const ID: &'static str = "gbdt";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("mod.rs");

    fn supports(&self) -> Supports {
        Supports {
            tasks: &TaskKind::ALL,
            forms: &[Form::Numeric, Form::Complete, Form::Codes],
            held_out: false,
            exact_weights: false,
        }
    }

    /// The space that TabArena tunes LightGBM in (Erickson et al., 2025); larger trees for more rows.
    fn space(&self, shape: Shape) -> SearchSpace {
        let leaves = (shape.rows / 20).clamp(8, 200) as i64;
        SearchSpace::new()
            .log_float("learning_rate", 0.01, 0.1, 0.1)
            .float("feature_fraction", 0.4, 1.0, 0.9)
            .float("bagging_fraction", 0.7, 1.0, 0.9)
            .log_int("num_leaves", 4, leaves, 8)
            .log_int("min_data_in_leaf", 1, 64, 20)
            .choice("extra_trees", [false, true])
            .float("lambda_l1", 0.0, 1.0, 0.0)
            .float("lambda_l2", 0.0, 2.0, 1.0)
            .log_float("cat_l2", 0.005, 2.0, 1.0)
            .log_float("cat_smooth", 0.001, 100.0, 10.0)
            .log_int("max_cat_to_onehot", 8, 100, 16)
            .log_int("min_data_per_group", 2, 100, 25)
    }

    fn cost(&self, params: &GbdtParams, shape: Shape) -> Cost {
        const HISTOGRAM_BYTES: f64 = 256.0 * 16.0;
        let trees = f64::from(params.iterations) * if shape.outputs > 2 { shape.outputs as f64 } else { 1.0 };
        let bins_bytes = 2.5 * (shape.rows * shape.columns) as f64;
        let leaves_bytes = params.num_leaves as f64 * shape.columns as f64 * HISTOGRAM_BYTES;
        let rows_bytes = shape.rows as f64 * (24.0 + 24.0 * shape.outputs as f64);
        let memory = bins_bytes + leaves_bytes + rows_bytes + trees * params.num_leaves as f64 * 30.0;
        Cost { memory_bytes: memory as u64, work: f64::from(params.iterations) * params.iteration_ns(shape) + bins_bytes * 4.0 }
    }

    /// Takes larger steps where the time allows fewer iterations than the learning rate wants. How the rate
    /// grows with the missing iterations follows CatBoost's fitted rule, `rate ∝ iterations^-0.45` for
    /// classes and `-0.61` for numbers, rounded up since leaf-wise trees fit faster.
    fn within(&self, params: GbdtParams, shape: Shape, work: f64) -> GbdtParams {
        const RATE_MAX: f64 = 0.3;
        const ITERATIONS_AT_RATE_1: f64 = 15.0;
        let affordable = (work / params.iteration_ns(shape)).max(1.0);
        let wanted = (ITERATIONS_AT_RATE_1 / params.learning_rate).min(f64::from(params.iterations));
        if affordable >= wanted || params.learning_rate >= RATE_MAX {
            return params;
        }
        let learning_rate = (params.learning_rate * (wanted / affordable).powf(0.7)).min(RATE_MAX);
        // Rounded, so that the journal reads well.
        GbdtParams { learning_rate: (learning_rate * 1e4).round() / 1e4, ..params }
    }

    fn fit(&self, params: &GbdtParams, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<Fitted<GbdtModel>> {
        params.check()?;
        Ok(Fitted { model: boost::fit(params, data, ctx)?, held_out: None })
    }
}
