//! The share of the squared deviations of the target from its mean that the predictions explain.
//!
//! - **Range**: down from 1, larger is better; 0 is what the mean gives, and worse predictions fall below it.
//! - **When**: `rmse` on a scale that needs no unit: the order of models is the same.
//! - **Undefined**: when the target is constant.
//! - **Source**: Wright (1921). The same as scikit-learn's `r2_score` where that is defined.

use super::definition::{Definition, REGRESSION};
use super::mean::{is_constant, over_pairs, over_rows};
use super::{Direction, Scoring};

/// The share of the squared deviations from the mean that is explained.
pub const R2: Definition = Definition {
    id: "r2",
    aliases: &["r2_score", "r_squared"],
    tasks: REGRESSION,
    direction: Direction::Maximize,
    best: 1.0,
    parameter: None,
    page: include_str!("r2.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    let truth = s.target.numbers()?;
    if is_constant(s, truth) {
        return None;
    }
    let mean = over_rows(s, |i| truth[i]);
    let total = over_rows(s, |i| (truth[i] - mean).powi(2));
    let unexplained = over_pairs(s, |truth, predicted| (truth - predicted).powi(2))?;
    Some(1.0 - unexplained / total)
}
