//! The harmonic mean of precision and recall, both counted over all classes together.
//!
//! Every row has one class and gets one prediction, so a mistake is one row missed by one class and one row
//! wrongly given to another: the number is that of `accuracy`.
//!
//! - **Range**: 0 to 1, larger is better.
//! - **When**: a published result has to be compared that used this name.
//! - **Source**: Lewis (1991). The same as scikit-learn's `f1_score(average="micro")`.

use super::confusion::Confusion;
use super::definition::{CLASSIFICATION, Definition};
use super::{Direction, Scoring};

/// The F1 of all classes taken together.
pub const F1_MICRO: Definition = Definition {
    id: "f1_micro",
    aliases: &["micro_f1"],
    tasks: CLASSIFICATION,
    direction: Direction::Maximize,
    best: 1.0,
    parameter: None,
    page: include_str!("f1_micro.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    Confusion::count(s).map(|counts| counts.accuracy())
}
