//! The explainable boosting machine: a sum of functions of single columns, and of a few pairs, that a person can read.
//!
//! # What it is
//! Round after round every column gets a tree of up to three leaves for what the others leave over, scaled down, so that
//! columns share what they have in common. Added up, the trees of a column are one step function of it. After some rounds
//! the pairs of columns that tell most beyond that get functions as well. At the end, all that a pair says about one
//! column alone moves to that column's function. A prediction is the sum of a few numbers from tables, no more.
//!
//! # When it wins
//! Where a model has to be understood, or checked by somebody who knows the subject; with few rows and effects that are
//! nearly additive it is as good as any. Texts are not seen.
//!
//! # Cost
//! Rounds × rows × columns, about four nanoseconds each, per class beyond two. Memory: two bytes per value.
//!
//! # Parameters
//! - `rounds`: how often every column gets a tree, at most; with validation rows the best round is kept.
//! - `learning_rate`: how much of a tree counts.
//! - `pairs`: how many pairs get functions; `null` for as many as there are columns, up to 30. With more than two classes
//!   there are none.
//! - `max_bin`: cells of a number at most.
//!
//! # References
//! Lou, Caruana, Gehrke, *Intelligible Models for Classification and Regression* (2012); Lou and others, *Accurate
//! Intelligible Models with Pairwise Interactions* (2013); Nori and others, *InterpretML* (2019).

mod boost;
mod cut;
mod model;
mod pairs;
mod purify;
mod terms;
#[cfg(test)]
mod tests;

use automl_core::error::{Error, Result};
use automl_core::fit_context::FitContext;
use automl_core::learner::{Cost, Fitted, Learner, Supports, TrainData};
use automl_core::matrix::{Form, Shape};
use automl_core::predictions::Predictions;
use automl_core::space::SearchSpace;
use automl_core::task::TaskKind;
pub use model::{Axis, Cells, EbmModel, Function};
use serde::{Deserialize, Serialize};

use self::boost::Boosting;
use self::purify::{Loose, purify};
use self::terms::{Term, mains};
use crate::aims::{Aims, Unit, mean_one, start};
use crate::bins::Bins;
use crate::head::Head;

/// The learner `ebm`.
#[derive(Debug, Clone, Copy)]
pub struct Ebm;

/// Parameters of [`Ebm`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EbmParams {
    /// How often every column gets a tree, at most.
    pub rounds: u32,
    /// How much of a tree counts.
    pub learning_rate: f64,
    /// How many pairs get functions; `None` for as many as there are columns, up to 30.
    pub pairs: Option<usize>,
    /// Cells of a number at most.
    pub max_bin: usize,
}

impl Default for EbmParams {
    fn default() -> EbmParams {
        EbmParams { rounds: 600, learning_rate: 0.05, pairs: None, max_bin: 255 }
    }
}

/// Rounds for single columns alone, at a learning rate of one: pairs are chosen when these have had their say.
const ROUNDS_ALONE: f64 = 4.0;
/// Pairs where none are asked for.
const PAIRS_MAX: usize = 30;

impl EbmParams {
    fn check(&self) -> Result<()> {
        let trouble = match self {
            EbmParams { rounds: 0, .. } => "`rounds` is 0; it must be 1 or more".to_owned(),
            EbmParams { learning_rate: rate, .. } if !(*rate > 0.0 && *rate <= 1.0) => {
                format!("`learning_rate` is {rate}; it must be above 0 and up to 1")
            }
            EbmParams { max_bin, .. } if !(2..=255).contains(max_bin) => {
                format!("`max_bin` is {max_bin}; it takes numbers from 2 to 255")
            }
            _ => return Ok(()),
        };
        Err(Error::usage(format!("parameters of `ebm`: {trouble}")))
    }

    fn pairs(&self, columns: usize, outputs: usize) -> usize {
        if outputs > 1 { 0 } else { self.pairs.unwrap_or(columns.min(PAIRS_MAX)) }
    }

    fn rounds_alone(&self) -> u32 {
        (ROUNDS_ALONE / self.learning_rate).ceil() as u32
    }
}

impl Learner for Ebm {
    type Params = EbmParams;
    type Model = EbmModel;
    const ID: &'static str = "ebm";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("mod.rs");

    fn supports(&self) -> Supports {
        Supports {
            tasks: &TaskKind::ALL,
            forms: &[Form::Numeric, Form::Codes],
            held_out: false,
            exact_weights: false,
            monotone: false,
        }
    }

    fn space(&self, _shape: Shape) -> SearchSpace {
        SearchSpace::new().log_float("learning_rate", 0.02, 0.2, 0.05).choice("pairs", [Some(0), None])
    }

    fn cost(&self, params: &EbmParams, shape: Shape) -> Cost {
        const STEP_NS: f64 = 4.0;
        const TREE_NS: f64 = 6_000.0;
        const PAIR_TREE_NS: f64 = 20_000.0;
        let outputs = if shape.outputs > 2 { shape.outputs } else { 1 };
        let (rows, pairs) = (shape.rows as f64, params.pairs(shape.columns, outputs) as f64);
        let columns = shape.columns as f64;
        let trees = f64::from(params.rounds) * outputs as f64;
        let work = trees * (columns * (STEP_NS * rows + TREE_NS) + pairs * (STEP_NS * rows + PAIR_TREE_NS));
        let memory = rows * (2.0 * (columns + pairs) + 12.0 * outputs as f64) + 16.0 * 256.0 * columns + 16_384.0 * pairs;
        Cost { memory_bytes: memory as u64, work }
    }

    fn within(&self, params: EbmParams, shape: Shape, work: f64) -> EbmParams {
        // Fewer and larger steps, down to a fifth.
        let all = Learner::cost(self, &params, shape).work;
        let share = (work / all).clamp(0.2, 1.0);
        if share >= 1.0 {
            return params;
        }
        let rounds = (f64::from(params.rounds) * share).ceil() as u32;
        EbmParams { rounds, learning_rate: (params.learning_rate / share).min(0.25), ..params }
    }

    fn fit(&self, params: &EbmParams, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<Fitted<EbmModel>> {
        params.check()?;
        let head = Head::of(data.target);
        let rows = data.target.len();
        let bins = Bins::of(data.x, params.max_bin, ctx).map_err(|e| e.context("learner `ebm`"))?;
        let unit = Unit::of(data);
        let start = start(&head, data);
        let nothing = EbmModel { intercepts: unit.back(&start), head: head.clone(), functions: Vec::new() };
        if rows == 0 || head.outputs() == 0 || unit.scale == 0.0 {
            return Ok(Fitted { model: nothing, held_out: None });
        }
        let aims = Aims::of(data.target, &head, unit);
        let weights = mean_one(data.weights, rows);
        let terms = mains(&bins, data.x, data.valid);
        let n_valid = data.valid.map_or(0, |v| v.rows());
        let boosting = Boosting::new(&aims, &weights, terms, &start, n_valid, params.learning_rate);
        let (boosting, values) = boost(boosting, params, &head, unit, data.valid.is_some(), ctx);
        Ok(Fitted { model: finish(&boosting, values, head, &start, unit), held_out: None })
    }
}

/// Boosts to the end, and gives the values of the best round.
fn boost<'a>(
    mut boosting: Boosting<'a>,
    params: &EbmParams,
    head: &Head,
    unit: Unit,
    is_judged: bool,
    ctx: &mut FitContext<'_>,
) -> (Boosting<'a>, Vec<Vec<f64>>) {
    let pairs = params.pairs(boosting.terms.len(), head.outputs());
    let mut best = boosting.values.clone();
    for round in 1..=params.rounds {
        if round == params.rounds_alone() && pairs > 0 {
            let weights = cell_weights(&boosting);
            pairs::strongest(&boosting, &weights, pairs, ctx).into_iter().for_each(|pair| boosting.add(pair));
        }
        let signal = boosting.round(ctx);
        let judged = is_judged.then(|| {
            let margins = unit.back(&boosting.validation);
            let rows = margins.len() / head.outputs();
            let predictions: Predictions = head.predictions(rows, margins);
            ctx.report(round, &predictions)
        });
        if ctx.best_step().is_none_or(|step| step == round) {
            best.clone_from(&boosting.values);
        }
        if signal.is_stop() || judged.is_some_and(|s| s.is_stop()) {
            break;
        }
    }
    (boosting, best)
}

/// The weight of the training rows in the cells of every term.
fn cell_weights(boosting: &Boosting<'_>) -> Vec<Vec<f64>> {
    let of = |term: &Term| {
        let mut weights = vec![0.0; term.cells()];
        term.training.iter().zip(boosting.weights).for_each(|(&cell, &w)| weights[usize::from(cell)] += f64::from(w));
        weights
    };
    boosting.terms.iter().map(of).collect()
}

/// The terms as functions in the unit of the target. `values` may lack the pairs that came after the best round.
fn finish(boosting: &Boosting<'_>, values: Vec<Vec<f64>>, head: Head, start: &[f64], unit: Unit) -> EbmModel {
    let weights = cell_weights(boosting);
    let terms = &boosting.terms[..values.len()];
    let mains = terms.iter().filter(|t| t.axes.len() == 1).count();
    let outputs = start.len();
    let mut intercepts = start.to_vec();
    let mut functions: Vec<Function> = terms
        .iter()
        .zip(&weights)
        .map(|(t, w)| Function { axes: t.axes.clone(), values: vec![0.0; t.cells() * outputs], weights: w.clone() })
        .collect();
    for (output, intercept) in intercepts.iter_mut().enumerate() {
        let of = |((term, values), weights)| -> Loose<'_> {
            let values: &Vec<f64> = values;
            Loose { term, values: values.iter().skip(output).step_by(outputs).copied().collect(), weights }
        };
        let mut loose: Vec<Loose<'_>> = terms.iter().zip(&values).zip(weights.iter().map(Vec::as_slice)).map(of).collect();
        *intercept += purify(&mut loose, mains);
        for (function, part) in functions.iter_mut().zip(&loose) {
            let own = function.values.iter_mut().skip(output).step_by(outputs);
            own.zip(&part.values).for_each(|(value, v)| *value = unit.scale * v);
        }
    }
    EbmModel { intercepts: unit.back(&intercepts), head, functions }
}
