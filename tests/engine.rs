//! The engine against learners that misbehave, clocks that run out, and data with roles.

#![allow(missing_docs)]

use std::time::Duration;

use automl::{Direction, EntryStatus, ErrorKind, Fit, FitBuilder, Frame, Kind, Portfolio, Registry, Role};
use automl_core::contract::debug::DebugLearner;
use automl_datasets::GENERATORS;
use polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series};

fn generated(name: &str, rows: usize) -> (DataFrame, &'static str) {
    let generator = GENERATORS.iter().find(|g| g.name == name).unwrap();
    let made = (generator.generate)(rows, 3);
    (made.frame, made.target)
}

fn with_debug() -> Registry {
    let mut registry = Registry::new(&[], automl_featurizers::ALL);
    for learner in automl::registry().learners().iter().filter(|l| ["featureless", "linear"].contains(&l.id())) {
        registry = registry.with_learner(*learner);
    }
    registry.with_learner(&DebugLearner)
}

/// The baseline, then the debug learner in each of these modes, then one good learner.
fn portfolio(modes: &[&str]) -> Portfolio {
    let mut text = r#"{"name": "featureless", "learner": "featureless"}"#.to_owned() + "\n";
    for mode in modes {
        text += &format!(r#"{{"name": "{mode}", "learner": "debug", "params": {{"mode": "{mode}", "sleep_ms": 60000}}}}"#);
        text.push('\n');
    }
    text += r#"{"name": "linear", "learner": "linear"}"#;
    Portfolio::parse(&text).unwrap()
}

fn status(fit: &Fit, name: &str) -> (EntryStatus, String) {
    let entry = fit.leaderboard.entries.iter().find(|e| e.name == name).unwrap_or_else(|| panic!("no {name}"));
    (entry.status, entry.message.clone())
}

/// Which learners were tried with these lines in the portfolio, and these learners named.
fn tried(line: &str, named: &[&str]) -> Vec<String> {
    let (data, target) = generated("classification", 120);
    let portfolio = Portfolio::parse(&format!("{{\"name\": \"featureless\", \"learner\": \"featureless\"}}\n{line}")).unwrap();
    let named = named.iter().map(|&id| id.to_owned());
    let fit = automl::fit(data, target).portfolio(portfolio).learners(named).trials_max(3).threads(1).run().unwrap();
    fit.leaderboard.entries.into_iter().filter(|e| e.trial.is_some()).map(|e| e.learner).collect()
}

#[test]
fn a_learner_on_request_is_tried_by_those_who_name_it() {
    let on_request = r#"{"name": "ridge", "learner": "linear", "on_request": true}"#;
    assert!(!tried(on_request, &[]).contains(&"linear".to_owned()));
    assert!(tried(on_request, &["linear"]).contains(&"linear".to_owned()));
    let for_less = r#"{"name": "ridge", "learner": "linear", "rows_max": 50}"#;
    assert!(!tried(for_less, &[]).contains(&"linear".to_owned()));
    assert!(tried(for_less, &["linear"]).contains(&"linear".to_owned()));
}

#[test]
fn a_failing_trial_is_an_entry_and_the_run_goes_on() {
    let modes = ["error", "panic", "nan", "wrong_rows", "not_a_distribution"];
    for (name, threads) in [("classification", 1), ("classification", 2), ("regression", 2)] {
        let (data, target) = generated(name, 150);
        let run = automl::fit(data, target).registry(with_debug()).portfolio(portfolio(&modes)).trials_max(7).threads(threads);
        let fit = run.run().unwrap();
        for mode in modes {
            // For a number anything finite is a distribution.
            let expected = if mode == "not_a_distribution" && name == "regression" { continue } else { EntryStatus::Failed };
            let (status, message) = status(&fit, mode);
            assert_eq!(status, expected, "{name} {mode}");
            assert!(!message.is_empty(), "{mode} says why");
        }
        assert_eq!(status(&fit, "linear").0, EntryStatus::Complete);
        assert!(fit.model.members.iter().all(|m| m.learner.id() != "debug"));
    }
}

#[test]
fn a_learner_that_ignores_its_deadline_is_left_behind() {
    let (data, target) = generated("classification", 300);
    let run = automl::fit(data, target).registry(with_debug()).portfolio(portfolio(&["sleep_deaf"]));
    let fit = run.time_budget(Duration::from_secs(1)).threads(1).folds(1).run().unwrap();
    assert_eq!(status(&fit, "featureless").0, EntryStatus::Complete);
    assert_eq!(status(&fit, "sleep_deaf").0, EntryStatus::Pruned);
}

#[test]
fn a_sleeper_wakes_up_at_its_deadline_and_the_rest_gets_its_turn() {
    let (data, target) = generated("classification", 300);
    let run = automl::fit(data, target).registry(with_debug()).portfolio(portfolio(&["sleep"]));
    let fit = run.time_budget(Duration::from_secs(2)).threads(1).folds(1).run().unwrap();
    assert_eq!(status(&fit, "linear").0, EntryStatus::Complete);
}

#[test]
fn others_go_on_beside_a_learner_that_hangs() {
    let (data, target) = generated("classification", 300);
    let run = automl::fit(data, target).registry(with_debug()).portfolio(portfolio(&["sleep_deaf"]));
    let fit = run.time_budget(Duration::from_secs(2)).threads(2).folds(1).run().unwrap();
    assert_eq!(status(&fit, "linear").0, EntryStatus::Complete);
    assert_eq!(status(&fit, "sleep_deaf"), (EntryStatus::Pruned, "the time was over".to_owned()));
}

#[test]
fn what_does_not_fit_into_memory_fails_and_says_so() {
    let (data, target) = generated("classification", 300);
    let run = |bytes: u64| automl::fit(data.clone(), target).learners(["linear"]).trials_max(3).memory_limit(bytes).run();
    assert_eq!(run(1 << 40).unwrap().leaderboard.entries.iter().filter(|e| e.status == EntryStatus::Failed).count(), 0);
    if automl::memory::resident_bytes().is_some() {
        let error = run(1).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::NoModel);
        assert!(error.to_string().contains("0 MB are left of the memory limit of 1 MB"), "{error}");
    }
}

#[test]
fn a_budget_too_short_for_anything_gives_the_baseline_or_says_so() {
    let (data, target) = generated("mixed", 2000);
    match automl::fit(data, target).time_budget(Duration::from_millis(1)).run() {
        Ok(fit) => assert!(!fit.model.members.is_empty()),
        Err(e) => assert_eq!(e.kind(), ErrorKind::NoModel, "{e}"),
    }
}

fn with_column(mut data: DataFrame, series: Series) -> DataFrame {
    data.with_column(series.into_column()).unwrap();
    data
}

#[test]
fn roles_keep_columns_from_learners_and_steer_the_split() {
    let (data, target) = generated("classification", 240);
    let rows = data.height();
    let data = with_column(data, Series::new("shop".into(), (0..rows).map(|i| (i / 12) as i64).collect::<Vec<_>>()));
    let data = with_column(data, Series::new("w".into(), (0..rows).map(|i| 1.0 + (i % 3) as f64).collect::<Vec<_>>()));
    let fit = automl::fit(data.clone(), target).role("shop", Role::Group).role("w", Role::Weight).trials_max(4).run().unwrap();
    assert!(fit.leaderboard.validation.to_lowercase().contains("group"), "{}", fit.leaderboard.validation);
    assert!(fit.model.schema.features().all(|f| f.name != "shop" && f.name != "w"));

    let day = Series::new("day".into(), (0..rows as i64).rev().collect::<Vec<_>>());
    let fit = automl::fit(with_column(data, day), target).role("day", Role::Time).trials_max(3).run().unwrap();
    assert!(fit.leaderboard.validation.contains("later than the rows it learns from"), "{}", fit.leaderboard.validation);
}

#[test]
fn errors_name_what_is_wrong_and_what_is_near() {
    let (data, target) = generated("classification", 60);
    let message = |e: automl::Error| (e.kind(), e.to_string());
    let (kind, text) = message(automl::fit(data.clone(), "tarjet").run().err().unwrap());
    assert_eq!(kind, ErrorKind::Data);
    assert!(text.contains("tarjet") && text.contains("target"), "{text}");
    let (kind, text) = message(automl::fit(data.clone(), target).learners(["gdbt"]).run().err().unwrap());
    assert_eq!(kind, ErrorKind::Usage);
    assert!(text.contains("`gbdt`"), "{text}");
    let (kind, text) = message(automl::fit(data.clone(), target).metric("rsme").run().err().unwrap());
    assert_eq!(kind, ErrorKind::Usage);
    assert!(text.contains("rmse"), "{text}");
    let (kind, _) = message(automl::fit(data, target).trials_max(0).run().err().unwrap());
    assert_eq!(kind, ErrorKind::Usage);
}

#[test]
fn a_run_folder_holds_the_run_and_its_trials_are_models() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let (data, target) = generated("mixed", 250);
    let fit = automl::fit(data.clone(), target).trials_max(5).run_folder(&path, false).run().unwrap();
    for name in ["config.json", "journal.jsonl", "findings.json", "leaderboard.json", "model.automl", "run.log"] {
        assert!(path.join(name).is_file(), "{name}");
    }
    let (frame, _) = Frame::from_data(data.clone()).unwrap();
    let whole = fit.model.predict(&frame, 1).unwrap().predictions;
    assert_eq!(automl::load(&path).unwrap().predict(&frame, 1).unwrap().predictions, whole);
    for entry in fit.leaderboard.entries.iter().filter(|e| e.status == EntryStatus::Complete) {
        let Some(trial) = entry.trial else { continue };
        let model = automl::load(path.join(format!("trials/{trial}"))).unwrap();
        assert_eq!(model.predict(&frame, 1).unwrap().predictions.rows(), 250);
        assert!(entry.model_bytes > 0);
    }
    let journal = std::fs::read_to_string(path.join("journal.jsonl")).unwrap();
    let finished = automl::search::journal::read(&journal).unwrap();
    let finished = finished.iter().filter(|r| matches!(r, automl::search::journal::Record::Finished { .. })).count();
    assert_eq!(finished, fit.leaderboard.entries.iter().filter(|e| e.trial.is_some()).count());

    let again = automl::fit(data.clone(), target).trials_max(2).run_folder(&path, false).run().err().unwrap();
    assert_eq!(again.kind(), ErrorKind::Usage);
    automl::fit(data, target).trials_max(2).run_folder(&path, true).run().unwrap();
}

/// A fold that chose its steps alone would be scored on the rows that chose them.
#[test]
fn the_folds_of_a_trial_keep_the_same_steps_and_are_scored_with_them() {
    for (name, metric) in [("regression", "mae"), ("classification", "log_loss")] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let (data, target) = generated(name, 300);
        let rows = data.height();
        let data = with_column(data, Series::new("part".into(), (0..rows).map(|i| (i % 3) as i64).collect::<Vec<_>>()));
        let lines = r#"{"name": "featureless", "learner": "featureless"}
            {"name": "gbdt", "learner": "gbdt", "params": {"learning_rate": 0.1}}"#;
        let run = automl::fit(data.clone(), target).role("part", Role::Fold).metric(metric).trials_max(2);
        let fit = run.portfolio(Portfolio::parse(lines).unwrap()).run_folder(&path, false).run().unwrap();

        let journal = std::fs::read_to_string(path.join("journal.jsonl")).unwrap();
        let parts = automl::search::journal::read(&journal).unwrap().into_iter().find_map(|r| match r {
            automl::search::journal::Record::Finished { trial, outcome } if trial.0 == 1 => Some(outcome.parts),
            _ => None,
        });
        let parts = parts.unwrap();
        assert_eq!(parts.len(), 3);
        let longest = parts.iter().map(|p| p.steps).max().unwrap();
        let alike = parts.iter().filter(|p| p.steps == longest).count();
        assert!(alike == 3 || (name == "regression" && alike > 1), "only a long curve may be left early: {parts:?}");

        // The models of the folds, each on the rows that it has not seen, give the losses of those steps.
        let whole = automl::load(path.join("trials/1")).unwrap();
        let alone = (0..3).map(|part| {
            let mut model = whole.clone();
            model.members[0].models = vec![model.members[0].models[part].clone()];
            let rows: Vec<u32> = (0..rows as u32).filter(|i| *i as usize % 3 == part).collect();
            let frame = Frame::from_data(data.clone()).unwrap().0.take(&rows).unwrap();
            model.evaluate(&frame, automl::registry().metrics(), 1).unwrap().metrics[metric]
        });
        let losses: Vec<f64> = alone.collect();
        let entry = fit.leaderboard.entries.iter().find(|e| e.name == "gbdt").unwrap();
        let mean = losses.iter().sum::<f64>() / 3.0;
        assert!((entry.score.unwrap() - mean).abs() < 1e-6, "{name}: {:?} is the mean of {losses:?}", entry.score);
        let chosen_alone: Vec<f64> = parts.iter().map(|p| p.loss.unwrap()).collect();
        assert!(chosen_alone.iter().zip(&losses).any(|(own, shared)| shared - own > 1e-6), "{name}: the folds disagreed");
    }
}

/// Ages that look like codes, a number that hardly matters, and two targets that rise and fall with the age.
fn waves() -> DataFrame {
    let rows = 600;
    let age = |i: usize| (i * 7 % 16) as i64;
    // Far from regular, and the same everywhere.
    let noise = |i: usize| (i * i * 31 % 101) as f64 / 100.0;
    let wave = |i: usize| (age(i) as f64).sin() + 0.05 * age(i) as f64;
    let columns = [
        Series::new("age".into(), (0..rows).map(age).collect::<Vec<_>>()),
        Series::new("z".into(), (0..rows).map(|i| (i * 13 % 97) as f64 / 10.0).collect::<Vec<_>>()),
        Series::new("colour".into(), (0..rows).map(|i| ["red", "green", "blue"][i % 3]).collect::<Vec<_>>()),
        Series::new("y".into(), (0..rows).map(|i| wave(i) + noise(i)).collect::<Vec<_>>()),
        Series::new("label".into(), (0..rows).map(|i| if wave(i) + noise(i) > 0.9 { "b" } else { "a" }).collect::<Vec<_>>()),
    ];
    DataFrame::new(rows, columns.into_iter().map(IntoColumn::into_column).collect()).unwrap()
}

/// The predicted numbers, or probabilities of the positive class, along the age.
fn along_the_age(fit: &Fit) -> Vec<f64> {
    let rows = 200;
    let columns = [
        Series::new("age".into(), (0..rows).map(|i| i as f64 / 10.0 - 2.0).collect::<Vec<_>>()),
        Series::new("z".into(), vec![4.2; rows]),
        Series::new("colour".into(), vec!["green"; rows]),
    ];
    let data = DataFrame::new(rows, columns.into_iter().map(IntoColumn::into_column).collect()).unwrap();
    let (frame, _) = Frame::from_data(data).unwrap();
    fit.model.predict(&frame, 1).unwrap().predictions.column(fit.task.positive).collect()
}

/// How far predictions fall along the age, in the largest step.
fn largest_fall(fit: &Fit) -> f64 {
    along_the_age(fit).windows(2).map(|pair| pair[0] - pair[1]).fold(0.0, f64::max)
}

/// A fit of one target; the other is left out.
fn of_waves(target: &str) -> FitBuilder {
    let other = if target == "y" { "label" } else { "y" };
    automl::fit(waves(), target).role(other, Role::Ignore).trials_max(8).threads(2)
}

#[test]
fn a_prediction_keeps_its_direction_in_a_monotone_column() {
    let builders = [
        of_waves("y"),
        of_waves("label"),
        of_waves("label").positive("a"),
        of_waves("y").role("z", Role::Time),
        of_waves("label").time_budget(Duration::from_secs(600)),
    ];
    for (i, builder) in builders.into_iter().enumerate() {
        let fit = builder.monotone("age", Direction::Rising).run().unwrap();
        assert!(largest_fall(&fit) <= 1e-12, "case {i}: it falls by {}", largest_fall(&fit));
        let values = along_the_age(&fit);
        if i != 2 {
            assert!(values[values.len() - 1] > values[0] + 0.1, "case {i}: it does not rise");
        }
        assert!(fit.leaderboard.entries.iter().all(|e| ["gbdt", "featureless", "ensemble"].contains(&e.learner.as_str())));
        assert!(fit.leaderboard.entries.iter().all(|e| e.status != EntryStatus::Failed), "case {i}");
        let finding = fit.findings.iter().find(|f| f.check == "monotone_learners").unwrap();
        assert!(finding.message.contains("`linear`"), "{}", finding.message);
    }
    let turned = of_waves("label").positive("a").monotone("age", Direction::Falling).run().unwrap();
    assert!(along_the_age(&turned).windows(2).all(|pair| pair[1] <= pair[0] + 1e-12));
    assert!(largest_fall(&turned) > 0.05);
    for free in [of_waves("y"), of_waves("label")] {
        assert!(largest_fall(&free.run().unwrap()) > 0.05, "the test shows nothing if it never falls");
    }
}

#[test]
fn a_direction_that_nobody_can_keep_is_an_error_before_the_search() {
    let message = |builder: FitBuilder| {
        let error = builder.monotone("age", Direction::Rising).run().err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
        error.to_string()
    };
    assert!(message(of_waves("y").monotone("zz", Direction::Falling)).contains("no column `zz`; nearest: `z`"));
    assert!(message(of_waves("y").monotone("colour", Direction::Falling)).contains("its kind is `categorical`"));
    assert!(message(of_waves("y").column("age", Kind::Categorical)).contains("its kind is `categorical`"));
    assert!(message(of_waves("y").role("age", Role::Group)).contains("its role is `group`"));
    assert!(message(of_waves("y").monotone("y", Direction::Rising)).contains("its role is `target`"));
    assert!(message(automl::fit(waves(), "colour")).contains("but `colour` has 3"));
    assert!(message(of_waves("y").learners(["gbdt", "linear"])).contains("learner `linear` keeps no direction"));
    assert!(message(of_waves("y").learners(["linear"])).contains("`gbdt`"));
}

#[test]
fn a_monotone_column_is_a_feature_even_if_it_looks_like_none() {
    let data = with_column(waves(), Series::new("same".into(), vec![1.5; 600]));
    let data = with_column(data, Series::new("number".into(), (0..600i64).collect::<Vec<_>>()));
    let run = |builder: FitBuilder| builder.role("label", Role::Ignore).learners(["gbdt"]).trials_max(2).run().unwrap();
    let fit = run(automl::fit(data, "y").monotone("same", Direction::Rising).monotone("number", Direction::Falling));
    let role = |name: &str| fit.model.schema.get(name).unwrap().role;
    assert_eq!((role("same"), role("number")), (Role::Feature, Role::Feature));
}

#[test]
fn fixed_parameters_are_those_of_every_pipeline_of_the_learner() {
    let (data, target) = generated("regression", 200);
    let fit = automl::fit(data, target).trials_max(4).learners(["gbdt"]).param("gbdt", "num_leaves", 3).folds(2).run().unwrap();
    let of_gbdt: Vec<_> = fit.leaderboard.entries.iter().filter(|e| e.learner == "gbdt").collect();
    assert!(of_gbdt.len() >= 2 && of_gbdt.iter().all(|e| e.params["num_leaves"] == 3), "{of_gbdt:?}");
    let (data, target) = generated("regression", 50);
    let error = automl::fit(data, target).trials_max(1).param("gbdt", "leaves", 3).run().err().unwrap().to_string();
    assert!(error.contains("`num_leaves`"), "{error}");
}
