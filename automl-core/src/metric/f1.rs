//! The harmonic mean of precision and recall of the positive class.
//!
//! - **Range**: 0 to 1, larger is better; 0 if no positive row was found.
//! - **When**: the positive class is what matters, and rows that are rightly left alone should not count.
//! - **Undefined**: when there are no positive rows and none were predicted.
//! - **Source**: van Rijsbergen (1979). The same as scikit-learn's `f1_score` where that is defined.

use super::confusion::Confusion;
use super::definition::{BINARY, Definition};
use super::{Direction, Scoring};

/// The harmonic mean of precision and recall of the positive class.
pub const F1: Definition = Definition {
    id: "f1",
    aliases: &["f1_score", "f1_binary"],
    tasks: BINARY,
    direction: Direction::Maximize,
    best: 1.0,
    parameter: None,
    page: include_str!("f1.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    Confusion::count(s)?.f1(s.positive)
}
