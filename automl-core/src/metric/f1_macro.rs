//! The harmonic mean of precision and recall of each class, averaged over the classes.
//!
//! Classes that are neither true nor predicted anywhere are left out.
//!
//! - **Range**: 0 to 1, larger is better.
//! - **When**: all classes are equally important, however small.
//! - **Source**: Lewis (1991). The same as scikit-learn's `f1_score(average="macro")`.

use super::confusion::{Confusion, mean_over_classes};
use super::definition::{CLASSIFICATION, Definition};
use super::{Direction, Scoring};

/// The plain mean of the F1 of all classes.
pub const F1_MACRO: Definition = Definition {
    id: "f1_macro",
    aliases: &["macro_f1"],
    tasks: CLASSIFICATION,
    direction: Direction::Maximize,
    best: 1.0,
    parameter: None,
    page: include_str!("f1_macro.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    let counts = Confusion::count(s)?;
    mean_over_classes((0..s.target.width()).map(|class| counts.f1(class)))
}
