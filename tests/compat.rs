//! Artifacts of every format that was ever released stay readable and predict what they did.
//!
//! `tests/compat/FORMAT/LEARNER.automl` was written when the format was new, and `LEARNER.json` holds what it
//! predicted for the rows of `rows.csv`. Files of the present format that are missing are written by the test.

#![allow(missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use automl::artifact::container::FORMAT_VERSION;
use automl::frame::{ReadOptions, read};
use automl::{Model, Portfolio};
use automl_datasets::GENERATORS;

/// Every learner, small, on a table with every kind of column.
const PIPELINES: [(&str, &str); 5] = [
    ("featureless", "{}"),
    ("linear", "{}"),
    ("random_forest", r#"{"trees": 4}"#),
    ("extra_trees", r#"{"trees": 4}"#),
    ("gbdt", r#"{"iterations": 6}"#),
];

fn folder(format: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/compat/{format}"))
}

fn predict(model: &Model, folder: &Path) -> Vec<f64> {
    let (rows, _) = read(&folder.join("rows.csv"), &ReadOptions::default()).unwrap();
    model.predict(&rows, 1).unwrap().predictions.values().to_vec()
}

/// The tests of this file run at the same time.
static WRITING: Mutex<()> = Mutex::new(());

fn write_missing(folder: &Path) {
    let _one_at_a_time = WRITING.lock();
    fs::create_dir_all(folder).unwrap();
    if !folder.join("rows.csv").exists() {
        fs::write(folder.join("rows.csv"), automl_datasets::write_csv("mixed", 40, 12).unwrap()).unwrap();
    }
    let mixed = GENERATORS.iter().find(|g| g.name == "mixed").unwrap();
    for (learner, params) in PIPELINES {
        let (file, expected) = (folder.join(format!("{learner}.automl")), folder.join(format!("{learner}.json")));
        if file.exists() && expected.exists() {
            continue;
        }
        let lines = format!(
            "{{\"name\": \"baseline\", \"learner\": \"featureless\"}}\n{{\"name\": \"one\", \"learner\": \"{learner}\", \"params\": {params}}}"
        );
        let made = (mixed.generate)(200, 11);
        let run = folder.join("run");
        automl::fit(made.frame, made.target)
            .portfolio(Portfolio::parse(&lines).unwrap())
            .learners([learner])
            .folds(2)
            .trials_max(2)
            .run_folder(&run, true)
            .run()
            .unwrap();
        let trial = if learner == "featureless" { 0 } else { 1 };
        fs::copy(run.join(format!("trials/{trial}/model.automl")), &file).unwrap();
        fs::remove_dir_all(run).unwrap();
        let model = automl::load(&file).unwrap();
        fs::write(&expected, serde_json::to_string(&predict(&model, folder)).unwrap()).unwrap();
    }
}

#[test]
fn artifacts_of_every_format_predict_what_they_did() {
    write_missing(&folder(FORMAT_VERSION));
    for format in automl::artifact::container::FORMAT_OLDEST_SUPPORTED..=FORMAT_VERSION {
        for (learner, _) in PIPELINES {
            let folder = folder(format);
            let model = automl::load(folder.join(format!("{learner}.automl"))).unwrap();
            assert_eq!(model.members[0].learner.id(), learner);
            let expected = fs::read_to_string(folder.join(format!("{learner}.json"))).unwrap();
            let expected: Vec<f64> = serde_json::from_str(&expected).unwrap();
            let predicted = predict(&model, &folder);
            assert_eq!(predicted.len(), expected.len());
            for (i, (ours, theirs)) in predicted.iter().zip(&expected).enumerate() {
                assert!((ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0), "{learner}, value {i}: {ours}, formerly {theirs}");
            }
        }
    }
}

#[test]
fn damaged_artifacts_are_refused_or_predict_without_a_panic() {
    let folder = folder(FORMAT_VERSION);
    write_missing(&folder);
    let (rows, _) = read(&folder.join("rows.csv"), &ReadOptions::default()).unwrap();
    for (learner, _) in PIPELINES {
        let bytes = fs::read(folder.join(format!("{learner}.automl"))).unwrap();
        for at in (0..bytes.len()).step_by(bytes.len() / 60 + 1) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x55;
            if let Ok(model) = automl::artifact::from_bytes(&damaged, &automl::registry()) {
                model.predict(&rows, 1).unwrap();
            }
            assert!(automl::artifact::from_bytes(&bytes[..at], &automl::registry()).is_err(), "cut at {at}");
        }
    }
}
