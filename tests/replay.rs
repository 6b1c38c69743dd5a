//! Runs under a budget in time that are repeated from their journals.

#![allow(missing_docs)]

use automl::search::journal::{self, Record};
use automl::{ErrorKind, Fit, Frame, Progress};
use automl_datasets::GENERATORS;
use polars::prelude::DataFrame;
use std::sync::{Arc, Mutex};
use std::time::Duration;

fn generated(name: &str, rows: usize) -> (DataFrame, &'static str) {
    let generator = GENERATORS.iter().find(|g| g.name == name).unwrap();
    let made = (generator.generate)(rows, 3);
    (made.frame, made.target)
}

fn predicted(fit: &Fit, data: &DataFrame) -> Vec<u64> {
    let (frame, _) = Frame::from_data(data.clone()).unwrap();
    fit.model.predict(&frame, 2).unwrap().predictions.values().iter().map(|v| v.to_bits()).collect()
}

/// What a run under a budget in time comes to, and the same once more without one.
fn twice(name: &str, rows: usize, folds: usize, seconds: f64) -> (Vec<Record>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let (data, target) = generated(name, rows);
    let (run, again) = (folder.path().join("run"), folder.path().join("again"));
    let first = automl::fit(data.clone(), target)
        .time_budget(Duration::from_secs_f64(seconds))
        .folds(folds)
        .threads(2)
        .seed(5)
        .run_folder(&run, false)
        .run()
        .unwrap();
    let remarks = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&remarks);
    let second = automl::replay(&run, &again, false)
        .unwrap()
        .data(data.clone())
        .on_progress(move |event| {
            if let Progress::Remark(text) = event {
                told.lock().unwrap().push(text.clone());
            }
        })
        .run()
        .unwrap();
    let members = |fit: &Fit| fit.model.members.iter().map(|m| (m.trial, m.weight, m.models.len())).collect::<Vec<_>>();
    assert_eq!(members(&first), members(&second));
    assert_eq!(predicted(&first, &data), predicted(&second, &data), "{name}, {folds} folds");
    let records = journal::read(&std::fs::read_to_string(run.join("journal.jsonl")).unwrap()).unwrap();
    let remarks = remarks.lock().unwrap().clone();
    (records, remarks)
}

#[test]
fn a_run_that_was_short_of_time_is_repeated_to_the_same_model() {
    for (name, rows, folds) in [("mixed", 3000, 1), ("regression", 2000, 3)] {
        let (records, remarks) = twice(name, rows, folds, 1.5);
        assert!(remarks.is_empty(), "{remarks:?}");
        assert!(records.iter().any(|record| matches!(record, Record::Combined(_))), "the journal says what voted");
    }
}

#[test]
fn only_a_run_with_trials_is_repeated_and_on_the_same_table() {
    let folder = tempfile::tempdir().unwrap();
    let (data, target) = generated("mixed", 120);
    let run = folder.path().join("run");
    automl::fit(data, target).trials_max(2).folds(2).run_folder(&run, false).run().unwrap();
    let replay = |again: &str| automl::replay(&run, folder.path().join(again), false).unwrap();
    let error = replay("other").data(generated("mixed", 121).0).run().map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    std::fs::write(run.join("journal.jsonl"), "").unwrap();
    let error = replay("none").data(generated("mixed", 120).0).run().map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("no trial that could be repeated"), "{error}");
    assert!(automl::replay(folder.path(), folder.path().join("x"), false).is_err());
}
