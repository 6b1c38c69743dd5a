//! The mean absolute error as a fraction of the true value.
//!
//! Rows whose true value is 0 have no such fraction and are left out.
//!
//! - **Range**: 0 upwards, smaller is better; 0.1 is an error of ten percent.
//! - **When**: errors matter relative to the value and no value is near zero. It favours predictions that are
//!   too low, and tiny true values decide it: see `rmsle`.
//! - **Undefined**: when all true values are 0.
//! - **Source**: the same as scikit-learn's `mean_absolute_percentage_error` when no true value is 0; with
//!   zeros that divides by 2.2e-16 instead.

use super::definition::{Definition, REGRESSION};
use super::{Direction, Scoring};

/// The mean absolute error relative to the truth.
pub const MAPE: Definition = Definition {
    id: "mape",
    aliases: &["mean_absolute_percentage_error"],
    tasks: REGRESSION,
    direction: Direction::Minimize,
    best: 0.0,
    parameter: None,
    page: include_str!("mape.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    let truth = s.target.numbers()?;
    let (mut sum, mut total) = (0.0, 0.0);
    for (i, (truth, predicted)) in truth.iter().zip(s.predictions.values()).enumerate() {
        if *truth != 0.0 {
            sum += s.weight(i) * ((truth - predicted) / truth).abs();
            total += s.weight(i);
        }
    }
    (total > 0.0).then(|| sum / total)
}
