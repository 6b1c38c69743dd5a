//! Tables with the schema, the findings and the task that are expected of them.
//!
//! Every `.csv` in `tests/schema` is a case: cells between semicolons, without quotes. Lines that begin with
//! `#` before the header are told: `# kind COLUMN=KIND`, `# role COLUMN=ROLE`,
//! `# format COLUMN=FORMAT`, `# unit COLUMN=UNIT`, `# order COLUMN=A,B,…`. A table with a target is
//! resolved to a task as well.

#![allow(clippy::print_stdout, reason = "a test that skips says why")]

mod named_metrics;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use automl_core::frame::{self, Frame, ReadOptions};
use automl_core::schema::{ColumnEntry, Field, Finding, Kind, Overrides, Role, Schema, SchemaFile, Status, Unit, infer};
use automl_core::task::{Resolved, Task, TaskRequest};
use named_metrics::METRICS;
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

#[test]
fn every_table_gets_the_expected_schema() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schema");
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "csv"));
    files.sort();
    assert!(files.len() > 10);
    insta::with_settings!({ snapshot_path => folder, prepend_module_to_snapshot => false, omit_expression => true }, {
        for path in files {
            let name = path.file_stem().unwrap().to_str().unwrap();
            insta::assert_snapshot!(name, describe(&fs::read_to_string(&path).unwrap()));
        }
    });
}

/// Real tables, with the guesses that were read and found right.
#[test]
fn real_tables_get_the_expected_schema() {
    let Some(data) = std::env::var_os("AUTOML_DATA") else {
        println!("skipped: name a folder of tables in AUTOML_DATA");
        return;
    };
    let mut files: Vec<_> = fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.to_string_lossy().ends_with(".csv.gz"));
    files.sort();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schema/real");
    insta::with_settings!({ snapshot_path => folder, prepend_module_to_snapshot => false, omit_expression => true }, {
        for path in files {
            let (frame, _) = frame::read(&path, &ReadOptions::default()).unwrap();
            let (schema, _) = infer(&frame, &Overrides::default()).unwrap();
            let name = path.file_name().unwrap().to_str().unwrap().trim_end_matches(".csv.gz");
            insta::assert_snapshot!(name, by_reading(&schema));
        }
    });
}

/// The columns that are read alike in one line; of many the first and the last.
fn by_reading(schema: &Schema) -> String {
    let mut readings: Vec<(String, Vec<&str>)> = Vec::new();
    for field in &schema.fields {
        let alone = Schema { fields: vec![Field { name: String::new(), ..field.clone() }] };
        let reading = describe_schema(&alone).trim().to_owned();
        match readings.iter_mut().find(|(known, _)| *known == reading) {
            Some((_, names)) => names.push(&field.name),
            None => readings.push((reading, vec![&field.name])),
        }
    }
    let line = |(reading, names): &(String, Vec<&str>)| match names[..] {
        [first, .., last] if names.len() > 24 => format!("{reading}\n    {first} to {last}: {}\n", names.len()),
        _ => format!("{reading}\n    {}\n", names.join(", ")),
    };
    readings.iter().map(line).collect()
}

fn describe(csv: &str) -> String {
    let (frame, overrides) = read(csv);
    let (schema, findings) = infer(&frame, &overrides).unwrap();
    assert_told_again(&frame, &schema);
    let mut page = describe_schema(&schema);
    describe_findings(&mut page, &findings);
    if let Some(target) = schema.with_role(Role::Target) {
        let request = TaskRequest { target: target.name.clone(), ..TaskRequest::default() };
        match Task::resolve(&frame, &schema, &request, METRICS) {
            Ok(resolved) => describe_task(&mut page, &resolved, frame.rows()),
            Err(error) => writeln!(page, "\n{error}").unwrap(),
        }
    }
    page
}

/// What is written into a schema file gives the same schema again.
fn assert_told_again(frame: &Frame, schema: &Schema) {
    let file = serde_json::to_string(&SchemaFile::of(schema)).unwrap();
    let told: SchemaFile = serde_json::from_str(&file).unwrap();
    assert_eq!(infer(frame, &told.into()).unwrap().0, *schema, "{file}");
}

fn describe_task(page: &mut String, resolved: &Resolved, rows: usize) {
    let Resolved { task, roles, .. } = resolved;
    writeln!(page, "\n{} by {}: {} of {rows} rows", task.kind.name(), task.metric, resolved.rows.len()).unwrap();
    if task.kind.is_classification() {
        writeln!(page, "classes {:?}, positive {:?}", task.classes, task.classes[task.positive]).unwrap();
    }
    describe_findings(page, &resolved.findings);
    for (name, codes) in [("groups", &roles.groups), ("time", &roles.time), ("folds", &roles.folds)] {
        if let Some(codes) = codes {
            writeln!(page, "{name} {codes:?}").unwrap();
        }
    }
    if let Some(weights) = &roles.weights {
        writeln!(page, "weights {weights:?}").unwrap();
    }
}

fn describe_schema(schema: &Schema) -> String {
    let mut page = String::new();
    for field in &schema.fields {
        let format = field.datetime_format.as_deref().unwrap_or_default();
        let code = if field.is_code { "code" } else { "" };
        let decimal = if field.decimal.is_point() { "" } else { "comma " };
        let unit = field.unit.clone().map(String::from).unwrap_or_default();
        let order = field.order.join(" < ");
        let (kind, role) = (field.kind.name(), field.role.name());
        let line = format!("{:<20}{kind:<12}{role:<9}{code}{format}{decimal}{unit}{order}", field.name);
        writeln!(page, "{}", line.trim_end()).unwrap();
    }
    page
}

fn describe_findings(page: &mut String, findings: &[Finding]) {
    for Finding { check, status, columns, count, message, action, .. } in findings {
        match status {
            Status::Passed => writeln!(page, "{check}: passed").unwrap(),
            _ => {
                let count = count.unwrap_or_default();
                writeln!(page, "\n{check}: {status:?} {columns:?} {count}\n  {message}\n  {action}").unwrap();
            }
        }
    }
}

/// A frame with integers where all cells are integers, floats where all are numbers, else text.
fn read(csv: &str) -> (Frame, Overrides) {
    let mut overrides = Overrides::default();
    let mut lines = csv.lines();
    let header = loop {
        let line = lines.next().unwrap();
        let Some(told) = line.strip_prefix("# ") else { break line };
        let (what, told) = told.split_once(' ').unwrap();
        let (column, value) = told.split_once('=').unwrap();
        overrides = match what {
            "kind" => overrides.with_kind(column, Kind::parse(value).unwrap()),
            "role" => overrides.with_role(column, Role::parse(value).unwrap()),
            "format" => overrides.with(ColumnEntry { format: Some(value.to_owned()), ..ColumnEntry::new(column) }),
            "unit" => overrides.with(ColumnEntry { unit: Some(Unit::from(value.to_owned())), ..ColumnEntry::new(column) }),
            _ => {
                let order = value.split(',').map(str::to_owned).collect();
                overrides.with(ColumnEntry { order: Some(order), ..ColumnEntry::new(column) })
            }
        };
    };
    let names: Vec<&str> = header.split(';').collect();
    let rows: Vec<Vec<Option<&str>>> =
        lines.map(|line| line.split(';').map(|cell| (!cell.is_empty()).then_some(cell)).collect()).collect();
    let columns = names.iter().enumerate().map(|(j, name)| column(name, rows.iter().map(|row| row[j]).collect())).collect();
    (Frame::new(DataFrame::new(rows.len(), columns).unwrap()), overrides)
}

fn column(name: &str, cells: Vec<Option<&str>>) -> Column {
    let is_name = |cell: &str| cell.len() > 1 && cell.starts_with('0') && !cell.starts_with("0.");
    let all = |is: &dyn Fn(&str) -> bool| cells.iter().flatten().all(|cell| !is_name(cell) && is(cell));
    let name = name.into();
    let series = if all(&|cell| cell.parse::<i64>().is_ok()) {
        Series::new(name, cells.iter().map(|c| c.and_then(|c| c.parse::<i64>().ok())).collect::<Vec<_>>())
    } else if all(&|cell| cell.parse::<f64>().is_ok()) {
        Series::new(name, cells.iter().map(|c| c.and_then(|c| c.parse::<f64>().ok())).collect::<Vec<_>>())
    } else {
        Series::new(name, cells)
    };
    series.into()
}
