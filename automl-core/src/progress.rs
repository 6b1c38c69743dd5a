//! What a caller may be told while a fit runs.

use std::fmt;

use crate::leaderboard::Entry;
use crate::schema::Finding;
use crate::search::Ended;

/// Something that happened in a run. Callbacks get it at once and should return quickly.
#[derive(Debug, Clone)]
pub enum Progress {
    /// The data were understood and the search begins.
    Planned {
        /// Rows that are used.
        rows: usize,
        /// Columns that learners get.
        features: usize,
        /// Kind of task.
        task: String,
        /// Name of the leading metric.
        metric: String,
        /// Whether a larger score is better.
        higher_is_better: bool,
        /// How scores are made.
        validation: String,
        /// What was noticed in the data.
        findings: Vec<Finding>,
    },
    /// A run that was begun before is gone on with.
    Resumed {
        /// What it has tried so far.
        finished: Vec<Entry>,
    },
    /// Something went wrong that the run gets along with, in a sentence.
    Remark(String),
    /// A pipeline is being tried.
    Started {
        /// Number of the trial.
        trial: u32,
        /// Name of the pipeline.
        name: String,
    },
    /// A pipeline was tried.
    Finished(Box<Entry>),
    /// The search is over; the trials are combined into the final model.
    Combining {
        /// How many complete trials there are to choose from.
        trials: usize,
        /// Why the search is over.
        ended: Ended,
    },
}

impl fmt::Display for Progress {
    /// One line, as it stands in the log of a run.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Progress::Planned { rows, features, task, metric, validation, .. } => {
                write!(f, "{task}, {rows} rows, {features} features, {metric} by {validation}")
            }
            Progress::Resumed { finished } => write!(f, "going on after {} trials", finished.len()),
            Progress::Remark(text) => f.write_str(text),
            Progress::Started { trial, name } => write!(f, "trial {trial} {name} begins"),
            Progress::Finished(entry) => {
                write!(f, "trial {} {} {}", entry.trial.unwrap_or_default(), entry.name, entry.status.name())?;
                if let Some(score) = entry.score {
                    write!(f, " {score:.6}")?;
                }
                if !entry.message.is_empty() {
                    write!(f, ": {}", entry.message)?;
                }
                write!(f, " ({:.2} s fit)", entry.fit_s)
            }
            Progress::Combining { trials, ended } => write!(f, "{ended}; combining {trials} trials"),
        }
    }
}
