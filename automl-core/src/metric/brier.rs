//! The mean squared difference between the probability of the positive class and the truth, which is 0 or 1.
//!
//! With more than two classes it is half the sum of the squared differences of all classes; with two, both
//! definitions give the same number.
//!
//! - **Range**: 0 to 1, smaller is better; 0.25 is what equal probabilities of two classes give.
//! - **When**: the probabilities themselves are used and no single mistake may dominate, as it can in
//!   `log_loss`. It is a proper score.
//! - **Source**: Brier (1950). The same as scikit-learn's `brier_score_loss(scale_by_half=True)`.

use super::definition::{CLASSIFICATION, Definition};
use super::mean::over_rows;
use super::{Direction, Scoring};

/// Half the squared distance of the probabilities from the truth.
pub const BRIER: Definition = Definition {
    id: "brier",
    aliases: &["brier_score", "brier_score_loss"],
    tasks: CLASSIFICATION,
    direction: Direction::Minimize,
    best: 0.0,
    parameter: None,
    page: include_str!("brier.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    let labels = s.target.labels()?;
    Some(over_rows(s, |i| {
        let truth = labels[i] as usize;
        let squares = s.predictions.row(i).iter().enumerate().map(|(class, p)| (p - f64::from(class == truth)).powi(2));
        0.5 * squares.sum::<f64>()
    }))
}
