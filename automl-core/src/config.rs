//! What a caller asks of a fit: the one configuration of the library, the command line and `config.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::memory;
use crate::schema::{Kind, Role, SchemaFile};
use crate::space::Params;
use crate::task::TaskKind;

/// How much is spent on the last bit of accuracy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// One holdout, few pipelines, a small model.
    Fast,
    /// Folds where rows are few and folds fit the budget, else one holdout.
    #[default]
    Balanced,
    /// More folds, a larger model.
    Best,
}

/// What the final model is chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Optimize {
    /// The best score, whatever it costs to predict.
    #[default]
    Accuracy,
    /// The fewest seconds per predicted row, for a hundredth of what the best model gains over the baseline.
    Latency,
    /// The smallest file, for a hundredth of what the best model gains over the baseline.
    Size,
}

impl Optimize {
    pub(crate) fn is_accuracy(&self) -> bool {
        *self == Optimize::Accuracy
    }

    /// The name used in configurations and files.
    pub fn name(self) -> &'static str {
        match self {
            Optimize::Accuracy => "accuracy",
            Optimize::Latency => "latency",
            Optimize::Size => "size",
        }
    }
}

/// How classes are weighted in fits and in the metrics that follow the weights of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassWeights {
    /// Every row counts the same.
    #[default]
    None,
    /// In fits, every class weighs the same in total. Metrics are not changed.
    Balanced,
}

/// Which way the prediction may go when a column rises: the number, or the probability of the positive class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It never falls.
    Rising,
    /// It never rises.
    Falling,
}

impl Direction {
    /// Every direction.
    pub const ALL: [Direction; 2] = [Direction::Rising, Direction::Falling];

    /// The name used in configurations and files.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Rising => "rising",
            Direction::Falling => "falling",
        }
    }

    /// The direction of that name.
    ///
    /// # Errors
    /// No such direction; the message lists them.
    pub fn parse(name: &str) -> Result<Direction> {
        let direction = Direction::ALL.into_iter().find(|direction| direction.name() == name);
        direction.ok_or_else(|| Error::unknown("direction", name, Direction::ALL.map(Direction::name)))
    }
}

/// Everything that a fit can be asked. A fit is repeated by giving it the same configuration again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FitConfig {
    /// Name of the column to predict.
    pub target: String,
    /// The kind of task; found out from the target if not given.
    pub task: Option<TaskKind>,
    /// The leading metric; AUC, log loss or RMSE by the kind of task if not given.
    pub metric: Option<String>,
    /// The label that binary metrics call positive; the last class if not given.
    pub positive: Option<String>,
    /// Seconds from the start of the process to the saved model. Without it and without `trials_max`: 60.
    pub time_budget_s: Option<f64>,
    /// Number of pipelines to try at most.
    pub trials_max: Option<u32>,
    /// The search ends when a pipeline is at least as good as this in the leading metric.
    pub target_score: Option<f64>,
    /// The search ends when so many pipelines in a row, by their number, have brought no better score.
    pub patience: Option<u32>,
    /// Bytes of memory that the process may hold; also as text: `512MB`, `0.5GiB`. What is not expected to fit is made
    /// smaller, waits until others have ended, or fails. Reading the table and writing the model are not held back.
    #[serde(deserialize_with = "memory::deserialize")]
    pub memory_limit: Option<u64>,
    /// Threads to use; 0 for as many as the machine has.
    pub threads: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// How much is spent on the last bit of accuracy.
    pub preset: Preset,
    /// What the final model is chosen for. For latency or size its members are fitted once more, to all rows, as far as the
    /// time allows: one model instead of one per fold.
    pub optimize: Optimize,
    /// Number of folds; chosen from rows and budget if not given; 1 for a holdout.
    pub folds: Option<usize>,
    /// Ids of the learners to use; all if empty.
    pub learners: Vec<String>,
    /// Ids of learners not to use.
    pub exclude_learners: Vec<String>,
    /// Ids of featurizers that every pipeline asks for, besides those that it has anyway.
    pub featurizers: Vec<String>,
    /// Ids of featurizers not to use.
    pub exclude_featurizers: Vec<String>,
    /// What the columns mean, as far as it is known: of the form of a schema file. `columns` and `roles` win over it,
    /// and its target is not looked at.
    #[serde(skip_serializing_if = "SchemaFile::is_empty")]
    pub schema: SchemaFile,
    /// Kinds of columns that are to be read otherwise than they look.
    pub columns: BTreeMap<String, Kind>,
    /// Roles of columns: weight, group, time, fold, id, ignore.
    pub roles: BTreeMap<String, Role>,
    /// Numeric columns with which the prediction may only rise, or only fall. They are features, and read as numbers
    /// alone; only learners that keep the direction are searched.
    pub monotone: BTreeMap<String, Direction>,
    /// Per learner or featurizer parameters that all its pipelines have, whatever else is tried: its reference page names
    /// them. A learner also takes `features` (a list of featurizers that its pipelines ask for), `FEATURIZER.NAME`,
    /// `select_features`, `target_transform` and `train_rows`. `select_features` drops features that say no more about the
    /// target than shuffled ones, or what another says already (`"probe"`), keeps at most so many of the others (a number),
    /// or those that a quick model needs (`"permutation"`). `train_rows` is the most rows that a fit learns from, drawn at
    /// random for each; those that a learner holds out itself to be scored on are always among them.
    pub params: BTreeMap<String, Params>,
    /// How classes are weighted in fits.
    pub class_weights: ClassWeights,
    /// Ends the fit before the search if the data raise an alert.
    pub strict: bool,
}

impl Default for FitConfig {
    fn default() -> FitConfig {
        FitConfig {
            target: String::new(),
            task: None,
            metric: None,
            positive: None,
            time_budget_s: None,
            trials_max: None,
            target_score: None,
            patience: None,
            memory_limit: None,
            threads: 0,
            seed: 0,
            preset: Preset::Balanced,
            optimize: Optimize::Accuracy,
            folds: None,
            learners: Vec::new(),
            exclude_learners: Vec::new(),
            featurizers: Vec::new(),
            exclude_featurizers: Vec::new(),
            schema: SchemaFile::default(),
            columns: BTreeMap::new(),
            roles: BTreeMap::new(),
            monotone: BTreeMap::new(),
            params: BTreeMap::new(),
            class_weights: ClassWeights::None,
            strict: false,
        }
    }
}

/// The number of threads that a caller asked for; 0 stands for as many as the machine has.
pub fn thread_count(asked: usize) -> usize {
    if asked > 0 { asked } else { std::thread::available_parallelism().map_or(1, usize::from) }
}

impl FitConfig {
    /// A configuration with nothing but a target.
    pub fn new(target: impl Into<String>) -> FitConfig {
        FitConfig { target: target.into(), ..FitConfig::default() }
    }

    /// The time budget in force: what was asked for, or a minute if nothing limits the run.
    pub fn time_limit_s(&self) -> Option<f64> {
        const TIME_BUDGET_S_DEFAULT: f64 = 60.0;
        match (self.time_budget_s, self.trials_max) {
            (None, None) => Some(TIME_BUDGET_S_DEFAULT),
            (time_budget_s, _) => time_budget_s,
        }
    }

    /// The number of threads in force.
    pub fn thread_count(&self) -> usize {
        thread_count(self.threads)
    }

    /// Checks the numbers of the configuration.
    ///
    /// # Errors
    /// A value that cannot be used; the message names the key and what would be accepted.
    pub fn validate(&self) -> Result<()> {
        if self.target.is_empty() {
            return Err(Error::usage("no target column was given: name the column to predict"));
        }
        if let Some(s) = self.time_budget_s
            && !(s.is_finite() && s > 0.0)
        {
            return Err(Error::usage(format!("the time budget is {s} s; it must be a positive number of seconds")));
        }
        if self.trials_max == Some(0) {
            return Err(Error::usage("the number of trials is 0; at least 1 is needed for a model"));
        }
        if let Some(score) = self.target_score.filter(|score| !score.is_finite()) {
            return Err(Error::usage(format!("the target score is {score}; it must be a finite number")));
        }
        if self.patience == Some(0) {
            return Err(Error::usage("the patience is 0 trials; at least 1 is needed"));
        }
        if self.folds == Some(0) {
            return Err(Error::usage("the number of folds is 0; 1 means a holdout, 2 or more a cross-validation"));
        }
        const THREADS_MAX: usize = 1024;
        if self.threads > THREADS_MAX {
            return Err(Error::usage(format!("{} threads were asked for; at most {THREADS_MAX} are possible", self.threads)));
        }
        Ok(())
    }
}
