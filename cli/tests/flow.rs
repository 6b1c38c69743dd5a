//! The whole way on files: write a table, fit, look, predict, evaluate, repeat.

mod command;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use command::{automl, command, json, stderr, stdout};

/// A folder with iris in it.
fn iris() -> TempDir {
    let folder = TempDir::new().unwrap();
    stdout(automl(&folder, "datasets write iris -o iris.csv"));
    folder
}

/// A folder with iris and a small run on it.
fn fitted() -> TempDir {
    let folder = iris();
    stdout(automl(&folder, "fit iris.csv --target species --max-trials 4 --threads 2 --quiet -o run"));
    folder
}

/// A leaderboard without what a clock measured.
fn untimed(run: &Path) -> Value {
    let mut leaderboard: Value = serde_json::from_slice(&fs::read(run.join("leaderboard.json")).unwrap()).unwrap();
    for entry in leaderboard["entries"].as_array_mut().unwrap() {
        let entry = entry.as_object_mut().unwrap();
        entry.remove("fit_s");
        entry.remove("predict_s");
    }
    leaderboard
}

#[test]
fn a_fit_tells_what_it_understood_found_and_what_to_do_next() {
    let folder = iris();
    let output = automl(&folder, "fit iris.csv --target species --max-trials 4 --threads 2");
    let told = stderr(&output);
    assert!(told.contains("trial 0 featureless  log_loss 1."), "{told}");
    let text = stdout(output);
    let begins = |start: &str| text.lines().any(|line| line.starts_with(start));
    assert!(begins("Data        iris.csv: 150 rows, 4 features"), "{text}");
    assert!(begins("Task        multiclass on `species`, judged by log_loss (lower is better)"), "{text}");
    assert!(begins("Leaderboard: log_loss (lower is better) on "), "{text}");
    assert!(begins("Model       automl_run/model.automl, "), "{text}");
    let next = text.lines().find_map(|line| line.strip_prefix("Predict     automl ")).unwrap();
    let next = next.replace("NEW.csv", "iris.csv");
    stdout(automl(&folder, &next));
    assert_eq!(fs::read_to_string(folder.path().join("predictions.csv")).unwrap().lines().count(), 151);
}

#[test]
fn what_a_smaller_model_gives_up_is_told() {
    let folder = iris();
    let text =
        stdout(automl(&folder, "fit iris.csv --target species --max-trials 4 --folds 3 --threads 2 --optimize size --quiet"));
    let chosen = text.lines().find(|line| line.starts_with("Chosen      for size, 1 model instead of ")).unwrap();
    assert!(chosen.contains(" kB instead of "), "{text}");
    let text = stdout(automl(&folder, "inspect automl_run"));
    assert!(text.contains("optimize size") && text.contains("Chosen for  size, at nearly the best score"), "{text}");
    let text = stdout(automl(&folder, "leaderboard automl_run"));
    assert!(text.contains("\nChosen: for size, 1 model instead of "), "{text}");
    let model = json(automl(&folder, "inspect automl_run --json"));
    assert_eq!((&model["optimize"], model["members"][0]["models"].as_u64()), (&"size".into(), Some(1)));
    let leaderboard = json(automl(&folder, "leaderboard automl_run --json"));
    assert!(leaderboard["bargain"]["cost"].as_f64() <= leaderboard["bargain"]["best_cost"].as_f64(), "{leaderboard}");
    assert_eq!(leaderboard["bargain"]["score"], model["score"]);
}

#[test]
fn quiet_says_nothing_beside_the_result() {
    let folder = iris();
    let output = automl(&folder, "fit iris.csv --target species --max-trials 1 --quiet");
    assert_eq!(stderr(&output), "");
    assert!(stdout(output).contains("Leaderboard"));
}

#[test]
fn predictions_go_to_files_and_stdout_in_the_order_of_the_rows() {
    let folder = fitted();
    let csv = stdout(automl(&folder, "predict run iris.csv --quiet --proba --keep species,sepal_width"));
    let mut lines = csv.lines();
    let header = "species,sepal_width,prediction,proba_setosa,proba_versicolor,proba_virginica";
    assert_eq!(lines.next(), Some(header));
    let right = lines.clone().filter(|line| line.split(',').next() == line.split(',').nth(2)).count();
    assert!(right > 130, "{right} of 150 are right");
    assert_eq!(lines.count(), 150);

    let text = fs::read(folder.path().join("iris.csv")).unwrap();
    let mut piped = command(&folder, "predict run/model.automl - --quiet --proba --keep species,sepal_width");
    let mut child = piped.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&text).unwrap();
    assert_eq!(stdout(child.wait_with_output().unwrap()), csv, "from stdin");

    let all = "sepal_length,sepal_width,petal_length,petal_width,species";
    let summary = json(automl(&folder, &format!("predict run iris.csv --keep {all} --json -o p.parquet")));
    assert_eq!((&summary["rows"], &summary["out"]), (&150.into(), &"p.parquet".into()));
    let scored = json(automl(&folder, "evaluate run p.parquet --json"));
    assert_eq!(scored["metrics"], json(automl(&folder, "evaluate run iris.csv --json"))["metrics"], "from Parquet");
}

#[test]
fn cells_of_another_kind_are_told_and_not_fatal() {
    let folder = fitted();
    fs::write(folder.path().join("odd.csv"), "sepal_length,sepal_width,petal_length,petal_width\n5,wide,1.4,0.2\n6,3,,2\n")
        .unwrap();
    let output = automl(&folder, "predict run odd.csv");
    assert!(
        stderr(&output).contains("column `sepal_width`: 1 cell could not be read and counted as missing"),
        "{}",
        stderr(&output)
    );
    assert_eq!(stdout(output).lines().count(), 3);
}

#[test]
fn a_missing_column_is_an_error_that_names_it() {
    let folder = fitted();
    fs::write(folder.path().join("narrow.csv"), "sepal_length,sepal_width,petal_length\n5,3,1.4\n").unwrap();
    let output = automl(&folder, "predict run narrow.csv -o out.csv");
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("petal_width"), "{}", stderr(&output));
    assert!(!folder.path().join("out.csv").exists());
}

#[test]
fn a_model_is_scored_by_every_metric_of_its_task() {
    let folder = fitted();
    let scored = json(automl(&folder, "evaluate run iris.csv --json"));
    assert_eq!((&scored["rows"], &scored["metric"]), (&150.into(), &"log_loss".into()));
    assert_eq!(scored["score"], scored["metrics"]["log_loss"]);
    assert!(scored["metrics"]["accuracy"].as_f64().unwrap() > 0.9);
    let text = stdout(automl(&folder, "evaluate run iris.csv"));
    assert!(text.lines().nth(2).unwrap().starts_with("log_loss"), "the leading metric comes first:\n{text}");
}

#[test]
fn what_columns_add_is_told_in_total_and_by_row() {
    let folder = iris();
    stdout(automl(&folder, "fit iris.csv --target species --learners gbdt --max-trials 2 --threads 2 --quiet -o run"));
    let output = automl(&folder, "explain run iris.csv");
    assert!(stderr(&output).contains("150 rows of iris.csv; contributions to the score before the softmax of every class"));
    let text = stdout(output);
    let first = text.lines().nth(2).unwrap();
    assert!(first.starts_with("petal_"), "petals tell the species:\n{text}");
    assert_eq!(text.lines().count(), 6, "a line per column:\n{text}");

    let summary = json(automl(&folder, "explain run iris.csv --json -o contributions.csv"));
    assert_eq!((&summary["rows"], &summary["columns"][0]["column"]), (&150.into(), &first.split(' ').next().into()));
    let csv = fs::read_to_string(folder.path().join("contributions.csv")).unwrap();
    let (header, rows) = csv.split_once('\n').unwrap();
    assert!(
        header.starts_with(
            "sepal_length.setosa,sepal_width.setosa,petal_length.setosa,petal_width.setosa,bias.setosa,score.setosa,"
        )
    );
    for row in rows.lines() {
        let numbers: Vec<f64> = row.split(',').map(|cell| cell.parse().unwrap()).collect();
        for class in numbers.chunks_exact(6) {
            assert!((class[..5].iter().sum::<f64>() - class[5]).abs() < 1e-9, "{row}");
        }
    }
}

#[test]
fn a_model_that_cannot_be_explained_says_what_can() {
    let folder = iris();
    stdout(automl(&folder, "fit iris.csv --target species --learners featureless --max-trials 1 --threads 2 --quiet -o run"));
    let output = automl(&folder, "explain run iris.csv");
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(told.contains("learner `featureless`") && told.contains("hint: linear models and trees can tell"), "{told}");
    let output = automl(&folder, "explain run iris.csv --member 99");
    assert!(stderr(&output).contains("the model has no member 99; it has 0 (`"), "{}", stderr(&output));
}

#[test]
fn the_leaderboard_of_a_run_can_be_shown_again() {
    let folder = fitted();
    let board = json(automl(&folder, "leaderboard run --json"));
    let entries = board["entries"].as_array().unwrap();
    assert!(entries.len() >= 4);
    assert_eq!(json(automl(&folder, "leaderboard run --json --top 2"))["entries"].as_array().unwrap(), &entries[..2]);
    let text = stdout(automl(&folder, "leaderboard run"));
    for entry in entries {
        assert!(text.contains(entry["name"].as_str().unwrap()), "{text}");
    }
}

#[test]
fn a_run_is_repeated_by_its_configuration() {
    let folder = fitted();
    stdout(automl(&folder, "fit --config run/config.json --threads 1 -o again"));
    assert_eq!(untimed(&folder.path().join("run")), untimed(&folder.path().join("again")));
    let from = |run: &str| stdout(automl(&folder, &format!("predict {run} iris.csv --proba --quiet")));
    assert_eq!(from("run"), from("again"));
}

#[test]
fn flags_win_over_a_configuration_in_yaml() {
    let folder = iris();
    let yaml = "data: iris.csv\nread: {delimiter: ','}\nfit:\n  target: nothing\n  trials_max: 9\n  learners: [featureless]\n";
    fs::write(folder.path().join("fit.yaml"), yaml).unwrap();
    let fit = json(automl(&folder, "fit --config fit.yaml --target species --max-trials 1 --json"));
    assert_eq!(fit["task"]["target"], "species");
    assert_eq!(fit["leaderboard"]["entries"][0]["learner"], "featureless");
}

#[test]
fn a_fit_as_json_is_one_document() {
    let folder = iris();
    let fit = json(automl(&folder, "fit iris.csv --target species --max-trials 2 --json --quiet"));
    let keys = [
        "run",
        "model",
        "task",
        "rows",
        "features",
        "validation",
        "metric",
        "score",
        "estimate",
        "temperature",
        "decision",
        "elapsed_s",
        "interrupted",
        "ended",
        "findings",
        "test",
        "leaderboard",
    ];
    assert_eq!(fit.as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>(), keys);
    assert_eq!(fit["task"]["classes"].as_array().unwrap().len(), 3);
    for list in ["learners", "featurizers", "metrics"] {
        let list = json(automl(&folder, &format!("list {list} --json")));
        let first = list[0]["id"].as_str().unwrap().to_owned();
        assert!(list[0]["summary"].as_str().unwrap().len() > 10, "{first}");
    }
    assert!(json(automl(&folder, "list learners gbdt --json"))["space"].as_array().unwrap().len() > 2);
    assert_eq!(json(automl(&folder, "datasets list --json"))[0]["name"], "iris");
}

#[test]
fn every_shell_gets_a_script() {
    let folder = TempDir::new().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        assert!(stdout(automl(&folder, &format!("completions {shell}"))).contains("leaderboard"), "{shell}");
    }
}

#[test]
#[cfg(unix)]
fn a_reader_that_leaves_early_is_no_failure() {
    let folder = TempDir::new().unwrap();
    let mut writing = command(&folder, "datasets write friedman1 --rows 20000");
    let mut child = writing.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
}

#[test]
#[cfg(unix)]
fn an_interrupted_fit_keeps_the_best_model_so_far() {
    let folder = iris();
    let mut fit = command(&folder, "fit iris.csv --target species --max-trials 100000 --threads 2 -o run");
    let mut child = fit.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut progress = BufReader::new(child.stderr.take().unwrap()).lines();
    let tried = progress.by_ref().map_while(Result::ok).filter(|line| line.contains(" trial ")).take(2).count();
    assert_eq!(tried, 2, "the fit ended by itself");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let rest: Vec<String> = progress.map_while(Result::ok).collect();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{rest:?}");
    assert!(rest.iter().any(|line| line.starts_with("stopping")), "{rest:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains(" trials: somebody asked to stop."));
    assert_eq!(stdout(automl(&folder, "predict run iris.csv --quiet")).lines().count(), 151);
}

/// How many trials there were, and why no more.
fn ending(fit: &Value) -> (usize, &str) {
    let trials = fit["leaderboard"]["entries"].as_array().unwrap().iter().filter(|entry| entry["trial"].is_number()).count();
    (trials, fit["ended"]["reason"].as_str().unwrap())
}

#[test]
fn a_fit_ends_when_it_is_good_enough_or_gets_no_better() {
    let folder = iris();
    let fit = |flags: &str| json(automl(&folder, &format!("fit iris.csv --target species {flags} -q --json --force -o run")));
    let easy = fit("--target-score 10");
    assert_eq!(ending(&easy), (1, "target_score"));
    assert_eq!(easy["ended"]["message"], "Ended after 1 trial: the target score is reached.");
    // The baseline is right in a third of the rows.
    let good = fit("--metric accuracy --target-score 0.9 --learners naive_bayes --threads 1");
    let (trials, reason) = ending(&good);
    // One more may be under way by then.
    assert!((2..=3).contains(&trials) && reason == "target_score", "{}", good["ended"]);
    assert!(good["score"].as_f64().unwrap() >= 0.9);

    let quick = "--learners linear,naive_bayes --folds 2 --threads 2";
    let patient = fit(&format!("{quick} --patience 1 --max-trials 60"));
    let (trials, reason) = ending(&patient);
    assert!(trials < 60 && reason == "patience", "{}", patient["ended"]);
    assert_eq!(json(automl(&folder, "inspect run --json"))["run"]["config"]["fit"]["patience"], 1);
    let more = json(automl(&folder, "resume run --patience 100 --max-trials 9 -q --json"));
    assert_eq!(ending(&more), (9.max(trials), "trials_max"));
}

#[test]
fn few_rows_end_a_fit_unless_more_trials_are_asked_for() {
    let folder = iris();
    let fit = "fit iris.csv --target species --learners naive_bayes,linear --folds 2 --threads 2 -o run";
    let output = automl(&folder, &format!("{fit} --events events.jsonl"));
    let told = stderr(&output);
    assert!(told.contains(" s  comparing more on 150 rows would favour chance; combining "), "{told}");
    let text = stdout(output);
    let ended = text.lines().find(|line| line.starts_with("Ended       after ")).unwrap();
    assert!(ended.contains(" s and 12 trials: comparing more on 150 rows would favour chance;"), "{text}");
    let events = fs::read_to_string(folder.path().join("events.jsonl")).unwrap();
    let last: Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
    assert_eq!(last["ended"]["reason"], "few_rows");
    assert!(fs::read_to_string(folder.path().join("run/run.log")).unwrap().contains("comparing more on 150 rows"));
    assert_eq!(ending(&json(automl(&folder, "resume run --max-trials 14 -q --json"))), (14, "trials_max"));
    let asked = json(automl(&folder, &format!("{fit} --max-trials 13 --force -q --json")));
    assert_eq!(ending(&asked), (13, "trials_max"));
}

/// A table without leaks, but for a column that is the target under another name.
fn leaky() -> TempDir {
    let folder = TempDir::new().unwrap();
    let text = stdout(automl(&folder, "datasets write classification --rows 400"));
    let leaky = |(i, line): (usize, &str)| {
        let copy = if i == 0 { "code".to_owned() } else { line.rsplit(',').next().unwrap().to_uppercase() };
        format!("{copy},{line}\n")
    };
    fs::write(folder.path().join("leaky.csv"), text.lines().enumerate().map(leaky).collect::<String>()).unwrap();
    folder
}

#[test]
fn a_strict_fit_ends_before_the_search_where_the_data_raise_an_alert() {
    let folder = leaky();
    let output = automl(&folder, "fit leaky.csv --target target --max-trials 2 --strict");
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let told = stderr(&output);
    assert!(told.contains("target_leakage: ") && told.contains("`code`") && !told.contains("trial 0"), "{told}");
    assert!(!folder.path().join("automl_run").exists(), "nothing is left behind");
    stdout(automl(&folder, "fit leaky.csv --target target --max-trials 2 --strict --ignore code -q"));
}

#[test]
fn a_test_table_is_scored_and_never_learned_from() {
    let folder = iris();
    let text = fs::read_to_string(folder.path().join("iris.csv")).unwrap();
    let mut lines = text.lines();
    let header = lines.next().unwrap();
    let (mut train, mut test) = (format!("{header}\n"), format!("{header}\n"));
    for (i, line) in lines.enumerate() {
        let part = if i % 5 == 0 { &mut test } else { &mut train };
        *part += &format!("{line}\n");
    }
    fs::write(folder.path().join("train.csv"), train).unwrap();
    fs::write(folder.path().join("test.csv"), test).unwrap();
    let fit = "fit train.csv --target species --max-trials 3 --threads 2 -q";
    let tested = json(automl(&folder, &format!("{fit} --test test.csv --json -o tested")));
    let evaluated = json(automl(&folder, "evaluate tested test.csv --json"));
    assert_eq!(tested["test"]["rows"], 30);
    assert_eq!(tested["test"]["metrics"], evaluated["metrics"]);
    let checks: Vec<&str> = tested["findings"].as_array().unwrap().iter().map(|f| f["check"].as_str().unwrap()).collect();
    for check in ["test_overlap", "test_drift", "test_new_levels", "test_missing_values", "label_noise"] {
        assert!(checks.contains(&check), "{check}: {checks:?}");
    }
    assert!(tested["findings"].as_array().unwrap().iter().all(|f| f["check"] == "validation" || f["threshold"].is_string()));

    let plain = json(automl(&folder, &format!("{fit} --json -o plain")));
    assert_eq!(plain["test"], Value::Null);
    assert_eq!(untimed(&folder.path().join("plain")), untimed(&folder.path().join("tested")), "the test rows change nothing");
    let again = stdout(automl(&folder, "fit --config tested/config.json -o again -q"));
    assert!(again.lines().any(|line| line.starts_with("Test        30 rows: log_loss ")), "{again}");
}

#[test]
fn a_run_under_a_time_budget_is_replayed() {
    let folder = TempDir::new().unwrap();
    stdout(automl(&folder, "datasets write mixed --rows 300 -o train.csv"));
    stdout(automl(&folder, "fit train.csv --target target --time-budget 2s --folds 2 --threads 2 --quiet -o run"));
    let told = stdout(automl(&folder, "replay run -o again --quiet"));
    assert!(told.contains("again/model.automl"), "{told}");
    let predicted = |run: &str| stdout(automl(&folder, &format!("predict {run} train.csv --proba --quiet")));
    assert_eq!(predicted("run"), predicted("again"));

    let output = automl(&folder, "replay run -o again");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("again exists already"), "{}", stderr(&output));
    let output = automl(&folder, "replay train.csv -o other");
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert!(stderr(&output).contains("a run folder is what `automl fit --out` wrote"), "{}", stderr(&output));
}
