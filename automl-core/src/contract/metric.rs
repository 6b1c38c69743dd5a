//! What every metric owes.
//!
//! [`check`] runs all of [`CHECKS`] on one metric; each panics with the metric's id where it fails. The data
//! is made here, the same on every run.

use rand::RngExt;

use crate::metric::{Direction, Measure, Metric, Scoring};
use crate::page;
use crate::predictions::Predictions;
use crate::seed::{Rng, rng};
use crate::task::{Target, TaskKind};

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

/// Rows with their truth, predictions and weights.
#[derive(Debug, Clone)]
struct Sample {
    target: Target,
    predictions: Predictions,
    weights: Option<Vec<f64>>,
    positive: usize,
}

/// How near two scores are that may differ by rounding alone.
const NEAR: f64 = 1e-9;

impl Sample {
    /// 60 rows with imperfect predictions, some of them equal, and no weights.
    fn of(kind: TaskKind) -> Sample {
        let rng = &mut rng(17);
        let (target, predictions) = match kind {
            TaskKind::Binary => classes(60, 2, rng),
            TaskKind::Multiclass => classes(60, 4, rng),
            TaskKind::Regression => numbers(60, rng),
        };
        Sample { target, predictions, weights: None, positive: usize::from(kind == TaskKind::Binary) }
    }

    /// The same with weights between 0.5 and 2.
    fn weighted(kind: TaskKind) -> Sample {
        let rng = &mut rng(18);
        let sample = Sample::of(kind);
        let weights = (0..sample.target.len()).map(|_| rng.random_range(0.5..2.0)).collect();
        Sample { weights: Some(weights), ..sample }
    }

    /// The chosen rows; one may be chosen more than once.
    fn rows(&self, rows: &[u32]) -> Sample {
        let weights = self.weights.as_ref().map(|w| rows.iter().map(|&i| w[i as usize]).collect());
        Sample { target: self.target.select(rows), predictions: self.predictions.select(rows), weights, positive: self.positive }
    }

    /// The same rows with perfect predictions.
    fn perfect(&self) -> Sample {
        let predictions = match &self.target {
            Target::Numbers(values) => Predictions::new(1, values.clone()),
            Target::Classes { labels, n_classes } => one_hot(labels, *n_classes),
        };
        Sample { predictions, ..self.clone() }
    }

    fn score(&self, metric: &dyn Metric) -> Option<f64> {
        metric.score(&Scoring {
            target: &self.target,
            predictions: &self.predictions,
            weights: self.weights.as_deref(),
            positive: self.positive,
            parameter: metric.parameter(),
        })
    }
}

/// Labels of all classes, and probabilities in steps of 1/8 that lean towards the truth.
fn classes(rows: usize, n_classes: usize, rng: &mut Rng) -> (Target, Predictions) {
    let labels: Vec<u32> =
        (0..rows).map(|i| (i % n_classes).min(rng.random_range(0..n_classes as u64) as usize + 1) as u32).collect();
    let mut values = Vec::new();
    for &label in &labels {
        let mut row: Vec<f64> = (0..n_classes).map(|_| f64::from(rng.random_range(0..4_u32))).collect();
        row[label as usize] += 2.0;
        // Eighths are exact in binary, so the two probabilities of a row are ties where they should be.
        let rest = 8.0 - row.iter().sum::<f64>().min(8.0);
        row[0] += rest;
        let sum: f64 = row.iter().sum();
        values.extend(row.iter().map(|v| v / sum));
    }
    (Target::Classes { labels, n_classes }, Predictions::new(n_classes, values))
}

/// Positive values, some of them equal, and predictions about them.
fn numbers(rows: usize, rng: &mut Rng) -> (Target, Predictions) {
    let values: Vec<f64> = (0..rows).map(|_| f64::from(rng.random_range(2..40_u32)) / 4.0).collect();
    let predicted = values.iter().map(|v| v + f64::from(rng.random_range(-4..8_i32)) / 4.0).collect();
    (Target::Numbers(values), Predictions::new(1, predicted))
}

/// All probability on one class per row.
fn one_hot(labels: &[u32], n_classes: usize) -> Predictions {
    let mut predictions = Predictions::zeros(labels.len(), n_classes);
    for (i, &label) in labels.iter().enumerate() {
        predictions.row_mut(i)[label as usize] = 1.0;
    }
    predictions
}

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

/// Perfect predictions, then some that get worse: more and more rows with a confident mistake, or errors
/// that grow.
fn ladder(target: &Target) -> Vec<Predictions> {
    let rng = &mut rng(19);
    let noise: Vec<f64> = (0..target.len()).map(|_| rng.random_range(-1.0..1.0)).collect();
    let steps = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5];
    let step = |share: f64| match target {
        Target::Numbers(values) => Predictions::new(1, values.iter().zip(&noise).map(|(v, e)| v + 12.0 * share * e).collect()),
        Target::Classes { labels, n_classes } => {
            let turned = |(&label, e): (&u32, &f64)| if e.abs() < share { (label + 1) % *n_classes as u32 } else { label };
            let labels: Vec<u32> = labels.iter().zip(&noise).map(turned).collect();
            one_hot(&labels, *n_classes)
        }
    };
    steps.into_iter().map(step).collect()
}

/// No predictions get a better score than [`Metric::best`].
pub fn never_beats_best(metric: &dyn Metric) {
    for &kind in metric.tasks() {
        let sample = Sample::weighted(kind);
        for i in 0..sample.target.len() as u32 {
            let rows: Vec<u32> = (i..sample.target.len() as u32).collect();
            if let Some(score) = sample.rows(&rows).score(metric) {
                let beaten = match metric.direction() {
                    Direction::Maximize => score > metric.best(),
                    Direction::Minimize => score < metric.best(),
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

/// Samples on which some metric or other is undefined.
fn hard_samples(sample: &Sample) -> Vec<Sample> {
    let n = sample.target.len();
    let with = |target: Target| Sample { target, ..sample.clone() };
    let predicting = |values: Vec<f64>| Sample { predictions: Predictions::new(sample.target.width(), values), ..sample.clone() };
    let mut hard = vec![sample.rows(&[0]), sample.rows(&[0, 0])];
    match sample.target {
        Target::Classes { n_classes, .. } => {
            hard.extend((0..n_classes as u32).map(|label| with(Target::Classes { labels: vec![label; n], n_classes })));
            let first: Vec<u32> = vec![0; n];
            hard.push(Sample { predictions: one_hot(&first, n_classes), ..sample.clone() });
        }
        Target::Numbers(_) => {
            hard.extend([0.0, 0.1, -1.0, -5.0, 1e300].map(|value| with(Target::Numbers(vec![value; n]))));
            hard.extend([0.0, -7.0, -1e300].map(|value| predicting(vec![value; n])));
        }
    }
    let width = sample.target.width();
    hard.extend([0.0, 1.0, f64::NAN, f64::INFINITY].map(|value| predicting(vec![value; n * width])));
    hard
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{ALL, Definition};

    #[test]
    fn every_metric_keeps_its_contract() {
        ALL.iter().for_each(|metric| check(*metric));
    }

    #[test]
    fn names_and_aliases_are_unique_and_parse() {
        let mut names: Vec<&str> = ALL.iter().flat_map(|m| m.aliases().iter().copied().chain([m.id()])).collect();
        for metric in ALL {
            for name in metric.aliases().iter().copied().chain([metric.id()]) {
                let parsed = Measure::parse(name, metric.tasks()[0], ALL).map(|m| m.metric.id());
                assert_eq!(parsed.ok(), Some(metric.id()), "{name}");
            }
        }
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    }

    #[test]
    fn every_task_has_its_default() {
        for kind in TaskKind::ALL {
            assert!(Measure::parse(Measure::default_id(kind), kind, ALL).is_ok());
        }
    }

    /// The base of metrics with one fault each.
    const ERROR: Definition = Definition {
        id: "error",
        aliases: &[],
        tasks: &[TaskKind::Regression],
        direction: Direction::Minimize,
        best: 0.0,
        parameter: None,
        page: "//! The mean absolute error of all rows.",
        score: |s| {
            let truth = s.target.numbers()?;
            let errors = truth.iter().zip(s.predictions.values()).enumerate();
            Some(errors.map(|(i, (t, p))| s.weight(i) * (t - p).abs()).sum::<f64>() / s.total_weight())
        },
    };

    #[test]
    fn a_metric_of_ones_own_passes() {
        check(&ERROR);
    }

    fn fails(check: fn(&dyn Metric), metric: Definition) -> bool {
        std::panic::catch_unwind(move || check(&metric)).is_err()
    }

    #[test]
    fn faults_are_found() {
        assert!(fails(is_described, Definition { id: "Mean Error", ..ERROR }));
        assert!(fails(is_described, Definition { page: "//! Error", ..ERROR }));
        assert!(fails(perfect_is_best, Definition { best: 1.0, ..ERROR }));
        assert!(fails(worse_is_never_better, Definition { direction: Direction::Maximize, ..ERROR }));
        assert!(fails(never_beats_best, Definition { direction: Direction::Maximize, ..ERROR }));
        let first = |s: &Scoring<'_>| Some((s.target.numbers()?[0] - s.predictions.values()[0]).abs());
        assert!(fails(row_order_is_ignored, Definition { score: first, ..ERROR }));
        let counts_rows = |s: &Scoring<'_>| Some(s.target.len() as f64 / s.total_weight());
        assert!(fails(weights_are_repetitions, Definition { score: counts_rows, ..ERROR }));
        let has_weights = |s: &Scoring<'_>| Some(f64::from(s.weights.is_some()));
        assert!(fails(unit_weights_are_none, Definition { score: has_weights, ..ERROR }));
        assert!(fails(weights_are_relative, Definition { score: |s| Some(s.total_weight()), ..ERROR }));
        let classes = Definition { tasks: &[TaskKind::Binary, TaskKind::Multiclass], ..ERROR };
        assert!(fails(two_classes_are_many, Definition { score: |s| Some(s.target.width() as f64), ..classes }));
        let first_class = |s: &Scoring<'_>| Some(s.predictions.iter().map(|row| row[0]).sum());
        assert!(fails(classes_can_be_renamed, Definition { score: first_class, ..classes }));
    }

    /// A metric of its own type, which nothing protects from NaN.
    struct Unguarded;

    impl Metric for Unguarded {
        fn id(&self) -> &'static str {
            "unguarded"
        }
        fn tasks(&self) -> &'static [TaskKind] {
            &[TaskKind::Regression]
        }
        fn direction(&self) -> Direction {
            Direction::Minimize
        }
        fn best(&self) -> f64 {
            0.0
        }
        fn page(&self) -> &'static str {
            ""
        }
        fn score(&self, s: &Scoring<'_>) -> Option<f64> {
            (s.target.len() > 0 && s.total_weight() > 0.0).then(|| s.predictions.values().iter().sum())
        }
    }

    #[test]
    fn a_score_of_nan_is_found() {
        assert!(std::panic::catch_unwind(|| undefined_is_none(&Unguarded)).is_err());
    }
}
