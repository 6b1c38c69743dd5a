//! The precision at the probability of each positive row, averaged over the positive rows.
//!
//! It summarises the curve of precision against recall without interpolating between its points.
//!
//! - **Range**: above 0 to 1, larger is better; a random order gives the share of the positive class.
//! - **When**: the positive class is rare, and what counts is how many of the rows at the top are positive.
//! - **Undefined**: when there are no positive rows.
//! - **Source**: Davis and Goadrich (2006) on why not to interpolate. The same as scikit-learn's
//!   `average_precision_score`.

use super::definition::{BINARY, Definition};
use super::ranking::Ranking;
use super::{Direction, Scoring};

/// The mean precision over the positive rows.
pub const AVERAGE_PRECISION: Definition = Definition {
    id: "average_precision",
    aliases: &["ap", "pr_auc", "average_precision_score"],
    tasks: BINARY,
    direction: Direction::Maximize,
    best: 1.0,
    parameter: None,
    page: include_str!("average_precision.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    Ranking::of_class(s, s.positive)?.average_precision()
}
