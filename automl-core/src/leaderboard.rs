//! Ranked outcomes: what was tried and how good it was.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::Optimize;
use crate::space::Params;

/// How a trial ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryStatus {
    /// Every fold was fitted and scored.
    Complete,
    /// Stopped early, because it was not promising or the time was over.
    Pruned,
    /// An error, a panic or an undefined score.
    Failed,
}

impl EntryStatus {
    /// The name used in tables and files.
    pub fn name(self) -> &'static str {
        match self {
            EntryStatus::Complete => "complete",
            EntryStatus::Pruned => "pruned",
            EntryStatus::Failed => "failed",
        }
    }
}

/// One row of a leaderboard: a pipeline and how good it was on rows that it had not seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Number of the trial, from 0; `None` for the ensemble.
    pub trial: Option<u32>,
    /// Name of the pipeline in the portfolio, or how it came about.
    pub name: String,
    /// Id of the learner; `ensemble` for the ensemble.
    pub learner: String,
    /// Parameters of the learner that differ from its defaults.
    pub params: Params,
    /// How the trial ended.
    pub status: EntryStatus,
    /// The leading metric on all validation rows together.
    pub score: Option<f64>,
    /// Standard deviation of the score over the folds; `None` with fewer than two.
    pub spread: Option<f64>,
    /// Every metric of the task on all validation rows together.
    pub metrics: BTreeMap<String, f64>,
    /// Seconds spent fitting, all folds together.
    pub fit_s: f64,
    /// Seconds spent predicting the validation rows.
    pub predict_s: f64,
    /// Size of the models in the artifact.
    pub model_bytes: u64,
    /// Its share of the final model's vote; 0 if it has none.
    pub weight: f64,
    /// Why it failed or was stopped.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

impl Entry {
    /// How many rows each of its models learned from at most, where they are not all there were: the parameter
    /// `train_rows`, asked for or due to the time.
    pub fn train_rows(&self) -> Option<u64> {
        self.params.get("train_rows")?.as_u64()
    }
}

impl Entry {
    /// How messages call it: 3 (`gbdt`).
    pub(crate) fn told(&self) -> String {
        self.trial.map_or(format!("`{}`", self.name), |trial| format!("{trial} (`{}`)", self.name))
    }
}

/// What a final model that was chosen for latency or size gives up, and what it gets for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bargain {
    /// What it was chosen for.
    pub optimize: Optimize,
    /// Its score of the leading metric on the validation rows.
    pub score: f64,
    /// The score of the model that would have been chosen for accuracy.
    pub best_score: f64,
    /// What it loses of the gain of that model over the baseline, as a share.
    pub lost: f64,
    /// What it costs: for latency seconds per row, predicted by one thread, for size bytes.
    pub cost: f64,
    /// What the model that would have been chosen for accuracy costs.
    pub best_cost: f64,
    /// How many fitted models it is made of.
    pub models: usize,
    /// How many that other model is made of.
    pub best_models: usize,
}

/// Ranked outcomes, best first; failed trials last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leaderboard {
    /// Name of the leading metric.
    pub metric: String,
    /// Whether a larger score is better.
    pub higher_is_better: bool,
    /// How the scores were made: `5 stratified folds`.
    pub validation: String,
    /// Best first.
    pub entries: Vec<Entry>,
    /// What the final model gives up, if it was chosen for anything but accuracy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bargain: Option<Bargain>,
}

impl Leaderboard {
    /// Sorts the entries: by score, then by trial; those without a score last.
    pub fn rank(&mut self) {
        let sign = if self.higher_is_better { -1.0 } else { 1.0 };
        let key = |e: &Entry| (e.status != EntryStatus::Complete, e.score.map_or(f64::INFINITY, |s| sign * s));
        self.entries.sort_by(|a, b| {
            let ((a_last, a_loss), (b_last, b_loss)) = (key(a), key(b));
            a_last.cmp(&b_last).then(a_loss.total_cmp(&b_loss)).then(a.trial.cmp(&b.trial))
        });
    }

    /// The score of the final model: the best one, unless the model was chosen for something else.
    pub fn score(&self) -> Option<f64> {
        self.bargain.as_ref().map(|bargain| bargain.score).or_else(|| self.best().and_then(|entry| entry.score))
    }

    /// The best entry, the ensemble included.
    pub fn best(&self) -> Option<&Entry> {
        self.entries.first().filter(|e| e.status == EntryStatus::Complete)
    }
}
