//! Features that a fit chooses: what its model reads, needs and predicts.

#![allow(missing_docs)]

use automl::{Fit, Frame, Model};
use automl_core::seed::derive;
use polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series};

const ROWS: usize = 400;
const NOISE: u64 = 40;

/// The target goes by `a`, `b` and `level`; `a2` is nearly `a`, and the rest is noise.
fn table() -> DataFrame {
    let value = |column: u64, i: usize| (derive(column, i as u64) % 1000) as f64 / 1000.0;
    let numbers =
        |name: &str, of: &dyn Fn(usize) -> f64| Series::new(name.into(), (0..ROWS).map(of).collect::<Vec<_>>()).into_column();
    let level = |i: usize| (derive(902, i as u64) % 3) as usize;
    let mut columns: Vec<_> = (0..NOISE).map(|c| numbers(&format!("noise{c}"), &|i| value(c, i))).collect();
    columns.push(numbers("a", &|i| value(900, i)));
    columns.push(numbers("a2", &|i| 5.0 * value(900, i) + 0.02 * value(903, i)));
    columns.push(numbers("b", &|i| value(901, i)));
    let levels = (0..ROWS).map(|i| ["red", "green", "blue"][level(i)]).collect::<Vec<_>>();
    columns.push(Series::new("level".into(), levels).into_column());
    columns.push(numbers("y", &|i| value(900, i) - value(901, i) + level(i) as f64 / 2.0 + 0.2 * value(904, i)));
    DataFrame::new(ROWS, columns).unwrap()
}

fn fitted(learner: &str, selection: impl Into<serde_json::Value>) -> Fit {
    let run = automl::fit(table(), "y").learners([learner]).param(learner, "select_features", selection);
    run.folds(2).trials_max(2).threads(2).seed(3).run().unwrap()
}

fn predicted(model: &Model, data: &DataFrame) -> Vec<u64> {
    let (frame, _) = Frame::from_data(data.clone()).unwrap();
    model.predict(&frame, 2).unwrap().predictions.values().iter().map(|v| v.to_bits()).collect()
}

#[test]
fn what_is_dropped_is_not_needed_and_the_model_is_saved_with_what_it_keeps() {
    // `knn` holds out rows itself where it chooses nothing; `ebm` has names for its columns.
    for learner in ["gbdt", "linear", "knn", "ebm"] {
        let fit = fitted(learner, "probe");
        let needed: Vec<String> = fit.model.schema.features().map(|f| f.name.clone()).collect();
        let is_needed = |name: &str| needed.iter().any(|n| n == name);
        assert!(is_needed("b") && is_needed("level") && (is_needed("a") || is_needed("a2")), "{learner}: {needed:?}");
        assert!(needed.len() < 10, "{learner}: {needed:?}");
        let whole = predicted(&fit.model, &table());
        assert_eq!(whole, predicted(&fit.model, &table().select(needed).unwrap()), "{learner}");
        let bytes = automl::artifact::to_bytes(&fit.model).unwrap();
        let loaded = automl::artifact::from_bytes(&bytes, &automl::registry()).unwrap();
        assert_eq!(whole, predicted(&loaded, &table()), "{learner}");

        let (frame, _) = Frame::from_data(table()).unwrap();
        let member = fit.model.members.iter().find(|m| m.learner.id() == learner).unwrap();
        let made = fit.model.transform(&frame, member, 1).unwrap();
        let features = fit.model.features_of(member).unwrap();
        assert_eq!(made.data.width(), features.columns.len(), "{learner}");
        assert!(!features.columns.iter().any(|f| f.name == "a") || !features.columns.iter().any(|f| f.name == "a2"));
    }
}

#[test]
fn no_more_features_are_kept_than_asked() {
    let fit = fitted("gbdt", 2);
    let member = fit.model.members.iter().find(|m| m.learner.id() == "gbdt").unwrap();
    for fold in &member.models {
        assert_eq!(fit.model.featurizations[fold.featurization].columns(), 2);
    }
    let (frame, _) = Frame::from_data(table()).unwrap();
    let explained = fit.model.explain(&frame, Some(member.trial), 1).unwrap();
    assert!(explained.columns.len() <= 4 && !explained.columns.is_empty(), "{:?}", explained.columns);
}

#[test]
fn what_a_quick_model_needs_is_kept() {
    const ROWS: usize = 2_000;
    // `c` tells something of the target, but nothing that `a` and `b` do not tell better.
    let value = |column: u64, i: usize| (derive(column, i as u64) % 1000) as f64 / 1000.0;
    let sum = |i: usize| value(900, i) - value(901, i);
    let column =
        |name: &str, of: &dyn Fn(usize) -> f64| Series::new(name.into(), (0..ROWS).map(of).collect::<Vec<_>>()).into_column();
    let c = column("c", &|i| sum(i) + 4.0 * value(905, i));
    let columns = vec![column("a", &|i| value(900, i)), column("b", &|i| value(901, i)), c, column("y", &sum)];
    let table = DataFrame::new(ROWS, columns).unwrap();
    let kept = |selection: &str| {
        let run = automl::fit(table.clone(), "y").learners(["linear"]).param("linear", "select_features", selection);
        let fit = run.folds(2).trials_max(2).threads(2).seed(3).run().unwrap();
        fit.model.schema.features().map(|f| f.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(kept("probe"), ["a", "b", "c"]);
    assert_eq!(kept("permutation"), ["a", "b"]);
}

#[test]
fn a_selection_that_is_none_is_refused() {
    let run = automl::fit(table(), "y").param("gbdt", "select_features", "prob").trials_max(2);
    let error = run.run().err().unwrap().to_string();
    assert!(error.contains("select_features") && error.contains("probe") && error.contains("prob"), "{error}");
}
