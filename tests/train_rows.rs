//! Fits that learn from some of the rows.

#![allow(missing_docs)]

use automl::{Fit, FitBuilder, Frame};
use automl_datasets::GENERATORS;
use polars::prelude::DataFrame;

const ROWS: usize = 900;

fn table() -> (DataFrame, &'static str) {
    let generator = GENERATORS.iter().find(|g| g.name == "mixed").unwrap();
    let made = (generator.generate)(ROWS, 3);
    (made.frame, made.target)
}

fn of(learner: &str) -> FitBuilder {
    let (data, target) = table();
    automl::fit(data, target).learners([learner]).folds(1).trials_max(2).threads(2).seed(3)
}

fn predicted(fit: &Fit) -> Vec<u64> {
    let (frame, _) = Frame::from_data(table().0).unwrap();
    fit.model.predict(&frame, 2).unwrap().predictions.values().iter().map(|v| v.to_bits()).collect()
}

fn score(fit: &Fit, learner: &str) -> (f64, Option<u64>) {
    let entry = fit.leaderboard.entries.iter().find(|e| e.learner == learner).unwrap();
    (entry.score.unwrap(), entry.train_rows())
}

#[test]
fn few_rows_are_learned_from_less_and_the_leaderboard_says_how_many() {
    // Those behind the first three hold out rows themselves, and are always given those that they are scored on.
    for learner in ["gbdt", "linear", "mlp", "knn", "extra_trees"] {
        let all = of(learner).run().unwrap();
        let few = of(learner).param(learner, "train_rows", 60).threads(1).run().unwrap();
        let ((of_all, none), (of_few, rows)) = (score(&all, learner), score(&few, learner));
        assert_eq!(none, None, "{learner}");
        let held_out = few.scored.len() as u64;
        let asked = if ["knn", "extra_trees"].contains(&learner) { held_out } else { 60 };
        assert_eq!(rows, Some(asked), "{learner}");
        assert!(of_few != of_all, "{learner}: {of_few} {of_all}");
        let again = of(learner).param(learner, "train_rows", 60).threads(3).run().unwrap();
        assert_eq!(predicted(&few), predicted(&again), "{learner}");
        let more = of(learner).param(learner, "train_rows", 2 * ROWS).run().unwrap();
        assert_eq!(score(&more, learner), (of_all, None), "{learner}: there are not so many");
    }
}

#[test]
fn what_is_no_number_of_rows_is_refused_before_the_search() {
    for value in [serde_json::json!(0), serde_json::json!("many"), serde_json::json!(1.5)] {
        let error = of("gbdt").param("gbdt", "train_rows", value.clone()).run().err().unwrap().to_string();
        assert!(error.contains("train_rows") && error.contains(&value.to_string()) && error.contains("gbdt"), "{error}");
    }
}
