//! Runs that end before their end, and go on.

#![allow(missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

use automl::search::journal::{self, Record};
use automl::{Entry, ErrorKind, Fit, FitBuilder, Frame, Leaderboard, RunFolder};
use automl_datasets::GENERATORS;
use polars::prelude::DataFrame;
use tempfile::TempDir;

const TRIALS: u32 = 7;

fn generated(name: &str, rows: usize) -> (DataFrame, &'static str) {
    let generator = GENERATORS.iter().find(|g| g.name == name).unwrap();
    let made = (generator.generate)(rows, 3);
    (made.frame, made.target)
}

fn builder() -> FitBuilder {
    let (data, target) = generated("mixed", 200);
    automl::fit(data, target).learners(["linear", "knn", "naive_bayes", "gbdt"]).folds(3).threads(2).seed(4)
}

fn resumed(path: &Path) -> automl::Result<Fit> {
    automl::resume(path)?.data(generated("mixed", 200).0).run()
}

/// A run that has come to its end.
fn whole(folder: &TempDir) -> (PathBuf, Fit) {
    let path = folder.path().join("whole");
    let fit = builder().trials_max(TRIALS).run_folder(&path, false).run().unwrap();
    (path, fit)
}

/// The leaderboard without what depends on the clock.
fn timeless(leaderboard: &Leaderboard) -> Vec<Entry> {
    leaderboard.entries.iter().map(|e| Entry { fit_s: 0.0, predict_s: 0.0, ..e.clone() }).collect()
}

fn predicted(fit: &Fit) -> Vec<u64> {
    let (frame, _) = Frame::from_data(generated("mixed", 200).0).unwrap();
    fit.model.predict(&frame, 2).unwrap().predictions.values().iter().map(|v| v.to_bits()).collect()
}

/// The folder of a run as it would be had the process been killed when its journal had so many bytes.
fn killed(run: &Path, bytes: usize, folder: &TempDir) -> PathBuf {
    let path = folder.path().join(format!("killed_{bytes}"));
    fs::create_dir_all(path.join("trials/99.part")).unwrap();
    for name in ["config.json", "plan.json", "findings.json"] {
        fs::copy(run.join(name), path.join(name)).unwrap();
    }
    let text = &fs::read(run.join("journal.jsonl")).unwrap()[..bytes];
    fs::write(path.join("journal.jsonl"), text).unwrap();
    for trial in ended(&path) {
        let (from, to) = (run.join(format!("trials/{trial}")), path.join(format!("trials/{trial}")));
        if from.exists() {
            fs::create_dir_all(&to).unwrap();
            fs::read_dir(&from).unwrap().flatten().for_each(|file| _ = fs::copy(file.path(), to.join(file.file_name())).unwrap());
        }
    }
    path
}

fn records(run: &Path) -> Vec<Record> {
    journal::read(&fs::read_to_string(run.join("journal.jsonl")).unwrap()).unwrap()
}

/// The trials that ended, in their order.
fn ended(run: &Path) -> Vec<u32> {
    let ended = |record| if let Record::Finished { trial, .. } = record { Some(trial.0) } else { None };
    records(run).into_iter().filter_map(ended).collect()
}

#[test]
fn a_run_that_goes_on_ends_as_if_it_had_never_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let (run, fit) = whole(&folder);
    let text = fs::read_to_string(run.join("journal.jsonl")).unwrap();
    // Before anything, inside a line, at the end of one, and when all but the model was there.
    let half = text.len() / 2;
    for bytes in [0, 40, half, text[..half].rfind('\n').unwrap() + 1, text.len()] {
        let path = killed(&run, bytes, &folder);
        let again = resumed(&path).unwrap();
        assert_eq!(timeless(&again.leaderboard), timeless(&fit.leaderboard), "killed at byte {bytes} of the journal");
        assert_eq!(predicted(&again), predicted(&fit), "killed at byte {bytes} of the journal");
        let mut trials = ended(&path);
        trials.sort_unstable();
        assert_eq!(trials, (0..TRIALS).collect::<Vec<_>>(), "each trial ends once");
        assert!(!path.join("trials/99.part").exists());
        let written = RunFolder::read_leaderboard(&path).unwrap();
        assert_eq!(timeless(&written), timeless(&fit.leaderboard));
        assert!(automl::load(&path).is_ok());
        let size = |path: &Path| fs::metadata(path.join("model.automl")).unwrap().len();
        assert!(size(&path) < size(&run) * 11 / 10, "members of two sittings share their features");
    }
}

#[test]
fn seconds_of_trials_before_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (run, fit) = whole(&folder);
    let path = killed(&run, fs::metadata(run.join("journal.jsonl")).unwrap().len() as usize, &folder);
    assert_eq!(resumed(&path).unwrap().leaderboard, fit.leaderboard);
}

#[test]
fn a_run_that_ended_takes_more_trials() {
    let folder = tempfile::tempdir().unwrap();
    let (_, fit) = whole(&folder);
    let path = folder.path().join("few");
    builder().trials_max(3).run_folder(&path, false).run().unwrap();
    let more = automl::resume(&path).unwrap().data(generated("mixed", 200).0).trials_max(TRIALS).threads(1).run().unwrap();
    assert_eq!(timeless(&more.leaderboard), timeless(&fit.leaderboard));
    assert_eq!(predicted(&more), predicted(&fit));
    // The configuration is the one that the run began with.
    assert_eq!(timeless(&resumed(&path).unwrap().leaderboard), timeless(&fit.leaderboard));
}

#[test]
fn trials_whose_files_are_lost_or_damaged_are_fitted_again() {
    let folder = tempfile::tempdir().unwrap();
    let (run, fit) = whole(&folder);
    let complete: Vec<u32> = fit.leaderboard.entries.iter().filter(|e| e.score.is_some()).filter_map(|e| e.trial).collect();
    let [first, second, third, ..] = complete[..] else { panic!("{complete:?}") };
    let bytes = fs::metadata(run.join("journal.jsonl")).unwrap().len() as usize;
    let path = killed(&run, bytes, &folder);
    fs::remove_dir_all(path.join(format!("trials/{first}"))).unwrap();
    let model = path.join(format!("trials/{second}/model.automl"));
    let mut damaged = fs::read(&model).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(&model, damaged).unwrap();
    let predictions = path.join(format!("trials/{third}/out_of_fold.f64"));
    fs::write(&predictions, &fs::read(&predictions).unwrap()[..80]).unwrap();

    let again = resumed(&path).unwrap();
    assert_eq!(timeless(&again.leaderboard), timeless(&fit.leaderboard));
    let mut repeated = ended(&path).split_off(TRIALS as usize);
    repeated.sort_unstable();
    let mut lost = vec![first, second, third];
    lost.sort_unstable();
    assert_eq!(repeated, lost);
    let log = fs::read_to_string(path.join("run.log")).unwrap();
    lost.iter().for_each(|trial| assert!(log.contains(&format!("trial {trial} is fitted again: ")), "{log}"));
    resumed(&path).unwrap();
    assert_eq!(ended(&path).len(), TRIALS as usize + 3, "they are there again");
}

#[test]
fn how_rows_are_held_out_stays_as_it_was_decided() {
    let folder = tempfile::tempdir().unwrap();
    let (data, target) = generated("mixed", 200);
    let path = |name: &str| folder.path().join(name);
    automl::fit(data.clone(), target).trials_max(1).folds(3).run_folder(path("three"), false).run().unwrap();
    let chosen = automl::fit(data.clone(), target).trials_max(1).run_folder(path("chosen"), false).run().unwrap();
    assert!(!chosen.leaderboard.validation.starts_with("3 folds"));
    fs::copy(path("three").join("plan.json"), path("chosen").join("plan.json")).unwrap();
    fs::remove_file(path("chosen").join("journal.jsonl")).unwrap();
    let again = automl::resume(path("chosen")).unwrap().data(data).run().unwrap();
    assert!(again.leaderboard.validation.starts_with("3 folds"), "{}", again.leaderboard.validation);
}

#[test]
fn what_a_run_depends_on_may_not_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    builder().trials_max(1).run_folder(&path, false).run().unwrap();
    let refused = |builder: FitBuilder| {
        let error = builder.run().err().unwrap();
        (error.kind(), error.to_string())
    };
    let resume = || automl::resume(&path).unwrap();
    let (data, target) = generated("mixed", 200);

    let (kind, text) = refused(resume());
    assert!(kind == ErrorKind::Usage && text.contains("was of a table in memory"), "{text}");
    let (kind, text) = refused(resume().data(data.clone()).seed(5));
    assert!(kind == ErrorKind::Usage && text.contains("only its budget and threads may change"), "{text}");
    let (kind, text) = refused(resume().data(data.slice(0, 199)));
    assert!(kind == ErrorKind::Data && text.contains("the data are not those"), "{text}");
    let mut swapped = data.clone();
    let reversed = data.column(target).unwrap().reverse();
    swapped.with_column(reversed).unwrap();
    assert_eq!(refused(resume().data(swapped)).0, ErrorKind::Data, "the target counts");

    fs::remove_file(path.join("plan.json")).unwrap();
    assert!(refused(resume().data(data)).1.contains("has trials but no plan.json"));
    let error = automl::resume(folder.path()).err().unwrap();
    assert!(error.kind() == ErrorKind::Data && error.to_string().contains("there is no config.json"), "{error}");
}

#[test]
fn two_runs_do_not_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    builder().trials_max(1).run_folder(&path, false).run().unwrap();
    let held = RunFolder::open(&path).unwrap();
    for error in [resumed(&path).err().unwrap(), builder().trials_max(1).run_folder(&path, true).run().err().unwrap()] {
        assert!(error.kind() == ErrorKind::Usage && error.to_string().contains("still goes on"), "{error}");
    }
    held.close();
    resumed(&path).unwrap();
}
