//! The probability that a random row of a class gets a larger probability of it than a random other row.
//!
//! It is the area under the ROC curve, with equal probabilities counting half. With more than two classes it
//! is the plain mean over the classes of one class against all others; classes without rows are left out.
//!
//! - **Range**: 0 to 1, larger is better; 0.5 is what chance gives.
//! - **When**: only the order of the rows matters, and the classes may be of very different size. It says
//!   nothing about whether the probabilities are right: see `log_loss` and `brier`.
//! - **Undefined**: when fewer than two classes have rows.
//! - **Source**: Hanley and McNeil (1982). The same as
//!   scikit-learn's `roc_auc_score(multi_class="ovr", average="macro")`.

use super::confusion::mean_over_classes;
use super::definition::{CLASSIFICATION, Definition};
use super::ranking::Ranking;
use super::{Direction, Scoring};

/// The area under the ROC curve.
pub const AUC: Definition = Definition {
    id: "auc",
    aliases: &["roc_auc", "roc_auc_score"],
    tasks: CLASSIFICATION,
    direction: Direction::Maximize,
    best: 1.0,
    parameter: None,
    page: include_str!("auc.rs"),
    score,
};

fn score(s: &Scoring<'_>) -> Option<f64> {
    match s.target.width() {
        2 => Ranking::of_class(s, s.positive)?.auc(),
        classes => mean_over_classes((0..classes).map(|class| Ranking::of_class(s, class)?.auc())),
    }
}
