//! Linear support vectors: the widest margin between classes, or a tube around numbers.
//!
//! # What it is
//! A weighted sum of the features that counts only rows on the wrong side of a margin: for classes the squared hinge
//! loss, each class against all others where there are more than two; for numbers the absolute error beyond a tube. The
//! features are standardised as for `linear`. Classes get one machine for each of three folds of the training rows; the
//! margins of the rows that a machine had not seen say how margins become probabilities, by a logistic curve, between two
//! bounds where rows far on the wrong side ask for them. Predicted is the mean probability of the three.
//!
//! # When it wins
//! Text and other wide tables, targets with outliers. It errs much as `linear` does.
//!
//! # Cost
//! With up to 200 features some ten to twenty ridge regressions, for classes on the rows that have changed sides; else some
//! dozen passes over the training rows per class. Twice as much for three folds, which classes need always and numbers for a
//! choice of `c`; and as often as values of `c` are tried. Memory: a copy of the rows in `f32`.
//!
//! # Parameters
//! - `c`: how much a row on the wrong side costs; `null` tries 0.01 to 10, until more is hardly better on the three folds.
//! - `insensitive`: half the width of the tube, in standard deviations of the target.
//! - `tolerance`: for the passes, violation of the conditions for the best solution, relative to that at first, at which a
//!   fit counts as done.
//! - `epochs_max`: passes over the rows at most.
//!
//! # References
//! Hsieh and others, *A Dual Coordinate Descent Method for Large-scale Linear SVM* (2008); Ho, Lin, *Large-scale Linear
//! Support Vector Regression* (2012); Keerthi, DeCoste, *A Modified Finite Newton Method for Fast Solution of Large Scale
//! Linear SVMs* (2005); Wright, *Primal-Dual Interior-Point Methods* (1997); Platt, *Probabilistic Outputs for Support Vector Machines* (1999).

mod curve;
mod dual;
mod equations;
mod folds;
mod model;
mod newton;
#[cfg(test)]
mod tests;
mod tube;

use automl_core::error::{Error, Result};
use automl_core::fit_context::FitContext;
use automl_core::learner::{Cost, Fitted, Learner, Supports, TrainData};
use automl_core::matrix::{Form, Shape};
use automl_core::space::SearchSpace;
use automl_core::task::{Target, TaskKind};
use serde::{Deserialize, Serialize};

pub use self::curve::Curve;
use self::dual::Dual;
use self::folds::{Machine, Scored};
pub use self::model::LinearSvmModel;
use crate::design::Design;
use crate::featureless::prior;
use crate::head::Head;
use crate::linear::LinearModel;

/// The learner `linear_svm`.
#[derive(Debug, Clone, Copy)]
pub struct LinearSvm;

/// Parameters of [`LinearSvm`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinearSvmParams {
    /// How much a row on the wrong side costs; `None` for the best of a few.
    pub c: Option<f64>,
    /// Half the width of the tube, in standard deviations of the target.
    pub insensitive: f64,
    /// Relative violation at which a fit is done.
    pub tolerance: f64,
    /// Passes over the rows at most.
    pub epochs_max: usize,
}

impl Default for LinearSvmParams {
    fn default() -> LinearSvmParams {
        LinearSvmParams { c: None, insensitive: 0.1, tolerance: 0.01, epochs_max: 300 }
    }
}

/// What is tried, from strong to weak restraint.
const CHOICES: [f64; 4] = [0.01, 0.1, 1.0, 10.0];

impl LinearSvmParams {
    fn check(&self) -> Result<()> {
        let usage = |what: String| Err(Error::usage(format!("parameters of `linear_svm`: {what}")));
        match self {
            LinearSvmParams { c: Some(c), .. } if !(*c > 0.0 && c.is_finite()) => {
                usage(format!("`c` is {c}; it takes numbers above 0, or null"))
            }
            LinearSvmParams { insensitive, .. } if !(*insensitive >= 0.0 && insensitive.is_finite()) => {
                usage(format!("`insensitive` is {insensitive}; it takes numbers from 0"))
            }
            LinearSvmParams { tolerance, .. } if !(*tolerance > 0.0 && *tolerance < 1.0) => {
                usage(format!("`tolerance` is {tolerance}; it takes numbers between 0 and 1"))
            }
            LinearSvmParams { epochs_max: 0, .. } => usage("`epochs_max` is 0; it must be 1 or more".to_owned()),
            _ => Ok(()),
        }
    }

    fn choices(&self) -> Vec<f64> {
        self.c.map_or_else(|| CHOICES.to_vec(), |c| vec![c])
    }
}

impl Learner for LinearSvm {
    type Params = LinearSvmParams;
    type Model = LinearSvmModel;
    const ID: &'static str = "linear_svm";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("mod.rs");

    fn supports(&self) -> Supports {
        Supports {
            tasks: &TaskKind::ALL,
            forms: &[Form::Complete, Form::Sparse],
            held_out: false,
            exact_weights: false,
            random: true,
            monotone: false,
        }
    }

    fn space(&self, _shape: Shape) -> SearchSpace {
        SearchSpace::new().log_float("c", 0.001, 100.0, 0.1)
    }

    fn cost(&self, params: &LinearSvmParams, shape: Shape) -> Cost {
        let outputs = if shape.outputs > 2 { shape.outputs as f64 } else { 1.0 };
        let (rows, dense, nonzeros) = (shape.rows as f64, shape.columns as f64, shape.nonzeros as f64);
        const EPOCHS: f64 = 30.0;
        let pass = rows * (15.0 + dense) + 4.0 * nonzeros;
        let tries = params.c.map_or(CHOICES.len() as f64, |_| 1.0);
        let width = dense + (shape.width as f64 - dense).min(nonzeros);
        let memory = 4.0 * rows * dense + 8.0 * nonzeros + 40.0 * rows * (1.0 + outputs) + 48.0 * width * outputs;
        Cost { memory_bytes: memory as u64, work: 2.0 * tries * EPOCHS * outputs * pass }
    }

    fn fit(&self, params: &LinearSvmParams, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<Fitted<LinearSvmModel>> {
        params.check()?;
        let design = Design::new(data.x, data.weights, ctx).map_err(|e| e.context("learner `linear_svm`"))?;
        let head = Head::of(data.target).one_against_all();
        let model = match data.target {
            Target::Numbers(values) => fit_numbers(params, values, &design, prior(data.target, data.weights)[0], ctx),
            Target::Classes { labels, .. } => {
                let places: Vec<u32> = head.places(labels).collect();
                fit_classes(params, &places, head, &design, ctx)
            }
        };
        Ok(Fitted { model, held_out: None })
    }
}

fn fit_numbers(params: &LinearSvmParams, values: &[f64], design: &Design, mean: f64, ctx: &FitContext<'_>) -> LinearSvmModel {
    let squares: f64 = values.iter().zip(&design.weights).map(|(y, w)| w * (y - mean).powi(2)).sum();
    let deviation = (squares / design.total_weight).sqrt();
    let model = |weights: &[f64], deviation| LinearSvmModel {
        linear: LinearModel::new(Head::Number, design, weights, deviation, mean),
        curves: Vec::new(),
    };
    if !(deviation > 1e-12 * mean.abs() && deviation.is_finite()) {
        return model(&vec![0.0; design.width() + 1], 1.0);
    }
    let target: Vec<f64> = values.iter().map(|y| (y - mean) / deviation).collect();
    let dual = Dual::new(design, params.tolerance, params.epochs_max, ctx.seed);
    let machine = Machine::Numbers { target: &target, insensitive: params.insensitive };
    model(&machine.best(&dual, &params.choices(), ctx).parts[0], deviation)
}

/// Machines for two classes, or for each class.
fn fit_classes(params: &LinearSvmParams, places: &[u32], head: Head, design: &Design, ctx: &FitContext<'_>) -> LinearSvmModel {
    let outputs = head.outputs();
    let dual = Dual::new(design, params.tolerance, params.epochs_max, ctx.seed);
    // The margin of two classes stands for the second.
    let positive = |output: usize| if outputs == 1 { 1 } else { output as u32 };
    let scored = ctx.map(outputs, |output| {
        let is_positive: Vec<bool> = places.iter().map(|&place| place == positive(output)).collect();
        let signs: Vec<f64> = is_positive.iter().map(|&is| if is { 1.0 } else { -1.0 }).collect();
        Machine::Classes { signs: &signs, is_positive: &is_positive }.best(&dual, &params.choices(), ctx)
    });
    let linear = LinearModel::new(head, design, &log_odds(&scored, design.width()), 1.0, 0.0);
    LinearSvmModel { linear, curves: scored.iter().map(|s| s.curve).collect() }
}

/// Feature by feature, the weights of all outputs, part after part; those of margins that are log odds.
fn log_odds(scored: &[Scored], width: usize) -> Vec<f64> {
    // Where there was no time for all, some classes have fewer parts.
    let parts = scored.iter().map(|s| s.parts.len()).max().unwrap_or(0);
    let of_place = |feature: usize, part: usize, s: &Scored| {
        let offset = if feature == width { s.offset } else { 0.0 };
        s.slope * s.parts[part % s.parts.len()][feature] + offset
    };
    let places = (0..=width).flat_map(|feature| (0..parts).map(move |part| (feature, part)));
    places.flat_map(|(feature, part)| scored.iter().map(move |s| of_place(feature, part, s))).collect()
}
