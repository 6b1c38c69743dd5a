use automl_core::clock::{Cancel, Deadline};
use automl_core::fit_context::{Monitor, Signal};

use super::*;

/// Keeps the reports, calls one of them the best and stops after another.
struct Script {
    best: u32,
    stop: u32,
    reports: Vec<(u32, Predictions)>,
}

impl Monitor for Script {
    fn report(&mut self, step: u32, predictions: &Predictions) -> Signal {
        self.reports.push((step, predictions.clone()));
        if step >= self.stop { Signal::Stop } else { Signal::Continue }
    }

    fn best_step(&self) -> Option<u32> {
        self.reports.iter().any(|r| r.0 >= self.best).then_some(self.best)
    }
}

fn watched(kind: TaskKind, script: &mut Script, deadline: Deadline) -> (GbdtModel, Predictions) {
    let (x, y) = example(kind, 600, 11);
    let (train, valid): (Vec<u32>, Vec<u32>) = (0..600).partition(|i| i % 4 != 0);
    let target = y.select(&train);
    let data = TrainData { x: x.select(&train), target: &target, weights: None, valid: Some(x.select(&valid)) };
    let ctx = FitContext::new(1).with_deadline(deadline).with_monitor(script);
    let model = fit_in(&quick(), &data, ctx).unwrap();
    let predictions = model.predict(x.select(&valid));
    (model, predictions)
}

fn apart(a: &Predictions, b: &Predictions) -> f64 {
    assert_eq!(a.values().len(), b.values().len());
    a.values().iter().zip(b.values()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn the_best_step_is_kept_and_was_reported_as_it_predicts() {
    for kind in TaskKind::ALL {
        let mut script = Script { best: 7, stop: 12, reports: Vec::new() };
        let (model, predictions) = watched(kind, &mut script, Deadline::Never);
        assert_eq!(model.iterations(), 7);
        assert_eq!(script.reports.last().map(|r| r.0), Some(12));
        let reported = &script.reports.iter().find(|r| r.0 == 7).unwrap().1;
        assert!(apart(reported, &predictions) < 1e-9, "{kind:?}");
        reported.validate(150, kind.is_classification().then(|| predictions.width())).unwrap();
    }
}

#[test]
fn without_a_verdict_all_trees_are_kept() {
    let mut script = Script { best: 1000, stop: 1000, reports: Vec::new() };
    let (model, predictions) = watched(TaskKind::Binary, &mut script, Deadline::Never);
    assert_eq!(model.iterations(), 30);
    assert!(apart(&script.reports.last().unwrap().1, &predictions) < 1e-9);
}

#[test]
fn a_deadline_gives_a_prefix_of_the_whole_fit() {
    for kind in [TaskKind::Binary, TaskKind::Multiclass] {
        let whole = watched(kind, &mut Script { best: 1000, stop: 1000, reports: Vec::new() }, Deadline::Never).0;
        let mut longest = 0;
        for polls in [0, 1, 2, 5, 20, 50] {
            let mut script = Script { best: 1000, stop: 1000, reports: Vec::new() };
            let (model, _) = watched(kind, &mut script, Deadline::after_polls(polls));
            model.validate(5).unwrap();
            assert!(model.iterations() as u64 <= polls);
            assert!(model.iterations() >= longest);
            longest = model.iterations();
            assert_eq!(model.trees, whole.trees[..model.trees.len()]);
        }
        assert!(longest > 5);
    }
}

#[test]
fn a_cancelled_fit_still_has_a_model() {
    let (x, y) = example(TaskKind::Multiclass, 100, 1);
    let cancel = Cancel::new();
    cancel.cancel();
    let data = TrainData { x: x.view(), target: &y, weights: None, valid: None };
    let model = fit_in(&quick(), &data, FitContext::new(1).with_cancel(cancel)).unwrap();
    model.validate(5).unwrap();
    model.predict(x.view()).validate(100, Some(3)).unwrap();
}

#[test]
fn large_trees_look_at_the_clock_while_they_grow() {
    let mut rng = rng(12);
    let columns: Vec<Column> = (0..40).map(|_| Column::Numeric(uniform(&mut rng, 60_000))).collect();
    let y = Target::Numbers(uniform(&mut rng, 60_000).into_iter().map(f64::from).collect());
    let x = matrix(columns);
    let data = TrainData { x: x.view(), target: &y, weights: None, valid: None };
    let params = GbdtParams { iterations: 1, ..quick() };
    // Two polls come before the tree, so that the others are its own.
    for polls in [3, 4] {
        let ctx = FitContext::new(1).with_deadline(Deadline::after_polls(polls));
        assert_eq!(fit_in(&params, &data, ctx).unwrap().iterations(), 0);
    }
}
