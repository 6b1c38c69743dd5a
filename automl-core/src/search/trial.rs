//! One evaluation of a pipeline, and what came of it.

use serde::{Deserialize, Serialize};

use crate::space::Params;

/// Number of a trial within its study, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TrialId(pub u32);

/// One evaluation of a pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Its number.
    #[serde(rename = "trial")]
    pub id: TrialId,
    /// A name for people.
    pub name: String,
    /// Which of the study's choices (learners) it tries.
    pub choice: String,
    /// The parameters to try.
    pub params: Params,
    /// Seed of everything random in it.
    pub seed: u64,
    /// How many parts (folds) it has; each is carried out on its own.
    pub parts: u32,
}

/// How a trial ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Every part was carried out and the score is defined.
    Complete,
    /// Stopped before its end.
    Pruned,
    /// An error, a panic or an undefined score.
    Failed,
}

/// What came of one part of a trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The leading metric as a loss when the part ended, which is what a pruner judges: smaller is better. `None`
    /// where these rows alone do not define it.
    pub loss: Option<f64>,
    /// Steps (trees, iterations) of the model that was kept; 0 where a learner has none.
    pub steps: u32,
    /// How often the fit was told to go on before it was told to stop, if it was cut off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_after: Option<u64>,
    /// Seconds spent fitting.
    pub fit_s: f64,
    /// Seconds spent predicting.
    pub predict_s: f64,
}

/// What came of a trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// The leading metric over all parts, as a loss; `None` unless complete.
    pub loss: Option<f64>,
    /// The parts that were carried out.
    pub parts: Vec<Part>,
    /// The parameters in force: those of the trial, fitted to the time that was left.
    pub params: Params,
    /// Why it failed or was stopped.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// Message of a trial that the pruner stopped.
pub(super) const STOPPED: &str = "its first folds are not good enough";
/// Message of a trial that was not over when the time was.
pub(super) const OUT_OF_TIME: &str = "the time was over";

impl Outcome {
    /// The outcome of a trial that ended without a score.
    pub fn without_score(status: Status, message: impl Into<String>) -> Outcome {
        Outcome { status, loss: None, parts: Vec::new(), params: Params::new(), message: message.into() }
    }

    /// Whether the time was over before the trial was.
    pub(super) fn is_out_of_time(&self) -> bool {
        self.status == Status::Pruned && self.message == OUT_OF_TIME
    }
}
