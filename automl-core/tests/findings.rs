//! What is found in a table to test on, in the cells of a table, and in predictions.

#![allow(missing_docs)]

use automl_core::findings::{Subject, of_predictions, of_subject, of_test, refuse_alerts};
use automl_core::frame::Frame;
use automl_core::predictions::Predictions;
use automl_core::registry::Registry;
use automl_core::schema::{Finding, Overrides, Role, Status, infer};
use automl_core::seed::rng;
use automl_core::task::{Target, Task, TaskKind, TaskRequest};
use polars::prelude::{Column, DataFrame};
use proptest::prelude::*;
use rand::RngExt;

const ROWS: usize = 400;

/// A table of a number, a category and a target; the same seed gives the same rows.
fn table(seed: u64, rows: usize) -> DataFrame {
    let mut random = rng(seed);
    let number: Vec<f64> = (0..rows).map(|_| random.random_range(0.0..1.0)).collect();
    let level: Vec<String> = (0..rows).map(|_| format!("level {}", random.random_range(0..6))).collect();
    let y: Vec<f64> = number.iter().map(|v| v + random.random_range(0.0..1.0)).collect();
    let columns = [Column::new("number".into(), number), Column::new("level".into(), level), Column::new("y".into(), y)];
    DataFrame::new(rows, columns.into()).unwrap()
}

fn with(mut data: DataFrame, column: Column) -> DataFrame {
    data.with_column(column).unwrap();
    data
}

/// Calls something with the understood table.
fn understood<T>(data: DataFrame, look: impl FnOnce(&Subject<'_>) -> T) -> T {
    let frame = Frame::new(data);
    let (schema, _) = infer(&frame, &Overrides::default().with_role("y", Role::Target)).unwrap();
    let request = TaskRequest { target: "y".into(), kind: Some(TaskKind::Regression), ..TaskRequest::default() };
    let resolved = Task::resolve(&frame, &schema, &request, Registry::new(&[], &[]).metrics()).unwrap();
    look(&Subject::new(&frame, &schema, &resolved).unwrap())
}

/// What is found of a table to test on.
fn tested(test: DataFrame) -> Vec<Finding> {
    understood(table(1, ROWS), |subject| of_test(subject, &Frame::new(test)).unwrap())
}

fn of_table(data: DataFrame) -> Vec<Finding> {
    understood(data, of_subject)
}

/// The checks that did not pass.
fn told(findings: &[Finding]) -> Vec<(&str, Status)> {
    let told = findings.iter().filter(|f| f.status != Status::Passed);
    told.map(|f| (f.check.as_str(), f.status)).collect()
}

#[test]
fn a_test_table_of_the_same_kind_is_fine() {
    assert_eq!(told(&tested(table(2, 300))), []);
}

#[test]
fn test_rows_that_were_learned_from_are_alerted() {
    let mut test = table(2, 300);
    test.vstack_mut(&table(1, ROWS).slice(0, 10)).unwrap();
    let found = tested(test);
    assert_eq!(told(&found), [("test_overlap", Status::Alerted)]);
    assert_eq!(found[0].count, Some(10));
}

#[test]
fn a_test_table_that_looks_otherwise_is_alerted() {
    let data = table(2, 300);
    let shifted: Vec<f64> = data.column("number").unwrap().f64().unwrap().iter().map(|v| v.unwrap() + 0.3).collect();
    assert_eq!(told(&tested(with(data.clone(), Column::new("number".into(), shifted)))), [("test_drift", Status::Alerted)]);

    let holed: Vec<Option<f64>> = (0..300).map(|i| (i % 4 > 0).then_some(f64::from(i * 37 % 300) / 300.0)).collect();
    let holed = tested(with(data.clone(), Column::new("number".into(), holed)));
    assert_eq!(told(&holed), [("test_missing_values", Status::Alerted)]);

    let level = |i: i32| if i % 10 == 0 { "a new one".to_owned() } else { format!("level {}", i % 6) };
    let renamed = tested(with(data, Column::new("level".into(), (0..300).map(level).collect::<Vec<_>>())));
    assert!(told(&renamed).contains(&("test_new_levels", Status::Alerted)), "{renamed:?}");
}

#[test]
fn a_test_table_without_features_or_with_an_unusable_target_is_refused() {
    let refused = |test: DataFrame| understood(table(1, ROWS), |s| of_test(s, &Frame::new(test)).unwrap_err().to_string());
    assert!(refused(table(2, 9).drop("level").unwrap()).contains("`level`"));
    let words = Column::new("y".into(), vec!["word"; 9]);
    assert!(refused(with(table(2, 9), words)).contains("`word`"));
    let without = table(2, 9).drop("y").unwrap();
    understood(table(1, ROWS), |subject| of_test(subject, &Frame::new(without)).unwrap());
}

#[test]
fn a_column_that_hardly_varies_is_noted_and_one_that_varies_is_not() {
    let flag = |ones: usize| Column::new("flag".into(), (0..2_500).map(|i| i64::from(i < ones)).collect::<Vec<_>>());
    let told_of = |ones: usize| of_table(with(table(1, 2_500), flag(ones)));
    assert!(told(&told_of(2)).contains(&("near_constant_column", Status::Noted)));
    assert!(!told(&told_of(20)).iter().any(|(check, _)| *check == "near_constant_column"));
}

#[test]
fn spellings_outliers_and_strange_cells_are_noted() {
    let spelled: Vec<&str> = (0..ROWS).map(|i| ["NY", "ny", "LA"][i % 3]).collect();
    let far: Vec<f64> = (0..ROWS).map(|i| if i == 7 { 1e6 } else { (i * 37 % 101) as f64 + 0.5 }).collect();
    let mixed: Vec<String> = (0..ROWS).map(|i| if i == 9 { "about 7".into() } else { format!("{}.25", i * 53 % 97) }).collect();
    let data = with(with(table(1, ROWS), Column::new("city".into(), spelled)), Column::new("far".into(), far));
    let findings = of_table(with(data, Column::new("mixed".into(), mixed)));
    let noted = Status::Noted;
    assert_eq!(told(&findings), [("mixed_types", noted), ("inconsistent_levels", noted), ("outliers", noted)]);
    for (finding, column) in findings.iter().filter(|f| f.status == noted).zip(["mixed", "city", "far"]) {
        assert_eq!((finding.columns.as_slice(), finding.count), ([column.to_owned()].as_slice(), Some(1)));
    }
}

#[test]
fn a_long_tail_of_the_target_is_noted() {
    let data = table(1, ROWS);
    let y: Vec<f64> = data.column("y").unwrap().f64().unwrap().iter().map(|v| (4.0 * v.unwrap()).exp()).collect();
    assert!(told(&of_table(with(data, Column::new("y".into(), y)))).contains(&("skewed_target", Status::Noted)));
}

fn binary() -> Task {
    Task { kind: TaskKind::Binary, target: "y".into(), classes: vec!["n".into(), "y".into()], positive: 1, metric: "auc".into() }
}

#[test]
fn labels_that_a_model_does_not_believe_are_numbered() {
    let mut labels: Vec<u32> = (0..200).map(|i| i % 2).collect();
    let sure: Vec<f64> = labels.iter().map(|l| if *l == 1 { 0.97 } else { 0.03 }).collect();
    labels[17] = 0;
    let target = Target::Classes { labels, n_classes: 2 };
    let rows: Vec<u32> = (0..200).map(|i| 3 * i).collect();
    let finding = of_predictions(&binary(), &target, &Predictions::binary(sure), &rows);
    assert_eq!((finding.status, finding.count), (Status::Noted, Some(1)));
    assert!(finding.message.ends_with("data row 52."), "{}", finding.message);
}

#[test]
fn as_many_wrong_labels_as_the_probabilities_allow_for_are_no_alert() {
    let status = |wrong: usize| {
        let labels: Vec<u32> = (0..200).map(|i| u32::from(i < wrong)).collect();
        let target = Target::Classes { labels, n_classes: 2 };
        of_predictions(&binary(), &target, &Predictions::binary([0.05; 200]), &(0..200).collect::<Vec<_>>()).status
    };
    assert_eq!((status(10), status(40)), (Status::Noted, Status::Alerted));
}

#[test]
fn numbers_far_from_their_prediction_are_counted() {
    let task = Task { kind: TaskKind::Regression, classes: vec![], metric: "rmse".into(), positive: 0, ..binary() };
    let mut values: Vec<f64> = (0..300).map(|i| f64::from(i * 37 % 11)).collect();
    values[3] = 1e4;
    let finding =
        of_predictions(&task, &Target::Numbers(values), &Predictions::new(1, vec![5.0; 300]), &(0..300).collect::<Vec<_>>());
    assert_eq!((finding.status, finding.count), (Status::Noted, Some(1)));
}

#[test]
fn alerts_are_refused_all_at_once() {
    let alert = |check: &str| Finding::new(check, Status::Alerted, format!("{check} is there."));
    let noted = Finding::new("noted", Status::Noted, "never mind");
    assert!(refuse_alerts(std::slice::from_ref(&noted)).is_ok());
    let error = refuse_alerts(&[alert("one"), noted, alert("two")]).unwrap_err().to_string();
    assert!(
        error.contains("2 alerts") && error.contains("one: one is there.") && error.contains("two: two is there."),
        "{error}"
    );
}

proptest! {
    /// Whatever is in a table, every check answers, once.
    #[test]
    fn every_check_answers_for_any_table(cells in prop::collection::vec((-3i32..3, 0usize..5, -9i32..9), 2..40)) {
        prop_assume!(cells.iter().any(|(_, _, y)| *y != cells[0].2));
        let number: Vec<Option<f64>> = cells.iter().map(|(v, ..)| (*v != 0).then_some(f64::from(*v))).collect();
        let text: Vec<Option<&str>> = cells.iter().map(|(_, t, _)| [None, Some("a"), Some("A"), Some("7"), Some("2021-03-04")][*t]).collect();
        let y: Vec<f64> = cells.iter().map(|(_, _, y)| f64::from(*y)).collect();
        let columns = vec![Column::new("number".into(), number), Column::new("text".into(), text), Column::new("y".into(), y)];
        let data = DataFrame::new(cells.len(), columns).unwrap();
        let findings = understood(data.clone(), |s| [of_subject(s), of_test(s, &Frame::new(data.clone())).unwrap()].concat());
        let checks: std::collections::BTreeSet<&str> = findings.iter().map(|f| f.check.as_str()).collect();
        prop_assert_eq!(checks.len(), findings.len());
        prop_assert!(findings.iter().all(|f| !f.threshold.is_empty() && (f.status == Status::Passed || !f.action.is_empty())));
    }
}
