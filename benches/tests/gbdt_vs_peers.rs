//! Every measurement of `gbdt_vs_peers`, tiny and without peers: no other library is asked here.

use std::fs;
use std::process::Command;

use serde_json::Value;

/// Runs the program in an empty folder that has no interpreter; gives what it printed and measured.
fn run(arguments: &str) -> (String, Vec<Value>) {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("measured.json");
    let output = Command::new(env!("CARGO_BIN_EXE_gbdt_vs_peers"))
        .args(arguments.split_whitespace())
        .arg("--json")
        .arg(&json)
        .env("BENCH_HOME", folder.path())
        .env_remove("AUTOML_DATA")
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    (printed, serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap())
}

#[test]
fn seconds_are_measured_turn_by_turn() {
    for mode in ["fit", "cv", "predict"] {
        let (printed, measured) = run(&format!("{mode} --sizes 400x6,500x4 --leaves 4,8 --trees 5 --repeats 2"));
        assert!(printed.contains("peers are skipped: there is no "), "{printed}");
        assert_eq!(measured.len(), 4, "{mode}: two sizes, two numbers of leaves, one side: {measured:?}");
        for row in &measured {
            let seconds = row["wall_s"].as_array().unwrap();
            assert!(seconds.len() == 2 && seconds.iter().all(|s| s.as_f64().unwrap() > 0.0), "{mode}: {row}");
            let loss = row["log_loss"].as_f64();
            assert!(if mode == "predict" { loss.is_none() } else { loss.unwrap() < 0.69 }, "{mode}: {row}");
        }
    }
}

#[test]
fn contributions_sum_to_the_score() {
    let (printed, measured) = run("contributions --sizes 400x6 --leaves 4,8 --trees 20 --repeats 2 --rows 50");
    assert!(printed.contains("rows/s"), "{printed}");
    assert_eq!(measured.len(), 4, "two numbers of leaves, seconds and an error of each: {measured:?}");
    for pair in measured.chunks(2) {
        assert!(pair[0]["wall_s"].as_array().unwrap().iter().all(|s| s.as_f64().unwrap() > 0.0), "{pair:?}");
        assert!(pair[1]["rows"] == 50 && pair[1]["largest_error"].as_f64().unwrap() < 1e-9, "{pair:?}");
    }
}

#[test]
fn a_single_row_takes_microseconds() {
    let (_, measured) = run("single-row --sizes 300x4 --trees 5");
    let sides: Vec<&str> = measured.iter().filter_map(|row| row["side"].as_str()).collect();
    assert_eq!(sides, ["ours", "ours, with its matrix"]);
    assert!(measured.iter().all(|row| row["micros"]["median"].as_f64().unwrap() > 0.0), "{measured:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_memory_of_a_fit_is_that_of_a_process_of_its_own() {
    let (_, measured) = run("memory --sizes 20000x10 --trees 3");
    // Ten columns of bins as bytes, by columns and by rows, are the least.
    assert!(measured[0]["bytes"].as_u64().unwrap() > 2 * 200_000, "{measured:?}");
}

#[test]
fn accuracy_wants_tables() {
    let (printed, measured) = run("accuracy");
    assert!(printed.contains("AUTOML_DATA") && measured.is_empty(), "{printed}");
}
