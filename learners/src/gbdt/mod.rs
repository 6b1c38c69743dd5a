//! Gradient boosting of histogram trees: leaf-wise, depth-wise or symmetric.
//!
//! # What it is
//! A sum of small regression trees, each fitted to the gradient of the loss at the sum so far. Values are
//! bytes (bins) and gradients small integers, so that a split is found from sums per bin that are the same at
//! any number of threads; the tree grows where the loss falls most. Missing values go to the side where they
//! fit better, categories are split one by one, as sets, or by their mean target.
//!
//! # When it wins
//! Tables of numbers and categories from a few hundred rows on: the strongest single learner on most. It
//! stops by itself when validation rows no longer gain, and its best prefix is a model at any time.
//!
//! # Cost
//! Per tree about `rows × columns × (1 + log2(leaves) / 3)` additions of a third of a nanosecond and
//! `2 × leaves × columns × bins` steps of split search of half of one; as many trees per iteration as classes, if
//! there are more than two. Leaves of fewer than 150,000 values are summed by one thread.
//!
//! # Parameters
//! - `iterations` (1000): iterations at most.
//! - `learning_rate` (null): share of each tree that is added; null for one that suits the rows and the iterations.
//!   Raised by the engine where the time allows only few iterations.
//! - `num_leaves` (31), `max_depth` (0, no limit): size of the trees.
//! - `min_data_in_leaf` (20), `min_sum_hessian` (0.001), `min_gain` (0): what a split needs.
//! - `lambda_l1` (0), `lambda_l2` (1): penalties on leaf values.
//! - `path_smooth` (0): rows at which a leaf trusts itself as much as its parent.
//! - `exact_leaves` (false): values leaves by exact gradients instead of rounded ones, which is slower.
//! - `grow_policy` ("leaf_wise"): which leaf is split next; "depth_wise" takes the one nearest to the root,
//!   "oblivious" splits all leaves of a level by the same question.
//! - `feature_fraction` (0.9), `bagging_fraction` (0.9): columns and rows drawn for each tree;
//!   `feature_fraction_node` (1): columns drawn for each leaf.
//! - `sampling` ("uniform"): how rows are drawn; "mvs" prefers those with large gradients.
//! - `extra_trees` (false): one random threshold per column and node instead of the best.
//! - `cat_l2` (1), `cat_smooth` (10), `max_cat_to_onehot` (16), `min_data_per_group` (25),
//!   `max_cat_threshold` (32): how categories are split, as in LightGBM.
//! - `target_statistics` (null): categories beyond which a column is split by the mean target of its categories
//!   too; null for never, or for 2 with oblivious trees.
//! - `monotone` ([]): per column 1 where the prediction may only rise with it, -1 where it may only fall, else 0;
//!   with two classes the probability of the second. `automl fit --monotone COLUMN=rising` fills it in.
//! - `loss` ("squared"): the loss of numbers: "squared", "absolute", "huber", "quantile", "poisson", "gamma" or
//!   "tweedie". `alpha` (0.9) is the level of the quantile, or where Huber's loss becomes straight, in standard
//!   deviations; `tweedie_power` (1.5) lies between 1 (Poisson) and 2 (gamma).
//! - `max_bin` (0): bins per number; 0 chooses 127 or 255 by the number of rows.
//!
//! # References
//! Friedman, *Greedy function approximation: a gradient boosting machine* (2001); Ke et al., *LightGBM: a
//! highly efficient gradient boosting decision tree* (2017); Chen, Guestrin, *XGBoost* (2016); Prokhorenkova et
//! al., *CatBoost: unbiased boosting with categorical features* (2018), also for the rule behind the learning
//! rate; Shi et al., *Quantized training of gradient boosting decision trees* (2022).

#[cfg(feature = "bench")]
pub(crate) mod bench;
mod boost;
mod contributions;
mod descent;
mod grow;
mod histogram;
mod kernel;
pub mod lightgbm;
mod link;
mod loss;
mod model;
mod oblivious;
mod output;
mod packed;
mod params;
mod partition;
mod sample;
mod scan;
mod split;
mod split_codes;
mod statistics;
mod table;
#[cfg(test)]
mod tests;

use automl_core::error::Result;
use automl_core::fit_context::FitContext;
use automl_core::learner::{Cost, Fitted, Learner, Supports, TrainData};
use automl_core::matrix::{Form, Shape};
use automl_core::space::SearchSpace;
use automl_core::task::TaskKind;
pub use link::Link;
pub use loss::Loss;
pub use model::GbdtModel;
pub use params::{GbdtParams, GrowPolicy, Sampling};

/// The learner `gbdt`.
#[derive(Debug, Clone, Copy)]
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
            random: true,
            monotone: true,
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
        const HISTOGRAM_BYTES: f64 = 256.0 * 8.0;
        let trees = f64::from(params.iterations) * if shape.outputs > 2 { shape.outputs as f64 } else { 1.0 };
        let bins_bytes = 2.5 * (shape.rows * shape.columns) as f64;
        let leaves_bytes = params.num_leaves as f64 * shape.columns as f64 * HISTOGRAM_BYTES;
        let rows_bytes = shape.rows as f64 * (24.0 + 24.0 * shape.outputs as f64);
        let memory = bins_bytes + leaves_bytes + rows_bytes + trees * params.num_leaves as f64 * 30.0;
        Cost {
            memory_bytes: memory as u64,
            work: f64::from(params.iterations) * params.iteration_ns(shape.rows, shape.columns, shape.outputs) + bins_bytes * 4.0,
        }
    }

    /// Takes larger steps where the time allows fewer iterations than the learning rate wants: the rate that suits as
    /// many as there can be, or one that is raised like it.
    fn within(&self, params: GbdtParams, shape: Shape, work: f64) -> GbdtParams {
        const RATE_MAX: f64 = 0.3;
        const ITERATIONS_AT_RATE_1: f64 = 15.0;
        let affordable = (work / params.iteration_ns(shape.rows, shape.columns, shape.outputs)).max(1.0);
        let rate = params.rate(shape.rows, shape.outputs, f64::from(params.iterations));
        let wanted = (ITERATIONS_AT_RATE_1 / rate).min(f64::from(params.iterations));
        if affordable >= wanted || rate >= RATE_MAX {
            return params;
        }
        let raised = (rate * (wanted / affordable).powf(0.7)).min(RATE_MAX);
        // Rounded, so that the journal reads well.
        GbdtParams { learning_rate: Some((raised * 1e4).round() / 1e4), ..params }
    }

    fn fit(&self, params: &GbdtParams, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<Fitted<GbdtModel>> {
        params.check()?;
        Ok(Fitted { model: boost::fit(params, data, ctx)?, held_out: None })
    }
}
