//! What would a fit do? All that is decided before the first trial, without one.

use super::plan::trials_max;
use super::{Engine, understand};
use crate::config::{FitConfig, Optimize};
use crate::error::{Error, Result};
use crate::frame::Frame;
use crate::metric::Direction;
use crate::portfolio::Line;
use crate::schema::{Finding, Schema};
use crate::task::Task;

/// What a fit has decided before it tries the first pipeline.
#[derive(Debug, Clone)]
pub struct FitPlan {
    /// Kind and role of every column.
    pub schema: Schema,
    /// What is predicted and how it is judged.
    pub task: Task,
    /// Rows that are used: those that have a target.
    pub rows: usize,
    /// Name of the leading metric.
    pub metric: String,
    /// Whether a larger score is better.
    pub higher_is_better: bool,
    /// How scores are made: `5 folds, stratified by the target`.
    pub validation: String,
    /// How many fits a pipeline takes, unless its learner judges itself: one per fold.
    pub folds: usize,
    /// The pipelines that are tried first, in order. What the configuration fixes of their parameters comes on top.
    pub pipelines: Vec<Line>,
    /// The most pipelines that are tried; behind those of the list they are variations of them.
    pub trials_max: u32,
    /// What the final model will be chosen for.
    pub optimize: Optimize,
    /// What was noticed in the data.
    pub findings: Vec<Finding>,
}

/// What [`fit`](super::fit) would do with these arguments. Fits nothing and writes no file.
///
/// The number of folds goes by the time that is left, and so may differ on a slower machine or at another moment.
///
/// # Errors
/// A configuration or data that cannot be used.
pub fn plan(frame: &Frame, findings: Vec<Finding>, config: &FitConfig, engine: Engine<'_>) -> Result<FitPlan> {
    config.validate()?;
    let engine = Engine { registry: engine.registry.without_featurizers(&config.exclude_featurizers)?, ..engine };
    let understood = understand(frame, findings, config, &engine, None)?;
    let data = understood.data;
    if understood.lines.is_empty() {
        return Err(Error::usage(super::NO_LEARNER));
    }
    Ok(FitPlan {
        rows: data.target.len(),
        metric: data.measure.name(),
        higher_is_better: data.measure.metric.direction() == Direction::Maximize,
        validation: data.split.describe(),
        folds: data.split.folds.len(),
        trials_max: config.trials_max.unwrap_or_else(|| trials_max(data.target.len())),
        optimize: config.optimize,
        pipelines: understood.lines,
        findings: understood.findings,
        schema: data.schema,
        task: data.task,
    })
}
