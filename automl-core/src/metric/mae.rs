//! The mean absolute error, in the unit of the target.
//!
//! - **Range**: 0 upwards, smaller is better.
//! - **When**: an error of ten is as bad as ten errors of one, or the target has outliers. The median of the
//!   target minimises it, not the mean.
//! - **Source**: Laplace (1774). The same as scikit-learn's `mean_absolute_error`.

use super::definition::{Definition, REGRESSION};
use super::mean::over_pairs;
use super::{Direction, Scoring};

/// The mean absolute error.
pub const MAE: Definition = Definition {
    id: "mae",
    aliases: &["mean_absolute_error"],
    tasks: REGRESSION,
    direction: Direction::Minimize,
    best: 0.0,
    parameter: None,
    page: include_str!("mae.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    over_pairs(s, |truth, predicted| (truth - predicted).abs())
}
