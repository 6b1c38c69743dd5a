//! The list keeps the contract, and the contract finds faults.

use super::*;
use crate::metric::{ALL, Definition, Measure, Scoring};

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
        (!s.target.is_empty() && s.total_weight() > 0.0).then(|| s.predictions.values().iter().sum())
    }
}

#[test]
fn a_score_of_nan_is_found() {
    assert!(std::panic::catch_unwind(|| undefined_is_none(&Unguarded)).is_err());
}
