//! What a caller may be told while a fit runs.

use crate::leaderboard::Entry;
use crate::schema::Finding;

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
        /// How many finished trials there are.
        trials: usize,
    },
}
