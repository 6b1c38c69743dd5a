//! Rows through a finished model, a fit that is only planned, and a fit that is watched.

mod command;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use command::{automl, command, json, stderr, stdout};

/// What lies in a folder.
fn files(folder: &TempDir) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// Rows enough for three batches, as CSV.
const ROWS: usize = 120_000;

fn many_rows() -> String {
    let rows = (0..ROWS).map(|i| format!("{i},{}\n", i % 100));
    "id,x\n".to_owned() + &rows.collect::<String>()
}

/// A folder with a run on a line, `y = 2 x`.
fn line() -> TempDir {
    let folder = TempDir::new().unwrap();
    let train: String = (0..200).map(|i| format!("{},{}\n", i % 100, 2 * (i % 100))).collect();
    fs::write(folder.path().join("train.csv"), format!("x,y\n{train}")).unwrap();
    stdout(automl(&folder, "fit train.csv --target y --learners linear --max-trials 2 --threads 2 --quiet -o run"));
    folder
}

#[test]
fn many_batches_are_predicted_in_the_order_of_the_rows() {
    let folder = line();
    fs::write(folder.path().join("many.csv"), many_rows()).unwrap();
    stdout(automl(&folder, "predict run many.csv --keep id,x -o out.csv"));
    let csv = fs::read_to_string(folder.path().join("out.csv")).unwrap();
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("id,x,prediction"));
    for (i, line) in lines.clone().enumerate() {
        let (before, prediction) = line.rsplit_once(',').unwrap();
        assert_eq!(before, format!("{i},{}", i % 100));
        let truth = 2.0 * (i % 100) as f64;
        assert!((prediction.parse::<f64>().unwrap() - truth).abs() < 5.0, "{line}");
    }
    assert_eq!(lines.count(), ROWS);

    let mut piped = command(&folder, "predict run - --keep id,x --quiet --threads 1");
    let mut child = piped.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(many_rows().as_bytes()).unwrap());
    assert!(stdout(child.wait_with_output().unwrap()) == csv, "from stdin, on one thread");
    writer.join().unwrap();
}

#[test]
fn a_failure_leaves_what_was_there() {
    let folder = line();
    fs::write(folder.path().join("broken.csv"), many_rows() + "1,2,3\n").unwrap();
    fs::write(folder.path().join("out.csv"), "old\n").unwrap();
    let before = files(&folder);
    for command in
        ["predict run broken.csv -o out.csv", "transform run broken.csv -o out.csv", "explain run broken.csv -o out.csv"]
    {
        let output = automl(&folder, command);
        assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
        assert!(stderr(&output).contains(&format!("row {} ", ROWS + 1)), "{}", stderr(&output));
        assert_eq!(fs::read_to_string(folder.path().join("out.csv")).unwrap(), "old\n");
        assert_eq!(files(&folder), before, "{command}");
    }
}

#[test]
#[cfg(unix)]
fn an_interrupted_prediction_leaves_nothing() {
    use std::thread::sleep;
    use std::time::Duration;

    let folder = line();
    let before = files(&folder);
    let mut piped = command(&folder, "predict run - -o out.csv");
    let mut child = piped.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // Two blocks of a megabyte are read before the first batch is worked on.
    input.write_all(many_rows().as_bytes()).unwrap();
    input.write_all(many_rows().replace("id,x\n", "").repeat(2).as_bytes()).unwrap();
    let begun = (0..600).any(|_| {
        sleep(Duration::from_millis(50));
        files(&folder) != before
    });
    assert!(begun, "nothing is written");
    // Standard input stays open: the reader waits for more.
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    assert!(stderr(&output).starts_with("error: stopped after "), "{}", stderr(&output));
    assert_eq!(files(&folder), before);
    drop(input);
}

/// A folder with iris and a run of some pipelines on it.
fn iris() -> TempDir {
    let folder = TempDir::new().unwrap();
    stdout(automl(&folder, "datasets write iris -o iris.csv"));
    stdout(automl(&folder, "fit iris.csv --target species --max-trials 4 --threads 2 --quiet -o run"));
    folder
}

#[test]
fn every_row_of_the_leaderboard_predicts() {
    let folder = iris();
    let board = json(automl(&folder, "leaderboard run --json"));
    let scores = |trial: &str| {
        let scored = json(automl(&folder, &format!("evaluate run iris.csv --trial {trial} --json")));
        scored["metrics"].clone()
    };
    for entry in board["entries"].as_array().unwrap() {
        let name = entry["name"].as_str().unwrap().replace(' ', "_");
        let Some(trial) = entry["trial"].as_u64() else { continue };
        assert_eq!(scores(&trial.to_string()), scores(&name), "by number and by name");
        let csv = stdout(automl(&folder, &format!("predict run iris.csv --trial {trial} --proba --quiet")));
        let distinct: BTreeSet<&str> = csv.lines().skip(1).collect();
        assert_eq!(distinct.len() == 1, name == "featureless", "{name} predicts {} different rows", distinct.len());
    }
    let output = automl(&folder, "predict run iris.csv --trial gbtd");
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(told.starts_with("error: run: there is no trial `gbtd`; there is ") && told.contains("(`featureless`)"), "{told}");
    let output = automl(&folder, "evaluate run/model.automl iris.csv --trial 0");
    assert!(stderr(&output).contains("run/model.automl is not the folder of a run"), "{}", stderr(&output));
}

#[test]
fn a_dry_run_tells_what_the_fit_then_does() {
    let folder = iris();
    let fit = "fit iris.csv --target species --ignore sepal_width --max-trials 4 --threads 2 --folds 3";
    let before = files(&folder);
    let plan = json(automl(&folder, &format!("{fit} --dry-run --json")));
    assert_eq!(files(&folder), before, "nothing is written");
    let text = stdout(automl(&folder, &format!("{fit} --dry-run")));
    let done = json(automl(&folder, &format!("{fit} --json --quiet -o done")));
    for key in ["task", "rows", "features", "metric", "validation"] {
        assert_eq!(plan[key], done[key], "{key}");
    }
    let noticed = |of: &Value| -> Vec<Value> {
        let findings = of["findings"].as_array().unwrap().iter();
        findings.filter(|finding| finding["check"] != "label_noise").cloned().collect()
    };
    assert_eq!(noticed(&plan), noticed(&done));
    let mut tried: Vec<(u64, &str)> = done["leaderboard"]["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| Some((entry["trial"].as_u64()?, entry["name"].as_str()?)))
        .collect();
    tried.sort_unstable();
    let planned = plan["pipelines"].as_array().unwrap().iter().map(|line| line["name"].as_str().unwrap());
    assert_eq!(tried.iter().map(|(_, name)| *name).collect::<Vec<_>>(), planned.take(4).collect::<Vec<_>>());
    assert!(text.lines().any(|line| line.split_whitespace().eq(["sepal_width", "numeric", "ignore"])), "{text}");
    assert!(text.ends_with("4 trials with 3 folds each, as far as the time allows.\n"), "{text}");
}

/// The events in a text, one a line, each with the fields that `automl list events` tells, and no others.
fn events(folder: &TempDir, lines: &str) -> Vec<Value> {
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for event in &events {
        let id = event["event"].as_str().unwrap();
        let documented = json(automl(folder, &format!("list events {id} --json")));
        let keys = |of: &Value| of.as_object().unwrap().keys().cloned().collect::<BTreeSet<String>>();
        assert_eq!(keys(event), keys(&documented["fields"]), "{id}");
        assert!(event["elapsed_s"].as_f64().unwrap() >= 0.0);
    }
    events
}

fn of_kind<'a>(events: &'a [Value], id: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["event"] == id).collect()
}

#[test]
fn every_event_is_told_with_the_fields_that_are_documented() {
    let folder = iris();
    let fit = "fit iris.csv --target species --max-trials 3 --threads 2";
    let done = json(automl(&folder, &format!("{fit} --json --events events.jsonl -o watched")));
    let events_of = |name: &str| events(&folder, &fs::read_to_string(folder.path().join(name)).unwrap());
    let told = events_of("events.jsonl");
    assert_eq!((&told[0]["event"], &told[0]["rows"]), (&"planned".into(), &150.into()));
    assert_eq!(of_kind(&told, "started").len(), 3);
    assert_eq!(of_kind(&told, "combining").len(), 1);
    for finished in of_kind(&told, "finished") {
        let entries = done["leaderboard"]["entries"].as_array().unwrap();
        let entry = entries.iter().find(|entry| entry["trial"] == finished["trial"]).unwrap();
        assert_eq!(entry["name"], finished["name"]);
        // The row of the final model tells its scores, which are calibrated.
        assert!(entry["score"] == finished["score"] || entry["weight"] == 1.0);
    }
    let last = told.last().unwrap();
    assert_eq!((&last["event"], &last["score"], &last["model"]), (&"done".into(), &done["score"], &done["model"]));

    let output = automl(&folder, "fit iris.csv --target species --learners featureless --max-trials 1 --events - -o stderr");
    let told = events(&folder, &stderr(&output));
    assert_eq!(told.last().unwrap()["event"], "done");
    stdout(output);

    let output = automl(&folder, "fit iris.csv --target speices --max-trials 1 --events failed.jsonl -o failed");
    let told = events_of("failed.jsonl");
    assert_eq!(told.len(), 1);
    assert_eq!(stderr(&output), format!("error: {}\n", told[0]["message"].as_str().unwrap()));
}

#[test]
fn a_run_folder_tells_what_was_asked_tried_and_found() {
    let folder = iris();
    let text = stdout(automl(&folder, "inspect run"));
    assert!(text.contains("Asked       `species` of iris.csv; trials_max 4, threads 2\n"), "{text}");
    assert!(text.contains("Tried       4 trials complete; "), "{text}");
    assert!(text.contains("Leaderboard: log_loss") && text.contains("Predicts    multiclass `species`"), "{text}");
    let told = json(automl(&folder, "inspect run --json"));
    assert_eq!(told["run"]["config"]["fit"]["trials_max"], 4);
    assert_eq!(told["run"]["trials"]["complete"], 4);
    assert_eq!(told["run"]["best"]["score"], told["score"]);
    assert_eq!(told["task"]["target"], "species");

    fs::remove_file(folder.path().join("run/model.automl")).unwrap();
    fs::remove_file(folder.path().join("run/leaderboard.json")).unwrap();
    let text = stdout(automl(&folder, "inspect run"));
    assert!(text.contains("Model       none: the run has not come to its end\n"), "{text}");
    let told = json(automl(&folder, "inspect run --json"));
    assert_eq!((&told["model"], &told["run"]["best"]), (&Value::Null, &Value::Null));
    assert!(told["findings"].as_array().unwrap().len() > 5);
}
