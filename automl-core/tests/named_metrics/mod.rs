//! A list of metrics by name, for tests that score nothing.

use automl_core::metric::{Direction, Metric, Scoring};
use automl_core::task::TaskKind;

/// A metric that is a name and nothing else.
struct Named(&'static str, &'static [TaskKind]);

impl Metric for Named {
    fn id(&self) -> &'static str {
        self.0
    }
    fn tasks(&self) -> &'static [TaskKind] {
        self.1
    }
    fn direction(&self) -> Direction {
        Direction::Maximize
    }
    fn best(&self) -> f64 {
        1.0
    }
    fn page(&self) -> &'static str {
        ""
    }
    fn score(&self, _: &Scoring<'_>) -> Option<f64> {
        None
    }
}

/// The metrics that lead by default.
pub const METRICS: &[&dyn Metric] = &[
    &Named("auc", &[TaskKind::Binary]),
    &Named("log_loss", &[TaskKind::Binary, TaskKind::Multiclass]),
    &Named("rmse", &[TaskKind::Regression]),
];
