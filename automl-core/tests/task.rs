//! Requests resolved to tasks, and targets of other frames in their encoding.

mod named_metrics;

use automl_core::error::Kind as ErrorKind;
use automl_core::frame::Frame;
use automl_core::schema::{Kind, NumberReader, Overrides, Role, infer};
use automl_core::task::{Resolved, Target, Task, TaskKind, TaskRequest};
use automl_core::{Error, Result};
use named_metrics::METRICS;
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

/// A frame with the target `y`.
fn target<T>(cells: Vec<T>) -> Frame
where
    Series: NamedFrom<Vec<T>, [T]>,
{
    frame(vec![Series::new("y".into(), cells).into()])
}

fn frame(columns: Vec<Column>) -> Frame {
    Frame::new(DataFrame::new_infer_height(columns).unwrap())
}

fn request() -> TaskRequest {
    TaskRequest { target: "y".into(), ..TaskRequest::default() }
}

fn resolve_with(frame: &Frame, request: &TaskRequest, overrides: Overrides) -> Result<Resolved> {
    let (schema, _) = infer(frame, &overrides.with_role("y", Role::Target))?;
    Task::resolve(frame, &schema, request, METRICS)
}

fn resolve(frame: &Frame, request: &TaskRequest) -> Result<Resolved> {
    resolve_with(frame, request, Overrides::default())
}

fn as_kind(kind: TaskKind) -> TaskRequest {
    TaskRequest { kind: Some(kind), ..request() }
}

fn refused(result: Result<Resolved>) -> Error {
    result.expect_err("this task cannot be made")
}

fn cycle(values: &[&str], rows: usize) -> Vec<String> {
    (0..rows).map(|i| values[i % values.len()].to_owned()).collect()
}

#[test]
fn the_kind_follows_the_target() {
    let kind = |cells: Vec<String>| resolve(&target(cells), &request()).unwrap().task.kind;
    assert_eq!(kind(cycle(&["a", "b"], 9)), TaskKind::Binary);
    assert_eq!(kind(cycle(&["0", "1"], 9)), TaskKind::Binary);
    assert_eq!(kind(cycle(&["a", "b", "c"], 9)), TaskKind::Multiclass);
    // Three of 61 rows are fewer than 5 %, three of 60 are not.
    assert_eq!(kind(cycle(&["1", "2", "3"], 61)), TaskKind::Multiclass);
    assert_eq!(kind(cycle(&["1", "2", "3"], 60)), TaskKind::Regression);
    assert_eq!(kind((0..630).map(|i| (i % 21).to_string()).collect()), TaskKind::Regression);
    assert_eq!(kind(cycle(&["1.5", "2", "3"], 100)), TaskKind::Regression);
    // Post codes are names, and so is what a person calls a category.
    assert_eq!(kind(cycle(&["01", "02", "03"], 9)), TaskKind::Multiclass);
    let told = Overrides::default().with_kind("y", Kind::Categorical);
    assert_eq!(resolve_with(&target(cycle(&["1", "2", "3"], 9)), &request(), told).unwrap().task.kind, TaskKind::Multiclass);
}

#[test]
fn labels_keep_the_text_of_the_file() {
    let classes = |cells: Vec<String>| resolve(&target(cells), &request()).unwrap().task.classes;
    assert_eq!(classes(cycle(&["true", " false "], 4)), ["false", "true"]);
    assert_eq!(classes(cycle(&["02", "01"], 4)), ["01", "02"]);
    assert_eq!(classes(cycle(&["1.0", "0.0"], 4)), ["0.0", "1.0"]);
    let stored = target(vec![10i64, 9, 10, 9]);
    assert_eq!(resolve(&stored, &request()).unwrap().task.classes, ["9", "10"]);
    assert_eq!(resolve(&target(vec![1.0, 0.0, 1.0]), &request()).unwrap().task.classes, ["0", "1"]);
}

#[test]
fn classes_of_numbers_are_in_their_order_and_the_last_is_positive() {
    let cells = cycle(&["10", "9", "-1"], 90);
    let resolved = resolve(&target(cells), &request()).unwrap();
    assert_eq!(resolved.task.classes, ["-1", "9", "10"]);
    assert_eq!(resolved.target.labels().unwrap()[..3], [2, 1, 0]);
    let resolved = resolve(&target(cycle(&["b", "a"], 4)), &request()).unwrap();
    assert_eq!((resolved.task.positive, resolved.task.metric.as_str()), (1, "auc"));
    assert_eq!(resolved.target, Target::Classes { labels: vec![1, 0, 1, 0], n_classes: 2 });
}

#[test]
fn the_positive_class_can_be_asked_for() {
    let positive =
        |label: &str| resolve(&target(cycle(&["yes", "no"], 4)), &TaskRequest { positive: Some(label.into()), ..request() });
    assert_eq!(positive("no").unwrap().task.positive, 0);
    let error = refused(positive("yse"));
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Usage, "no class `yse`; nearest: `yes`".into()));
    let three = TaskRequest { positive: Some("a".into()), ..request() };
    assert_eq!(refused(resolve(&target(cycle(&["a", "b", "c"], 9)), &three)).kind(), ErrorKind::Usage);
}

#[test]
fn rows_without_a_target_are_left_out() {
    let resolved = resolve(&target(vec![Some("a"), None, Some(" "), Some("b")]), &request()).unwrap();
    assert_eq!(resolved.rows, [0, 3]);
    assert_eq!(count_of(&resolved, "missing_target"), Some(2));
    let infinite = resolve(&target(vec![1.5, f64::INFINITY, f64::NAN, 2.5, 3.5]), &request()).unwrap();
    assert_eq!((infinite.rows, infinite.target), (vec![0, 3, 4], Target::Numbers(vec![1.5, 2.5, 3.5])));
}

#[test]
fn numbers_as_people_write_them_make_a_regression() {
    let resolved = resolve(&target(vec!["$1,000", "$2,500", "$10"]), &request()).unwrap();
    assert_eq!(resolved.target, Target::Numbers(vec![1000.0, 2500.0, 10.0]));
    assert_eq!(resolved.task.n_classes(), None);
}

#[test]
fn impossible_kinds_are_refused_with_the_reason() {
    let message = |cells: Vec<String>, kind| {
        let error = refused(resolve(&target(cells), &as_kind(kind)));
        assert_eq!(error.kind(), ErrorKind::Data);
        error.to_string()
    };
    let regression = message(cycle(&["1", "2", "few"], 6), TaskKind::Regression);
    assert_eq!(
        regression,
        "target `y` must hold numbers for regression, but data row 3 holds `few` (2 of 6 values are no numbers)"
    );
    assert!(message(cycle(&["a", "b", "c"], 6), TaskKind::Binary).contains("3 classes (`a`, `b` and `c`)"));
    assert!(message(cycle(&["a", "b"], 6), TaskKind::Multiclass).contains("ask for binary"));
    assert!(message(cycle(&["a"], 6), TaskKind::Binary).contains("single class, `a`, in all 6 rows"));
    assert!(message(cycle(&["5"], 6), TaskKind::Regression).contains("is 5 in all 6 rows"));
    assert!(message((0..1001).map(|i| format!("n{i}")).collect(), TaskKind::Multiclass).contains("ask for regression"));
    assert!(message(vec!["1".into()], TaskKind::Regression).contains("a single row only"));
    let empty = refused(resolve(&target(vec![None::<&str>, None]), &request()));
    assert_eq!(empty.to_string(), "target `y` has no value in any row that can be used");
}

#[test]
fn a_thousand_classes_are_allowed() {
    let cells: Vec<String> = (0..2000).map(|i| format!("n{}", i % 1000)).collect();
    assert_eq!(resolve(&target(cells), &request()).unwrap().task.width(), 1000);
}

#[test]
fn metrics_are_checked_for_the_kind() {
    let with = |metric: &str| resolve(&target(cycle(&["a", "b"], 4)), &TaskRequest { metric: Some(metric.into()), ..request() });
    assert_eq!(with("log_loss").unwrap().task.metric, "log_loss");
    assert!(refused(with("rmse")).to_string().contains("not defined for binary"));
    assert!(refused(with("acu")).to_string().contains("nearest: `auc`"));
}

#[test]
fn unknown_targets_name_the_nearest() {
    let table = frame(vec![Series::new("price".into(), [1i64, 2]).into()]);
    let (schema, _) = infer(&table, &Overrides::default()).unwrap();
    let error = refused(Task::resolve(&table, &schema, &TaskRequest { target: "prcie".into(), ..request() }, METRICS));
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Usage, "no column `prcie`; nearest: `price`".into()));
}

/// The count of a finding that must be there.
fn count_of(resolved: &Resolved, check: &str) -> Option<u64> {
    resolved.findings.iter().find(|f| f.check == check).unwrap_or_else(|| panic!("no finding of {check}")).count
}

/// `y` and a column of text that has a role.
fn with_role(cells: &[Option<&str>], role: Role) -> Result<Resolved> {
    let y: Vec<i64> = (0..cells.len() as i64).collect();
    let table = frame(vec![Series::new("y".into(), y).into(), Series::new("r".into(), cells).into()]);
    resolve_with(&table, &as_kind(TaskKind::Regression), Overrides::default().with_role("r", role))
}

#[test]
fn weights_above_zero_choose_the_rows() {
    let resolved = with_role(&[Some("2"), Some("0"), None, Some("0.5")], Role::Weight).unwrap();
    assert_eq!(count_of(&resolved, "zero_weight"), Some(2));
    assert_eq!((resolved.rows, resolved.roles.weights), (vec![0, 3], Some(vec![2.0, 0.5])));
    let message = |cells: &[Option<&str>]| refused(with_role(cells, Role::Weight)).to_string();
    assert_eq!(message(&[Some("1"), Some("-2")]), "weight column `r`: -2 in data row 2 is negative");
    assert_eq!(message(&[Some("1"), Some("x")]), "weight column `r`: `x` in data row 2 is not a number");
    assert!(message(&[Some("0"), None]).contains("no row with a weight above zero"));
}

#[test]
fn groups_are_coded_by_first_appearance() {
    let resolved = with_role(&[Some("b"), Some("a"), None, Some("b"), None], Role::Group).unwrap();
    assert_eq!(resolved.roles.groups, Some(vec![0, 1, 2, 0, 3]));
    assert_eq!(count_of(&resolved, "missing_group"), Some(2));
}

#[test]
fn moments_and_numbers_are_ranked() {
    let ranks = |cells: &[&str]| {
        let cells: Vec<Option<&str>> = cells.iter().map(|c| Some(*c)).collect();
        with_role(&cells, Role::Time).unwrap().roles.time.unwrap()
    };
    assert_eq!(ranks(&["02/03/2020", "31/01/2020", "02/03/2020", "01/04/2019"]), [2, 1, 2, 0]);
    assert_eq!(ranks(&["10", "9", "10", "-1"]), [2, 1, 2, 0]);
    assert_eq!(ranks(&["2021", "2020", "2020"]), [1, 0, 0]);
    let message = |cells: &[Option<&str>]| refused(with_role(cells, Role::Time)).to_string();
    assert!(message(&[Some("2"), None, Some("1")]).contains("no moment in 1 row"));
    assert!(message(&[Some("now"), Some("then"), Some("ever")]).contains("neither moments nor numbers: `now`"));
}

#[test]
fn folds_are_numbered_from_zero() {
    let folds = with_role(&[Some("3"), Some("1"), Some("7"), Some("1")], Role::Fold).unwrap().roles.folds;
    assert_eq!(folds, Some(vec![1, 0, 2, 0]));
    let message = |cells: &[Option<&str>]| refused(with_role(cells, Role::Fold)).to_string();
    assert!(message(&[Some("1"), Some("1")]).contains("a single fold only"));
    assert!(message(&[Some("1"), None]).contains("data row 2 has no fold"));
    assert!(message(&[Some("1"), Some("1.5")]).contains("holds 1.5, which is not a whole number"));
}

#[test]
fn one_role_is_for_one_column() {
    let columns = ["y", "a", "b"].map(|name| Series::new(name.into(), [1i64, 2, 3]).into());
    let told = Overrides::default().with_role("a", Role::Group).with_role("b", Role::Group);
    let error = refused(resolve_with(&frame(columns.to_vec()), &request(), told));
    assert_eq!(error.to_string(), "the role `group` can be given to one column only, not to both `a` and `b`");
}

#[test]
fn other_frames_are_encoded_with_the_frozen_classes() {
    let task = resolve(&target(cycle(&["0", "1.0"], 6)), &request()).unwrap().task;
    let (encoded, rows) = task.encode(&target(vec![Some("1.0"), None, Some("0"), Some("1")]), &NumberReader::default()).unwrap();
    assert_eq!((encoded.labels().unwrap(), rows), (&[1, 0, 1][..], vec![0, 2, 3]));
    let (stored, _) = task.encode(&target(vec![1i64, 0]), &NumberReader::default()).unwrap();
    assert_eq!(stored, Target::Classes { labels: vec![1, 0], n_classes: 2 });
    let error = task.encode(&target(vec!["1", "2", "maybe"]), &NumberReader::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "target `y` has 2 labels that the model does not know: `2` and `maybe`; it knows `0` and `1.0`"
    );
    let numbers = resolve(&target(vec![1.5, 2.5, 3.5]), &request()).unwrap().task;
    assert_eq!(
        numbers.encode(&target(vec![Some("4"), None]), &NumberReader::default()).unwrap(),
        (Target::Numbers(vec![4.0]), vec![0])
    );
    assert!(numbers.encode(&target(vec!["a"]), &NumberReader::default()).is_err());
}

#[test]
fn a_class_of_one_row_is_kept_and_told() {
    let mut cells = cycle(&["a", "b"], 20);
    cells.push("c".into());
    let resolved = resolve(&target(cells), &request()).unwrap();
    assert_eq!(resolved.task.classes.len(), 3);
    let told: Vec<&str> = resolved.findings.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(
        told,
        [
            "Every row has a target.",
            "The classes are unbalanced: `c` (1 row) against `a` (10 rows).",
            "1 class has fewer than 5 rows: `c` (1 row)."
        ]
    );
}
