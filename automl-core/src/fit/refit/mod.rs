//! One model fitted to all rows instead of one per fold: as many times faster and smaller as there are folds. Where there
//! is a single holdout, it is one that has seen more rows, and in the time that is left there become several of it: fits
//! that differ by chance are better together.
//!
//! Nothing is held out, so that nobody can judge it. What the folds have learned about when to stop is used again: as many
//! steps of a path or a schedule, and of a sum of steps a tenth more, as there are more rows (AutoGluon calls it
//! `refit_full`).

mod queue;
mod whole;
mod work;

use std::sync::Arc;

use serde_json::Value;

use super::asked::TRAIN_ROWS;
use super::candidate::Candidate;
use super::data::FitData;
use super::evaluator::Evaluator;
use super::ranking::Chosen;
use crate::clock::Deadline;
use crate::config::Optimize;
use crate::error::Result;
pub(super) use work::{Wanted, refit};

/// Whether members are to be fitted to all rows: for a model that is fast or small always, and for the best score where
/// models were fitted without the rows of a single holdout, if those are many: to fit once more takes as long as another
/// trial.
pub(super) fn is_planned(optimize: Optimize, data: &FitData) -> bool {
    const SHARE_MIN: f64 = 0.15;
    let holdout = data.split.folds.first().filter(|_| data.split.folds.len() == 1);
    optimize != Optimize::Accuracy || holdout.is_some_and(|fold| fold.valid.len() as f64 >= SHARE_MIN * data.target.len() as f64)
}

/// Whether there is anything to gain: a single model of all rows stays as it is.
fn is_due(evaluator: &Evaluator, candidate: &Candidate) -> bool {
    candidate.models.len() > 1 || !evaluator.holds_out_itself(candidate.learner)
}

/// What a fit to all rows is expected to take: as long as a fold takes, times the rows it has more. A fold goes on past its
/// best step, which pays for the steps that are added.
fn seconds(evaluator: &Evaluator, candidate: &Candidate) -> f64 {
    if !is_due(evaluator, candidate) {
        return 0.0;
    }
    let data = &evaluator.data;
    let fold_rows = data.split.folds.iter().map(|fold| fold.train.len()).sum::<usize>() as f64 / data.split.folds.len() as f64;
    let fold_rows = candidate.params.get(TRAIN_ROWS).and_then(Value::as_f64).map_or(fold_rows, |most| fold_rows.min(most));
    candidate.fit_s() / candidate.parts.len() as f64 * data.target.len() as f64 / fold_rows
}

/// What it is expected to take to fit several to all rows: they share the threads.
pub(super) fn seconds_of_all<'a>(evaluator: &Evaluator, candidates: impl Iterator<Item = &'a Arc<Candidate>>) -> f64 {
    let each: Vec<f64> = candidates.map(|candidate| seconds(evaluator, candidate)).collect();
    let longest = each.iter().copied().fold(0.0, f64::max);
    longest.max(each.iter().sum::<f64>() / evaluator.threads as f64)
}

/// What the search is to leave for fits to all rows: as long as those of the best few would take. Time for those that would
/// take more than `most_s` would be lost.
pub(super) fn reserve_s(evaluator: &Evaluator, optimize: Optimize, most_s: f64) -> f64 {
    const BEST: usize = 3;
    const MARGIN: f64 = 1.25;
    if !is_planned(optimize, &evaluator.data) {
        return 0.0;
    }
    let direction = evaluator.data.measure.metric.direction();
    let mut candidates = evaluator.candidates();
    candidates.retain(|candidate| MARGIN * seconds(evaluator, candidate) <= most_s);
    candidates.sort_by(|a, b| {
        let loss = |candidate: &Candidate| candidate.score.map_or(f64::INFINITY, |score| direction.loss(score));
        loss(a).total_cmp(&loss(b))
    });
    MARGIN * seconds_of_all(evaluator, candidates.iter().take(BEST))
}

/// How many models are wanted of a member where there is time for several: as many as one more is worth its cost. Each
/// takes off the variance of a vote what goes by the square of the member's weight.
pub(super) fn models_wanted(candidate: &Candidate, weight: f64, deadline: &Deadline) -> usize {
    const MODELS_MAX: usize = 5;
    const GAIN_MIN: f64 = 0.01;
    if !candidate.learner.supports().random || deadline.left_s().is_infinite() {
        return 1;
    }
    1 + (1..MODELS_MAX).take_while(|&models| queue::gain(weight, models) >= GAIN_MIN).count()
}

/// Members with their shares of the vote, the largest first.
pub(super) fn heaviest_first(mut members: Chosen) -> Chosen {
    members.sort_by(|a, b| b.1.total_cmp(&a.1));
    members
}

/// The members, each fitted to all rows as many times as `models` says, as far as the time goes, the first ones first. Those
/// of which no model is wanted stay.
///
/// # Errors
/// The system gives no threads.
pub(super) fn refit_members(
    evaluator: &Arc<Evaluator>,
    members: Chosen,
    models: impl Fn(&Candidate, f64) -> usize,
    deadline: &Deadline,
) -> Result<Chosen> {
    let wanted = |(candidate, weight): &(Arc<Candidate>, f64)| {
        let models = models(candidate, *weight);
        (models > 0).then(|| Wanted { candidate: candidate.clone(), weight: *weight, models })
    };
    // A member that keeps the models of its folds is as good as the leaderboard says.
    let (refitted, _) = refit(evaluator, members.iter().filter_map(wanted).collect(), deadline)?;
    let mut refitted = refitted.into_iter();
    let member = |(c, weight): (Arc<Candidate>, f64)| {
        let member = if models(&c, weight) > 0 { refitted.next().unwrap_or(c) } else { c };
        (member, weight)
    };
    Ok(members.into_iter().map(member).collect())
}
