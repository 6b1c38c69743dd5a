//! Every metric against scikit-learn's numbers, and against slow references written from the definitions.

use automl_core::metric::{ALL, Measure};
use automl_core::predictions::{Predictions, argmax};
use automl_core::task::{Target, TaskKind};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::Deserialize;

/// A table of `metric/expected.json`, which `metric/expected.py` writes.
#[derive(Deserialize)]
struct Case {
    name: String,
    /// 0 for regression.
    classes: usize,
    positive: usize,
    truth: Vec<f64>,
    predicted: Vec<f64>,
    weights: Option<Vec<f64>>,
    expected: serde_json::Map<String, serde_json::Value>,
}

#[test]
fn every_metric_agrees_with_scikit_learn() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("metric/expected.json")).unwrap();
    let mut seen: Vec<&str> = Vec::new();
    for case in &cases {
        let target = match case.classes {
            0 => Target::Numbers(case.truth.clone()),
            n_classes => Target::Classes { labels: case.truth.iter().map(|&v| v as u32).collect(), n_classes },
        };
        let predictions = Predictions::new(target.width(), case.predicted.clone());
        for (name, expected) in &case.expected {
            let measure = Measure::parse(name, target.kind(), ALL).unwrap();
            let score = measure.score(&target, &predictions, case.weights.as_deref(), case.positive).unwrap();
            let expected = expected.as_f64().unwrap();
            assert!((score - expected).abs() < 1e-12, "{}: {name} is {score} instead of {expected}", case.name);
            seen.push(measure.metric.id());
        }
    }
    let missed: Vec<&str> = ALL.iter().map(|m| m.id()).filter(|id| !seen.contains(id)).collect();
    assert!(missed.is_empty(), "no expected number for {missed:?}");
}

fn score(name: &str, target: &Target, predictions: &Predictions, weights: &[f64]) -> Option<f64> {
    Measure::parse(name, target.kind(), ALL).unwrap().score(target, predictions, Some(weights), 1)
}

fn labels(labels: &[u32], n_classes: usize) -> Target {
    Target::Classes { labels: labels.to_vec(), n_classes }
}

#[test]
fn what_is_undefined_is_none() {
    let even = Predictions::binary([0.5, 0.5]);
    for name in ["auc", "mcc"] {
        assert_eq!(score(name, &labels(&[1, 1], 2), &even, &[1.0, 1.0]), None, "{name} of one class");
        assert_eq!(score(name, &labels(&[0, 1], 2), &even, &[0.0, 1.0]), None, "{name} of one class with weight");
    }
    for name in ["average_precision", "recall", "f1", "precision"] {
        assert_eq!(score(name, &labels(&[0, 0], 2), &even, &[1.0, 1.0]), None, "{name} without positive rows");
    }
    let ones = Predictions::new(1, vec![1.0, 1.0]);
    for (name, truth) in [("rmsle", -1.0), ("mape", 0.0), ("r2", 0.1), ("explained_variance", 0.1), ("spearman", 0.1)] {
        assert_eq!(score(name, &Target::Numbers(vec![truth; 2]), &ones, &[1.0, 1.0]), None, "{name} of {truth}");
    }
}

#[test]
fn what_is_worst_but_defined_is_a_number() {
    let none_found = Predictions::binary([0.1, 0.1]);
    for name in ["f1", "precision", "recall", "mcc"] {
        assert_eq!(score(name, &labels(&[0, 1], 2), &none_found, &[1.0, 1.0]), Some(0.0), "{name}");
    }
    let wrong = score("log_loss", &labels(&[0], 2), &Predictions::binary([1.0]), &[1.0]).unwrap();
    assert!((wrong - 1e15_f64.ln()).abs() < 1e-9, "{wrong}");
    let constant = Predictions::new(1, vec![3.0, 3.0]);
    assert_eq!(score("spearman", &Target::Numbers(vec![1.0, 2.0]), &constant, &[1.0, 1.0]), Some(0.0));
}

#[test]
fn rows_that_a_metric_can_not_use_are_handled_as_documented() {
    let zero_and_two = Target::Numbers(vec![0.0, 2.0]);
    assert_eq!(score("mape", &zero_and_two, &Predictions::new(1, vec![9.0, 3.0]), &[5.0, 1.0]), Some(0.5));
    let clipped = score("rmsle", &Target::Numbers(vec![0.0]), &Predictions::new(1, vec![-7.0]), &[1.0]);
    assert_eq!(clipped, Some(0.0));
    let negative_truth = score("rmsle", &Target::Numbers(vec![-0.5]), &Predictions::new(1, vec![-0.5]), &[1.0]);
    assert_eq!(negative_truth, Some(0.0));
}

#[test]
fn a_quantile_lies_strictly_between_0_and_1() {
    for name in ["pinball@0", "pinball@1", "pinball@NaN", "pinball@x", "pinball@", "rmse@0.5"] {
        assert!(Measure::parse(name, TaskKind::Regression, ALL).is_err(), "{name}");
    }
    assert_eq!(Measure::parse("quantile_loss@0.9", TaskKind::Regression, ALL).unwrap().name(), "pinball@0.9");
}

/// Labels, one row of whole scores per label (so that ties are frequent), and whole weights.
fn classified(n_classes: usize) -> impl Strategy<Value = (Vec<u32>, Vec<Vec<f64>>, Vec<f64>)> {
    let row = (0..n_classes as u32, vec(1_u32..6, n_classes), 0_u32..4);
    vec(row, 1..30).prop_map(|rows| {
        let labels = rows.iter().map(|r| r.0).collect();
        let probabilities = rows.iter().map(|r| {
            let sum: u32 = r.1.iter().sum();
            r.1.iter().map(|&v| f64::from(v) / f64::from(sum)).collect()
        });
        let probabilities = probabilities.collect();
        (labels, probabilities, rows.iter().map(|r| f64::from(r.2)).collect())
    })
}

/// Truth, prediction and whole weight of some rows; values repeat.
fn regressed() -> impl Strategy<Value = Vec<(f64, f64, f64)>> {
    vec((1_u32..9, -3_i32..12, 0_u32..4), 1..30)
        .prop_map(|rows| rows.into_iter().map(|(t, p, w)| (f64::from(t), f64::from(p) / 2.0, f64::from(w))).collect())
}

/// Whether two scores agree up to rounding.
fn near(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-9 * a.abs().max(1.0),
        (a, b) => a == b,
    }
}

/// The rows of one class against all others, pair by pair: O(n²).
fn slow_auc(labels: &[u32], scores: &[f64], weights: &[f64], class: u32) -> Option<f64> {
    let (mut won, mut pairs) = (0.0, 0.0);
    for i in 0..labels.len() {
        for j in 0..labels.len() {
            if labels[i] == class && labels[j] != class {
                let pair = weights[i] * weights[j];
                pairs += pair;
                won += pair * if scores[i] > scores[j] { 1.0 } else { f64::from(scores[i] == scores[j]) / 2.0 };
            }
        }
    }
    (pairs > 0.0).then(|| won / pairs)
}

/// The precision at the score of every positive row, row by row: O(n²).
fn slow_average_precision(labels: &[u32], scores: &[f64], weights: &[f64]) -> Option<f64> {
    let (mut sum, mut total) = (0.0, 0.0);
    for i in (0..labels.len()).filter(|&i| labels[i] == 1 && weights[i] > 0.0) {
        let above = || (0..labels.len()).filter(|&j| scores[j] >= scores[i]);
        let positive: f64 = above().filter(|&j| labels[j] == 1).map(|j| weights[j]).sum();
        sum += weights[i] * positive / above().map(|j| weights[j]).sum::<f64>();
        total += weights[i];
    }
    (total > 0.0).then(|| sum / total)
}

/// The correlation of the class indicators from the whole confusion matrix, by Gorodkin's sums.
fn slow_mcc(truth: &[usize], predicted: &[usize], weights: &[f64], k: usize) -> Option<f64> {
    let mut c = vec![vec![0.0; k]; k];
    for i in 0..truth.len() {
        c[truth[i]][predicted[i]] += weights[i];
    }
    let (mut covariance, mut by_rows, mut by_columns) = (0.0, 0.0, 0.0);
    for a in 0..k {
        for l in 0..k {
            for m in 0..k {
                covariance += c[a][a] * c[l][m] - c[a][l] * c[m][a];
            }
        }
        let (row, column): (f64, f64) = (c[a].iter().sum(), (0..k).map(|l| c[l][a]).sum());
        let other = |f: &dyn Fn(usize, usize) -> f64| -> f64 {
            (0..k).filter(|&b| b != a).flat_map(|b| (0..k).map(move |l| (b, l))).map(|(b, l)| f(b, l)).sum()
        };
        by_rows += row * other(&|b, l| c[b][l]);
        by_columns += column * other(&|b, l| c[l][b]);
    }
    match (by_rows > 0.0, by_columns > 0.0) {
        (false, _) => None,
        (true, false) => Some(0.0),
        (true, true) => Some(covariance / (by_rows * by_columns).sqrt()),
    }
}

/// Precision, recall and F1 of one class from its two-by-two table.
fn slow_rates(truth: &[usize], predicted: &[usize], weights: &[f64], class: usize) -> [Option<f64>; 3] {
    let count = |t: bool, p: bool| -> f64 {
        let rows = (0..truth.len()).filter(|&i| (truth[i] == class) == t && (predicted[i] == class) == p);
        rows.map(|i| weights[i]).sum()
    };
    let (hit, miss, alarm) = (count(true, true), count(true, false), count(false, true));
    if hit + miss + alarm == 0.0 {
        return [None; 3];
    }
    let precision = if hit + alarm > 0.0 { hit / (hit + alarm) } else { 0.0 };
    let recall = (hit + miss > 0.0).then(|| hit / (hit + miss));
    let f1 = if hit > 0.0 { 2.0 / (1.0 / precision + 1.0 / recall.unwrap()) } else { 0.0 };
    [Some(precision), recall, Some(f1)]
}

/// Each value as often as its weight says.
fn repeated(values: impl Iterator<Item = f64>, weights: &[f64]) -> Vec<f64> {
    values.zip(weights).flat_map(|(v, &w)| std::iter::repeat_n(v, w as usize)).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The averaged ranks of values, by counting: O(n²).
fn slow_ranks(values: &[f64]) -> Vec<f64> {
    let rank = |v: &f64| {
        let below = values.iter().filter(|o| *o < v).count() as f64;
        let equal = values.iter().filter(|o| *o == v).count() as f64;
        below + (equal + 1.0) / 2.0
    };
    values.iter().map(rank).collect()
}

fn slow_correlation(a: &[f64], b: &[f64]) -> f64 {
    let (ma, mb) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(usize) -> f64| (0..a.len()).map(f).sum::<f64>();
    let both = sum(&|i| (a[i] - ma) * (b[i] - mb));
    both / (sum(&|i| (a[i] - ma).powi(2)) * sum(&|i| (b[i] - mb).powi(2))).sqrt()
}

fn varies(values: &[f64]) -> bool {
    values.iter().any(|v| *v != values[0])
}

proptest! {
    #[test]
    fn ranking_metrics_equal_counting_of_pairs((truth, rows, weights) in classified(2)) {
        let predictions = Predictions::new(2, rows.concat());
        let scores: Vec<f64> = rows.iter().map(|r| r[1]).collect();
        let target = labels(&truth, 2);
        let auc = score("auc", &target, &predictions, &weights);
        prop_assert!(near(auc, slow_auc(&truth, &scores, &weights, 1)), "{auc:?}");
        let ap = score("average_precision", &target, &predictions, &weights);
        prop_assert!(near(ap, slow_average_precision(&truth, &scores, &weights)), "{ap:?}");
    }

    #[test]
    fn auc_of_many_classes_is_the_mean_of_one_against_the_rest((truth, rows, weights) in classified(4)) {
        let class = |c: usize| {
            let scores: Vec<f64> = rows.iter().map(|r| r[c]).collect();
            slow_auc(&truth, &scores, &weights, c as u32)
        };
        let each: Vec<f64> = (0..4).filter_map(class).collect();
        let expected = (!each.is_empty()).then(|| mean(&each));
        let auc = score("auc", &labels(&truth, 4), &Predictions::new(4, rows.concat()), &weights);
        prop_assert!(near(auc, expected), "{auc:?} is not {expected:?}");
    }

    #[test]
    fn label_metrics_follow_from_the_tables_of_each_class((truth, rows, weights) in classified(3)) {
        prop_assume!(weights.iter().sum::<f64>() > 0.0);
        let (target, predictions) = (labels(&truth, 3), Predictions::new(3, rows.concat()));
        let truth: Vec<usize> = truth.iter().map(|&l| l as usize).collect();
        let predicted: Vec<usize> = rows.iter().map(|r| argmax(r)).collect();
        let rates: Vec<_> = (0..3).map(|c| slow_rates(&truth, &predicted, &weights, c)).collect();
        let size = |c: usize| -> f64 { (0..truth.len()).filter(|&i| truth[i] == c).map(|i| weights[i]).sum() };
        let total: f64 = weights.iter().sum();
        let right: f64 = (0..truth.len()).filter(|&i| truth[i] == predicted[i]).map(|i| weights[i]).sum();
        let mean_of = |at: usize| mean(&rates.iter().filter_map(|r| r[at]).collect::<Vec<_>>());
        let by_size: f64 = (0..3).map(|c| size(c) * rates[c][2].unwrap_or(0.0)).sum();
        let expected = [
            ("accuracy", Some(right / total)),
            ("f1_micro", Some(right / total)),
            ("balanced_accuracy", Some(mean_of(1))),
            ("f1_macro", Some(mean_of(2))),
            ("f1_weighted", Some(by_size / total)),
            ("mcc", slow_mcc(&truth, &predicted, &weights, 3)),
        ];
        for (name, expected) in expected {
            let score = score(name, &target, &predictions, &weights);
            prop_assert!(near(score, expected), "{name}: {score:?} is not {expected:?}");
        }
    }

    #[test]
    fn metrics_of_one_class_follow_from_its_table((truth, rows, weights) in classified(2)) {
        let (target, predictions) = (labels(&truth, 2), Predictions::new(2, rows.concat()));
        let truth: Vec<usize> = truth.iter().map(|&l| l as usize).collect();
        let predicted: Vec<usize> = rows.iter().map(|r| argmax(r)).collect();
        let expected = slow_rates(&truth, &predicted, &weights, 1);
        for (name, expected) in ["precision", "recall", "f1"].into_iter().zip(expected) {
            let score = score(name, &target, &predictions, &weights);
            prop_assert!(near(score, expected), "{name}: {score:?} is not {expected:?}");
        }
    }

    #[test]
    fn probability_metrics_equal_their_sums((truth, rows, weights) in classified(3)) {
        prop_assume!(weights.iter().sum::<f64>() > 0.0);
        let (target, predictions) = (labels(&truth, 3), Predictions::new(3, rows.concat()));
        let (mut log_loss, mut brier, mut total) = (0.0, 0.0, 0.0);
        for i in 0..truth.len() {
            log_loss -= weights[i] * rows[i][truth[i] as usize].ln();
            for class in 0..3 {
                let hit = if truth[i] == class { 1.0 } else { 0.0 };
                brier += weights[i] * (rows[i][class as usize] - hit).powi(2) / 2.0;
            }
            total += weights[i];
        }
        prop_assert!(near(score("log_loss", &target, &predictions, &weights), Some(log_loss / total)));
        prop_assert!(near(score("brier", &target, &predictions, &weights), Some(brier / total)));
    }

    #[test]
    fn regression_metrics_equal_their_definitions_on_repeated_rows(rows in regressed()) {
        let weights: Vec<f64> = rows.iter().map(|r| r.2).collect();
        prop_assume!(weights.iter().sum::<f64>() > 0.0);
        let (target, predictions) =
            (Target::Numbers(rows.iter().map(|r| r.0).collect()), Predictions::new(1, rows.iter().map(|r| r.1).collect()));
        let truth = repeated(rows.iter().map(|r| r.0), &weights);
        let predicted = repeated(rows.iter().map(|r| r.1), &weights);
        let of = |f: fn(f64, f64) -> f64| mean(&truth.iter().zip(&predicted).map(|(t, p)| f(*t, *p)).collect::<Vec<_>>());
        let variance = mean(&truth.iter().map(|t| (t - mean(&truth)).powi(2)).collect::<Vec<_>>());
        let offset = of(|t, p| t - p);
        let squared = of(|t, p| (t - p).powi(2));
        let mut errors: Vec<f64> = truth.iter().zip(&predicted).map(|(t, p)| (t - p).abs()).collect();
        errors.sort_by(f64::total_cmp);
        let n = errors.len();
        let explained = |unexplained: f64| varies(&truth).then(|| 1.0 - unexplained / variance);
        let spearman = match (varies(&truth), varies(&predicted)) {
            (false, _) => None,
            (true, false) => Some(0.0),
            (true, true) => Some(slow_correlation(&slow_ranks(&truth), &slow_ranks(&predicted))),
        };
        let expected = [
            ("rmse", Some(squared.sqrt())),
            ("mae", Some(mean(&errors))),
            ("mape", Some(of(|t, p| ((t - p) / t).abs()))),
            ("rmsle", Some(of(|t, p| ((1.0 + t).ln() - (1.0 + p.max(0.0)).ln()).powi(2)).sqrt())),
            ("median_absolute_error", Some((errors[(n - 1) / 2] + errors[n / 2]) / 2.0)),
            ("r2", explained(squared)),
            ("explained_variance", explained(squared - offset * offset)),
            ("pinball@0.8", Some(of(|t, p| (0.8 * (t - p)).max(-0.2 * (t - p))))),
            ("spearman", spearman),
        ];
        for (name, expected) in expected {
            let score = score(name, &target, &predictions, &weights);
            prop_assert!(near(score, expected), "{name}: {score:?} is not {expected:?}");
        }
    }
}
