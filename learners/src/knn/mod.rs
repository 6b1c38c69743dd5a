//! The nearest neighbours vote.
//!
//! # What it is
//! The training rows are kept; a new row gets the mean answer of those nearest to it. Numbers are standardised, a
//! missing one lies at the mean, and two different categories are as far apart as numbers one deviation apart. Every
//! training row is also predicted from all others, which costs nothing more than finding their neighbours once: these
//! predictions choose how many neighbours vote, and stand in for a cross-validation.
//!
//! # When it wins
//! Few columns that all matter, smooth targets, irregular borders between classes. Alone it seldom is the best; it errs
//! differently from trees and linear models, and so adds to an ensemble of them. Texts are not seen.
//!
//! # Cost
//! Rows × references × columns, a third of a nanosecond for ten of them, for a fit; every predicted row costs as much as
//! a training row. Memory: the references in `f32`, and the neighbours of every training row.
//!
//! # Parameters
//! - `neighbours`: how many vote; `null` takes the best of 1 to 128 by leave-one-out.
//! - `weights`: `"distance"`, by one over the distance, or `"uniform"`.
//! - `smoothing`: how many votes the prediction without features has beside the neighbours, so that no probability is 0;
//!   `null` takes the best of 0.1 to 3 by leave-one-out.
//! - `references_max`: with more training rows, so many of them are drawn to compare with. All rows are predicted from
//!   these.
//!
//! # References
//! Fix, Hodges, *Discriminatory Analysis* (1951); Dudani, *The Distance-Weighted k-Nearest-Neighbor Rule* (1976).

mod layout;
mod leave_one_out;
mod model;
mod nearest;
#[cfg(test)]
mod tests;
mod vote;

use automl_core::error::{Error, Result};
use automl_core::fit_context::FitContext;
use automl_core::learner::{Cost, Fitted, Learner, Supports, TrainData};
use automl_core::matrix::{Form, Shape};
use automl_core::seed::rng;
use automl_core::space::SearchSpace;
use automl_core::task::TaskKind;
pub use layout::{Layout, Number, Panels};
pub use model::{Answers, KnnModel, References};
use rand::seq::index::sample;
use serde::{Deserialize, Serialize};
pub use vote::{Vote, Weighting};

use self::leave_one_out::LeaveOneOut;
use crate::featureless::prior;

/// The learner `knn`.
#[derive(Debug, Clone, Copy)]
pub struct Knn;

/// Parameters of [`Knn`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KnnParams {
    /// How many neighbours vote; `None` for the best by leave-one-out.
    pub neighbours: Option<usize>,
    /// How much each of them counts.
    pub weights: Weighting,
    /// Votes of the prediction without features; `None` for the best by leave-one-out.
    pub smoothing: Option<f64>,
    /// Training rows to compare with, at most.
    pub references_max: usize,
}

impl Default for KnnParams {
    fn default() -> KnnParams {
        KnnParams { neighbours: None, weights: Weighting::Distance, smoothing: None, references_max: 20_000 }
    }
}

/// Numbers of neighbours to choose from.
const NEIGHBOURS: [usize; 9] = [1, 3, 5, 8, 13, 21, 36, 64, 128];
/// Votes of the prior to choose from.
const SMOOTHINGS: [f64; 4] = [0.1, 0.3, 1.0, 3.0];
/// The share of the prior that is the same for every class, so that none is impossible.
const EVEN: f64 = 1e-3;

impl KnnParams {
    fn check(&self) -> Result<()> {
        let trouble = match self {
            KnnParams { neighbours: Some(0), .. } => "`neighbours` is 0; it must be 1 or more, or null".to_owned(),
            KnnParams { references_max: 0, .. } => "`references_max` is 0; it must be 1 or more".to_owned(),
            KnnParams { smoothing: Some(s), .. } if !(*s > 0.0 && s.is_finite()) => {
                format!("`smoothing` is {s}; it must be above 0, or null")
            }
            _ => return Ok(()),
        };
        Err(Error::usage(format!("parameters of `knn`: {trouble}")))
    }

    /// What leave-one-out chooses from, fewest neighbours first.
    fn votes(&self, references: usize) -> Vec<Vote> {
        // Half of the rows are no neighbours any more.
        let most = (references / 2).max(1);
        let neighbours = self.neighbours.map_or_else(|| NEIGHBOURS.iter().copied().filter(|&k| k <= most).collect(), |k| vec![k]);
        let smoothings = self.smoothing.map_or_else(|| SMOOTHINGS.to_vec(), |s| vec![s]);
        let vote = |neighbours, smoothing| Vote { neighbours, smoothing, weighting: self.weights };
        neighbours.iter().flat_map(|&k| smoothings.iter().map(move |&s| vote(k, s))).collect()
    }

    fn references(&self, rows: usize) -> usize {
        rows.min(self.references_max)
    }
}

/// Nanoseconds per row, reference and column, and per row and reference.
const COLUMN_NS: f64 = 0.035;
const REFERENCE_NS: f64 = 0.15;

impl Learner for Knn {
    type Params = KnnParams;
    type Model = KnnModel;
    const ID: &'static str = "knn";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("mod.rs");

    fn supports(&self) -> Supports {
        Supports {
            tasks: &TaskKind::ALL,
            forms: &[Form::Complete, Form::Codes],
            held_out: true,
            exact_weights: false,
            // Neighbours are drawn only where there are very many rows.
            random: false,
            monotone: false,
        }
    }

    fn space(&self, _shape: Shape) -> SearchSpace {
        SearchSpace::new()
            .choice("neighbours", [None, Some(3), Some(10), Some(30), Some(100)])
            .choice("weights", ["distance", "uniform"])
    }

    fn cost(&self, params: &KnnParams, shape: Shape) -> Cost {
        let (rows, columns) = (shape.rows as f64, shape.columns as f64);
        let references = params.references(shape.rows) as f64;
        // As for the most there are to choose from: lists are kept, whoever votes.
        let neighbours = params.neighbours.unwrap_or(0).max(NEIGHBOURS[NEIGHBOURS.len() - 1]) as f64;
        let votes = 20.0 * rows * neighbours.min(references);
        let memory = 4.0 * columns * (rows + references) + 8.0 * rows * (neighbours.min(references) + 4.0);
        Cost { memory_bytes: memory as u64, work: rows * references * (COLUMN_NS * columns + REFERENCE_NS) + votes }
    }

    fn within(&self, mut params: KnnParams, shape: Shape, work: f64) -> KnnParams {
        const REFERENCES_MIN: usize = 1000;
        while Learner::cost(self, &params, shape).work > work && params.references(shape.rows) > REFERENCES_MIN {
            params.references_max = (params.references(shape.rows) * 3 / 4).max(REFERENCES_MIN);
        }
        params
    }

    fn fit(&self, params: &KnnParams, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<Fitted<KnnModel>> {
        params.check()?;
        let rows = data.target.len();
        let chosen = draw(rows, params.references(rows), ctx.seed);
        let votes = params.votes(chosen.len());
        let mut model = remember(data, &chosen, votes[0])?;
        let wanted = votes.iter().map(|v| v.neighbours).max().unwrap_or(1).min(chosen.len());
        let near = LeaveOneOut::new(&model, data, &chosen, wanted, ctx);
        if let Some(best) = near.best(&votes, &model, data) {
            model.vote = best;
        }
        let held_out = near.predictions(&model, rows);
        Ok(Fitted { model, held_out })
    }
}

/// The rows to compare with, rising.
fn draw(rows: usize, references: usize, seed: u64) -> Vec<u32> {
    if references == rows {
        return (0..rows as u32).collect();
    }
    let mut chosen: Vec<u32> = sample(&mut rng(seed), rows, references).into_iter().map(|row| row as u32).collect();
    chosen.sort_unstable();
    chosen
}

/// The model of these rows.
fn remember(data: &TrainData<'_>, chosen: &[u32], vote: Vote) -> Result<KnnModel> {
    let layout = Layout::new(data.x, data.weights)?;
    let in_matrix: Vec<u32> = chosen.iter().map(|&i| data.x.row(i as usize) as u32).collect();
    let references = References {
        panels: layout.panels(data.x.matrix.select(&in_matrix)),
        answers: Answers::of(data.target, chosen),
        weights: data.weights.map(|w| chosen.iter().map(|&i| w[i as usize]).collect()),
    };
    let mut prior = prior(data.target, data.weights);
    if matches!(references.answers, Answers::Labels(_)) {
        let even = EVEN / prior.len() as f64;
        prior.iter_mut().for_each(|share| *share = (1.0 - EVEN) * *share + even);
    }
    Ok(KnnModel { layout, references, vote, prior })
}
