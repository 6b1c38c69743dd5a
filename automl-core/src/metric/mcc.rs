//! The Matthews correlation coefficient: the correlation between the true and the predicted classes.
//!
//! - **Range**: -1 to 1, larger is better; 0 is what chance or predicting a single class gives. With more
//!   than two classes the least possible value lies between -1 and 0.
//! - **When**: one number for labels is wanted that stays honest when the classes are of very different size.
//! - **Undefined**: when all rows have one class.
//! - **Source**: Matthews (1975); Gorodkin (2004) for many classes. The same as scikit-learn's
//!   `matthews_corrcoef` where that is defined.

use super::confusion::Confusion;
use super::definition::{CLASSIFICATION, Definition};
use super::{Direction, Scoring};

/// The correlation of true and predicted classes.
pub const MCC: Definition = Definition {
    id: "mcc",
    aliases: &["matthews", "matthews_corrcoef"],
    tasks: CLASSIFICATION,
    direction: Direction::Maximize,
    best: 1.0,
    parameter: None,
    page: include_str!("mcc.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    let counts = Confusion::count(s)?;
    let total: f64 = counts.truth.iter().sum();
    let share = |weights: &[f64]| -> Vec<f64> { weights.iter().map(|w| w / total).collect() };
    let (truth, predicted) = (share(&counts.truth), share(&counts.predicted));
    let by_chance: f64 = truth.iter().zip(&predicted).map(|(t, p)| t * p).sum();
    if classes_with_rows(&truth) < 2 {
        return None;
    }
    if classes_with_rows(&predicted) < 2 {
        return Some(0.0);
    }
    let covariance = share(&counts.both).iter().sum::<f64>() - by_chance;
    Some((covariance / (spread(&truth) * spread(&predicted)).sqrt()).clamp(-1.0, 1.0))
}

fn classes_with_rows(shares: &[f64]) -> usize {
    shares.iter().filter(|share| **share > 0.0).count()
}

/// The variance of the class indicators, summed over the classes.
fn spread(shares: &[f64]) -> f64 {
    shares.iter().map(|share| share * (1.0 - share)).sum()
}
