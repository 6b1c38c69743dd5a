//! The root of the mean squared error, in the unit of the target.
//!
//! - **Range**: 0 upwards, smaller is better; the standard deviation of the target is what its mean gives.
//! - **When**: the mean of the target is wanted and large errors are worse than many small ones. A few
//!   outliers can decide it: see `mae`.
//! - **Source**: Gauss (1809). The same as scikit-learn's `root_mean_squared_error`.

use super::definition::{Definition, REGRESSION};
use super::mean::over_pairs;
use super::{Direction, Scoring};

/// The root of the mean squared error.
pub const RMSE: Definition = Definition {
    id: "rmse",
    aliases: &["root_mean_squared_error"],
    tasks: REGRESSION,
    direction: Direction::Minimize,
    best: 0.0,
    parameter: None,
    page: include_str!("rmse.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    over_pairs(s, |truth, predicted| (truth - predicted).powi(2)).map(f64::sqrt)
}
