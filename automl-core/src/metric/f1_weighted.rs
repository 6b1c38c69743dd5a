//! The harmonic mean of precision and recall of each class, averaged by the size of the true classes.
//!
//! - **Range**: 0 to 1, larger is better.
//! - **When**: large classes are more important than small ones, yet predicting only the largest should not
//!   look as good as it does to `accuracy`.
//! - **Source**: the same as scikit-learn's `f1_score(average="weighted")`.

use super::confusion::Confusion;
use super::definition::{CLASSIFICATION, Definition};
use super::{Direction, Scoring};

/// The mean of the F1 of all classes by their size.
pub const F1_WEIGHTED: Definition = Definition {
    id: "f1_weighted",
    aliases: &["weighted_f1"],
    tasks: CLASSIFICATION,
    direction: Direction::Maximize,
    best: 1.0,
    parameter: None,
    page: include_str!("f1_weighted.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    let counts = Confusion::count(s)?;
    let sum: f64 = counts.truth.iter().enumerate().filter_map(|(class, size)| Some(size * counts.f1(class)?)).sum();
    Some(sum / counts.truth.iter().sum::<f64>())
}
