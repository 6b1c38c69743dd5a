//! Gradient boosting: many small decision trees, each correcting the sum of those before it.
//!
//! ## What it is
//! Trees are grown leaf by leaf, the leaf that gains most first, on features cut into at most 255 bins.
//! Missing values go to the side that gains more; categories are split into sets, never numbered.
//! Losses are squared error for numbers, log loss for two classes, and softmax with one tree per class
//! for more. With validation rows, the fit ends when they get no better and keeps the best step.
//!
//! ## When it wins
//! On most tables of a few hundred rows or more with mixed, skewed or missing columns, without any
//! preparation. It loses to linear models on very few rows or purely linear targets, and it cannot
//! predict numbers beyond those it has seen.
//!
//! ## Cost
//! Per tree about one nanosecond for each of three visits to every row and feature, and two for every
//! leaf, feature and bin: a second for 500 trees on 20,000 rows and 20 columns. Memory is small.
//!
//! ## Parameters
//! - `iterations` (1000): trees at most, per class where there are more than two.
//! - `learning_rate` (0.05): the share of each tree's step that is taken. Half the rate needs twice the trees.
//! - `num_leaves` (31), `max_depth` (0, no limit), `min_data_in_leaf` (20), `min_sum_hessian` (0.001),
//!   `min_gain` (0): the size of the trees.
//! - `lambda_l1` (0), `lambda_l2` (1), `path_smooth` (0): shrink the values of leaves with few rows.
//! - `feature_fraction` (0.9), `bagging_fraction` (0.9): the share of features and rows that a tree sees.
//! - `extra_trees` (false): one random cut per feature and leaf instead of the best of all.
//! - `max_cat_to_onehot` (16): up to so many bins, categories are tried one against the rest; beyond, as
//!   sets ordered by their mean: `cat_l2` (1), `cat_smooth` (10), `min_data_per_group` (25) and
//!   `max_cat_threshold` (32) keep those from fitting noise.
//! - `max_bin` (0): bins per number; 0 chooses 127 below 5,000 rows and 255 from there.
//!
//! ## References
//! - Friedman, J. (2001): Greedy function approximation: a gradient boosting machine.
//! - Ke, G. et al. (2017): LightGBM: a highly efficient gradient boosting decision tree.
//! - Fisher, W. (1958): On grouping for maximum homogeneity (the order of categories).

mod boost;
mod code_set;
mod exp;
mod grow;
mod histogram;
mod model;
mod objective;
mod params;
mod partition;
mod sample;
mod split;
mod split_codes;
mod split_numbers;
mod table;
#[cfg(test)]
mod tests;
mod tree;

use automl_core::error::Result;
use automl_core::fit_context::FitContext;
use automl_core::learner::{Cost, Fitted, Learner, Supports, TrainData};
use automl_core::matrix::{Form, Shape};
use automl_core::space::SearchSpace;
use automl_core::task::TaskKind;
pub use model::GbdtModel;
pub use params::GbdtParams;

/// Gradient boosting of decision trees; see the page of this module.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gbdt;

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

    fn space(&self, shape: Shape) -> SearchSpace {
        params::space(shape)
    }

    fn cost(&self, params: &GbdtParams, shape: Shape) -> Cost {
        let trees = if shape.outputs > 2 { shape.outputs } else { 1 };
        let per_iteration = work_per_iteration(params, shape.rows, shape.columns, trees);
        let binning = 30.0 * (shape.rows * shape.columns) as f64;
        Cost { work: binning + params.iterations as f64 * per_iteration, memory_bytes: memory_bytes(params, shape, trees) }
    }

    fn fit(&self, params: &GbdtParams, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<Fitted<GbdtModel>> {
        Ok(Fitted { model: boost::boost(params, data, ctx)?, held_out: None })
    }
}

/// Nanoseconds that an iteration takes, about: visits to rows, looks at histograms, and gradients.
fn work_per_iteration(params: &GbdtParams, rows: usize, columns: usize, trees: usize) -> f64 {
    let (rows, columns) = (rows as f64, columns as f64);
    let leaves = (params.num_leaves as f64).min(rows / params.min_data_in_leaf.max(1) as f64).max(1.0);
    let bins = crate::bins::max_bin(params.max_bin, rows as usize) as f64;
    // A balanced tree of 31 leaves would visit 3.5 times the rows, real ones are lopsided.
    let visits = rows * (1.0 + 0.35 * leaves.log2());
    trees as f64 * (visits * columns * 0.8 + 2.0 * leaves * columns * bins * 1.5 + rows * 15.0)
}

/// Two copies of the bins and what the matrix keeps of them, scores and gradients, histograms, and trees.
fn memory_bytes(params: &GbdtParams, shape: Shape, trees: usize) -> u64 {
    let (rows, columns) = (shape.rows as u64, shape.columns as u64);
    let histograms = (params.num_leaves as u64 * columns * 4160).min(128 << 20);
    let model = (params.iterations * trees * params.num_leaves) as u64 * 40;
    rows * columns * 5 + rows * (16 * trees as u64 + 20) + histograms + model
}
