//! The root of the mean squared difference of ln(1 + x) between truth and predictions.
//!
//! Predictions below 0 count as 0, or as the smallest true value where that is below 0.
//!
//! - **Range**: 0 upwards, smaller is better; a small value is about the relative error.
//! - **When**: counts, prices or durations over several orders of magnitude, where being off by a factor is
//!   what hurts. Too low is punished more than too high by the same amount.
//! - **Undefined**: when a true value is -1 or less.
//! - **Source**: the same as scikit-learn's `root_mean_squared_log_error`, which refuses predictions of -1 or less.

use super::definition::{Definition, REGRESSION};
use super::mean::over_pairs;
use super::{Direction, Scoring};

/// The root of the mean squared error of logarithms.
pub const RMSLE: Definition = Definition {
    id: "rmsle",
    aliases: &["root_mean_squared_log_error"],
    tasks: REGRESSION,
    direction: Direction::Minimize,
    best: 0.0,
    parameter: None,
    page: include_str!("rmsle.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    let truth = s.target.numbers()?;
    let floor = (0..truth.len()).filter(|&i| s.weight(i) > 0.0).map(|i| truth[i]).fold(0.0, f64::min);
    if floor <= -1.0 {
        return None;
    }
    over_pairs(s, |truth, predicted| (truth.ln_1p() - predicted.max(floor).ln_1p()).powi(2)).map(f64::sqrt)
}
