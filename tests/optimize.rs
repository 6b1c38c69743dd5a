//! Final models that are chosen for latency or size: one model per member, at nearly the best score.

#![allow(missing_docs)]

use std::sync::{Arc, Mutex};

use automl::error::Error;
use automl::fit_context::FitContext;
use automl::learner::{Cost, Fitted, Learner, Model, Supports, TrainData};
use automl::matrix::{Form, Shape, View};
use automl::predictions::Predictions;
use automl::space::SearchSpace;
use automl::{Fit, FitBuilder, Frame, Optimize, Portfolio, Progress, Registry, TaskKind};
use automl_datasets::GENERATORS;
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

const ROWS: usize = 240;
const FOLDS: usize = 3;

fn generated(name: &str) -> (DataFrame, &'static str) {
    let generator = GENERATORS.iter().find(|g| g.name == name).unwrap();
    let made = (generator.generate)(ROWS, 3);
    (made.frame, made.target)
}

fn builder(name: &str, optimize: Optimize) -> FitBuilder {
    let (data, target) = generated(name);
    automl::fit(data, target).folds(FOLDS).threads(2).seed(4).optimize(optimize)
}

/// Fits, and gives what was remarked too.
fn remarked(builder: FitBuilder) -> (Fit, Vec<String>) {
    let remarks = Arc::new(Mutex::new(Vec::new()));
    let heard = remarks.clone();
    let fit = builder.on_progress(move |event| {
        if let Progress::Remark(text) = event {
            heard.lock().unwrap().push(text.clone());
        }
    });
    let fit = fit.run().unwrap();
    let remarks = remarks.lock().unwrap().clone();
    (fit, remarks)
}

fn predicted(fit: &Fit, name: &str) -> Vec<u64> {
    let (frame, _) = Frame::from_data(generated(name).0).unwrap();
    fit.model.predict(&frame, 2).unwrap().predictions.values().iter().map(|v| v.to_bits()).collect()
}

/// A refitted model is a model like any other: it predicts, is saved and loaded, and is as good as its folds were.
fn check_refitted(name: &str, line: &str) {
    let portfolio = Portfolio::parse(&format!("{{\"name\": \"featureless\", \"learner\": \"featureless\"}}\n{line}")).unwrap();
    let (fit, remarks) = remarked(builder(name, Optimize::Size).portfolio(portfolio).trials_max(2));
    assert_eq!(remarks, Vec::<String>::new(), "{name} {line}");
    let (bargain, model) = (fit.leaderboard.bargain.as_ref().unwrap(), &fit.model);
    assert!(model.members.iter().all(|member| member.models.len() == 1), "{name} {line}");
    assert_eq!((bargain.models, bargain.score), (1, bargain.best_score), "{name} {line}");
    assert_eq!(model.provenance.optimize, Optimize::Size);

    let (frame, _) = Frame::from_data(generated(name).0).unwrap();
    let predictions = model.predict(&frame, 1).unwrap().predictions;
    let loaded = automl::from_bytes(&automl::to_bytes(model).unwrap()).unwrap();
    assert_eq!(loaded.predict(&frame, 1).unwrap().predictions, predictions, "{name} {line}");
    assert_eq!(loaded.provenance, model.provenance);

    // On rows that it has seen it is better than the folds were on rows that they had not seen.
    let seen = model.evaluate(&frame, automl::registry().metrics(), 1).unwrap().metrics[&fit.leaderboard.metric];
    let sign = if fit.leaderboard.higher_is_better { 1.0 } else { -1.0 };
    let baseline = fit.leaderboard.entries.iter().find(|e| e.name == "featureless").unwrap().score.unwrap();
    let gain = |score: f64| sign * (score - baseline);
    assert!(gain(seen) > 0.8 * gain(bargain.score), "{name} {line}: {seen}, the folds had {} over {baseline}", bargain.score);
}

#[test]
fn a_pipeline_of_every_learner_can_be_refitted() {
    for learner in automl::registry().learners().iter().filter(|learner| learner.id() != "featureless") {
        for (name, task) in [("regression", TaskKind::Regression), ("classification", TaskKind::Binary)] {
            if learner.supports().tasks.contains(&task) {
                check_refitted(name, &format!(r#"{{"name": "one", "learner": "{}"}}"#, learner.id()));
            }
        }
    }
}

#[test]
fn features_that_see_the_target_are_made_of_all_rows() {
    let params = [
        r#"{"features": ["target_encoding", "count_encoding"], "target_encoding.levels_min": 2}"#,
        r#"{"features": ["generated"]}"#,
        r#"{"select_features": "permutation"}"#,
        r#"{"select_features": 3}"#,
    ];
    for params in params {
        check_refitted("mixed", &format!(r#"{{"name": "one", "learner": "gbdt", "params": {params}}}"#));
    }
    check_refitted("friedman1", r#"{"name": "one", "learner": "gbdt", "params": {"target_transform": "yeo_johnson"}}"#);
}

#[test]
fn steps_are_those_of_the_folds_and_a_tenth_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let fit = builder("regression", Optimize::Latency).learners(["gbdt"]).trials_max(2).run_folder(&path, false).run().unwrap();
    let steps = |model: &automl::Model| -> Vec<u32> {
        let models = model.members.iter().flat_map(|member| &member.models);
        models.map(|fold| fold.model.steps().unwrap()).collect()
    };
    let mut of_folds = steps(&automl::load_trial(&path, "1").unwrap());
    of_folds.sort_unstable();
    assert_eq!(of_folds.len(), FOLDS);
    assert_eq!(steps(&fit.model), [(1.1 * f64::from(of_folds[FOLDS / 2])).round() as u32]);
}

#[test]
fn what_is_chosen_costs_no_more_than_the_best_and_loses_little() {
    for name in ["mixed", "classification", "friedman1"] {
        let best = builder(name, Optimize::Accuracy).trials_max(7).run().unwrap();
        assert_eq!(best.leaderboard.bargain, None);
        for optimize in [Optimize::Latency, Optimize::Size] {
            let fit = builder(name, optimize).trials_max(7).run().unwrap();
            let bargain = fit.leaderboard.bargain.as_ref().unwrap();
            assert!(bargain.cost <= bargain.best_cost, "{name}: {bargain:?}");
            assert!(bargain.lost <= 0.01, "{name}: {bargain:?}");
            assert!(fit.model.members.iter().all(|member| member.models.len() == 1), "{name}: {bargain:?}");
            assert_eq!(fit.leaderboard.score(), Some(bargain.score));
            let sum: f64 = fit.leaderboard.entries.iter().filter(|e| e.trial.is_some()).map(|e| e.weight).sum();
            assert!((sum - 1.0).abs() < 1e-9, "the leaderboard tells who votes");
            // The same trials, and the same best of them.
            let of_best = best.leaderboard.score().unwrap();
            assert!((bargain.best_score - of_best).abs() < 1e-9, "{name}: {bargain:?}, {of_best}");
        }
        let size = |fit: &Fit| automl::to_bytes(&fit.model).unwrap().len() as f64;
        let small = builder(name, Optimize::Size).trials_max(7).run().unwrap();
        let bargain = small.leaderboard.bargain.as_ref().unwrap();
        // What a model says of its run is stored too.
        assert!((bargain.cost - size(&small)).abs() < 500.0 && (bargain.best_cost - size(&best)).abs() < 500.0, "{name}");
    }
}

#[test]
fn a_run_that_goes_on_chooses_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let whole = builder("mixed", Optimize::Size).trials_max(5).run().unwrap();
    builder("mixed", Optimize::Size).trials_max(3).run_folder(&path, false).run().unwrap();
    let resume = || automl::resume(&path).unwrap().data(generated("mixed").0).trials_max(5);
    assert!(resume().optimize(Optimize::Latency).run().err().unwrap().to_string().contains("only its budget"));
    let again = resume().run().unwrap();
    assert_eq!(again.leaderboard.bargain, whole.leaderboard.bargain);
    assert_eq!(predicted(&again, "mixed"), predicted(&whole, "mixed"));
}

/// Predicts the mean, a little better than none does, and cannot be fitted to all rows.
struct NotOfAll;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NoParams {}

#[derive(Debug, Serialize, Deserialize)]
struct Mean(f64);

impl Model for Mean {
    fn predict(&self, x: View<'_>) -> Predictions {
        Predictions::new(1, vec![self.0; x.rows()])
    }

    fn validate(&self, _columns: usize) -> automl::Result<()> {
        Ok(())
    }
}

impl Learner for NotOfAll {
    type Params = NoParams;
    type Model = Mean;
    const ID: &'static str = "not_of_all";
    const VERSION: u32 = 1;
    const PAGE: &'static str = "//! For tests.";

    fn supports(&self) -> Supports {
        Supports {
            tasks: &[TaskKind::Regression],
            forms: &[Form::Numeric],
            held_out: false,
            exact_weights: false,
            random: false,
            monotone: false,
        }
    }

    fn space(&self, _shape: Shape) -> SearchSpace {
        SearchSpace::new()
    }

    fn cost(&self, _params: &NoParams, _shape: Shape) -> Cost {
        Cost { memory_bytes: 1, work: 1.0 }
    }

    fn fit(&self, _params: &NoParams, data: &TrainData<'_>, _ctx: &mut FitContext<'_>) -> automl::Result<Fitted<Mean>> {
        if data.target.len() == ROWS {
            return Err(Error::usage("these are too many"));
        }
        let automl::task::Target::Numbers(values) = data.target else { return Err(Error::usage("no numbers")) };
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        Ok(Fitted { model: Mean(mean), held_out: None })
    }
}

#[test]
fn a_member_that_cannot_be_refitted_keeps_its_folds_and_says_so() {
    let registry = Registry::new(&[&NotOfAll], &[]);
    let registry = automl::registry().featurizers().iter().fold(registry, |all, featurizer| all.with_featurizer(*featurizer));
    let portfolio = Portfolio::parse(r#"{"name": "stubborn", "learner": "not_of_all"}"#).unwrap();
    let builder = builder("regression", Optimize::Latency).registry(registry).portfolio(portfolio).trials_max(1);
    let (fit, remarks) = remarked(builder);
    assert_eq!(fit.model.members[0].models.len(), FOLDS);
    assert_eq!(fit.leaderboard.bargain.unwrap().models, FOLDS);
    let expected = "trial 0 (`stubborn`) keeps the models of its folds, as it was not fitted to all rows: these are too many";
    assert_eq!(remarks, [expected]);
}
