//! The share of the variance of the target that the predictions explain, forgiving a constant offset.
//!
//! - **Range**: down from 1, larger is better; 0 is what any constant gives.
//! - **When**: an offset common to all predictions does no harm. Otherwise prefer `r2`, which is smaller where
//!   there is such an offset and the same where there is none.
//! - **Undefined**: when the target is constant.
//! - **Source**: the same as scikit-learn's `explained_variance_score` where that is defined.

use super::definition::{Definition, REGRESSION};
use super::mean::{is_constant, over_pairs, over_rows};
use super::{Direction, Scoring};

/// The share of the variance that is explained.
pub const EXPLAINED_VARIANCE: Definition = Definition {
    id: "explained_variance",
    aliases: &["explained_variance_score"],
    tasks: REGRESSION,
    direction: Direction::Maximize,
    best: 1.0,
    parameter: None,
    page: include_str!("explained_variance.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    let truth = s.target.numbers()?;
    if is_constant(s, truth) {
        return None;
    }
    let mean = over_rows(s, |i| truth[i]);
    let total = over_rows(s, |i| (truth[i] - mean).powi(2));
    let offset = over_pairs(s, |truth, predicted| truth - predicted)?;
    let unexplained = over_pairs(s, |truth, predicted| (truth - predicted - offset).powi(2))?;
    Some(1.0 - unexplained / total)
}
