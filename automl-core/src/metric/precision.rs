//! The share of truly positive rows among those predicted to be positive.
//!
//! - **Range**: 0 to 1, larger is better; 0 if there are positive rows and none was predicted.
//! - **When**: acting on a row that turns out negative is expensive. Alone it rewards predicting few rows:
//!   look at `recall` too.
//! - **Undefined**: when there are no positive rows and none were predicted.
//! - **Source**: Kent and others (1955). The same as scikit-learn's `precision_score` where that is defined.

use super::confusion::Confusion;
use super::definition::{BINARY, Definition};
use super::{Direction, Scoring};

/// The share of true positives among the predicted positives.
pub const PRECISION: Definition = Definition {
    id: "precision",
    aliases: &["precision_score"],
    tasks: BINARY,
    direction: Direction::Maximize,
    best: 1.0,
    parameter: None,
    page: include_str!("precision.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    Confusion::count(s)?.precision(s.positive)
}
