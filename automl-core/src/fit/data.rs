//! What is known of the data once they were understood: shared by all trials, never changed.

use std::collections::BTreeMap;

use super::monotone::Directions;
use crate::config::ClassWeights;
use crate::frame::Frame;
use crate::metric::Measure;
use crate::predictions::Predictions;
use crate::schema::Schema;
use crate::selection::SELECT_FEATURES;
use crate::space::Params;
use crate::split::{Fold, Rule, Split};
use crate::task::{Roles, Target, Task};

/// The rows to fit on, what is asked of them, and which of them may be seen when.
pub(crate) struct FitData {
    pub frame: Frame,
    pub schema: Schema,
    pub task: Task,
    pub target: Target,
    pub roles: Roles,
    pub split: Split,
    /// All rows to learn from, and none to judge by.
    pub whole: Fold,
    /// The rows that some fold validates, in ascending order: scores are made on them.
    pub scored: Vec<u32>,
    pub measure: Measure,
    pub class_weights: ClassWeights,
    pub directions: Directions,
    /// Per learner or featurizer the parameters that are fixed.
    pub params: BTreeMap<String, Params>,
    /// Ids of featurizers that every pipeline asks for.
    pub featurizers: Vec<String>,
}

impl FitData {
    /// The rows of a fold, or all of them.
    pub fn fold(&self, fold: Option<u32>) -> &Fold {
        fold.map_or(&self.whole, |fold| &self.split.folds[fold as usize])
    }

    /// Whether steps without labels may be fitted once on all rows. With an order in time they may not:
    /// they would see the future.
    pub fn shares_features(&self) -> bool {
        self.split.rule != Rule::Time
    }

    /// Whether a learner's own predictions of held-out rows are honest here. They are for rows that are
    /// independent of each other, not for rows in groups or in time; and not where features are chosen for it, which
    /// the rows that it holds out may not help to do.
    pub fn trusts_held_out(&self, learner: &str) -> bool {
        let chooses = self.params.get(learner).is_some_and(|params| params.contains_key(SELECT_FEATURES));
        !chooses && !matches!(self.split.rule, Rule::Time | Rule::Group | Rule::User)
    }

    /// The leading metric of predictions of some rows, as a loss. `None` where these rows alone do not define it: a fold
    /// may lack a class that the metric needs.
    pub fn loss(&self, rows: &[u32], predictions: &Predictions) -> Option<f64> {
        let (target, weights) = (self.target.select(rows), self.weights_of(rows));
        let loss = self.measure.loss(&target, predictions, weights.as_deref(), self.task.positive);
        loss.filter(|l| l.is_finite())
    }

    /// The weights of rows in metrics.
    pub fn weights_of(&self, rows: &[u32]) -> Option<Vec<f64>> {
        self.roles.weights.as_ref().map(|w| rows.iter().map(|&i| w[i as usize]).collect())
    }

    /// The weights of training rows: those of the metrics, times those of their classes.
    pub fn fit_weights_of(&self, rows: &[u32]) -> Option<Vec<f64>> {
        let weights = self.weights_of(rows);
        let (ClassWeights::Balanced, Target::Classes { labels, n_classes }) = (self.class_weights, &self.target) else {
            return weights;
        };
        let weights = weights.unwrap_or_else(|| vec![1.0; rows.len()]);
        let mut totals = vec![0.0; *n_classes];
        for (&row, weight) in rows.iter().zip(&weights) {
            totals[labels[row as usize] as usize] += weight;
        }
        let present = totals.iter().filter(|t| **t > 0.0).count() as f64;
        let mean = totals.iter().sum::<f64>() / present;
        Some(rows.iter().zip(weights).map(|(&row, w)| w * mean / totals[labels[row as usize] as usize]).collect())
    }
}
