//! Extremely randomised trees: a forest whose thresholds are drawn at random.
//!
//! # What it is
//! A random forest in which each column that a node looks at gets one random threshold, and the best of these
//! splits is taken. The trees differ more, so their mean is smoother; and no thresholds have to be searched.
//!
//! # When it wins
//! Smooth targets and many noisy columns; often the best single model for its time on a few thousand rows.
//!
//! # Cost
//! Per tree about `rows × log2(rows) × columns looked at` steps on one core, fewer per step than a random forest.
//!
//! # Parameters
//! - `trees` (100), `min_rows_leaf` (1), `leaves_max` (15000), `max_depth` (null): as for `random_forest`.
//! - `max_features` (null): share of the columns looked at in each node; null takes 0.75.
//!
//! # References
//! Geurts, Ernst, Wehenkel, *Extremely randomized trees* (2006).

use automl_core::error::Result;
use automl_core::fit_context::FitContext;
use automl_core::learner::{Cost, Fitted, Learner, Supports, TrainData};
use automl_core::matrix::Shape;
use automl_core::space::SearchSpace;

use super::{ForestModel, ForestParams, SUPPORTS, Thresholds, fit};

/// The learner `extra_trees`.
#[derive(Debug, Clone, Copy)]
pub struct ExtraTrees;

impl Learner for ExtraTrees {
    type Params = ForestParams;
    type Model = ForestModel;
    const ID: &'static str = "extra_trees";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("extra_trees.rs");

    fn supports(&self) -> Supports {
        SUPPORTS
    }

    fn space(&self, _: Shape) -> SearchSpace {
        ForestParams::space()
    }

    fn cost(&self, params: &ForestParams, shape: Shape) -> Cost {
        params.cost(shape, Thresholds::Random)
    }

    fn fit(&self, params: &ForestParams, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<Fitted<ForestModel>> {
        fit(Self::ID, params, Thresholds::Random, data, ctx)
    }
}
