//! What is the final model made of?

use std::sync::Arc;

use super::candidate::Candidate;
use super::evaluator::Evaluator;
use super::limits::Limits;
use super::ranking::{Chosen, STEPS, chosen, no_model, rank};
use super::{BASELINE, bargain, refit};
use crate::config::{FitConfig, Optimize};
use crate::ensemble::{Blend, Candidates};
use crate::error::Result;
use crate::leaderboard::Leaderboard;
use crate::progress::Progress;
use crate::search::journal::Combined;
use crate::search::{Study, TrialId};

/// What the final model is made of.
pub(super) struct FinalModel {
    /// How its members vote.
    pub blend: Blend,
    pub members: Chosen,
    /// It and all that was tried.
    pub leaderboard: Leaderboard,
}

/// What a final model is made with.
type With<'a> = (&'a Study, &'a Arc<Evaluator>, &'a FitConfig, &'a Limits);

impl FinalModel {
    /// Of the same members as is recorded, if that is and they are there, else of the best.
    ///
    /// # Errors
    /// No candidate can be scored; or the system gives no threads.
    pub fn make(
        combined: &Candidates,
        candidates: &[Arc<Candidate>],
        with: With<'_>,
        on_progress: &dyn Fn(&Progress),
    ) -> Result<FinalModel> {
        let recorded = with.0.combined().map(|recorded| FinalModel::again(recorded, combined, candidates, with));
        match recorded.transpose()?.flatten() {
            Some(same) => Ok(same),
            None => FinalModel::choose(combined, candidates, with, on_progress),
        }
    }

    /// Of the best members, fitted to all rows where that is planned.
    fn choose(
        combined: &Candidates,
        candidates: &[Arc<Candidate>],
        (study, evaluator, config, limits): With<'_>,
        on_progress: &dyn Fn(&Progress),
    ) -> Result<FinalModel> {
        let blend = Blend::choose(combined, STEPS, config.seed, &limits.combine).ok_or_else(|| no_model(study, evaluator))?;
        let baseline = evaluator.candidate(BASELINE);
        let plan = bargain::plan(evaluator, (candidates, &blend.weights), baseline, config.optimize, &limits.refit);
        let blend = plan.as_ref().map_or(blend, |plan| Blend::of(combined, plan.weights(candidates), config.seed));
        let mut members = chosen(candidates, &blend);
        let mut leaderboard = rank(study, evaluator, &members, &blend.predict(combined));
        if let Some(plan) = plan {
            let (refitted, bargain) = plan.carry_out(evaluator, members, &limits.refit, on_progress)?;
            (members, leaderboard.bargain) = (refitted, Some(bargain));
        } else if is_by_weight(config, evaluator) {
            let models = |candidate: &Candidate, weight: f64| refit::models_wanted(candidate, weight, &limits.refit);
            members = refit::refit_members(evaluator, refit::heaviest_first(members), models, &limits.refit)?;
        }
        Ok(FinalModel { blend, members, leaderboard })
    }

    /// Of the members that are recorded. `None` if one is not there any more.
    fn again(
        recorded: &Combined,
        combined: &Candidates,
        candidates: &[Arc<Candidate>],
        (study, evaluator, config, limits): With<'_>,
    ) -> Result<Option<FinalModel>> {
        let weight = |candidate: &Arc<Candidate>| recorded.weights.iter().find(|(id, _)| *id == candidate.trial.id);
        let weights: Vec<f64> = candidates.iter().map(|candidate| weight(candidate).map_or(0.0, |(_, weight)| *weight)).collect();
        let blend = Blend::of(combined, weights, config.seed);
        let members = chosen(candidates, &blend);
        if members.len() < recorded.weights.len() {
            return Ok(None);
        }
        let leaderboard = rank(study, evaluator, &members, &blend.predict(combined));
        // In the order of the first time, for sums depend on it.
        let members = if is_by_weight(config, evaluator) { refit::heaviest_first(members) } else { members };
        let models = |candidate: &Candidate, _| recorded.refitted.iter().filter(|id| **id == candidate.trial.id).count();
        let members = refit::refit_members(evaluator, members, models, &limits.refit)?;
        Ok(Some(FinalModel { blend, members, leaderboard }))
    }
}

/// Whether the members of the best model are fitted to all rows, the heaviest first.
fn is_by_weight(config: &FitConfig, evaluator: &Evaluator) -> bool {
    config.optimize == Optimize::Accuracy && refit::is_planned(config.optimize, &evaluator.data)
}

/// What is to be recorded of the members.
pub(super) fn record(members: &Chosen, evaluator: &Evaluator) -> Combined {
    let is_refitted = |candidate: &Candidate| {
        let of_folds = evaluator.candidate(candidate.trial.id);
        of_folds.is_some_and(|of_folds| !Arc::ptr_eq(&of_folds.models[0].model, &candidate.models[0].model))
    };
    let mut weights: Vec<(TrialId, f64)> = members.iter().map(|(candidate, weight)| (candidate.trial.id, *weight)).collect();
    weights.sort_by_key(|(id, _)| *id);
    let refitted = members.iter().filter(|(candidate, _)| is_refitted(candidate));
    let per_model =
        |(candidate, _): &(Arc<Candidate>, f64)| candidate.models.iter().map(|_| candidate.trial.id).collect::<Vec<_>>();
    let mut refitted: Vec<TrialId> = refitted.flat_map(per_model).collect();
    refitted.sort();
    Combined { weights, refitted }
}
