//! What is said of a row, by its probabilities?
//!
//! A metric of labels, such as F1, is best at a [`Decision`] of its own, which is seldom to say what is most probable. It is
//! found on predictions of unseen rows, and kept if it is better on rows that it was not found on. A metric of the order
//! of the rows, such as the AUC, does not care what is said: then it is what is most often right, if that is clearly not what
//! is most probable. It is not where members were chosen that order rows well and are not sure of anything. Where classes
//! were weighted so that rare ones are said more often, that stays so: their mean recall may not become less.

mod factors;
mod threshold;

use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::ensemble::Candidates;
use crate::metric::accuracy::ACCURACY;
use crate::metric::balanced_accuracy::BALANCED_ACCURACY;
use crate::metric::{Measure, Metric};
use crate::predictions::{Predictions, argmax};
use crate::seed::rng;

/// Which class is said of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Decision {
    /// One of two classes, by the probability of one.
    Threshold {
        /// Index of the class whose probability decides.
        class: usize,
        /// The least probability at which it is said.
        threshold: f64,
    },
    /// One of more classes: that with the largest product of its probability and its factor.
    Factors {
        /// A positive number per class.
        factors: Vec<f64>,
    },
}

/// Metrics of labels that a decision can make better. Precision or recall alone are best where nothing, or everything, is
/// said to be positive: they are not among them.
const TUNED: [&str; 7] = ["accuracy", "balanced_accuracy", "f1", "f1_macro", "f1_micro", "f1_weighted", "mcc"];
/// Metrics of the order of the rows.
const OF_ORDER: [&str; 2] = ["auc", "average_precision"];
/// Parts of the rows that are judged in turn by what was found on the others.
const PARTS: u32 = 5;

impl Decision {
    /// The decision that makes the leading metric best, for metrics of labels, or the most labels right, for those of the
    /// order of rows; `None` if it is no better than to say what is most probable, on rows that it was not found on.
    pub(crate) fn learn(all: &Candidates, predictions: &Predictions, seed: u64) -> Option<Decision> {
        if OF_ORDER.contains(&all.measure.metric.id()) {
            let judged_by =
                |metric: &'static dyn Metric| Candidates { measure: Measure { metric, parameter: None }, ..all.clone() };
            let (by_labels, by_recall) = (judged_by(&ACCURACY), judged_by(&BALANCED_ACCURACY));
            let decided = Decision::by_others(&by_labels, predictions, seed)?;
            let is_better = is_clear(all, predictions, &decided) && by_recall.loss(&decided)? <= by_recall.loss(predictions)?;
            return is_better.then(|| Decision::best(&by_labels, predictions, order(all, seed)))?;
        }
        if !TUNED.contains(&all.measure.metric.id()) {
            return None;
        }
        let decided = Decision::by_others(all, predictions, seed)?;
        if all.loss(&decided)? < all.loss(predictions)? { Decision::best(all, predictions, order(all, seed)) } else { None }
    }

    fn best(all: &Candidates, predictions: &Predictions, rows: Vec<u32>) -> Option<Decision> {
        if all.target.width() == 2 { threshold::best(all, predictions, rows) } else { factors::best(all, predictions, rows) }
    }

    /// The labels that are said of each part of the rows by what was found on the others, as probabilities.
    fn by_others(all: &Candidates, predictions: &Predictions, seed: u64) -> Option<Predictions> {
        all.target.labels()?;
        let order = order(all, seed);
        let mut decided = predictions.clone();
        for part in 0..PARTS {
            let numbered = || (0..).zip(order.iter().copied());
            let rest: Vec<u32> = numbered().filter(|(place, _)| place % PARTS != part).map(|(_, row)| row).collect();
            let found = Decision::best(all, predictions, rest)?;
            for (_, row) in numbered().filter(|(place, _)| place % PARTS == part) {
                // The label that was decided for, as a probability that is the largest.
                let said = found.class(predictions.row(row as usize));
                let row = decided.row_mut(row as usize);
                row.fill(0.0);
                row[said] = 1.0;
            }
        }
        Some(decided)
    }

    /// The class that is said of a row of probabilities.
    pub fn class(&self, row: &[f64]) -> usize {
        match self {
            Decision::Threshold { class, threshold } if row[*class] >= *threshold => *class,
            Decision::Threshold { class, .. } => 1 - class,
            Decision::Factors { factors } => argmax(&row.iter().zip(factors).map(|(p, factor)| p * factor).collect::<Vec<_>>()),
        }
    }

    /// Checks a decision that a file tells.
    pub(crate) fn is_sound(&self, classes: usize) -> bool {
        match self {
            Decision::Threshold { class, threshold } => classes == 2 && *class < 2 && (0.0..=1.0).contains(threshold),
            Decision::Factors { factors } => {
                classes > 2 && factors.len() == classes && factors.iter().all(|factor| factor.is_finite() && *factor > 0.0)
            }
        }
    }
}

/// All rows, shuffled.
fn order(all: &Candidates, seed: u64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..all.target.len() as u32).collect();
    order.shuffle(&mut rng(seed));
    order
}

/// Whether the labels that were decided are right more often than those that are most probable, by more than three standard
/// errors of the rows that they differ in.
fn is_clear(all: &Candidates, plain: &Predictions, decided: &Predictions) -> bool {
    let labels = all.target.labels().unwrap_or_default();
    let (mut gain, mut variance) = (0.0, 0.0);
    for (i, &label) in labels.iter().enumerate() {
        let is_right = |said: &Predictions| f64::from(u8::from(said.class(i) == label as usize));
        let change = all.weights.as_ref().map_or(1.0, |w| w[i]) * (is_right(decided) - is_right(plain));
        gain += change;
        variance += change * change;
    }
    gain > 3.0 * variance.sqrt()
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use rand::RngExt;

    use super::*;
    use crate::metric;
    use crate::task::{Target, TaskKind};

    /// One row in ten is positive, and the probabilities are right.
    pub fn rare(metric: &str, rows: usize, positive: usize) -> Candidates {
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

    /// Two classes in ten rows are rare, and the probabilities are right.
    pub fn rare_of_many(metric: &str, rows: usize) -> Candidates {
        let mut rng = rng(4);
        let shares = [0.8, 0.14, 0.06];
        let mut labels = Vec::new();
        let mut values = Vec::new();
        for _ in 0..rows {
            let odds = shares.map(|share| share * rng.random_range(0.1_f64..1.0).powi(2));
            let p = odds.map(|odd| odd / odds.iter().sum::<f64>());
            let drawn = rng.random_range(0.0..1.0);
            labels.push(if drawn < p[0] { 0 } else { 1 + u32::from(drawn >= p[0] + p[1]) });
            values.extend(p);
        }
        Candidates {
            predictions: vec![Arc::new(Predictions::new(3, values))],
            target: Target::Classes { labels, n_classes: 3 },
            weights: None,
            measure: Measure::parse(metric, TaskKind::Multiclass, metric::ALL).unwrap(),
            positive: 0,
        }
    }

    fn check_better(all: &Candidates, decision: &Decision, metric: &str) {
        let decided = (*all.predictions[0]).clone().with_decision(Some(decision.clone()));
        assert!(all.loss(&decided) < all.loss(&all.predictions[0]), "{metric}");
        assert_eq!(decided.values(), all.predictions[0].values());
    }

    #[test]
    fn rare_classes_are_said_at_smaller_probabilities() {
        for positive in [0, 1] {
            for metric in ["f1", "balanced_accuracy", "mcc", "f1_macro"] {
                let all = rare(metric, 3000, positive);
                let decision = Decision::learn(&all, &all.predictions[0], 0).unwrap();
                let Decision::Threshold { class, threshold } = decision else { panic!("{decision:?}") };
                assert!(class == positive && threshold < 0.45, "{metric}: {decision:?}");
                check_better(&all, &decision, metric);
            }
        }
        for metric in ["balanced_accuracy", "f1_macro"] {
            let all = rare_of_many(metric, 3000);
            let decision = Decision::learn(&all, &all.predictions[0], 0).unwrap();
            let Decision::Factors { factors } = &decision else { panic!("{decision:?}") };
            assert!(factors.is_sorted(), "{metric}: {factors:?}");
            check_better(&all, &decision, metric);
        }
        let all = rare_of_many("accuracy", 3000);
        assert_eq!(Decision::learn(&all, &all.predictions[0], 0), None, "what is most probable is most often right");
    }

    #[test]
    fn metrics_that_judge_no_labels_need_no_decision() {
        for metric in ["auc", "average_precision", "log_loss", "recall", "precision"] {
            let all = rare(metric, 300, 1);
            assert_eq!(Decision::learn(&all, &all.predictions[0], 0), None, "{metric}");
        }
        for all in [rare("f1", 1, 1), rare_of_many("log_loss", 300), rare_of_many("f1_macro", 1)] {
            assert_eq!(Decision::learn(&all, &all.predictions[0], 0), None);
        }
    }

    #[test]
    fn where_only_the_order_counts_probabilities_that_are_sure_of_nothing_still_give_labels() {
        for metric in ["auc", "average_precision"] {
            let mut all = rare(metric, 3000, 1);
            let squeezed = all.predictions[0].column(1).map(|p| 0.1 + 0.2 * p);
            all.predictions = vec![Arc::new(Predictions::binary(squeezed))];
            let decision = Decision::learn(&all, &all.predictions[0], 0).unwrap();
            let Decision::Threshold { threshold, .. } = decision else { panic!("{decision:?}") };
            assert!((0.15..0.25).contains(&threshold), "{metric}: {threshold}");
            // Where the rare class was weighted up, what is most probable is less often right, on purpose.
            let weighted = rare(metric, 3000, 1).predictions[0].column(1).map(|p| 9.0 * p / (1.0 + 8.0 * p)).collect::<Vec<_>>();
            let weighted = Predictions::binary(weighted);
            assert_eq!(Decision::learn(&all, &weighted, 0), None, "{metric}");
        }
    }

    #[test]
    fn what_a_file_tells_is_checked() {
        let factors = |factors: &[f64]| Decision::Factors { factors: factors.to_vec() };
        assert!(factors(&[1.0, 2.0, 0.5]).is_sound(3));
        for wrong in [factors(&[1.0, 2.0]), factors(&[1.0, 0.0, 1.0]), factors(&[1.0, f64::NAN, 1.0])] {
            assert!(!wrong.is_sound(3), "{wrong:?}");
        }
        assert!(!factors(&[1.0, 2.0]).is_sound(2));
        assert!(!Decision::Threshold { class: 0, threshold: 0.5 }.is_sound(3));
        let told = r#"[{"class":1,"threshold":0.3},{"factors":[1.0,2.0,4.0]}]"#;
        let read: Vec<Decision> = serde_json::from_str(told).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), told);
    }
}
