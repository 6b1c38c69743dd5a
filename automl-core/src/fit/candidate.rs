//! A trial that is complete: its models, its predictions of the rows they had not seen, and its scores.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::data::FitData;
use crate::leaderboard::{Entry, EntryStatus};
use crate::learner::{DynLearner, DynModel};
use crate::metric::{Measure, Metric};
use crate::model::{FoldModel, Member, Model, Provenance};
use crate::pipeline::Featurization;
use crate::predictions::Predictions;
use crate::schema::Role;
use crate::search::{Part, Trial};
use crate::space::Params;
use crate::split::Fold;
use crate::target_transform::Inverse;

/// A trial that is complete.
#[derive(Clone)]
pub struct Candidate {
    pub(crate) trial: Trial,
    pub(crate) learner: &'static dyn DynLearner,
    pub(crate) params: Params,
    /// Predictions of the scored rows, in their order.
    pub(crate) predictions: Arc<Predictions>,
    pub(crate) models: Vec<FittedPart>,
    pub(crate) score: Option<f64>,
    spread: Option<f64>,
    metrics: BTreeMap<String, f64>,
    /// What came of its parts.
    pub(crate) parts: Vec<Part>,
}

/// What was fitted in one part of a trial.
#[derive(Clone)]
pub(crate) struct FittedPart {
    pub featurization: Arc<Featurization>,
    pub model: Arc<dyn DynModel>,
    pub inverse: Option<Inverse>,
}

impl Candidate {
    #[expect(clippy::too_many_arguments, reason = "the one constructor, of a trial that has ended and of one that is read again")]
    pub(super) fn new(
        trial: &Trial,
        learner: &'static dyn DynLearner,
        params: Params,
        predictions: Predictions,
        models: Vec<FittedPart>,
        parts: &[Part],
        data: &FitData,
        metrics: &[&'static dyn Metric],
    ) -> Candidate {
        let (score, all) = scores(&predictions, data, metrics);
        let spread = if trial.parts > 1 { spread(&predictions, data) } else { None };
        Candidate {
            trial: trial.clone(),
            learner,
            params,
            predictions: Arc::new(predictions),
            models,
            score,
            spread,
            metrics: all,
            parts: parts.to_vec(),
        }
    }

    /// The same with other models.
    pub(super) fn with_models(&self, models: Vec<FittedPart>) -> Candidate {
        Candidate { models, ..self.clone() }
    }

    /// Its score as a loss.
    pub(super) fn loss(&self, data: &FitData) -> Option<f64> {
        self.score.map(|score| data.measure.metric.direction().loss(score))
    }

    /// Seconds spent fitting, all parts together.
    pub(super) fn fit_s(&self) -> f64 {
        self.parts.iter().map(|p| p.fit_s).sum()
    }

    /// Its row of the leaderboard.
    pub(super) fn entry(&self, weight: f64, model_bytes: u64) -> Entry {
        Entry {
            trial: Some(self.trial.id.0),
            name: self.trial.name.clone(),
            learner: self.trial.choice.clone(),
            params: self.params.clone(),
            status: EntryStatus::Complete,
            score: self.score,
            spread: self.spread,
            metrics: self.metrics.clone(),
            fit_s: self.fit_s(),
            predict_s: self.parts.iter().map(|p| p.predict_s).sum(),
            model_bytes,
            weight,
            message: String::new(),
        }
    }
}

/// The leading score of predictions of the scored rows, and every metric that is defined for them.
pub(super) fn scores(
    predictions: &Predictions,
    data: &FitData,
    metrics: &[&'static dyn Metric],
) -> (Option<f64>, BTreeMap<String, f64>) {
    let target = data.target.select(&data.scored);
    let weights = data.weights_of(&data.scored);
    let score = |m: &Measure| m.score(&target, predictions, weights.as_deref(), data.task.positive).filter(|s| s.is_finite());
    let leading = score(&data.measure);
    let mut all: BTreeMap<String, f64> = metrics
        .iter()
        .filter(|m| m.tasks().contains(&data.task.kind))
        .map(|m| Measure { metric: *m, parameter: m.parameter() })
        .filter_map(|m| Some((m.name(), score(&m)?)))
        .collect();
    if let Some(leading) = leading {
        all.insert(data.measure.name(), leading);
    }
    (leading, all)
}

/// Standard deviation of the losses of the folds.
fn spread(predictions: &Predictions, data: &FitData) -> Option<f64> {
    let place = |row: &u32| data.scored.binary_search(row).ok().map(|place| place as u32);
    let loss = |fold: &Fold| {
        let places: Option<Vec<u32>> = fold.valid.iter().map(place).collect();
        data.loss(&fold.valid, &predictions.select(&places?))
    };
    let losses: Vec<f64> = data.split.folds.iter().filter_map(loss).collect();
    if losses.len() < 2 {
        return None;
    }
    let mean = losses.iter().sum::<f64>() / losses.len() as f64;
    let variance = losses.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / (losses.len() - 1) as f64;
    Some(variance.sqrt())
}

/// The model that candidates make with these weights; those without weight are left out.
pub(super) fn combine(chosen: &[(Arc<Candidate>, f64)], data: &FitData, provenance: Provenance) -> Model {
    let refs: Vec<(&Candidate, f64)> = chosen.iter().map(|(c, w)| (&**c, *w)).collect();
    combine_refs(&refs, data, provenance)
}

/// See [`combine`].
pub(crate) fn combine_refs(chosen: &[(&Candidate, f64)], data: &FitData, provenance: Provenance) -> Model {
    let mut featurizations: Vec<Arc<Featurization>> = Vec::new();
    let mut members = Vec::new();
    for (candidate, weight) in chosen.iter().filter(|(_, weight)| *weight > 0.0) {
        let models = candidate
            .models
            .iter()
            .map(|part| FoldModel {
                featurization: index_of(&mut featurizations, &part.featurization),
                model: part.model.clone(),
                inverse: part.inverse.clone(),
            })
            .collect();
        members.push(Member {
            trial: candidate.trial.id.0,
            name: candidate.trial.name.clone(),
            learner: candidate.learner,
            params: candidate.params.clone(),
            weight: *weight,
            models,
        });
    }
    let mut schema = data.schema.clone();
    let used: BTreeSet<String> = featurizations.iter().flat_map(|f| f.sources()).collect();
    // A column that no member reads is not asked for when rows are predicted.
    schema.fields.iter_mut().filter(|f| f.role.is_feature() && !used.contains(&f.name)).for_each(|f| f.role = Role::Ignore);
    Model { task: data.task.clone(), schema, featurizations, members, temperature: None, decision: None, provenance }
}

fn index_of(featurizations: &mut Vec<Arc<Featurization>>, wanted: &Arc<Featurization>) -> usize {
    match featurizations.iter().position(|f| Arc::ptr_eq(f, wanted)) {
        Some(index) => index,
        None => {
            featurizations.push(wanted.clone());
            featurizations.len() - 1
        }
    }
}
