//! Extremely randomised trees: a forest whose nodes are split at random cuts.
//!
//! # What it is
//! As `random_forest`, but each feature that a node looks at is cut at one random place between its
//! smallest and largest value there, and the best of these cuts is taken. The place is drawn among the bins,
//! so that it depends on the order of the values and not on their scale. Trees differ more, and their
//! average is smoother.
//!
//! # When it wins
//! Noisy or smooth targets, many weak features. It is among the cheapest strong learners, and its errors
//! differ from those of boosting.
//!
//! # Cost
//! Trees · rows · features per node · log₂(rows) · about 3 ns; the trees are deeper than those of a random
//! forest. The model has up to 24 bytes per leaf, and is kept below 100 MB.
//!
//! # Parameters
//! - `trees`: how many; more are never worse.
//! - `max_features`: share of the features that a node looks at; `null` is one half for classes and three
//!   quarters for numbers, 64 features at most.
//! - `min_rows_leaf`: rows in a leaf at least.
//! - `leaves_max`: leaves per tree at most, kept by demanding more rows per leaf.
//! - `max_depth`: levels at most; 0 for no limit.
//! - `bootstrap`: rows drawn for each tree, with replacement, as a share of all. The original method uses
//!   every row in every tree; drawing them gives out-of-bag predictions.
//!
//! # References
//! Geurts, Ernst, Wehenkel, *Extremely randomized trees* (2006).

use automl_core::error::Result;
use automl_core::fit_context::FitContext;
use automl_core::learner::{Cost, Fitted, Learner, Supports, TrainData};
use automl_core::matrix::Shape;
use automl_core::space::SearchSpace;

use super::{Cuts, ForestModel, ForestParams, params, train};

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
        params::SUPPORTS
    }

    fn space(&self, shape: Shape) -> SearchSpace {
        params::space(shape)
    }

    fn cost(&self, params: &ForestParams, shape: Shape) -> Cost {
        params.cost(Cuts::Random, shape)
    }

    fn fit(&self, params: &ForestParams, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<Fitted<ForestModel>> {
        train::fit(Self::ID, Cuts::Random, params, data, ctx)
    }
}
