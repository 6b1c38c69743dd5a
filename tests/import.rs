//! Models that LightGBM wrote predict here what they predicted there.
//!
//! `tests/import/make.py` wrote the models, the tables and the answers.

#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use automl::artifact::container::{FORMAT_OLDEST_SUPPORTED, FORMAT_VERSION};
use automl::frame::{ReadOptions, read};
use automl::import::{Options, lightgbm, lightgbm_file};
use automl::{Frame, Model, TaskKind};
use proptest::prelude::*;
use serde_json::Value;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import").join(name)
}

fn text(model: &str) -> String {
    fs::read_to_string(file(&format!("{model}.txt"))).unwrap()
}

/// Per model the table it was asked about, and what it answered: one number per row, or one per class.
fn answers() -> BTreeMap<String, (String, Vec<Vec<f64>>)> {
    let answers: BTreeMap<String, Value> = serde_json::from_str(&fs::read_to_string(file("answers.json")).unwrap()).unwrap();
    let number = |value: &Value| value.as_f64().unwrap();
    let row = |value: &Value| value.as_array().map_or_else(|| vec![number(value)], |row| row.iter().map(number).collect());
    let answer = |answer: Value| {
        let rows = answer["predictions"].as_array().unwrap().iter().map(row).collect();
        (answer["table"].as_str().unwrap().to_owned(), rows)
    };
    answers.into_iter().map(|(name, value)| (name, answer(value))).collect()
}

fn table(name: &str) -> Frame {
    read(&file(&format!("{name}.csv")), &ReadOptions::default()).unwrap().0
}

fn error(text: &str, options: &Options) -> String {
    lightgbm(text, options).map(|_| "no error").unwrap_err().to_string()
}

/// Probabilities of the second class stand for both; those of independent classes are divided by their sum.
fn in_our_form(kind: TaskKind, answer: &[f64]) -> Vec<f64> {
    match (kind, answer) {
        (TaskKind::Binary, [second]) => vec![1.0 - second, *second],
        (TaskKind::Regression, _) => answer.to_vec(),
        _ => answer.iter().map(|p| p / answer.iter().sum::<f64>()).collect(),
    }
}

fn assert_answers(name: &str, model: &Model, frame: &Frame, expected: &[Vec<f64>]) {
    let predicted = model.predict(frame, 1).unwrap().predictions;
    assert_eq!(predicted.rows(), expected.len(), "{name}");
    for (i, (ours, theirs)) in predicted.iter().zip(expected).enumerate() {
        let theirs = in_our_form(model.task.kind, theirs);
        assert_eq!(ours.len(), theirs.len(), "{name}");
        for (a, b) in ours.iter().zip(&theirs) {
            assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{name}, row {i}: {ours:?} here, {theirs:?} there");
        }
    }
}

#[test]
fn every_model_answers_as_before_and_so_from_its_artifact() {
    let answers = answers();
    assert!(answers.len() >= 15, "{}", answers.len());
    for (name, (rows, expected)) in &answers {
        let imported = lightgbm_file(file(&format!("{name}.txt")), &Options::default()).unwrap_or_else(|e| panic!("{e}"));
        let bytes = automl::artifact::to_bytes(&imported.model).unwrap();
        let loaded = automl::artifact::from_bytes(&bytes, &automl::registry()).unwrap();
        let frame = table(rows);
        assert_answers(name, &imported.model, &frame, expected);
        let predict = |model: &Model| model.predict(&frame, 1).unwrap().predictions;
        assert_eq!(predict(&imported.model), predict(&loaded), "{name} from its artifact");
    }
}

/// Zeros as missing values and sets of any width are followed by explanations as they are by predictions.
#[test]
fn contributions_sum_to_the_prediction() {
    let mut silent = Vec::new();
    for (name, (rows, _)) in answers() {
        let (model, frame) = (lightgbm(&text(&name), &Options::default()).unwrap().model, table(&rows));
        let Ok(explanation) = model.explain(&frame, None, 1) else {
            silent.push(name);
            continue;
        };
        let (found, predicted) = (explanation.contributions, model.predict(&frame, 1).unwrap().predictions);
        for (i, prediction) in predicted.iter().enumerate() {
            let scores: Vec<f64> = (0..found.outputs()).map(|output| found.score(i, output)).collect();
            let mut summed = vec![0.0; prediction.len()];
            found.scale.predict(&scores, &mut summed);
            for (a, b) in summed.iter().zip(prediction) {
                assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{name}, row {i}: {summed:?} instead of {prediction:?}");
            }
        }
    }
    // Their scores are on no scale that explanations know.
    assert_eq!(silent, ["one_against_all", "square_root"]);
}

/// Artifacts of the present format that are missing are written by the test; those of older formats stay.
#[test]
fn artifacts_of_imported_models_stay_readable() {
    let answers = answers();
    for name in ["codes", "names", "one_against_all", "square_root", "zero_as_missing"] {
        let path = file(&format!("{FORMAT_VERSION}/{name}.automl"));
        if !path.exists() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            automl::save(&lightgbm(&text(name), &Options::default()).unwrap().model, &path).unwrap();
        }
        for format in FORMAT_OLDEST_SUPPORTED..=FORMAT_VERSION {
            let model = automl::load(file(&format!("{format}/{name}.automl"))).unwrap();
            let (rows, expected) = &answers[name];
            assert_answers(name, &model, &table(rows), expected);
        }
    }
}

#[test]
fn columns_that_no_tree_reads_are_not_needed() {
    let imported = lightgbm(&text("seconds"), &Options::default()).unwrap();
    assert_eq!(imported.unused, ["unused"]);
    let frame = table("seconds");
    let (without, _) = Frame::from_data(frame.data().drop("unused").unwrap()).unwrap();
    let predict = |frame: &Frame| imported.model.predict(frame, 1).unwrap().predictions;
    assert_eq!(predict(&frame), predict(&without));
}

#[test]
fn what_the_file_does_not_know_can_be_told() {
    let options = Options { target: "bought".to_owned(), classes: vec!["no".to_owned(), "yes".to_owned()] };
    let model = lightgbm(&text("binary"), &options).unwrap().model;
    assert_eq!((model.task.target.as_str(), model.task.positive), ("bought", 1));
    let predicted = model.predict(&table("numbers"), 1).unwrap().predictions;
    let labels = model.to_frame(&predicted, true).unwrap();
    assert_eq!(labels.get_column_names(), ["prediction", "proba_no", "proba_yes"]);
    let classes = |names: &[&str]| Options { classes: names.iter().map(|n| (*n).to_owned()).collect(), ..Options::default() };
    let cases = [
        ("binary", classes(&["a", "b", "c"]), "3 classes were named, but the model has 2"),
        ("binary", classes(&["a", "a"]), "the class `a` is named twice or is empty"),
        ("poisson", classes(&["a", "b"]), "2 classes were named, but the model predicts a number"),
        ("binary", Options { target: "a".to_owned(), ..Options::default() }, "the model has a feature `a`"),
    ];
    for (model, options, expected) in cases {
        let error = error(&text(model), &options);
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn differences_are_told() {
    let checks =
        |text: &str| lightgbm(text, &Options::default()).unwrap().findings.into_iter().map(|f| f.check).collect::<Vec<_>>();
    assert!(checks(&text("binary")).is_empty());
    assert_eq!(checks(&text("one_against_all")), ["probabilities_normalised"]);
    assert_eq!(checks(&text("binary").replace("objective=binary sigmoid:0.7\n", "")), ["objective_without_name"]);
    assert_eq!(checks(&text("names").replace("\"blue\"", "\"?\"")), ["category_reads_as_missing"]);
}

/// A text in which one thing is wrong, and the words of the error about it.
#[test]
fn what_cannot_be_read_is_named() {
    let cases = [
        ("binary", "tree\n", "{\"name\": \"tree\"}\n", "line 1 is `{\"name\": \"tree\"}`"),
        ("binary", "version=v4", "version=v2", "line 2: `version` of the header is `v2`; v3 and v4 can be read"),
        ("binary", "version=v4\n", "", "the header, which begins on line 1, has no `version`"),
        ("binary", "objective=binary sigmoid:0.7", "objective=lambdarank", "is `lambdarank`, which ranks rows"),
        ("binary", "objective=binary", "objective=cross_entropy_lambda", "is `cross_entropy_lambda`; these can be read:"),
        ("binary", "sigmoid:0.7", "sigmoid:-1", "has the sigmoid `-1`; a number above 0 is needed"),
        ("multiclass", "num_class=3", "num_class=4", "is 3, but this objective with 4 classes has 4"),
        ("multiclass", "num_class=3", "num_class=99999999999", "is 99999999999; from 1 to 1000 can be read"),
        ("binary", "feature_names=a b c", "feature_names=a b a", "has `a` twice"),
        ("binary", "feature_names=a b c", "feature_names=a b", "has 2 values; 3 are needed, one per feature"),
        ("binary", "tree_sizes=", "tree_sizes=9 ", "promises 5 trees, but 4 are there"),
        ("binary", "Tree=2", "Tree=3", "begins tree `3`; tree 2 is next"),
        ("binary", "is_linear=0", "is_linear=1", "`is_linear` of tree 0 is set"),
        ("binary", "num_leaves=7", "num_leaves=8", "`leaf_value` of tree 0 has 7 values; 8 are needed, one per leaf"),
        ("binary", "leaf_value=", "leaf_value=nan ", "has 8 values; 7 are needed"),
        ("binary", "left_child=1", "left_child=0", "leads from split 0 to 0: that makes no tree"),
        ("binary", "split_feature=", "split_feature=7", "but the model has 3, counted from 0"),
        ("binary", "decision_type=2", "decision_type=14", "`decision_type` of tree 0 is 14; up to 11 is known"),
        ("binary", "decision_type=2", "decision_type=3", "tree 0, which begins on line 12, has no `cat_boundaries`"),
        ("names", "decision_type=1", "decision_type=0", "feature `open` is split by a threshold in one place"),
        ("names", "threshold=0 1 2", "threshold=0 1 9", "`threshold` of tree 0 names set 9, but there are 4"),
        ("binary", "end of trees", "", "before `end of trees`: it is cut short"),
        ("codes", "cat_boundaries=0", "cat_boundaries=1", "does not rise from 0"),
        ("names", "[false, true]", "[false, true], [1]", "has 4 lists, but 3 features are categorical"),
        ("names", "[10, 20, 30, 40, 50]", "[10, 20]", "has 2 categories for feature 2 (counted from 0), which had more"),
        ("names", "[10, 20, 30, 40, 50]", "[10, 20, 30, 40, \"40.0\"]", "has two categories that tables write as `40`"),
        ("names", "\"blue\"", "\" \"", "has a category without a visible character"),
    ];
    for (model, from, to, expected) in cases {
        let whole = text(model);
        assert!(whole.contains(from), "{model} has no `{from}`");
        let error = error(&whole.replacen(from, to, 1), &Options::default());
        assert!(error.contains(expected), "{from} -> {to}: {error}");
    }
    let missing = lightgbm_file(file("nowhere.txt"), &Options::default()).map(|_| ()).unwrap_err().to_string();
    assert!(missing.contains("nowhere.txt"), "{missing}");
}

proptest! {
    /// Whatever happened to a text, it is refused, or makes a model that predicts without a panic.
    #[test]
    fn damaged_texts_are_refused_or_predict(
        model in prop::sample::select(vec!["multiclass", "zero_as_missing", "codes", "names", "constant", "forest"]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0usize..5, any::<prop::sample::Index>()), 1..4),
    ) {
        const WORDS: [&str; 12] = ["0", "-1", "1e308", "nan", "-inf", "4294967295", "99999999999999999999", "=", "\n", "Tree=1\n", "[]", "é"];
        let mut text = text(model);
        for (at, change, word) in changes {
            let places: Vec<usize> = text.char_indices().map(|(i, _)| i).collect();
            let from = places[at.index(places.len())];
            let to = places.iter().copied().find(|&i| i > from && !text.as_bytes()[i].is_ascii_alphanumeric()).unwrap_or(text.len());
            let word = *word.get(&WORDS);
            match change {
                0 => text.truncate(from),
                1 => text.replace_range(from..to, word),
                2 => text.insert_str(from, word),
                3 => text.replace_range(from..to, ""),
                _ => text = text.lines().enumerate().filter(|(i, _)| *i != at.index(places.len()) % 40).map(|(_, l)| format!("{l}\n")).collect(),
            }
            if text.is_empty() {
                break;
            }
        }
        if let Ok(imported) = lightgbm(&text, &Options::default()) {
            for name in ["numbers", "zeros", "codes", "names"] {
                // Values that are out of range, and columns that are not there, are told.
                let _ = imported.model.predict(&table(name), 1);
                let _ = imported.model.explain(&table(name), None, 1);
            }
        }
    }
}
