//! The share of rows whose most probable class is the true one.
//!
//! - **Range**: 0 to 1, larger is better.
//! - **When**: all classes and all mistakes are equally important. With classes of very different size always
//!   predicting the largest looks good: prefer `balanced_accuracy`, `mcc` or `f1_macro`.
//! - **Source**: the same as scikit-learn's `accuracy_score`.

use super::confusion::Confusion;
use super::definition::{CLASSIFICATION, Definition};
use super::{Direction, Scoring};

/// The share of rows whose class was predicted.
pub const ACCURACY: Definition = Definition {
    id: "accuracy",
    aliases: &["acc", "accuracy_score"],
    tasks: CLASSIFICATION,
    direction: Direction::Maximize,
    best: 1.0,
    parameter: None,
    page: include_str!("accuracy.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    Confusion::count(s).map(|counts| counts.accuracy())
}
