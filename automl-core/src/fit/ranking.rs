//! How do the candidates compare, and which of them make the final model?

use std::sync::Arc;

use super::candidate::{self, Candidate};
use super::data::FitData;
use super::evaluator::Evaluator;
use crate::ensemble::{self, Blend};
use crate::error::{Error, Kind};
use crate::leaderboard::{Entry, EntryStatus, Leaderboard};
use crate::metric::Direction;
use crate::predictions::Predictions;
use crate::search::{Outcome, Status, Study, Trial};

/// The row of the leaderboard for a candidate.
fn entry_of(evaluator: &Evaluator, candidate: &Candidate, weight: f64) -> Entry {
    let bytes = evaluator.run_folder.as_ref().and_then(|f| f.trial_bytes(candidate.trial.id));
    candidate.entry(weight, bytes.unwrap_or(0))
}

/// The row of the leaderboard for a trial that ended.
pub(super) fn entry(evaluator: &Evaluator, trial: &Trial, outcome: &Outcome, weight: f64) -> Entry {
    if outcome.status == Status::Complete
        && let Some(candidate) = evaluator.candidate(trial.id)
    {
        return entry_of(evaluator, &candidate, weight);
    }
    Entry {
        trial: Some(trial.id.0),
        name: trial.name.clone(),
        learner: trial.choice.clone(),
        params: trial.params.clone(),
        status: if outcome.status == Status::Failed { EntryStatus::Failed } else { EntryStatus::Pruned },
        score: None,
        spread: None,
        metrics: Default::default(),
        fit_s: outcome.parts.iter().fold(0.0, |sum, p| sum + p.fit_s),
        predict_s: outcome.parts.iter().fold(0.0, |sum, p| sum + p.predict_s),
        model_bytes: 0,
        weight: 0.0,
        message: outcome.message.clone(),
    }
}

/// Picks of the selection of an ensemble.
pub(super) const STEPS: usize = 25;

/// What an ensemble is chosen from and by.
pub(super) fn to_combine(candidates: &[Arc<Candidate>], data: &FitData) -> ensemble::Candidates {
    ensemble::Candidates {
        predictions: candidates.iter().map(|c| c.predictions.clone()).collect(),
        target: data.target.select(&data.scored),
        weights: data.weights_of(&data.scored),
        measure: data.measure,
        positive: data.task.positive,
    }
}

/// The candidates that make the final model, each with its share of the vote.
pub(super) type Chosen = Vec<(Arc<Candidate>, f64)>;

/// Those that have a weight.
pub(super) fn chosen(candidates: &[Arc<Candidate>], blend: &Blend) -> Chosen {
    candidates.iter().cloned().zip(blend.weights.iter().copied()).filter(|(_, weight)| *weight > 0.0).collect()
}

/// Why there is no model.
pub(super) fn no_model(study: &Study, evaluator: &Evaluator) -> Error {
    if evaluator.cancel.is_cancelled() {
        return Error::new(Kind::Interrupted, "stopped before any pipeline was fitted");
    }
    let reasons = study.history().finished().map(|(t, o)| format!("{}: {}", t.name, o.message));
    let reason = reasons.last().unwrap_or_else(|| "the time was over before the first one".to_owned());
    Error::new(Kind::NoModel, format!("no pipeline could be fitted ({reason})"))
}

/// The leaderboard. The row of the final model, be it the ensemble or a single trial, tells the scores of `predictions`:
/// what the final model makes of the scored rows.
pub(super) fn rank(study: &Study, evaluator: &Evaluator, chosen: &Chosen, predictions: &Predictions) -> Leaderboard {
    let data = &evaluator.data;
    let weight_of = |trial: &Trial| chosen.iter().find(|(c, _)| c.trial.id == trial.id).map_or(0.0, |(_, w)| *w);
    let mut entries: Vec<Entry> = study.history().finished().map(|(t, o)| entry(evaluator, t, o, weight_of(t))).collect();
    if chosen.len() > 1 {
        entries.push(ensemble_entry(chosen, evaluator));
    }
    let is_final = |entry: &&mut Entry| if chosen.len() > 1 { entry.trial.is_none() } else { entry.weight > 0.0 };
    if let Some(entry) = entries.iter_mut().find(is_final) {
        (entry.score, entry.metrics) = candidate::scores(predictions, data, evaluator.registry.metrics());
    }
    let mut leaderboard = Leaderboard {
        metric: data.measure.name(),
        higher_is_better: data.measure.metric.direction() == Direction::Maximize,
        validation: data.split.describe(),
        entries,
        bargain: None,
    };
    leaderboard.rank();
    leaderboard
}

/// The row of the ensemble, without its scores.
fn ensemble_entry(chosen: &[(Arc<Candidate>, f64)], evaluator: &Evaluator) -> Entry {
    let members: Vec<Entry> = chosen.iter().map(|(c, w)| entry_of(evaluator, c, *w)).collect();
    Entry {
        trial: None,
        name: format!("ensemble of {}", members.len()),
        learner: "ensemble".into(),
        params: Default::default(),
        status: EntryStatus::Complete,
        score: None,
        spread: None,
        metrics: Default::default(),
        fit_s: members.iter().map(|e| e.fit_s).sum(),
        predict_s: members.iter().map(|e| e.predict_s).sum(),
        model_bytes: members.iter().map(|e| e.model_bytes).sum(),
        weight: 1.0,
        message: String::new(),
    }
}
