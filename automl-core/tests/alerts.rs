//! Over many public tables the alerts are those of a list, each with the reason why it deserves a look.
//!
//! The tables lie in the folder `$AUTOML_DATA`, with a `manifest.json` that names their targets; without it
//! the test is skipped. Nothing is fitted.

#![allow(missing_docs)]
#![allow(clippy::print_stdout, reason = "a test that skips says why")]

use std::collections::BTreeSet;
use std::path::Path;

use automl_core::findings::{Subject, of_split, of_subject};
use automl_core::frame::{ReadOptions, read};
use automl_core::registry::Registry;
use automl_core::schema::{Finding, Overrides, Role, Status, infer};
use automl_core::split::{Split, Strategy};
use automl_core::task::{Task, TaskRequest};
use serde::Deserialize;

/// A table of the manifest.
#[derive(Deserialize)]
struct Table {
    name: String,
    target: String,
    task: String,
}

/// An alert that is right, and why.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord, Debug, Clone)]
struct Alert {
    table: String,
    check: String,
    #[serde(default)]
    columns: Vec<String>,
    #[serde(default)]
    reason: String,
}

#[test]
fn the_alerts_over_public_tables_are_those_of_the_list() {
    let Some(folder) = std::env::var_os("AUTOML_DATA") else {
        println!("skipped: name a folder of tables with a manifest.json in AUTOML_DATA");
        return;
    };
    let folder = Path::new(&folder);
    let tables: Vec<serde_json::Value> = json(&folder.join("manifest.json"));
    let tables: Vec<Table> = tables.into_iter().filter_map(|table| serde_json::from_value(table).ok()).collect();
    let tables: Vec<&Table> =
        tables.iter().filter(|t| matches!(t.task.as_str(), "binary" | "multiclass" | "regression")).collect();
    let told: Vec<Alert> = json(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/alerts.json"));
    for alert in &told {
        assert!(alert.reason.len() > 20, "no reason for {} in {}", alert.check, alert.table);
    }

    let half = tables.len() / 2;
    let (first, second) = tables.split_at(half);
    let alerts_of = |tables: &[&Table]| tables.iter().flat_map(|table| alerts(folder, table)).collect::<Vec<_>>();
    let found = std::thread::scope(|scope| {
        let other = scope.spawn(|| alerts_of(second));
        let mut found = alerts_of(first);
        found.extend(other.join().unwrap());
        found
    });
    let bare = |alert: &Alert| Alert { reason: String::new(), ..alert.clone() };
    let wanted: BTreeSet<Alert> = told.iter().map(bare).collect();
    let given: BTreeSet<Alert> = found.iter().map(bare).collect();
    for alert in found.iter().filter(|alert| !wanted.contains(&bare(alert))) {
        println!("not in the list: {} {} {:?}: {}", alert.table, alert.check, alert.columns, alert.reason);
    }
    for alert in wanted.difference(&given) {
        println!("not found: {} {} {:?}", alert.table, alert.check, alert.columns);
    }
    assert_eq!(wanted, given);
}

fn json<T: serde::de::DeserializeOwned>(path: &Path) -> T {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The alerts of a table as it lies there; the reason is what the finding says.
fn alerts(folder: &Path, table: &Table) -> Vec<Alert> {
    let findings = findings(&folder.join(format!("{}.csv.gz", table.name)), &table.target);
    let alerted = findings.into_iter().filter(|f| f.status == Status::Alerted);
    let alert = |f: Finding| Alert { table: table.name.clone(), check: f.check, columns: f.columns, reason: f.message };
    alerted.map(alert).collect()
}

fn findings(path: &Path, target: &str) -> Vec<Finding> {
    let options = ReadOptions { text_columns: vec![target.to_owned()], threads: 1, ..ReadOptions::default() };
    let (frame, mut findings) = read(path, &options).unwrap();
    let (schema, noticed) = infer(&frame, &Overrides::default().with_role(target, Role::Target)).unwrap();
    findings.extend(noticed);
    let request = TaskRequest { target: target.to_owned(), ..TaskRequest::default() };
    let resolved = Task::resolve(&frame, &schema, &request, Registry::new(&[], &[]).metrics()).unwrap();
    findings.extend(resolved.findings.iter().cloned());
    let subject = Subject::new(&frame, &schema, &resolved).unwrap();
    findings.extend(of_subject(&subject));
    let (split, _) = Split::plan(&Strategy::KFold { folds: 5 }, subject.target, subject.roles, 0).unwrap();
    findings.extend(of_split(&subject, &split));
    findings
}
