//! Random forest: many deep trees, each on a bootstrap sample.
//!
//! # What it is
//! The mean of trees that are grown to the end on rows drawn with replacement, looking at a few random columns
//! at each node. `random_forest` takes the best threshold of each column, `extra_trees` a random one. The rows
//! that a tree did not draw predict honestly, so one fit gives out-of-bag predictions of all rows and needs no
//! cross-validation. Missing values go to the side that suits them better; categories are split by sets.
//!
//! # When it wins
//! Noisy tables and strong interactions; with little time, since nothing has to be tuned. It errs otherwise
//! than boosting and so adds to an ensemble.
//!
//! # Cost
//! Per tree about `rows × log2(rows) × columns looked at` steps on one core, each a few nanoseconds. The models are
//! large: a leaf for every few rows. In tables of up to 5,000 rows every distinct number can be a threshold; in
//! larger ones numbers share 127 or 255 bins.
//!
//! # Parameters
//! - `trees` (100): trees at most; at the deadline those that are done are the model.
//! - `max_features` (null): share of the columns looked at in each node; null takes the square root of their
//!   number for classes and 0.4 of them for numbers, 0.75 with random thresholds.
//! - `min_rows_leaf` (1): rows in a leaf at least.
//! - `leaves_max` (15000): leaves of a tree at most; they are shared out by the number of rows.
//! - `max_depth` (null): levels of splits at most, for small models; null lets trees grow to the end.
//!
//! # References
//! Breiman, *Random forests* (2001); Geurts, Ernst, Wehenkel, *Extremely randomized trees* (2006).

mod extra_trees;
mod gini;
mod grow;
mod impurity;
mod layout;
mod model;
mod order;
mod out_of_bag;
mod params;
mod sample;
mod squared_error;
#[cfg(test)]
mod tests;
mod train;

use automl_core::error::Result;
use automl_core::fit_context::FitContext;
use automl_core::learner::{Cost, Fitted, Learner, Supports, TrainData};
use automl_core::matrix::{Form, Shape};
use automl_core::space::SearchSpace;
use automl_core::task::TaskKind;
pub use extra_trees::ExtraTrees;
pub use model::ForestModel;
pub use params::ForestParams;

use self::train::fit;

/// The learner `random_forest`.
#[derive(Debug, Clone, Copy)]
pub struct RandomForest;

/// How thresholds are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thresholds {
    /// The best of each column.
    Best,
    /// One at random for each column.
    Random,
}

const SUPPORTS: Supports = Supports {
    tasks: &TaskKind::ALL,
    forms: &[Form::Numeric, Form::Complete, Form::Codes],
    held_out: true,
    exact_weights: false,
    random: true,
    monotone: false,
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
