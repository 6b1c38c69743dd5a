//! Spearman's rank correlation: how well the order of the predictions follows the order of the truth.
//!
//! Equal values share their mean rank, and a row of weight 2 takes two ranks.
//!
//! - **Range**: -1 to 1, larger is better; constant predictions hold no order and get 0.
//! - **When**: only the order of the predictions is used, as in choosing the best ten.
//! - **Undefined**: when the target is constant.
//! - **Source**: Spearman (1904). Without weights the same as SciPy's `spearmanr`.

use super::definition::{Definition, REGRESSION};
use super::mean::{is_constant, over_rows};
use super::ranks::weighted_ranks;
use super::{Direction, Scoring};

/// The correlation of ranks.
pub const SPEARMAN: Definition = Definition {
    id: "spearman",
    aliases: &["spearmanr", "rank_correlation"],
    tasks: REGRESSION,
    direction: Direction::Maximize,
    best: 1.0,
    parameter: None,
    page: include_str!("spearman.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    let (truth, predicted) = (s.target.numbers()?, s.predictions.values());
    if is_constant(s, truth) {
        return None;
    }
    if is_constant(s, predicted) {
        return Some(0.0);
    }
    Some(correlation(s, &weighted_ranks(s, truth), &weighted_ranks(s, predicted)))
}

/// Pearson's correlation of two columns, by weight.
fn correlation(s: &Scoring<'_>, a: &[f64], b: &[f64]) -> f64 {
    let (mean_a, mean_b) = (over_rows(s, |i| a[i]), over_rows(s, |i| b[i]));
    let covariance = over_rows(s, |i| (a[i] - mean_a) * (b[i] - mean_b));
    let variance_a = over_rows(s, |i| (a[i] - mean_a).powi(2));
    let variance_b = over_rows(s, |i| (b[i] - mean_b).powi(2));
    (covariance / (variance_a.sqrt() * variance_b.sqrt())).clamp(-1.0, 1.0)
}
