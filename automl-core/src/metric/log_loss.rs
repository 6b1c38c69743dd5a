//! The mean negative natural logarithm of the probability that was given to the true class.
//!
//! The probabilities of a row are divided by their sum and those under 1e-15 count as 1e-15, so that one
//! certain mistake costs 34.5 and not infinity.
//!
//! - **Range**: 0 to 34.5, smaller is better; equal probabilities for k classes give ln k.
//! - **When**: the probabilities themselves are used, and a confident mistake is much worse than a hesitant
//!   one. It is a proper score: nothing but the true probabilities minimises it.
//! - **Source**: Good (1952). The same as scikit-learn's `log_loss`, which clips at 2.2e-16.

use super::definition::{CLASSIFICATION, Definition};
use super::mean::over_rows;
use super::{Direction, Scoring};

/// The mean negative logarithm of the probability of the true class.
pub const LOG_LOSS: Definition = Definition {
    id: "log_loss",
    aliases: &["logloss", "cross_entropy"],
    tasks: CLASSIFICATION,
    direction: Direction::Minimize,
    best: 0.0,
    parameter: None,
    page: include_str!("log_loss.rs"),
    score,
};

/// The smallest probability that counts.
const SMALLEST: f64 = 1e-15;

fn score(s: &Scoring<'_>) -> Option<f64> {
    let labels = s.target.labels()?;
    Some(over_rows(s, |i| {
        let row = s.predictions.row(i);
        let sum: f64 = row.iter().sum();
        // A row of zeros has no shares.
        let share = if sum > 0.0 { row[labels[i] as usize] / sum } else { 0.0 };
        -share.clamp(SMALLEST, 1.0).ln()
    }))
}
