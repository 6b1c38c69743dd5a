//! The share of rows that were predicted right within each true class, averaged over the classes.
//!
//! Classes without rows are left out.
//!
//! - **Range**: 0 to 1, larger is better; always predicting one of k classes gives 1 / k.
//! - **When**: the classes are of very different size and all are equally important.
//! - **Source**: Brodersen and others (2010). The same as scikit-learn's `balanced_accuracy_score`.

use super::confusion::{Confusion, mean_over_classes};
use super::definition::{CLASSIFICATION, Definition};
use super::{Direction, Scoring};

/// The mean over the classes of the share that was found.
pub const BALANCED_ACCURACY: Definition = Definition {
    id: "balanced_accuracy",
    aliases: &["balanced_acc", "bacc", "balanced_accuracy_score"],
    tasks: CLASSIFICATION,
    direction: Direction::Maximize,
    best: 1.0,
    parameter: None,
    page: include_str!("balanced_accuracy.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    let counts = Confusion::count(s)?;
    mean_over_classes((0..s.target.width()).map(|class| counts.recall(class)))
}
