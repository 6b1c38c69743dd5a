//! From which probability on is a row said to be positive?
//!
//! A metric of labels, such as F1, is best at a [`Decision`] of its own, which is seldom one half. It is found on
//! predictions of unseen rows, and kept if it is better on rows that it was not found on.

use serde::{Deserialize, Serialize};

use crate::ensemble::Candidates;
use crate::metric::Measure;
use crate::predictions::Predictions;
use crate::seed::rng;
use crate::task::Target;

/// Which of two classes is said, by the probability of one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Index of the class whose probability decides.
    pub class: usize,
    /// The least probability at which it is said.
    pub threshold: f64,
}

/// Metrics of labels that a threshold can make better. Precision or recall alone are best where nothing, or everything, is
/// said to be positive: they are not among them.
const TUNED: [&str; 7] = ["accuracy", "balanced_accuracy", "f1", "f1_macro", "f1_micro", "f1_weighted", "mcc"];
/// Parts of the rows that are judged in turn by what was found on the others.
const PARTS: u32 = 5;

impl Decision {
    /// The decision that makes the leading metric best, for two classes and metrics of labels; `None` if it is no better
    /// than one half on rows that it was not found on.
    pub(crate) fn learn(all: &Candidates, predictions: &Predictions, seed: u64) -> Option<Decision> {
        use rand::seq::SliceRandom;
        if !TUNED.contains(&all.measure.metric.id()) || all.target.width() != 2 {
            return None;
        }
        let mut order: Vec<u32> = (0..all.target.len() as u32).collect();
        order.shuffle(&mut rng(seed));
        let mut fitted = predictions.clone();
        for part in 0..PARTS {
            let numbered = || (0..).zip(order.iter().copied());
            let rest: Vec<u32> = numbered().filter(|(place, _)| place % PARTS != part).map(|(_, row)| row).collect();
            let found = best(&all.measure, &Rows::new(all, predictions, rest))?;
            for (_, row) in numbered().filter(|(place, _)| place % PARTS == part) {
                // The label that was decided for, as probabilities that one half decides.
                let said = f64::from(u8::from(found.says(predictions.row(row as usize))));
                let row = fitted.row_mut(row as usize);
                row[found.class] = said;
                row[1 - found.class] = 1.0 - said;
            }
        }
        if all.loss(&fitted)? < all.loss(predictions)? { best(&all.measure, &Rows::new(all, predictions, order)) } else { None }
    }

    /// Whether its class is said of a row of probabilities.
    pub fn says(self, row: &[f64]) -> bool {
        row[self.class] >= self.threshold
    }

    /// Checks a decision that a file tells.
    pub(crate) fn is_sound(self, classes: usize) -> bool {
        classes == 2 && self.class < 2 && (0.0..=1.0).contains(&self.threshold)
    }
}

/// Rows by the probability of the positive class, largest first.
struct Rows {
    positive: usize,
    /// The probability, whether the row is positive, and its weight.
    rows: Vec<(f64, bool, f64)>,
}

impl Rows {
    fn new(all: &Candidates, predictions: &Predictions, rows: Vec<u32>) -> Rows {
        let labels = all.target.labels().unwrap_or_default();
        let of_row = |row: u32| {
            let i = row as usize;
            let weight = all.weights.as_ref().map_or(1.0, |w| w[i]);
            (predictions.row(i)[all.positive], labels[i] as usize == all.positive, weight)
        };
        let mut rows: Vec<(f64, bool, f64)> = rows.into_iter().map(of_row).collect();
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        Rows { positive: all.positive, rows }
    }
}

/// The middle of the thresholds that are as good as the best one but for a thousandth.
fn best(measure: &Measure, sorted: &Rows) -> Option<Decision> {
    const NEAR: f64 = 1e-3;
    // More thresholds than these tell no more.
    const TRIED_MAX: usize = 2_000;
    let stride = sorted.rows.len().div_ceil(TRIED_MAX).max(1);
    let of_class = |wanted: bool| sorted.rows.iter().filter(|row| row.1 == wanted).map(|row| row.2).sum::<f64>();
    let (positive, negative) = (of_class(true), of_class(false));
    let (mut found, mut wrong) = (0.0, 0.0);
    let mut losses: Vec<(f64, f64)> = Vec::new();
    for (place, pair) in sorted.rows.windows(2).enumerate() {
        let weight = pair[0].2;
        if pair[0].1 {
            found += weight;
        } else {
            wrong += weight;
        }
        if pair[0].0 > pair[1].0 && place.is_multiple_of(stride) {
            let counts = [found, positive - found, wrong, negative - wrong];
            losses.push((0.5 * (pair[0].0 + pair[1].0), of_counts(measure, sorted.positive, counts)?));
        }
    }
    let at = (0..losses.len()).min_by(|a, b| losses[*a].1.total_cmp(&losses[*b].1))?;
    let is_near = |i: &usize| losses[*i].1 <= losses[at].1 + NEAR * losses[at].1.abs();
    let last = (at..losses.len()).take_while(is_near).last()?;
    let first = (0..=at).rev().take_while(is_near).last()?;
    Some(Decision { class: sorted.positive, threshold: 0.5 * (losses[first].0 + losses[last].0) })
}

/// The loss of what was found, missed, wrong and right to be left: for a metric of labels, four rows with these weights are
/// the same as all rows.
fn of_counts(measure: &Measure, positive: usize, counts: [f64; 4]) -> Option<f64> {
    let negative = 1 - positive as u32;
    let truth = [positive as u32, positive as u32, negative, negative];
    let said = [1.0, 0.0, 1.0, 0.0].map(|p| if positive == 1 { p } else { 1.0 - p });
    let target = Target::Classes { labels: truth.to_vec(), n_classes: 2 };
    measure.loss(&target, &Predictions::binary(said), Some(&counts), positive).filter(|loss| loss.is_finite())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rand::RngExt;

    use super::*;
    use crate::metric;
    use crate::task::TaskKind;

    /// One row in ten is positive, and the probabilities are right.
    fn rare(metric: &str, rows: usize, positive: usize) -> Candidates {
        let mut rng = rng(3);
        let p: Vec<f64> = (0..rows).map(|_| rng.random_range(0.0_f64..1.0).powi(9)).collect();
        let is_positive: Vec<bool> = p.iter().map(|p| rng.random_range(0.0..1.0) < *p).collect();
        let labels = is_positive.into_iter().map(|is| if is { positive as u32 } else { 1 - positive as u32 }).collect();
        let second = p.into_iter().map(|p| if positive == 1 { p } else { 1.0 - p });
        Candidates {
            predictions: vec![Arc::new(Predictions::binary(second))],
            target: Target::Classes { labels, n_classes: 2 },
            weights: None,
            measure: Measure::parse(metric, TaskKind::Binary, metric::ALL).unwrap(),
            positive,
        }
    }

    #[test]
    fn rare_classes_are_said_at_smaller_probabilities() {
        for positive in [0, 1] {
            for metric in ["f1", "balanced_accuracy", "mcc", "f1_macro"] {
                let all = rare(metric, 3000, positive);
                let decision = Decision::learn(&all, &all.predictions[0], 0).unwrap();
                assert!(decision.class == positive && decision.threshold < 0.45, "{metric}: {decision:?}");
                let decided = (*all.predictions[0]).clone().with_decision(Some(decision));
                assert!(all.loss(&decided) < all.loss(&all.predictions[0]), "{metric}");
                assert_eq!(decided.values(), all.predictions[0].values());
            }
        }
    }

    #[test]
    fn metrics_that_judge_no_labels_need_no_decision() {
        for metric in ["auc", "log_loss", "recall", "precision"] {
            let all = rare(metric, 300, 1);
            assert_eq!(Decision::learn(&all, &all.predictions[0], 0), None, "{metric}");
        }
        let all = rare("f1", 1, 1);
        assert_eq!(Decision::learn(&all, &all.predictions[0], 0), None);
    }

    #[test]
    fn the_table_of_counts_is_the_same_as_all_rows() {
        for id in TUNED {
            let all = rare(id, 200, 1);
            let decision = Decision { class: 1, threshold: 0.3 };
            let decided = (*all.predictions[0]).clone().with_decision(Some(decision));
            let labels = all.target.labels().unwrap();
            let count = |truth: u32, said: u32| {
                decided.classes().iter().zip(labels).filter(|(s, t)| (**s, **t) == (said, truth)).count() as f64
            };
            let counts = [count(1, 1), count(1, 0), count(0, 1), count(0, 0)];
            let (slow, quick) = (all.loss(&decided).unwrap(), of_counts(&all.measure, 1, counts).unwrap());
            assert!((slow - quick).abs() < 1e-12, "{id}: {slow} {quick}");
        }
    }
}
