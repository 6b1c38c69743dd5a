//! The mean pinball loss: `pinball@0.9` is least for predictions that nine of ten true values stay under.
//!
//! Each unit of a prediction that is too low costs A, each unit of one that is too high 1 - A, where A is the
//! number after the `@`, strictly between 0 and 1. Without one it is 0.5, which gives half of `mae`.
//!
//! - **Range**: 0 upwards, smaller is better.
//! - **When**: a quantile is wanted and not the mean, as in planning for a demand that is rarely exceeded.
//! - **Source**: Koenker and Bassett (1978). The same as scikit-learn's `mean_pinball_loss`.

use super::definition::{Definition, Parameter, REGRESSION};
use super::mean::over_pairs;
use super::{Direction, Scoring};

/// The loss whose minimum is a quantile.
pub const PINBALL: Definition = Definition {
    id: "pinball",
    aliases: &["quantile_loss", "mean_pinball_loss"],
    tasks: REGRESSION,
    direction: Direction::Minimize,
    best: 0.0,
    parameter: Some(Parameter { default: DEFAULT, accepts: |quantile| quantile > 0.0 && quantile < 1.0 }),
    page: include_str!("pinball.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    let quantile = s.parameter.unwrap_or(DEFAULT);
    over_pairs(s, |truth, predicted| {
        let low = truth - predicted;
        if low > 0.0 { quantile * low } else { (quantile - 1.0) * low }
    })
}

/// The median.
const DEFAULT: f64 = 0.5;
