//! The explainable boosting machine: a sum of functions of single columns, and of a few pairs, that a person can read.
//!
//! # What it is
//! Round after round every column gets a tree of up to three leaves for what the others leave over, scaled down, so that
//! columns share what they have in common; each tree may cut at a few places that are drawn by chance. Added up, the trees
//! of a column are one step function of it. Then the pairs of columns that tell most beyond that get functions as well,
//! and the columns go on beside them. Rounds end when rows that are held out are no longer predicted better; several such
//! models, with other rows held out, are averaged. At the end, all that a pair says about one column alone moves to that
//! column's function. A prediction is the sum of a few numbers from tables, no more.
//!
//! # When it wins
//! Where a model has to be understood, or checked by somebody who knows the subject; with few rows and effects that are
//! nearly additive it is as good as any. Texts are not seen.
//!
//! # Cost
//! Two nanoseconds per row, tree and bag; some 250 rounds of trees for all columns, and as many for columns and pairs; per
//! class beyond two. Memory: two bytes per row and function, and four per row, bag and class.
//!
//! # Parameters
//! - `rounds`: how often every column gets a tree, at most.
//! - `learning_rate`: how much of a tree counts; `null` for 0.03 up to 3,000 rows, rising to 0.1 at 33,000.
//! - `pairs`: how many pairs get functions; `null` for three times as many as there are columns, up to 60.
//! - `max_bin`: cells of a number at most, up to 1023.
//! - `bags`: models that are averaged; `null` for 8, and 2 where there are validation rows, as models of other folds are
//!   averaged as well then.
//!
//! # References
//! Lou, Caruana, Gehrke, *Intelligible Models for Classification and Regression* (2012); Lou and others, *Accurate
//! Intelligible Models with Pairwise Interactions* (2013); Nori and others, *InterpretML* (2019). The number of places, the
//! patience and the weight of a leaf were chosen on five public tables (credit_g, abalone, phoneme, mammography,
//! telco_churn), the cells of pairs and the learning rate for many rows on california_housing and bank_marketing too.

mod bag;
mod cut;
mod fit;
mod held_out;
mod model;
mod pairs;
mod purify;
mod step;
mod table;
mod terms;
#[cfg(test)]
mod tests;

use automl_core::error::{Error, Result};
use automl_core::fit_context::FitContext;
use automl_core::learner::{Cost, Fitted, Learner, Supports, TrainData};
use automl_core::matrix::{Form, Shape};
use automl_core::space::SearchSpace;
use automl_core::task::TaskKind;
pub use model::{Axis, Cells, EbmModel, Function};
use serde::{Deserialize, Serialize};

use self::bag::Problem;
use self::cut::Limits;
use self::fit::{Fit, Plan};
use self::pairs::side_max;
use self::terms::mains;
use crate::aims::{Aims, Unit, mean_one, start};
use crate::bins::FineBins;
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
    /// How much of a tree counts; `None` for a share that grows with the rows.
    pub learning_rate: Option<f64>,
    /// How many pairs get functions; `None` for three times as many as there are columns, up to 60.
    pub pairs: Option<usize>,
    /// Cells of a number at most.
    pub max_bin: usize,
    /// Models that are averaged; `None` for 8, and 2 where there are validation rows.
    pub bags: Option<usize>,
}

impl Default for EbmParams {
    fn default() -> EbmParams {
        EbmParams { rounds: 5000, learning_rate: None, pairs: None, max_bin: 255, bags: None }
    }
}

/// Pairs where none are asked for.
const PAIRS_MAX: usize = 60;
/// Models that are averaged: of a fit by itself, and of one with validation rows.
const BAGS: [usize; 2] = [8, 2];
/// Rounds without gain, times the learning rate, after which a bag is done.
const PATIENCE: f64 = 4.0;
/// What trees may look like.
const LIMITS: Limits = Limits { lambda: 0.01, weight_min: 3.0, cuts: 4, pair_cuts: 4 };

impl EbmParams {
    fn check(&self) -> Result<()> {
        let trouble = match self {
            EbmParams { rounds: 0, .. } => "`rounds` is 0; it must be 1 or more".to_owned(),
            EbmParams { learning_rate: Some(rate), .. } if !(*rate > 0.0 && *rate <= 1.0) => {
                format!("`learning_rate` is {rate}; it must be above 0 and up to 1")
            }
            EbmParams { max_bin, .. } if !(2..=1023).contains(max_bin) => {
                format!("`max_bin` is {max_bin}; it takes numbers from 2 to 1023")
            }
            EbmParams { bags: Some(bags), .. } if !(1..=100).contains(bags) => {
                format!("`bags` is {bags}; it takes numbers from 1 to 100, or null")
            }
            _ => return Ok(()),
        };
        Err(Error::usage(format!("parameters of `ebm`: {trouble}")))
    }

    fn pairs(&self, columns: usize) -> usize {
        self.pairs.unwrap_or((3 * columns).min(PAIRS_MAX))
    }

    fn bags(&self, is_judged: bool) -> usize {
        self.bags.unwrap_or(BAGS[usize::from(is_judged)])
    }

    /// Many rows are predicted as well by larger steps.
    fn learning_rate(&self, rows: usize) -> f64 {
        self.learning_rate.unwrap_or_else(|| (rows as f64 / 3_000.0).sqrt().clamp(1.0, 3.3) * 0.03)
    }

    fn patience(&self, rows: usize) -> u32 {
        (PATIENCE / self.learning_rate(rows)).ceil() as u32
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
            random: true,
            monotone: false,
        }
    }

    fn space(&self, _shape: Shape) -> SearchSpace {
        SearchSpace::new().log_float("learning_rate", 0.015, 0.1, 0.03).choice("pairs", [Some(0), None])
    }

    fn cost(&self, params: &EbmParams, shape: Shape) -> Cost {
        const STEP_NS: f64 = 1.6;
        const TREE_NS: f64 = 3_000.0;
        let outputs = if shape.outputs > 2 { shape.outputs as f64 } else { 1.0 };
        // A search fits with validation rows.
        let (rows, columns, bags) = (shape.rows as f64, shape.columns as f64, params.bags(true) as f64);
        let pairs = (params.pairs(shape.columns) as f64).min(columns * (columns - 1.0) / 2.0);
        let cells = side_max(shape.rows).pow(2) as f64;
        // As many again without gain as with it.
        let rounds = f64::from(params.rounds.min(2 * params.patience(shape.rows)));
        let trees = rounds * (2.0 * columns + pairs) * outputs;
        let memory = rows * (4.0 * (columns + pairs) + 4.0 * (outputs + 1.0) * bags) + 16.0 * cells * pairs * bags * outputs;
        Cost { memory_bytes: memory as u64, work: bags * trees * (STEP_NS * rows + TREE_NS) }
    }

    fn within(&self, params: EbmParams, shape: Shape, work: f64) -> EbmParams {
        const RATE_MAX: f64 = 0.25;
        let share = |params: &EbmParams| work / Learner::cost(self, params, shape).work;
        let of_bags = share(&params);
        if of_bags >= 1.0 {
            return params;
        }
        let bags = (of_bags * params.bags(true) as f64).floor().max(1.0) as usize;
        let params = EbmParams { bags: Some(bags), ..params };
        // Fewer and larger steps.
        let rate = params.learning_rate(shape.rows);
        let faster = rate / share(&params).min(1.0);
        EbmParams { learning_rate: Some(faster.min(RATE_MAX.max(rate))), ..params }
    }

    fn fit(&self, params: &EbmParams, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<Fitted<EbmModel>> {
        params.check()?;
        let head = Head::of(data.target);
        let rows = data.target.len();
        let bins = FineBins::capped(data.x, params.max_bin, ctx).map_err(|e| e.context("learner `ebm`"))?;
        let unit = Unit::of(data);
        let start = start(&head, data);
        let nothing = EbmModel { intercepts: unit.back(&start), head: head.clone(), functions: Vec::new() };
        if rows == 0 || head.outputs() == 0 || unit.scale == 0.0 {
            return Ok(Fitted { model: nothing, held_out: None });
        }
        let aims = Aims::of(data.target, &head, unit);
        let weights = mean_one(data.weights, rows);
        let terms = mains(&bins, data.x, data.valid, ctx);
        if terms.is_empty() {
            return Ok(Fitted { model: nothing, held_out: None });
        }
        let (pairs, is_judged) = (params.pairs(terms.len()), data.valid.is_some());
        let (rate, patience) = (params.learning_rate(rows), params.patience(rows));
        let problem = Problem { aims: &aims, weights: &weights, start: &start, rate, limits: LIMITS, patience };
        let plan = Plan { bags: params.bags(is_judged), rounds: params.rounds, is_judged, seed: ctx.seed };
        let mut fit = Fit::new(problem, terms, head, unit, plan);
        if fit.boost(ctx) && pairs > 0 {
            fit.add_pairs(pairs, ctx);
            fit.boost(ctx);
        }
        Ok(Fitted { model: fit.finish(), held_out: None })
    }
}
