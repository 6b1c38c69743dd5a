//! Which model costs least for nearly the best score?
//!
//! Beside the model that is best there are its heaviest members by themselves, and the best single candidates. Of those
//! that lose no more than a hundredth of what the best one gains over the baseline, the one that is cheapest to predict
//! with (or to store) becomes the final model, its members fitted to all rows where that is expected to fit the time.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::candidate::{Candidate, combine};
use super::data::FitData;
use super::evaluator::Evaluator;
use super::ranking::Chosen;
use super::refit;
use crate::artifact;
use crate::clock::{Deadline, Stopwatch};
use crate::config::Optimize;
use crate::error::Result;
use crate::leaderboard::Bargain;
use crate::model::{Model, Provenance};
use crate::predictions::Predictions;
use crate::progress::Progress;

/// What may be lost of the gain over the baseline.
const LOST_MAX: f64 = 0.01;

/// A model that could be the final one.
#[derive(Clone)]
struct Choice {
    members: Chosen,
    /// On rows that its models had not seen.
    loss: f64,
    /// Whether its members are to be fitted to all rows.
    is_refitted: bool,
    cost: f64,
}

/// What to make the final model of.
pub(super) struct Plan {
    optimize: Optimize,
    best: Choice,
    chosen: Choice,
    /// The loss of the baseline, or of the best model without one.
    baseline: f64,
}

/// What to make the final model of, where these weights are the best ones. `None` for accuracy, or where nothing can be
/// scored.
pub(super) fn plan(
    evaluator: &Evaluator,
    (candidates, weights): (&[Arc<Candidate>], &[f64]),
    baseline: Option<Arc<Candidate>>,
    optimize: Optimize,
    deadline: &Deadline,
) -> Option<Plan> {
    if optimize == Optimize::Accuracy {
        return None;
    }
    let choice = |members: Chosen| {
        let loss = evaluator.data.loss(&evaluator.data.scored, &blend(&members, &evaluator.data))?;
        Some(Choice { members, loss, is_refitted: false, cost: f64::INFINITY })
    };
    let mut voters: Chosen = candidates.iter().cloned().zip(weights.iter().copied()).filter(|(_, w)| *w > 0.0).collect();
    voters.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut best = choice(voters.clone())?;
    best.cost = cost(evaluator, &best, optimize)?;
    let baseline = baseline.and_then(|baseline| choice(vec![(baseline, 1.0)])).map_or(best.loss, |baseline| baseline.loss);
    let accepted = best.loss + LOST_MAX * (baseline - best.loss).max(0.0);

    let mut singles: Vec<Choice> = candidates.iter().filter_map(|c| choice(vec![(c.clone(), 1.0)])).collect();
    const SINGLES_MAX: usize = 12;
    singles.sort_by(|a, b| a.loss.total_cmp(&b.loss));
    singles.truncate(SINGLES_MAX);
    let heaviest = (2..=voters.len()).filter_map(|n| choice(as_shares(&voters[..n])));
    let mut chosen: Option<Choice> = None;
    for mut choice in singles.into_iter().chain(heaviest).filter(|choice| choice.loss <= accepted) {
        if deadline.passed() {
            break;
        }
        let needed_s = refit::seconds_of_all(evaluator, choice.members.iter().map(|(candidate, _)| candidate));
        choice.is_refitted = needed_s <= deadline.left_s();
        choice.cost = cost(evaluator, &choice, optimize).unwrap_or(f64::INFINITY);
        if chosen.as_ref().is_none_or(|cheapest| choice.cost < cheapest.cost) {
            chosen = Some(choice);
        }
    }
    let chosen = chosen.filter(|choice| choice.cost <= best.cost);
    let chosen = chosen.unwrap_or_else(|| best.clone());
    Some(Plan { optimize, best, chosen, baseline })
}

/// What members predict for the scored rows, each by models that had not seen it.
fn blend(members: &Chosen, data: &FitData) -> Predictions {
    let mut blend = Predictions::zeros(data.scored.len(), data.task.width());
    members.iter().for_each(|(candidate, weight)| blend.add_scaled(&candidate.predictions, *weight));
    blend
}

/// Weights that sum to one again.
fn as_shares(members: &[(Arc<Candidate>, f64)]) -> Chosen {
    let sum: f64 = members.iter().map(|(_, weight)| weight).sum();
    members.iter().map(|(candidate, weight)| (candidate.clone(), weight / sum)).collect()
}

/// What a choice costs. A member that is to be fitted to all rows costs what one of its folds does.
fn cost(evaluator: &Evaluator, choice: &Choice, optimize: Optimize) -> Option<f64> {
    let stand_in = |candidate: &Arc<Candidate>| {
        if choice.is_refitted { Arc::new(candidate.with_models(candidate.models[..1].to_vec())) } else { candidate.clone() }
    };
    let members: Chosen = choice.members.iter().map(|(candidate, weight)| (stand_in(candidate), *weight)).collect();
    cost_of(evaluator, &combine(&members, &evaluator.data, Provenance::default()), optimize)
}

/// What a model costs: seconds per row, or bytes.
fn cost_of(evaluator: &Evaluator, model: &Model, optimize: Optimize) -> Option<f64> {
    match optimize {
        Optimize::Size => artifact::to_bytes(model).ok().map(|bytes| bytes.len() as f64),
        _ => seconds_per_row(evaluator, model),
    }
}

/// Seconds that one thread takes per row, featurization included: the least of a few goes.
fn seconds_per_row(evaluator: &Evaluator, model: &Model) -> Option<f64> {
    const ROWS: usize = 1000;
    const GOES: usize = 3;
    const ENOUGH_S: f64 = 0.05;
    let count = evaluator.data.target.len();
    let rows: Vec<u32> = (0..count as u32).step_by(count.div_ceil(ROWS)).collect();
    let (mut least, all) = (f64::INFINITY, Stopwatch::start());
    for _ in 0..GOES {
        let watch = Stopwatch::start();
        model.predict_block(evaluator.data.frame.select(&rows)).ok()?;
        least = least.min(watch.elapsed_s());
        if all.elapsed_s() > ENOUGH_S {
            break;
        }
    }
    Some(least / rows.len() as f64)
}

impl Plan {
    /// The shares of these candidates in the final model.
    pub fn weights(&self, candidates: &[Arc<Candidate>]) -> Vec<f64> {
        let of = |id| self.chosen.members.iter().find(|(member, _)| member.trial.id == id).map_or(0.0, |(_, weight)| *weight);
        candidates.iter().map(|candidate| of(candidate.trial.id)).collect()
    }

    /// Fits the members to all rows, and tells what was gained and lost.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn carry_out(
        self,
        evaluator: &Arc<Evaluator>,
        members: Chosen,
        deadline: &Deadline,
        on_progress: &dyn Fn(&Progress),
    ) -> Result<(Chosen, Bargain)> {
        let (candidates, weights): (Vec<Arc<Candidate>>, Vec<f64>) = members.into_iter().unzip();
        let (candidates, remarks) = if self.chosen.is_refitted {
            refit::refit(evaluator, candidates.into_iter().map(refit::Wanted::once).collect(), deadline)?
        } else {
            let needed_s = refit::seconds_of_all(evaluator, candidates.iter());
            let remark = format!(
                "the models of the folds are kept: fits to all rows would take about {needed_s:.1} s, and {:.1} s are left",
                deadline.left_s()
            );
            (candidates, if needed_s > 0.0 { vec![remark] } else { Vec::new() })
        };
        remarks.into_iter().for_each(|text| on_progress(&Progress::Remark(text)));
        let members: Chosen = candidates.into_iter().zip(weights).collect();
        let model = combine(&members, &evaluator.data, Provenance::default());
        let ids = |members: &Chosen| members.iter().map(|(c, _)| (c.trial.id, c.models.len())).collect::<BTreeSet<_>>();
        let is_best = ids(&members) == ids(&self.best.members);
        let cost = if is_best { Some(self.best.cost) } else { cost_of(evaluator, &model, self.optimize) };
        let gain = self.baseline - self.best.loss;
        // What makes a score a loss makes a loss a score.
        let score = |loss: f64| evaluator.data.measure.metric.direction().loss(loss);
        let lost = self.chosen.loss - self.best.loss;
        let bargain = Bargain {
            optimize: self.optimize,
            score: score(self.chosen.loss),
            best_score: score(self.best.loss),
            lost: if gain > 0.0 { lost / gain } else { 0.0 },
            cost: cost.unwrap_or(self.chosen.cost),
            best_cost: self.best.cost,
            models: models_of(&members),
            best_models: models_of(&self.best.members),
        };
        Ok((members, bargain))
    }
}

/// How many fitted models vote.
fn models_of(members: &Chosen) -> usize {
    members.iter().map(|(candidate, _)| candidate.models.len()).sum()
}
