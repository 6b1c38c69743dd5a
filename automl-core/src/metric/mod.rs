//! How good is it?
//!
//! A [`Metric`] is one file in this folder, most often a [`Definition`],
//! and one line in [`ALL`]. Scores are computed from a
//! [`Scoring`]: truth, predictions and weights. A metric that is undefined for its input (AUC with a
//! single class) says `None`, never NaN.

pub(crate) mod accuracy;
mod auc;
mod average_precision;
pub(crate) mod balanced_accuracy;
mod brier;
mod confusion;
mod definition;
mod explained_variance;
mod f1;
mod f1_macro;
mod f1_micro;
mod f1_weighted;
pub(crate) mod log_loss;
pub(crate) mod mae;
mod mape;
mod mcc;
mod mean;
mod median_absolute_error;
mod pinball;
mod precision;
mod r2;
mod ranking;
mod ranks;
mod recall;
pub(crate) mod rmse;
mod rmsle;
mod spearman;

pub use definition::{Definition, Parameter};

use crate::error::{Error, Result};
use crate::predictions::Predictions;
use crate::task::{Target, TaskKind};

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Larger scores are better.
    Maximize,
    /// Smaller scores are better.
    Minimize,
}

impl Direction {
    /// A loss from a score: smaller is better whatever the direction.
    pub fn loss(self, score: f64) -> f64 {
        match self {
            Direction::Maximize => -score,
            Direction::Minimize => score,
        }
    }
}

/// What a metric sees.
#[derive(Debug, Clone, Copy)]
pub struct Scoring<'a> {
    /// The truth.
    pub target: &'a Target,
    /// One row of predictions per row of the truth.
    pub predictions: &'a Predictions,
    /// One non-negative weight per row; `None` counts every row once.
    pub weights: Option<&'a [f64]>,
    /// Index of the class that binary metrics call positive.
    pub positive: usize,
    /// What follows the `@` of a metric's name: the quantile of `pinball@0.9`.
    pub parameter: Option<f64>,
}

impl Scoring<'_> {
    /// The weight of row `i`.
    #[inline]
    pub fn weight(&self, i: usize) -> f64 {
        self.weights.map_or(1.0, |w| w[i])
    }

    /// The sum of all weights.
    pub fn total_weight(&self) -> f64 {
        self.weights.map_or(self.target.len() as f64, |w| w.iter().sum())
    }
}

/// A measure of the quality of predictions.
pub trait Metric: Send + Sync + 'static {
    /// The name in configurations and files; never reused.
    fn id(&self) -> &'static str;
    /// Other names that people know it by.
    fn aliases(&self) -> &'static [&'static str] {
        &[]
    }
    /// The tasks it is defined for.
    fn tasks(&self) -> &'static [TaskKind];
    /// Which way is better.
    fn direction(&self) -> Direction;
    /// The score of perfect predictions.
    fn best(&self) -> f64;
    /// The default of the parameter after `@`, for metrics that have one.
    fn parameter(&self) -> Option<f64> {
        None
    }
    /// Whether `value` may stand after the `@`.
    fn accepts_parameter(&self, value: f64) -> bool {
        let _ = value;
        false
    }
    /// The reference page, as Markdown: what it is, when to use it, its source.
    fn page(&self) -> &'static str;
    /// The score, or `None` where it is undefined.
    fn score(&self, s: &Scoring<'_>) -> Option<f64>;
}

/// A metric together with its parameter: what a name like `pinball@0.9` stands for.
#[derive(Clone, Copy)]
pub struct Measure {
    /// The metric.
    pub metric: &'static dyn Metric,
    /// What stood after the `@`, or the metric's default.
    pub parameter: Option<f64>,
}

impl Measure {
    /// Finds a metric by id or alias, with its parameter after an `@`, for a kind of task.
    ///
    /// # Errors
    /// No such metric (the message has the nearest names), a parameter it does not take, or a metric that
    /// is not defined for the task.
    pub fn parse(name: &str, task: TaskKind, metrics: &[&'static dyn Metric]) -> Result<Measure> {
        let (id, parameter) = match name.split_once('@') {
            Some((id, text)) => (id, Some(text)),
            None => (name, None),
        };
        let metric = metrics
            .iter()
            .find(|m| m.id() == id || m.aliases().contains(&id))
            .ok_or_else(|| Error::unknown("metric", name, metrics.iter().map(|m| m.id())))?;
        if !metric.tasks().contains(&task) {
            let fitting = metrics.iter().filter(|m| m.tasks().contains(&task)).map(|m| m.id()).collect::<Vec<_>>().join(", ");
            return Err(Error::usage(format!("metric `{name}` is not defined for {} tasks; these are: {fitting}", task.name())));
        }
        let parameter = match parameter {
            None => metric.parameter(),
            Some(text) => match text.parse::<f64>() {
                Ok(value) if metric.accepts_parameter(value) => Some(value),
                _ => return Err(Error::usage(format!("metric `{id}` does not take `{text}` after the `@`"))),
            },
        };
        Ok(Measure { metric: *metric, parameter })
    }

    /// The metric that leads a task when nothing else was asked for: AUC, log loss or RMSE.
    pub fn default_id(task: TaskKind) -> &'static str {
        match task {
            TaskKind::Binary => "auc",
            TaskKind::Multiclass => "log_loss",
            TaskKind::Regression => "rmse",
        }
    }

    /// The name, with the parameter if it has one.
    pub fn name(&self) -> String {
        match self.parameter {
            Some(value) => format!("{}@{value}", self.metric.id()),
            None => self.metric.id().to_owned(),
        }
    }

    /// The score, or `None` where it is undefined.
    pub fn score(&self, target: &Target, predictions: &Predictions, weights: Option<&[f64]>, positive: usize) -> Option<f64> {
        self.metric.score(&Scoring { target, predictions, weights, positive, parameter: self.parameter })
    }

    /// The score as a loss: smaller is better.
    pub fn loss(&self, target: &Target, predictions: &Predictions, weights: Option<&[f64]>, positive: usize) -> Option<f64> {
        self.score(target, predictions, weights, positive).map(|s| self.metric.direction().loss(s))
    }
}

impl std::fmt::Debug for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name())
    }
}

/// Every metric, in the order of the lists.
pub const ALL: &[&dyn Metric] = &[
    &auc::AUC,
    &log_loss::LOG_LOSS,
    &accuracy::ACCURACY,
    &balanced_accuracy::BALANCED_ACCURACY,
    &f1::F1,
    &f1_macro::F1_MACRO,
    &f1_micro::F1_MICRO,
    &f1_weighted::F1_WEIGHTED,
    &mcc::MCC,
    &precision::PRECISION,
    &recall::RECALL,
    &average_precision::AVERAGE_PRECISION,
    &brier::BRIER,
    &rmse::RMSE,
    &mae::MAE,
    &r2::R2,
    &rmsle::RMSLE,
    &mape::MAPE,
    &median_absolute_error::MEDIAN_ABSOLUTE_ERROR,
    &explained_variance::EXPLAINED_VARIANCE,
    &spearman::SPEARMAN,
    &pinball::PINBALL,
];
