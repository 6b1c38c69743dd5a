//! Leaks that are planted into generated tables are all alerted, and tables without any raise no alert.

#![allow(missing_docs)]

use automl_core::findings::{Subject, of_split, of_subject};
use automl_core::frame::Frame;
use automl_core::registry::Registry;
use automl_core::schema::{Finding, Overrides, Role, Status, infer};
use automl_core::seed::rng;
use automl_core::split::{Split, Strategy};
use automl_core::task::{Target, Task, TaskRequest};
use automl_datasets::GENERATORS;
use automl_datasets::generate::{Classification, Regression};
use polars::prelude::{Column, DataFrame, IdxCa, NewChunkedArray};
use rand::RngExt;
use rand::seq::SliceRandom;

const ROWS: usize = 600;

/// What stage a to c find in a table.
fn findings(data: DataFrame, overrides: Overrides) -> Vec<Finding> {
    let frame = Frame::new(data);
    let (schema, mut findings) = infer(&frame, &overrides.with_role("target", Role::Target)).unwrap();
    let request = TaskRequest { target: "target".into(), ..TaskRequest::default() };
    let resolved = Task::resolve(&frame, &schema, &request, Registry::new(&[], &[]).metrics()).unwrap();
    findings.extend(resolved.findings.iter().cloned());
    let subject = Subject::new(&frame, &schema, &resolved).unwrap();
    findings.extend(of_subject(&subject));
    let (split, _) = Split::plan(&Strategy::KFold { folds: 5 }, subject.target, subject.roles, 0).unwrap();
    findings.extend(of_split(&subject, &split));
    let mut checks: Vec<&str> = findings.iter().map(|f| f.check.as_str()).collect();
    checks.sort_unstable();
    checks.dedup();
    assert_eq!(checks.len(), findings.len(), "one finding per check");
    findings
}

/// The checks that alert, with their columns.
fn alerts(data: DataFrame) -> Vec<(String, Vec<String>)> {
    let alerted = findings(data, Overrides::default()).into_iter().filter(|f| f.status == Status::Alerted);
    alerted
        .map(|f| {
            assert!(!f.threshold.is_empty() && !f.action.is_empty(), "{f:?}");
            (f.check, f.columns)
        })
        .collect()
}

/// A clean table of each kind of task, and its target: the class from 0, or the number.
fn clean() -> Vec<(&'static str, DataFrame, Vec<f64>)> {
    let two = Classification { rows: ROWS, classes: 2, ..Classification::default() }.generate();
    let three = Classification { rows: ROWS, ..Classification::default() }.generate();
    let number = Regression { rows: ROWS, ..Regression::default() }.generate();
    let tables = [("binary", two), ("multiclass", three), ("regression", number)];
    tables.map(|(name, made)| (name, made.frame.clone(), truth(made.frame))).into()
}

fn truth(data: DataFrame) -> Vec<f64> {
    let frame = Frame::new(data);
    let (schema, _) = infer(&frame, &Overrides::default().with_role("target", Role::Target)).unwrap();
    let request = TaskRequest { target: "target".into(), ..TaskRequest::default() };
    match Task::resolve(&frame, &schema, &request, Registry::new(&[], &[]).metrics()).unwrap().target {
        Target::Classes { labels, .. } => labels.iter().map(|label| f64::from(*label)).collect(),
        Target::Numbers(values) => values,
    }
}

fn with(mut data: DataFrame, column: Column) -> DataFrame {
    data.with_column(column).unwrap();
    data
}

/// Numbers around 0 with a standard deviation of about 1, one per row.
fn noise(rows: usize) -> Vec<f64> {
    let mut random = rng(7);
    (0..rows).map(|_| (0..12).map(|_| random.random_range(0.0..1.0)).sum::<f64>() - 6.0).collect()
}

fn deviation(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
}

fn take(data: &DataFrame, rows: &[u32]) -> DataFrame {
    data.take(&IdxCa::from_slice("rows".into(), rows)).unwrap()
}

fn is(check: &str, column: &str) -> Vec<(String, Vec<String>)> {
    vec![(check.to_owned(), vec![column.to_owned()])]
}

#[test]
fn tables_without_leaks_raise_no_alert() {
    for generator in GENERATORS {
        let made = (generator.generate)(2_500, 3);
        assert_eq!(alerts(made.frame), [], "{}", generator.name);
    }
}

#[test]
fn a_copy_of_the_target_with_noise_is_alerted() {
    for (task, data, truth) in clean() {
        let spread = 0.1 * deviation(&truth);
        let copy: Vec<f64> = truth.iter().zip(noise(ROWS)).map(|(t, e)| t + spread * e).collect();
        assert_eq!(alerts(with(data, Column::new("copy".into(), copy))), is("target_leakage", "copy"), "{task}");
    }
}

#[test]
fn a_relabelled_target_is_alerted() {
    for (task, data, truth) in clean() {
        let renamed: Vec<String> = truth.iter().map(|t| format!("level {}", (t * 7.0).rem_euclid(11.0))).collect();
        let expected = if task == "regression" { vec![] } else { is("target_leakage", "renamed") };
        assert_eq!(alerts(with(data, Column::new("renamed".into(), renamed))), expected, "{task}");
    }
}

#[test]
fn an_identifier_in_the_order_of_the_target_is_alerted() {
    for (task, data, truth) in clean() {
        let mut order: Vec<usize> = (0..ROWS).collect();
        order.sort_by(|&a, &b| truth[a].total_cmp(&truth[b]));
        let mut numbers = vec![0_i64; ROWS];
        order.iter().enumerate().for_each(|(rank, &row)| numbers[row] = 5_000 + rank as i64);
        let texts: Vec<String> = numbers.iter().map(|n| format!("case-{n}")).collect();
        assert_eq!(alerts(with(data.clone(), Column::new("id".into(), numbers))), is("identifier_leakage", "id"), "{task}");
        assert_eq!(alerts(with(data, Column::new("id".into(), texts))), is("identifier_leakage", "id"), "{task}");
    }
}

#[test]
fn missing_values_that_know_the_target_are_alerted() {
    for (task, data, truth) in clean() {
        let middle = if task == "regression" { truth.iter().sum::<f64>() / ROWS as f64 } else { 0.5 };
        let holed: Vec<Option<f64>> = truth.iter().zip(noise(ROWS)).map(|(t, e)| (*t > middle).then_some(e)).collect();
        assert_eq!(alerts(with(data, Column::new("holed".into(), holed))), is("missingness_leakage", "holed"), "{task}");
    }
}

/// Five rows of each of 120 patients, alike in all features and in the target.
fn patients(data: &DataFrame) -> (DataFrame, Vec<i64>) {
    let mut rows: Vec<u32> = (0..ROWS as u32).map(|row| row / 5).collect();
    rows.shuffle(&mut rng(11));
    let mut repeated = take(data, &rows);
    let jitter = noise(ROWS);
    let names: Vec<String> = data.get_column_names().iter().map(|n| n.to_string()).collect();
    for name in names {
        if let Ok(values) = repeated.column(&name).unwrap().f64() {
            let all: Vec<f64> = values.iter().flatten().collect();
            let spread = 0.05 * deviation(&all);
            let moved: Vec<f64> = all.iter().zip(&jitter).map(|(v, e)| v + spread * e).collect();
            repeated.with_column(Column::new(name.as_str().into(), moved)).unwrap();
        }
    }
    // Numbers of patients are in no order of anything.
    (repeated, rows.iter().map(|row| i64::from(row * 7919 % 1_009)).collect())
}

#[test]
fn groups_that_span_folds_are_alerted() {
    for (task, data, _) in clean() {
        let (repeated, numbers) = patients(&data);
        let texts: Vec<String> = numbers.iter().map(|n| format!("patient {n}")).collect();
        let as_texts = alerts(with(repeated.clone(), Column::new("patient".into(), texts)));
        // The name of a patient gives the target away too.
        assert!(as_texts.ends_with(&is("group_leakage", "patient")), "{task}: {as_texts:?}");
        assert!(as_texts.iter().all(|(_, columns)| columns == &["patient"]), "{task}: {as_texts:?}");
        let as_numbers = with(repeated.clone(), Column::new("patient".into(), numbers));
        assert_eq!(alerts(as_numbers.clone()), is("group_leakage", "patient"), "{task}");

        let check = |overrides: Overrides| {
            let findings = findings(as_numbers.clone(), overrides);
            findings.iter().find(|f| f.check == "group_leakage").unwrap().status
        };
        assert_eq!(check(Overrides::default().with_role("patient", Role::Ignore)), Status::Alerted, "{task}: put aside");
        assert_eq!(check(Overrides::default().with_role("patient", Role::Group)), Status::Passed, "{task}: told");
    }
}

#[test]
fn rows_in_the_order_of_a_time_that_the_target_follows_are_alerted() {
    for (task, data, truth) in clean() {
        let mut order: Vec<u32> = (0..ROWS as u32).collect();
        let jitter = noise(ROWS);
        let spread = deviation(&truth);
        let key = |row: u32| truth[row as usize] + 0.7 * spread * jitter[row as usize];
        order.sort_by(|&a, &b| key(a).total_cmp(&key(b)));
        let sorted = take(&data, &order);
        let days: Vec<String> = (0..ROWS).map(|i| format!("20{:02}-{:02}-{:02}", i / 300, i / 25 % 12 + 1, i % 25 + 1)).collect();
        let found = alerts(with(sorted, Column::new("day".into(), days)));
        assert!(found.contains(&("time_order".to_owned(), vec!["day".to_owned()])), "{task}: {found:?}");
    }
}

#[test]
fn copies_on_both_sides_of_a_split_are_alerted() {
    for (task, data, _) in clean() {
        let mut rows: Vec<u32> = (0..ROWS as u32).collect();
        rows.extend(0..30);
        rows.shuffle(&mut rng(5));
        let found = alerts(take(&data, &rows));
        assert_eq!(found, [("duplicates_across_split".to_owned(), vec![])], "{task}");
    }
}

#[test]
fn folds_that_part_groups_are_alerted() {
    let (_, data, _) = clean().remove(0);
    let (repeated, patients) = patients(&data);
    let data = with(repeated, Column::new("patient".into(), patients));
    let data = with(data, Column::new("fold".into(), (0..ROWS).map(|i| (i % 3) as i64).collect::<Vec<_>>()));
    let overrides = Overrides::default().with_role("patient", Role::Group).with_role("fold", Role::Fold);
    let found = findings(data, overrides);
    let finding = found.iter().find(|f| f.check == "folds_part_groups").unwrap();
    assert_eq!(finding.status, Status::Alerted, "{finding:?}");
}
