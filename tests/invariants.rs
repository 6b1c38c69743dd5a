//! The invariants of ARCHITECTURE.md that a reader of the source, or a whole fit, can check.

#![allow(missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

use automl::{Cancel, Entry, Frame, Leaderboard, Model};
use automl_datasets::GENERATORS;
use polars::prelude::{AnyValue, DataFrame, IntoColumn, NamedFrom, Series};

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && path.file_stem().is_some_and(|n| n != "tests") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "no sources in {folder}");
    found
}

/// The code of a file up to its tests, without comments.
fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]").unwrap_or(text.len());
    text[..end].lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn assert_nowhere(folder: &str, forbidden: &[&str], except: &[&str]) {
    for (path, text) in sources(folder) {
        if except.iter().any(|e| path.to_string_lossy().contains(e)) {
            continue;
        }
        for word in forbidden {
            assert!(!code(&text).contains(word), "{} has `{word}`", path.display());
        }
    }
}

#[test]
fn the_search_knows_no_tables_and_no_learners() {
    let forbidden = ["crate::frame", "crate::schema", "crate::matrix", "crate::learner", "crate::pipeline", "crate::model"];
    assert_nowhere("automl-core/src/search", &forbidden, &[]);
}

#[test]
fn components_depend_on_the_core_only() {
    assert_nowhere("learners/src", &["automl_featurizers", "automl::"], &[]);
    assert_nowhere("featurizers/src", &["automl_learners", "automl::"], &[]);
    assert_nowhere("automl-core/src", &["automl_learners", "automl_featurizers", "automl_datasets"], &[]);
}

#[test]
fn the_library_prints_nothing_and_reads_no_environment_and_no_clock() {
    let forbidden =
        ["println!", "print!(", "eprint", "dbg!", "std::env", "env::var", "build_global", "anyhow", "Instant::now", "SystemTime"];
    for folder in ["automl-core/src", "learners/src", "featurizers/src", "datasets/src", "src"] {
        assert_nowhere(folder, &forbidden, &["clock.rs", "contract/"]);
    }
}

#[test]
fn files_are_touched_in_three_places() {
    assert_nowhere(
        "automl-core/src",
        &["std::fs", "fs::", "File::open", "File::create"],
        &["/frame/", "/artifact/", "run_folder", "memory.rs"],
    );
    for folder in ["learners/src", "featurizers/src", "datasets/src"] {
        assert_nowhere(folder, &["std::fs", "File::"], &[]);
    }
}

fn generated(name: &str, rows: usize) -> (DataFrame, &'static str) {
    let generator = GENERATORS.iter().find(|g| g.name == name).unwrap();
    let made = (generator.generate)(rows, 3);
    (made.frame, made.target)
}

/// The leaderboard without what depends on the clock.
fn timeless(leaderboard: &Leaderboard) -> Vec<Entry> {
    leaderboard.entries.iter().map(|e| Entry { fit_s: 0.0, predict_s: 0.0, ..e.clone() }).collect()
}

fn predicted(model: &Model, data: &DataFrame, threads: usize) -> Vec<u64> {
    let (frame, _) = Frame::from_data(data.clone()).unwrap();
    model.predict(&frame, threads).unwrap().predictions.values().iter().map(|v| v.to_bits()).collect()
}

#[test]
fn a_budget_in_trials_gives_the_same_at_any_parallelism() {
    let (data, target) = generated("mixed", 400);
    let run = |threads| automl::fit(data.clone(), target).trials_max(8).threads(threads).seed(5).run().unwrap();
    let (one, two, four) = (run(1), run(2), run(4));
    assert_eq!(timeless(&one.leaderboard), timeless(&two.leaderboard));
    assert_eq!(timeless(&one.leaderboard), timeless(&four.leaderboard));
    assert_eq!(predicted(&one.model, &data, 1), predicted(&four.model, &data, 3));
}

#[test]
fn a_saved_model_predicts_the_same_bits_row_by_row_and_in_any_column_order() {
    let (data, target) = generated("mixed", 300);
    let fit = automl::fit(data.clone(), target).trials_max(7).seed(1).run().unwrap();
    let bytes = automl::artifact::to_bytes(&fit.model).unwrap();
    let loaded = automl::artifact::from_bytes(&bytes, &automl::registry()).unwrap();
    let whole = predicted(&fit.model, &data, 2);
    assert_eq!(whole, predicted(&loaded, &data, 1));

    let width = fit.task.width();
    for row in [0, 17, 299] {
        let single = predicted(&loaded, &data.slice(row as i64, 1), 1);
        assert_eq!(single, whole[row * width..(row + 1) * width], "row {row}");
    }
    let mut names: Vec<String> = data.get_column_names().iter().map(|n| n.to_string()).filter(|n| n != target).collect();
    names.reverse();
    assert_eq!(whole, predicted(&loaded, &data.select(names).unwrap(), 2), "the target is not needed, and the order is free");
}

/// The rows of a table as a service gets them: numbers, texts, and nothing where a cell is missing.
fn as_json(data: &DataFrame, row: usize) -> serde_json::Value {
    let cell = |column: &polars::prelude::Column| match column.get(row).unwrap() {
        AnyValue::Float64(value) => value.into(),
        AnyValue::Int64(value) => value.into(),
        AnyValue::Null => serde_json::Value::Null,
        other => other.str_value().into(),
    };
    data.columns().iter().map(|column| (column.name().to_string(), cell(column))).collect()
}

#[test]
fn a_row_is_predicted_as_in_a_table() {
    let (data, target) = generated("mixed", 300);
    let fit = automl::fit(data.clone(), target).trials_max(7).seed(1).run().unwrap();
    let (frame, _) = Frame::from_data(data.clone()).unwrap();
    let whole = fit.model.predict(&frame, 2).unwrap().predictions;
    for (row, class) in whole.classes().into_iter().enumerate() {
        let predicted = fit.model.predict_row(&as_json(frame.data(), row)).unwrap();
        assert_eq!(predicted.values, whole.row(row), "row {row}");
        assert_eq!(predicted.label.as_deref(), fit.task.classes.get(class as usize).map(String::as_str), "row {row}");
        assert_eq!(predicted.unreadable, [""; 0]);
    }

    let number = fit.model.schema.features().find(|field| field.kind == automl::Kind::Numeric).unwrap().name.clone();
    let mut row = as_json(frame.data(), 0);
    row[&number] = "much".into();
    assert_eq!(fit.model.predict_row(&row).unwrap().unreadable, [number.as_str()]);
    row[&number] = serde_json::json!([1]);
    let error = fit.model.predict_row(&row).unwrap_err().to_string();
    assert!(error.contains(&format!("column `{number}` is [1]")), "{error}");
    row.as_object_mut().unwrap().remove(&number);
    let error = fit.model.predict_row(&row).unwrap_err().to_string();
    assert!(error.starts_with("the row: ") && error.contains(&format!("`{number}`")), "{error}");
    assert!(fit.model.predict_row(&[1, 2]).unwrap_err().to_string().contains("a map from names"), "a list is no row");
}

#[test]
fn strange_values_are_predicted_and_missing_columns_are_named() {
    let (data, target) = generated("mixed", 300);
    let fit = automl::fit(data.clone(), target).trials_max(4).run().unwrap();
    let needed: Vec<String> = fit.model.schema.features().map(|f| f.name.clone()).collect();
    let strange = ["", "inf", "-1e308", "\u{1F600}", "2020-13-45", "0x10", "NaN", "a\u{0}b"];
    let columns = needed.iter().map(|n| Series::new(n.as_str().into(), strange).into_column()).collect();
    let (frame, _) = Frame::from_data(DataFrame::new(strange.len(), columns).unwrap()).unwrap();
    let predicted = fit.model.predict(&frame, 1).unwrap();
    assert_eq!(predicted.predictions.rows(), strange.len());
    assert!(!predicted.unreadable.is_empty());

    let (frame, _) = Frame::from_data(data.drop(&needed[0]).unwrap()).unwrap();
    let error = fit.model.predict(&frame, 1).unwrap_err().to_string();
    assert!(error.contains(&needed[0]), "{error}");
}

/// Early stopping is the only way by which a validation target may reach a fit. At a fixed number of steps the
/// model of a fold is the same whatever the targets of its validation rows are.
#[test]
fn the_target_of_validation_rows_does_not_reach_a_fit() {
    let (data, target) = generated("regression", 200);
    let rows = data.height();
    let fold = Series::new("fold".into(), (0..rows).map(|i| i64::from(i % 4 == 0)).collect::<Vec<_>>());
    let mut data = data;
    data.with_column(fold.into_column()).unwrap();
    let reversed: Vec<f64> = {
        let truth = data.column(target).unwrap().f64().unwrap();
        let valid: Vec<usize> = (0..rows).filter(|i| i % 4 == 0).take(6).collect();
        let mut values: Vec<f64> = truth.iter().map(|v| v.unwrap()).collect();
        let shuffled: Vec<f64> = valid.iter().rev().map(|&i| values[i]).collect();
        valid.iter().zip(shuffled).for_each(|(&i, v)| values[i] = v);
        values
    };
    let mut permuted = data.clone();
    permuted.with_column(Series::new(target.into(), reversed).into_column()).unwrap();

    // With a fixed penalty there is a single step, so that early stopping has nothing to choose.
    let model_of_validating_fold = |data: &DataFrame| {
        let portfolio = r#"{"name": "featureless", "learner": "featureless"}
            {"name": "linear", "learner": "linear", "params": {"l2": 1.0}}"#;
        let portfolio = automl::Portfolio::parse(portfolio).unwrap();
        let run = automl::fit(data.clone(), target)
            .role("fold", automl::Role::Fold)
            .portfolio(portfolio)
            .learners(["linear"])
            .trials_max(2);
        let fit = run.run().unwrap();
        let member = fit.model.members.iter().find(|m| m.learner.id() == "linear").unwrap();
        let bytes: Vec<Vec<u8>> = member.models.iter().map(|m| m.model.to_bytes().unwrap()).collect();
        bytes
    };
    let (before, after) = (model_of_validating_fold(&data), model_of_validating_fold(&permuted));
    // Folds are numbered by first appearance: the first row (in the permuted part) validates in fold 0.
    assert!(before.iter().zip(&after).any(|(a, b)| a == b), "the fold that validates the permuted rows is unchanged");
    assert!(before.iter().zip(&after).any(|(a, b)| a != b), "the fold that trains on the permuted rows changes");
}

/// The same of features that see the target: neither what they have learned nor the model knows the targets of the rows
/// that a fold validates.
#[test]
fn the_target_of_validation_rows_does_not_reach_the_features() {
    const ROWS: usize = 300;
    let level = |salt: u64, i: usize| (automl_core::seed::derive(salt, i as u64) % 3) as usize;
    let is_valid = |i: usize| i.is_multiple_of(4);
    let table = |swaps: bool| {
        // The class goes by both columns together; in some of the validation rows the two classes are swapped.
        let class = |i: usize| ["no", "yes"][(level(1, i) + level(2, i) + usize::from(swaps && i.is_multiple_of(20))) % 2];
        let text = |name: &str, of: &dyn Fn(usize) -> String| {
            Series::new(name.into(), (0..ROWS).map(of).collect::<Vec<_>>()).into_column()
        };
        let columns = vec![
            text("department", &|i| format!("d{}", level(1, i))),
            text("role", &|i| format!("r{}", level(2, i))),
            text("granted", &|i| class(i).to_owned()),
            Series::new("fold".into(), (0..ROWS).map(|i| i64::from(is_valid(i))).collect::<Vec<_>>()).into_column(),
        ];
        DataFrame::new(ROWS, columns).unwrap()
    };
    // Steps are fixed, so that early stopping has nothing to choose.
    let portfolio = r#"{"name": "featureless", "learner": "featureless"}
        {"name": "linear", "learner": "linear", "params": {"l2": 1.0, "features": ["target_encoding", "category_crosses"], "target_encoding.levels_min": 2}}"#;
    let members = |swaps: bool| {
        let portfolio = automl::Portfolio::parse(portfolio).unwrap();
        let run = automl::fit(table(swaps), "granted").role("fold", automl::Role::Fold).portfolio(portfolio);
        let fit = run.learners(["linear"]).trials_max(2).run().unwrap();
        let member = fit.model.members.iter().find(|m| m.learner.id() == "linear").unwrap();
        let is_pair = |feature: &automl_core::matrix::Feature| feature.name == "target(department × role)";
        assert!(fit.model.featurizations.iter().any(|steps| steps.features().iter().any(is_pair)), "no pairs");
        let learned = |steps: &automl_core::pipeline::Featurization| {
            steps.steps.iter().map(|step| step.fitted.to_bytes().unwrap()).collect::<Vec<_>>()
        };
        member
            .models
            .iter()
            .map(|m| (learned(&fit.model.featurizations[m.featurization]), m.model.to_bytes().unwrap()))
            .collect::<Vec<_>>()
    };
    let (before, after) = (members(false), members(true));
    let is_same: Vec<bool> = before.iter().zip(&after).map(|(a, b)| a == b).collect();
    assert_eq!(is_same.iter().filter(|same| **same).count(), 1, "the fold that validates the swapped rows, and no other");
}

/// The same of the features that are chosen: the targets of the rows that a fold validates have no say.
#[test]
fn the_target_of_validation_rows_does_not_choose_features() {
    const ROWS: usize = 480;
    const COLUMNS: u64 = 30;
    let value = |column: u64, i: usize| (automl_core::seed::derive(column, i as u64) % 1000) as f64;
    let is_valid = |i: usize| i.is_multiple_of(4);
    // One of the columns that the target follows in the rows of one fold is another in the second table.
    let table = |leading: u64| {
        let target = |i: usize| 2.0 * value(0, i) + if is_valid(i) { 1.5 * value(leading, i) } else { 0.0 };
        let numbers = |name: String, of: &dyn Fn(usize) -> f64| {
            Series::new(name.into(), (0..ROWS).map(of).collect::<Vec<_>>()).into_column()
        };
        let mut columns: Vec<_> = (0..COLUMNS).map(|c| numbers(format!("x{c}"), &|i| value(c, i))).collect();
        columns.push(numbers("y".to_owned(), &target));
        columns.push(Series::new("fold".into(), (0..ROWS).map(|i| i64::from(is_valid(i))).collect::<Vec<_>>()).into_column());
        DataFrame::new(ROWS, columns).unwrap()
    };
    let portfolio = r#"{"name": "featureless", "learner": "featureless"}
        {"name": "linear", "learner": "linear", "params": {"l2": 1.0, "select_features": "probe"}}"#;
    let folds = |leading: u64| {
        let portfolio = automl::Portfolio::parse(portfolio).unwrap();
        let run = automl::fit(table(leading), "y").role("fold", automl::Role::Fold).portfolio(portfolio);
        let fit = run.learners(["linear"]).trials_max(2).run().unwrap();
        let member = fit.model.members.iter().find(|m| m.learner.id() == "linear").unwrap();
        let read = |m: &automl_core::model::FoldModel| fit.model.featurizations[m.featurization].features();
        member.models.iter().map(|m| (read(m), m.model.to_bytes().unwrap())).collect::<Vec<_>>()
    };
    let (before, after) = (folds(1), folds(2));
    let is_same: Vec<bool> = before.iter().zip(&after).map(|(a, b)| a == b).collect();
    assert_eq!(is_same.iter().filter(|same| **same).count(), 1, "the fold that validates the changed rows, and no other");
    let reads = |fold: &(Vec<automl_core::matrix::Feature>, Vec<u8>), name: &str| fold.0.iter().any(|f| f.name == name);
    assert!(before.iter().chain(&after).all(|fold| fold.0.len() < 10 && reads(fold, "x0")), "most columns are noise");
    assert_eq!(before.iter().filter(|fold| reads(fold, "x1")).count(), 1);
    assert_eq!(after.iter().filter(|fold| reads(fold, "x2")).count(), 1);
}

#[test]
fn a_cancelled_fit_keeps_what_it_has() {
    let (data, target) = generated("classification", 2000);
    let cancel = Cancel::new();
    let handle = cancel.clone();
    let fit = automl::fit(data, target)
        .trials_max(500)
        .cancel(cancel)
        .on_progress(move |p| {
            if matches!(p, automl::Progress::Finished(e) if e.trial >= Some(1)) {
                handle.cancel();
            }
        })
        .run()
        .unwrap();
    assert_eq!(fit.ended, automl::Ended::Interrupted);
    assert!(fit.leaderboard.entries.len() < 20, "{}", fit.leaderboard.entries.len());
}

#[test]
fn ids_are_append_only() {
    let registry = automl::registry();
    let ids = |kind: &str, ids: Vec<&str>| format!("{kind}: {}", ids.join(", "));
    insta::assert_snapshot!(
        [
            ids("learners", registry.learners().iter().map(|l| l.id()).collect()),
            ids("featurizers", registry.featurizers().iter().map(|f| f.id()).collect()),
            ids("metrics", registry.metrics().iter().map(|m| m.id()).collect()),
        ]
        .join("\n")
    );
}
