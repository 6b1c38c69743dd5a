//! A metric as data: what most files of this folder declare.

use super::{Direction, Metric, Scoring};
use crate::task::TaskKind;

/// Tasks of two classes, for metrics of one class against the other.
pub const BINARY: &[TaskKind] = &[TaskKind::Binary];
/// Tasks of classes.
pub const CLASSIFICATION: &[TaskKind] = &[TaskKind::Binary, TaskKind::Multiclass];
/// Tasks of numbers.
pub const REGRESSION: &[TaskKind] = &[TaskKind::Regression];

/// The number after the `@` of a metric's name.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its value when there is no `@`.
    pub default: f64,
    /// Whether a value may stand there.
    pub accepts: fn(f64) -> bool,
}

/// A metric whose score is one function; every field answers the method of [`Metric`] with its name.
///
/// The function may rely on what [`Metric::score`] of this type has checked: at least one row, some weight
/// above zero, finite predictions, and a target and predictions of one shape.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// The name in configurations and files.
    pub id: &'static str,
    /// Other names that people know it by.
    pub aliases: &'static [&'static str],
    /// The tasks it is defined for.
    pub tasks: &'static [TaskKind],
    /// Which way is better.
    pub direction: Direction,
    /// The score of perfect predictions.
    pub best: f64,
    /// The parameter after the `@`, if it has one.
    pub parameter: Option<Parameter>,
    /// The source whose first comment is the reference page.
    pub page: &'static str,
    /// The score, or `None` where it is undefined.
    pub score: fn(&Scoring<'_>) -> Option<f64>,
}

impl Metric for Definition {
    fn id(&self) -> &'static str {
        self.id
    }

    fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }

    fn tasks(&self) -> &'static [TaskKind] {
        self.tasks
    }

    fn direction(&self) -> Direction {
        self.direction
    }

    fn best(&self) -> f64 {
        self.best
    }

    fn parameter(&self) -> Option<f64> {
        self.parameter.map(|p| p.default)
    }

    fn accepts_parameter(&self, value: f64) -> bool {
        self.parameter.is_some_and(|p| (p.accepts)(value))
    }

    fn page(&self) -> &'static str {
        self.page
    }

    fn score(&self, s: &Scoring<'_>) -> Option<f64> {
        assert_eq!(s.target.len(), s.predictions.rows(), "one row of predictions per row of the truth");
        assert_eq!(s.target.width(), s.predictions.width(), "one prediction per class, or one per number");
        assert!(s.weights.is_none_or(|w| w.len() == s.target.len()), "one weight per row");
        if s.predictions.values().iter().any(|p| !p.is_finite()) {
            return None;
        }
        let total = s.total_weight();
        let weighted = total > 0.0 && total.is_finite();
        if weighted { (self.score)(s).filter(|score| score.is_finite()) } else { None }
    }
}
