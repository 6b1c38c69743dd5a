//! The share of the positive rows that were predicted to be positive.
//!
//! - **Range**: 0 to 1, larger is better.
//! - **When**: missing a positive row is expensive. Alone it rewards calling everything positive: look at
//!   `precision` too.
//! - **Undefined**: when there are no positive rows.
//! - **Source**: Kent and others (1955). The same as scikit-learn's `recall_score` where that is defined.

use super::confusion::Confusion;
use super::definition::{BINARY, Definition};
use super::{Direction, Scoring};

/// The share of positive rows that were found.
pub const RECALL: Definition = Definition {
    id: "recall",
    aliases: &["sensitivity", "true_positive_rate", "recall_score"],
    tasks: BINARY,
    direction: Direction::Maximize,
    best: 1.0,
    parameter: None,
    page: include_str!("recall.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    Confusion::count(s)?.recall(s.positive)
}
