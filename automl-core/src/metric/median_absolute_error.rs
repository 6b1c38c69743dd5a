//! The absolute error that half of the rows stay under, in the unit of the target.
//!
//! - **Range**: 0 upwards, smaller is better.
//! - **When**: the typical error is of interest, and up to half of the rows may be arbitrarily wrong.
//! - **Source**: Hampel (1974). The same as scikit-learn's `median_absolute_error`.

use super::definition::{Definition, REGRESSION};
use super::ranks::weighted_median;
use super::{Direction, Scoring};

/// The median of the absolute errors.
pub const MEDIAN_ABSOLUTE_ERROR: Definition = Definition {
    id: "median_absolute_error",
    aliases: &["medae", "median_ae"],
    tasks: REGRESSION,
    direction: Direction::Minimize,
    best: 0.0,
    parameter: None,
    page: include_str!("median_absolute_error.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    let truth = s.target.numbers()?;
    let errors: Vec<f64> = truth.iter().zip(s.predictions.values()).map(|(t, p)| (t - p).abs()).collect();
    weighted_median(s, &errors)
}
