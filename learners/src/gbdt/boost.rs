//! The boosting loop: gradients, trees, scores, and when to stop.

use automl_core::error::Result;
use automl_core::fit_context::FitContext;
use automl_core::learner::TrainData;
use automl_core::matrix::View;
use automl_core::predictions::Predictions;
use automl_core::seed::{derive, rng};
use rand::RngExt;

use super::GbdtParams;
use super::grow::{Grower, GrownTree};
use super::model::GbdtModel;
use super::objective::{Gradient, Objective};
use crate::bins::{self, Bins};

/// Fits trees until validation rows no longer gain, the iterations are done, or the time is over.
pub(super) fn fit(params: &GbdtParams, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<GbdtModel> {
    let objective = Objective::of(data.target);
    let start = objective.start(data.target, data.weights);
    let mut model = GbdtModel::new(objective.link(), data.target.width(), &start, data.x.columns().len());
    if data.x.columns().is_empty() || data.x.rows() == 0 {
        return Ok(model);
    }
    let bins =
        Bins::of(data.x, bins::max_bin(params.max_bin, data.x.matrix.rows()), ctx).map_err(|e| e.context("learner `gbdt`"))?;
    let places = rows_behind(data.x);
    let valid_places = data.valid.map(rows_behind);
    let mut state = State::new(objective, data, &start, valid_places.as_deref());
    let mut grower = Grower::new(params, &bins, &places);
    for iteration in 0..params.iterations {
        let seed = derive(ctx.seed, u64::from(iteration));
        objective.gradients(data.target, data.weights, &state.scores, &mut state.gradients);
        let (bag, rest) = draw_bag(places.len(), params.bagging_fraction, seed);
        let mut is_done = true;
        let mut grown_trees = Vec::with_capacity(state.scores.len());
        for k in 0..state.scores.len() {
            let Some(mut grown) = grower.grow(&bag, &state.gradients[k], derive(seed, k as u64 + 1), ctx) else {
                model.keep(ctx.best_step());
                return Ok(model);
            };
            grown.values.iter_mut().for_each(|v| *v *= params.learning_rate);
            is_done &= grown.tree.nodes.is_empty()
                && params.bagging_fraction >= 1.0
                && params.feature_fraction >= 1.0
                && !params.extra_trees;
            state.add_to_training(k, &grown, grower.rows(), &rest, &bins, &places);
            grown_trees.push(grown);
        }
        state.add_to_validation(&grown_trees, &bins);
        model.push(&grown_trees, &bins);
        let signal = match &mut state.valid {
            Some(valid) => {
                objective.predictions(&valid.scores, &mut valid.predictions);
                ctx.report(iteration + 1, &valid.predictions)
            }
            None => ctx.check(),
        };
        if signal.is_stop() || is_done {
            break;
        }
    }
    model.keep(ctx.best_step());
    Ok(model)
}

/// Scores and gradients of all rows while trees are added.
struct State<'a> {
    scores: Vec<Vec<f64>>,
    gradients: Vec<Vec<Gradient>>,
    valid: Option<Valid<'a>>,
}

struct Valid<'a> {
    places: &'a [u32],
    scores: Vec<Vec<f64>>,
    predictions: Predictions,
}

impl<'a> State<'a> {
    fn new(objective: Objective, data: &TrainData<'_>, start: &[f64], valid_places: Option<&'a [u32]>) -> State<'a> {
        let (rows, width) = (data.x.rows(), data.target.width());
        let constant = |rows: usize| start.iter().map(|s| vec![*s; rows]).collect::<Vec<_>>();
        let valid = valid_places.map(|places| Valid {
            places,
            scores: constant(places.len()),
            predictions: Predictions::zeros(places.len(), width),
        });
        State { scores: constant(rows), gradients: vec![vec![[0.0; 2]; rows]; objective.scores(width)], valid }
    }

    /// Adds a tree to the scores of the training rows: those it was grown on by leaf, the others by walking it.
    fn add_to_training(&mut self, k: usize, grown: &GrownTree, rows: &[u32], rest: &[u32], bins: &Bins, places: &[u32]) {
        let scores = &mut self.scores[k];
        for (&(start, count), value) in grown.leaves.iter().zip(&grown.values) {
            for &row in &rows[start..start + count] {
                scores[row as usize] += value;
            }
        }
        for &row in rest {
            scores[row as usize] += grown.value(bins.row_major.row(places[row as usize] as usize));
        }
    }

    fn add_to_validation(&mut self, trees: &[GrownTree], bins: &Bins) {
        let Some(valid) = &mut self.valid else { return };
        for (tree, scores) in trees.iter().zip(&mut valid.scores) {
            for (score, &place) in scores.iter_mut().zip(valid.places) {
                *score += tree.value(bins.row_major.row(place as usize));
            }
        }
    }
}

/// The row of the matrix behind every row of a view.
fn rows_behind(view: View<'_>) -> Vec<u32> {
    (0..view.rows()).map(|i| view.row(i) as u32).collect()
}

/// The rows that an iteration is fitted on, and the others.
fn draw_bag(rows: usize, fraction: f64, seed: u64) -> (Vec<u32>, Vec<u32>) {
    let all = 0..rows as u32;
    if fraction >= 1.0 {
        return (all.collect(), Vec::new());
    }
    let mut rng = rng(seed);
    let (mut bag, rest): (Vec<u32>, Vec<u32>) = all.partition(|_| rng.random::<f32>() < fraction as f32);
    if bag.is_empty() {
        bag.push(0);
    }
    let rest = rest.into_iter().filter(|r| bag.len() > 1 || *r != bag[0]).collect();
    (bag, rest)
}
