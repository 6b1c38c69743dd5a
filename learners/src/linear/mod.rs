//! Regularised linear models: logistic regression for classes, ridge regression for numbers.
//!
//! # What it is
//! A weighted sum of the features with an L2 penalty on the coefficients: log odds for two classes, a
//! softmax over one sum per class for more, the value itself for regression. Dense columns are standardised
//! inside; sparse blocks (text) are scaled as one and stay sparse. With validation rows it walks a path of
//! penalties from strong to weak, each started from the one before, and keeps the best.
//!
//! # When it wins
//! Few rows, many features, text; targets that are nearly additive. It extrapolates, which trees do not,
//! and so adds to an ensemble of trees.
//!
//! # Cost
//! Least squares on up to 500 features take one matrix of products for the whole path. Classes and counts with up to 300
//! parameters take about three such matrices and fifteen passes over the training rows per penalty, and are exact to seven
//! digits; with more, forty passes, or more where columns resemble each other. Memory: a copy of the rows in
//! `f32`; sparse blocks stay sparse.
//!
//! # Parameters
//! - `l2`: the penalty `l2 / 2 · |w|²` beside the sum of the losses (`1/C` of scikit-learn); `null` walks
//!   the path if there are validation rows. If not, least squares on up to 500 features take the penalty of the path with
//!   the smallest errors of rows that are left out one by one, exactly; all others take 1.
//! - `steps`: how many penalties of the path to try. Without validation rows, the model is that of the
//!   last: what early stopping found can be fitted again on all rows.
//! - `iterations_max`: optimiser steps per penalty.
//! - `loss`: of a regression: `squared`; `poisson`, for counts, with the logarithm of the mean linear; `quantile`.
//! - `quantile`: the level of a quantile regression, between 0 and 1.
//! - `l1_ratio`: the share of the penalty that is on absolute values (`l2 · l1_ratio · |w|₁`; of the standardised target of
//!   a regression) rather than squares. Above 0, coefficients of features that tell little are zero.
//! - `tolerance`: the gradient, relative to that of the model without features, at which a fit counts as
//!   done.
//!
//! # References
//! Friedman, Hastie, Tibshirani, *Regularization Paths for Generalized Linear Models via Coordinate
//! Descent* (2010), for the warm-started path and coordinate descent; Liu, Nocedal, *On the limited memory BFGS method* (1989);
//! Andrew, Gao, *Scalable training of L1-regularized log-linear models* (2007).

mod cholesky;
mod contributions;
mod elastic;
mod gram;
mod hessian;
mod lbfgs;
mod leave_one_out;
mod model;
mod objective;
mod orthant;
mod path;
mod proximal;
mod quantile;
pub(crate) mod ridge;
mod solver;
#[cfg(test)]
mod tests;
pub(crate) mod vector;

use automl_core::error::{Error, Kind, Result};
use automl_core::fit_context::FitContext;
use automl_core::learner::{Cost, Fitted, Learner, Supports, TrainData};
use automl_core::matrix::{Column, Form, Shape};
use automl_core::space::SearchSpace;
use automl_core::task::{Target, TaskKind};
pub use model::{DenseTerm, LinearModel, SparseTerm};
use serde::{Deserialize, Serialize};

use self::objective::Loss;
use self::path::Problem;
use crate::aims::start;
use crate::design::Design;
use crate::featureless::prior;
use crate::head::Head;

/// The learner `linear`.
#[derive(Debug, Clone, Copy)]
pub struct Linear;

/// Parameters of [`Linear`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinearParams {
    /// The penalty beside the sum of the losses; `None` for a path.
    pub l2: Option<f64>,
    /// How many penalties of the path to try; `None` for all with validation rows, and for a penalty of 1
    /// without.
    pub steps: Option<u32>,
    /// Optimiser steps per penalty.
    pub iterations_max: usize,
    /// Relative gradient at which a fit is done.
    pub tolerance: f64,
    /// What a regression minimises.
    pub loss: RegressionLoss,
    /// The level of a quantile regression.
    pub quantile: f64,
    /// The share of the penalty that is on absolute values.
    pub l1_ratio: f64,
}

/// What a regression minimises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegressionLoss {
    /// Squared differences: the prediction is a mean.
    Squared,
    /// The Poisson deviance: the logarithm of the mean is linear.
    Poisson,
    /// The pinball loss: the prediction is a quantile.
    Quantile,
}

impl Default for LinearParams {
    fn default() -> LinearParams {
        LinearParams {
            l2: None,
            steps: None,
            iterations_max: 200,
            tolerance: 1e-4,
            loss: RegressionLoss::Squared,
            quantile: 0.5,
            l1_ratio: 0.0,
        }
    }
}

/// Penalties for dense columns: `C` from 10⁻³ to 10³ as everybody searches it, four per three decades.
const DENSE_PATH: [f64; 9] = [1e3, 178.0, 31.6, 5.62, 1.0, 0.178, 0.0316, 0.00562, 1e-3];
/// Penalties with sparse blocks: text scores best between `C` of 1 and 30, and weaker penalties cost most.
const SPARSE_PATH: [f64; 7] = [31.6, 10.0, 3.16, 1.0, 0.316, 0.1, 0.0316];

impl LinearParams {
    /// The penalties to try, from strong to weak.
    fn penalties(&self, sparse: bool, validated: bool) -> Vec<f64> {
        let path: &[f64] = if sparse { &SPARSE_PATH } else { &DENSE_PATH };
        let steps = self.steps.map_or(path.len(), |s| (s as usize).clamp(1, path.len()));
        match (self.l2, validated) {
            (Some(l2), _) => vec![l2],
            (None, true) => path[..steps].to_vec(),
            (None, false) => vec![if self.steps.is_some() { path[steps - 1] } else { 1.0 }],
        }
    }

    fn check(&self) -> Result<()> {
        let usage = |what: String| Err(Error::usage(format!("parameters of `linear`: {what}")));
        match self.l2 {
            Some(l2) if !(l2.is_finite() && l2 >= 0.0) => usage(format!("`l2` is {l2}; it takes numbers from 0")),
            _ if self.tolerance.is_nan() || self.tolerance < 0.0 => {
                usage(format!("`tolerance` is {}; it takes numbers from 0", self.tolerance))
            }
            _ if !(self.quantile > 0.0 && self.quantile < 1.0) => {
                usage(format!("`quantile` is {}; it takes numbers between 0 and 1", self.quantile))
            }
            _ if !(0.0..=1.0).contains(&self.l1_ratio) => {
                usage(format!("`l1_ratio` is {}; it takes numbers from 0 to 1", self.l1_ratio))
            }
            _ => Ok(()),
        }
    }

    /// Whether the penalty is for the learner to choose, without validation rows.
    fn is_open(&self, validated: bool) -> bool {
        self.l2.is_none() && self.steps.is_none() && self.l1_ratio == 0.0 && !validated
    }

    /// The model where there was no time to read the features.
    fn without_features(&self, data: &TrainData<'_>) -> LinearModel {
        let mean = prior(data.target, data.weights)[0];
        let (head, intercepts) = match (data.target, self.loss) {
            (Target::Numbers(_), RegressionLoss::Poisson) => (Head::Logarithm, vec![mean.max(f64::MIN_POSITIVE).ln()]),
            (Target::Numbers(_), _) => (Head::Number, vec![mean]),
            (Target::Classes { .. }, _) => (Head::of(data.target), start(&Head::of(data.target), data)),
        };
        LinearModel { head, intercepts, dense: Vec::new(), sparse: Vec::new() }
    }

    /// Whether the target goes with the loss.
    fn check_target(&self, target: &Target) -> Result<()> {
        let usage = |what: String| Err(Error::usage(format!("parameters of `linear`: {what}")));
        match (self.loss, target) {
            (RegressionLoss::Squared, _) | (RegressionLoss::Quantile, Target::Numbers(_)) => Ok(()),
            (loss, Target::Classes { .. }) => usage(format!("`loss` is {loss:?} and the target has classes; it takes numbers")),
            (RegressionLoss::Poisson, Target::Numbers(values)) => match values.iter().find(|v| **v < 0.0) {
                Some(v) => usage(format!("`loss` is poisson and the target has {v}; it takes numbers from 0")),
                None => Ok(()),
            },
        }
    }
}

impl Learner for Linear {
    type Params = LinearParams;
    type Model = LinearModel;
    const ID: &'static str = "linear";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("mod.rs");

    fn supports(&self) -> Supports {
        Supports {
            tasks: &TaskKind::ALL,
            forms: &[Form::Complete, Form::Sparse],
            held_out: false,
            exact_weights: true,
            random: false,
            monotone: false,
        }
    }

    fn space(&self, _shape: Shape) -> SearchSpace {
        SearchSpace::new().choice("l2", [None, Some(100.0), Some(10.0), Some(1.0), Some(0.1), Some(0.01)])
    }

    fn cost(&self, params: &LinearParams, shape: Shape) -> Cost {
        let outputs = if shape.outputs > 2 { shape.outputs as f64 } else { 1.0 };
        let (rows, dense, nonzeros) = (shape.rows as f64, shape.columns as f64, shape.nonzeros as f64);
        let width = dense + (shape.width as f64 - dense).min(nonzeros);
        let parameters = outputs * (width + 1.0);
        let penalties = if params.l2.is_some() { 1.0 } else { DENSE_PATH.len() as f64 };
        let pass = solver::pass_work(rows, dense, nonzeros, outputs) + 40.0 * parameters;
        let (mut products, descent) = (solver::products_work(rows, parameters), 40.0 * penalties * pass);
        if outputs == 1.0 {
            // Of the numbers that are not zero alone.
            products = products.min(0.7 * rows * (1.0 + dense + nonzeros / rows.max(1.0)).powi(2));
        }
        let direct = if shape.outputs == 1 { 4.0 * products + pass } else { penalties * (3.0 * products + 15.0 * pass) };
        let matrices = 8.0 * 8.0 * parameters.min(ridge::WIDTH_MAX as f64).powi(2);
        let memory = 4.0 * rows * dense + 8.0 * nonzeros + 24.0 * rows + 240.0 * parameters + matrices;
        Cost { memory_bytes: memory as u64, work: direct.min(2.0 * descent) }
    }

    fn fit(&self, params: &LinearParams, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<Fitted<LinearModel>> {
        params.check()?;
        params.check_target(data.target)?;
        let design = match Design::new(data.x, data.weights, ctx) {
            Ok(design) => design,
            Err(e) if e.kind() == Kind::NoModel => return Ok(Fitted { model: params.without_features(data), held_out: None }),
            Err(e) => return Err(e.context("learner `linear`")),
        };
        let sparse = data.x.columns().iter().any(|c| matches!(**c, Column::Sparse(_)));
        let penalties = params.penalties(sparse, data.valid.is_some());
        let problem = prepare(params, data, design);
        let model = problem.walk(&penalties, params, data.valid, ctx);
        Ok(Fitted { model, held_out: None })
    }
}

/// The target as the optimiser sees it, and the parameters of the model without features.
fn prepare(params: &LinearParams, data: &TrainData<'_>, design: Design) -> Problem {
    let prior = prior(data.target, data.weights);
    match data.target {
        Target::Numbers(values) if params.loss == RegressionLoss::Poisson => {
            // A target of zeros has no logarithm.
            let start = vec![prior[0].max(1e-12).ln()];
            Problem { head: Head::Logarithm, loss: Loss::Poisson(values.clone()), design, start, scale: 1.0, offset: 0.0 }
        }
        Target::Numbers(values) => {
            let mean = prior[0];
            let squares = values.iter().zip(&design.weights).map(|(y, w)| w * (y - mean) * (y - mean));
            let deviation = (squares.sum::<f64>() / design.total_weight).sqrt();
            let varies = deviation > 1e-12 * mean.abs() && deviation.is_finite();
            let scale = if varies { deviation } else { 1.0 };
            let target: Vec<f64> = values.iter().map(|y| if varies { (y - mean) / scale } else { 0.0 }).collect();
            let (start, loss) = match params.loss {
                RegressionLoss::Quantile => {
                    let start = quantile::weighted(target.clone(), &design.weights, params.quantile);
                    (start, Loss::Quantile(target, params.quantile))
                }
                _ => (0.0, Loss::Squared(target)),
            };
            Problem { head: Head::of(data.target), loss, design, start: vec![start], scale, offset: mean }
        }
        Target::Classes { labels, .. } => {
            let head = Head::of(data.target);
            let odds: Vec<f64> = prior.iter().filter(|&&share| share > 0.0).map(|share| share.ln()).collect();
            let (loss, start) = match odds[..] {
                [_] => (Loss::Softmax(vec![]), vec![]),
                [first, second] => (Loss::Binary(head.places(labels).map(f64::from).collect()), vec![second - first]),
                _ => (Loss::Softmax(head.places(labels).collect()), odds),
            };
            Problem { head, loss, design, start, scale: 1.0, offset: 0.0 }
        }
    }
}
