//! Runs that are killed by `kill -9`, on files.

#![allow(clippy::print_stdout)]

mod command;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use automl::search::journal::{self, Record};
use serde_json::Value;
use tempfile::TempDir;

use command::{automl, command, stderr, stdout};

fn spawn(folder: &Path, line: &str) -> Child {
    command(folder, line).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Kills a process when it has printed so many lines that tell of trials.
fn kill_after(mut child: Child, trials: usize) {
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    lines.map_while(Result::ok).filter(|line| line.contains(" trial ")).take(trials).for_each(drop);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// How many trials a run has given out that had ended before; none may be.
fn repeated(run: &Path) -> usize {
    let Ok(text) = fs::read_to_string(run.join("journal.jsonl")) else { return 0 };
    let mut ended = BTreeSet::new();
    let repeats = |record: &Record| match record {
        Record::Asked(trial) => ended.contains(&trial.id),
        Record::Finished { trial, .. } => !ended.insert(*trial),
        Record::Reported { .. } | Record::Combined(_) => false,
    };
    journal::read(&text).unwrap().iter().map(repeats).filter(|repeats| *repeats).count()
}

fn table(name: &str, rows: usize) -> TempDir {
    let folder = TempDir::new().unwrap();
    stdout(automl(folder.path(), &format!("datasets write {name} --rows {rows} -o train.csv")));
    folder
}

#[test]
fn a_killed_run_goes_on_and_no_trial_is_repeated() {
    let folder = table("mixed", 200);
    let at = folder.path();
    kill_after(
        spawn(at, "fit train.csv --target target --learners linear,knn,naive_bayes --folds 2 --max-trials 8 --threads 2 -o run"),
        1,
    );
    let output = automl(at, "predict run train.csv");
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains(" hint: `automl resume run` goes on with it"), "{}", stderr(&output));
    assert!(stderr(&automl(at, "leaderboard run")).contains("`automl resume run`"));

    for trials in [1, 0, 2] {
        kill_after(spawn(at, "resume run"), trials);
    }
    let text = stdout(automl(at, "resume run --quiet"));
    assert!(text.contains(" and 8 trials"), "{text}");
    assert_eq!(repeated(&at.join("run")), 0);
    assert_eq!(stdout(automl(at, "predict run train.csv -q")).lines().count(), 201);

    let output = automl(at, "resume run --max-trials 10 --json");
    assert!(stderr(&output).contains("going on after 8 trials  (best "), "{}", stderr(&output));
    let told: Value = serde_json::from_str(&stdout(output)).unwrap();
    let trials = told["leaderboard"]["entries"].as_array().unwrap().iter().filter(|e| e["trial"].is_number()).count();
    assert_eq!(trials, 10);
    assert_eq!(repeated(&at.join("run")), 0);

    let text = fs::read_to_string(at.join("train.csv")).unwrap();
    fs::write(at.join("train.csv"), text.lines().take(150).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    let output = automl(at, "resume run");
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("the data are not those that the run in run began with"), "{}", stderr(&output));
    assert!(at.join("run/model.automl").exists());
}

#[test]
fn a_folder_of_a_run_that_had_not_begun_can_be_overwritten() {
    let folder = table("classification", 60);
    let at = folder.path();
    fs::create_dir(at.join("run")).unwrap();
    fs::write(at.join("run/run.log"), "").unwrap();
    assert!(stderr(&automl(at, "resume run")).contains("run is not the folder of a run: there is no config.json in it"));
    stdout(automl(at, "fit train.csv --target target --max-trials 1 --force -q -o run"));
}

#[test]
#[cfg(unix)]
fn a_folder_that_cannot_be_made_is_told_before_the_table_is_read() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let output = automl(folder.path(), "fit missing.csv --target y -o file/run");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).starts_with("error: making the folder file/run"), "{}", stderr(&output));
}

/// Sixty kills at moments drawn at random: minutes. Takes the tables of `$AUTOML_DATA` too, if that is set.
///
/// `cargo test --release --workspace --test survival -- --ignored --nocapture`
#[test]
#[ignore = "takes minutes"]
fn sixty_kills_at_any_moment() {
    const BUDGET_S: f64 = 5.0;
    let kills: usize = std::env::var("AUTOML_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(60);
    let folder = table("mixed", 20_000);
    let tables = tables(folder.path());
    let mut seed = 7u64;
    let mut draw = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as f64 / (1u64 << 31) as f64
    };
    for kill in 0..kills {
        let (data, target) = &tables[kill % tables.len()];
        let run = folder.path().join(format!("run_{kill}"));
        let fit = format!("fit {} --target {target} --time-budget {BUDGET_S} -q -o {}", data.display(), run.display());
        let resume = format!("resume {} -q", run.display());
        let mut moments = vec![draw() * 1.1 * BUDGET_S];
        if draw() < 0.3 {
            moments.push(draw() * BUDGET_S);
        }
        for (i, moment) in moments.iter().enumerate() {
            let mut child = spawn(folder.path(), if i == 0 { &fit } else { &resume });
            std::thread::sleep(Duration::from_secs_f64(*moment));
            // It may have come to its end by then.
            let _ = child.kill();
            child.wait().unwrap();
        }
        let begun = Instant::now();
        let output = automl(folder.path(), if run.join("config.json").exists() { &resume } else { &fit });
        let elapsed_s = begun.elapsed().as_secs_f64();
        assert_eq!(output.status.code(), Some(0), "{moments:?} of {fit}: {}", stderr(&output));
        let trials = fs::read_dir(run.join("trials")).unwrap().count();
        println!("kill {kill} of {} at {moments:.2?} s: {trials} trials kept, went on for {elapsed_s:.2} s", data.display());
        assert_eq!(repeated(&run), 0);
        stdout(automl(folder.path(), &format!("inspect {} --json", run.display())));
        let board = stdout(automl(folder.path(), &format!("leaderboard {} --json", run.display())));
        assert!(serde_json::from_str::<Value>(&board).unwrap()["entries"][0]["score"].is_number());
        fs::remove_dir_all(&run).unwrap();
    }
}

fn tables(folder: &Path) -> Vec<(PathBuf, String)> {
    stdout(automl(folder, "datasets write iris -o iris.csv"));
    stdout(automl(folder, "datasets write friedman1 --rows 5000 -o friedman1.csv"));
    let target = |name: &str| {
        fs::read_to_string(folder.join(name)).unwrap().lines().next().unwrap().rsplit(',').next().unwrap().to_owned()
    };
    let mut tables: Vec<(PathBuf, String)> =
        ["train.csv", "iris.csv", "friedman1.csv"].map(|name| (folder.join(name), target(name))).into();
    let Ok(real) = std::env::var("AUTOML_DATA") else {
        println!("AUTOML_DATA is not set: no real tables");
        return tables;
    };
    for (file, target) in
        [("adult.csv.gz", "class"), ("kc_housing.csv.gz", "price"), ("airline_tweets.csv.gz", "airline_sentiment")]
    {
        tables.push((Path::new(&real).join(file), target.to_owned()));
    }
    tables
}
