//! What every metric owes.
//!
//! [`check`] runs all of [`CHECKS`] on one metric; each panics with the metric's id where it fails. The data
//! is the same on every run.

mod sample;
#[cfg(test)]
mod tests;

use crate::metric::{Direction, Metric};
use crate::page;
use crate::predictions::Predictions;
use crate::task::{Target, TaskKind};
use sample::{Sample, hard_samples, ladder};

/// One thing that a metric owes, by name.
pub type Check = (&'static str, fn(&dyn Metric));

/// Everything that a metric owes.
pub const CHECKS: &[Check] = &[
    ("has a page, a name and aliases that parse", is_described),
    ("gives its best value to perfect predictions", perfect_is_best),
    ("never gives a better score to worse predictions", worse_is_never_better),
    ("is never better than its best", never_beats_best),
    ("ignores the order of the rows", row_order_is_ignored),
    ("takes weights of 1 as no weights", unit_weights_are_none),
    ("takes a weight of 3 as three rows and of 0 as none", weights_are_repetitions),
    ("looks only at the proportions of weights", weights_are_relative),
    ("gives three classes without rows of the third the score of two", two_classes_are_many),
    ("does not care which class comes first", classes_can_be_renamed),
    ("is None or a number, whatever it is given", undefined_is_none),
];

/// Runs every check on one metric.
///
/// # Panics
/// If the metric breaks its contract.
pub fn check(metric: &dyn Metric) {
    for (_, run) in CHECKS {
        run(metric);
    }
}

/// How near two scores are that may differ by rounding alone.
const NEAR: f64 = 1e-9;

/// Asserts that two scores are the same up to rounding.
fn assert_same(metric: &dyn Metric, what: &str, a: Option<f64>, b: Option<f64>) {
    let same = match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= NEAR * a.abs().max(1.0),
        (a, b) => a.is_none() && b.is_none(),
    };
    assert!(same, "{}: {what}: {a:?} is not {b:?}", metric.id());
}

/// The id parses for each declared task, as do the aliases, and the page opens with a sentence.
pub fn is_described(metric: &dyn Metric) {
    let id = metric.id();
    assert!(id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{id}: the id is lower_snake_case");
    assert!(!metric.tasks().is_empty(), "{id}: it is defined for no task");
    assert!(!metric.aliases().contains(&id), "{id}: an alias is the id");
    let page = page::of_source(metric.page());
    let summary = page::summary(&page);
    assert!(summary.len() > 20 && summary.ends_with('.'), "{id}: the page opens with a sentence on one line, not {summary:?}");
    if let Some(default) = metric.parameter() {
        assert!(metric.accepts_parameter(default), "{id}: it does not accept its default parameter {default}");
    }
    assert!(!metric.accepts_parameter(f64::NAN), "{id}: it accepts NaN as parameter");
}

/// Perfect predictions get [`Metric::best`], with and without weights.
pub fn perfect_is_best(metric: &dyn Metric) {
    for &kind in metric.tasks() {
        for sample in [Sample::of(kind), Sample::weighted(kind)] {
            assert_same(metric, "perfect predictions", sample.perfect().score(metric), Some(metric.best()));
        }
    }
}

/// On a ladder of predictions, each step worse than the last, no step has a better score, and the last has
/// a worse one than the first.
pub fn worse_is_never_better(metric: &dyn Metric) {
    for &kind in metric.tasks() {
        for sample in [Sample::of(kind), Sample::weighted(kind)] {
            let score = |predictions| {
                let score = Sample { predictions, ..sample.clone() }.score(metric);
                metric.direction().loss(score.unwrap_or_else(|| panic!("{}: undefined on the ladder", metric.id())))
            };
            let losses: Vec<f64> = ladder(&sample.target).into_iter().map(score).collect();
            let sorted = losses.windows(2).all(|pair| pair[1] >= pair[0] - NEAR);
            assert!(sorted, "{}: losses of worse and worse {} predictions: {losses:?}", metric.id(), kind.name());
            assert!(losses[losses.len() - 1] > losses[0] + 1e-3, "{}: the worst is no worse than the best", metric.id());
        }
    }
}

/// No predictions get a better score than [`Metric::best`].
pub fn never_beats_best(metric: &dyn Metric) {
    for &kind in metric.tasks() {
        let sample = Sample::weighted(kind);
        for i in 0..sample.target.len() as u32 {
            let rows: Vec<u32> = (i..sample.target.len() as u32).collect();
            if let Some(score) = sample.rows(&rows).score(metric) {
                let beaten = match metric.direction() {
                    Direction::Maximize => score > metric.best() + NEAR,
                    Direction::Minimize => score < metric.best() - NEAR,
                };
                assert!(!beaten, "{}: {score} is better than the best, {}", metric.id(), metric.best());
            }
        }
    }
}

/// The rows in another order get the same score.
pub fn row_order_is_ignored(metric: &dyn Metric) {
    for &kind in metric.tasks() {
        let sample = Sample::weighted(kind);
        let n = sample.target.len() as u32;
        // 7 and 60 have no common divisor, so every row comes once.
        let shuffled: Vec<u32> = (0..n).map(|i| (i * 7 + 3) % n).collect();
        assert_same(metric, "shuffled rows", sample.rows(&shuffled).score(metric), sample.score(metric));
    }
}

/// Weights of 1 give the score that no weights give.
pub fn unit_weights_are_none(metric: &dyn Metric) {
    for &kind in metric.tasks() {
        let sample = Sample::of(kind);
        let ones = Sample { weights: Some(vec![1.0; sample.target.len()]), ..sample.clone() };
        assert_same(metric, "weights of 1", ones.score(metric), sample.score(metric));
    }
}

/// A whole weight gives the score that the row repeated as often gives.
pub fn weights_are_repetitions(metric: &dyn Metric) {
    for &kind in metric.tasks() {
        let sample = Sample::of(kind);
        let n = sample.target.len() as u32;
        let times = |i: u32| [1, 0, 3, 2, 0, 1, 1][i as usize % 7];
        let repeated: Vec<u32> = (0..n).flat_map(|i| std::iter::repeat_n(i, times(i))).collect();
        let weighted = Sample { weights: Some((0..n).map(|i| times(i) as f64).collect()), ..sample.clone() };
        assert_same(metric, "whole weights", weighted.score(metric), sample.rows(&repeated).score(metric));
    }
}

/// All weights times one number give the same score.
pub fn weights_are_relative(metric: &dyn Metric) {
    for &kind in metric.tasks() {
        let sample = Sample::weighted(kind);
        let scaled = sample.weights.as_ref().map(|w| w.iter().map(|w| w * 1e-3).collect());
        assert_same(metric, "scaled weights", Sample { weights: scaled, ..sample.clone() }.score(metric), sample.score(metric));
    }
}

/// For metrics of both kinds of classification, a third class that has no rows and no probability changes
/// nothing.
pub fn two_classes_are_many(metric: &dyn Metric) {
    if !(metric.tasks().contains(&TaskKind::Binary) && metric.tasks().contains(&TaskKind::Multiclass)) {
        return;
    }
    let two = Sample::weighted(TaskKind::Binary);
    let labels = two.target.labels().map(<[u32]>::to_vec).unwrap_or_default();
    let values = two.predictions.iter().flat_map(|row| [row[0], row[1], 0.0]).collect();
    let three =
        Sample { target: Target::Classes { labels, n_classes: 3 }, predictions: Predictions::new(3, values), ..two.clone() };
    assert_same(metric, "a third class without rows", three.score(metric), two.score(metric));
}

/// With the classes in reverse order, and the positive one named accordingly, the score is the same.
pub fn classes_can_be_renamed(metric: &dyn Metric) {
    for &kind in metric.tasks() {
        let sample = Sample::weighted(kind);
        let Target::Classes { labels, n_classes } = &sample.target else { continue };
        // Equal probabilities go to the first class, so what is first matters where they are equal.
        let clear: Vec<u32> = (0..labels.len() as u32).filter(|&i| !has_ties(sample.predictions.row(i as usize))).collect();
        let sample = sample.rows(&clear);
        let reversed = Sample {
            target: Target::Classes {
                labels: sample.target.labels().unwrap_or_default().iter().map(|&l| *n_classes as u32 - 1 - l).collect(),
                n_classes: *n_classes,
            },
            predictions: Predictions::new(
                *n_classes,
                sample.predictions.iter().flat_map(|row| row.iter().rev()).copied().collect(),
            ),
            positive: n_classes - 1 - sample.positive,
            ..sample.clone()
        };
        assert_same(metric, "classes in reverse order", reversed.score(metric), sample.score(metric));
    }
}

/// Whether two classes share the largest probability.
fn has_ties(row: &[f64]) -> bool {
    let largest = row.iter().copied().fold(f64::MIN, f64::max);
    row.iter().filter(|p| **p == largest).count() > 1
}

/// Whatever the rows, the score is a finite number or `None`; without rows or weight it is `None`.
pub fn undefined_is_none(metric: &dyn Metric) {
    for &kind in metric.tasks() {
        let sample = Sample::of(kind);
        let n = sample.target.len();
        let nothing = sample.rows(&[]);
        assert_eq!(nothing.score(metric), None, "{}: no rows", metric.id());
        let weightless = Sample { weights: Some(vec![0.0; n]), ..sample.clone() };
        assert_eq!(weightless.score(metric), None, "{}: no weight", metric.id());
        for hard in hard_samples(&sample) {
            for hard in [hard.perfect(), hard] {
                let score = hard.score(metric);
                assert!(score.is_none_or(f64::is_finite), "{}: the score is {score:?} for {hard:?}", metric.id());
            }
        }
    }
}
