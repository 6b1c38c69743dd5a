//! What is asked?
//!
//! A [`Task`] says what is to be predicted and how it is judged; a [`Target`] is the encoded column.
//! The order of the classes is frozen here, and labels stay the text that stood in the file.

mod classes;
mod labels;
mod resolve;
mod role_columns;

pub use resolve::{Resolved, TaskRequest};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The kind of a task, without its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// Two classes.
    Binary,
    /// More than two classes.
    Multiclass,
    /// A number.
    Regression,
}

impl TaskKind {
    /// Every kind of task.
    pub const ALL: [TaskKind; 3] = [TaskKind::Binary, TaskKind::Multiclass, TaskKind::Regression];

    /// The name used in configurations and files.
    pub fn name(self) -> &'static str {
        match self {
            TaskKind::Binary => "binary",
            TaskKind::Multiclass => "multiclass",
            TaskKind::Regression => "regression",
        }
    }

    /// The kind of that name.
    ///
    /// # Errors
    /// No such kind of task; the message lists them.
    pub fn parse(name: &str) -> Result<TaskKind> {
        let kind = TaskKind::ALL.into_iter().find(|kind| kind.name() == name);
        kind.ok_or_else(|| Error::unknown("task", name, TaskKind::ALL.map(TaskKind::name)))
    }

    /// Whether the target is a class.
    pub fn is_classification(self) -> bool {
        self != TaskKind::Regression
    }
}

/// What is to be predicted, and how it is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Binary, multiclass or regression.
    pub kind: TaskKind,
    /// Name of the target column.
    pub target: String,
    /// The labels in the order of the predicted probabilities; empty for regression.
    pub classes: Vec<String>,
    /// Index of the class that binary metrics call positive.
    pub positive: usize,
    /// Id of the leading metric.
    pub metric: String,
}

impl Task {
    /// Number of classes; `None` for regression.
    pub fn n_classes(&self) -> Option<usize> {
        self.kind.is_classification().then_some(self.classes.len())
    }

    /// Numbers per predicted row: the classes, or 1.
    pub fn width(&self) -> usize {
        self.n_classes().unwrap_or(1)
    }
}

/// The encoded target of some rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// The class of every row, and how many classes there are.
    Classes {
        /// Index into the classes of the task, one per row.
        labels: Vec<u32>,
        /// How many classes there are.
        n_classes: usize,
    },
    /// The value of every row.
    Numbers(Vec<f64>),
}

impl Target {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Target::Classes { labels, .. } => labels.len(),
            Target::Numbers(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers per predicted row: the classes, or 1.
    pub fn width(&self) -> usize {
        match self {
            Target::Classes { n_classes, .. } => *n_classes,
            Target::Numbers(_) => 1,
        }
    }

    /// The kind of task this target makes.
    pub fn kind(&self) -> TaskKind {
        match self {
            Target::Classes { n_classes: 2, .. } => TaskKind::Binary,
            Target::Classes { .. } => TaskKind::Multiclass,
            Target::Numbers(_) => TaskKind::Regression,
        }
    }

    /// The chosen rows, in the order of `rows`.
    pub fn select(&self, rows: &[u32]) -> Target {
        match self {
            Target::Classes { labels, n_classes } => {
                Target::Classes { labels: rows.iter().map(|&i| labels[i as usize]).collect(), n_classes: *n_classes }
            }
            Target::Numbers(values) => Target::Numbers(rows.iter().map(|&i| values[i as usize]).collect()),
        }
    }

    /// The classes of the rows, if this is a classification target.
    pub fn labels(&self) -> Option<&[u32]> {
        match self {
            Target::Classes { labels, .. } => Some(labels),
            Target::Numbers(_) => None,
        }
    }

    /// The values of the rows, if this is a regression target.
    pub fn numbers(&self) -> Option<&[f64]> {
        match self {
            Target::Classes { .. } => None,
            Target::Numbers(values) => Some(values),
        }
    }
}

/// What the columns with a job say about each row; all in the order of the rows that the target has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Roles {
    /// Weight of the row: finite, positive.
    pub weights: Option<Vec<f64>>,
    /// The group of the row, as a code; rows of one group stay together in every split.
    pub groups: Option<Vec<u32>>,
    /// The rank of the row in time; equal moments have equal ranks.
    pub time: Option<Vec<u32>>,
    /// The fold in which the row validates, from 0.
    pub folds: Option<Vec<u32>>,
}
