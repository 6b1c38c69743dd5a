//! What `automl inspect` writes besides text: pages and JSON, of tables and of models.

mod command;

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use command::{automl, stdout};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Checks that every tag is closed in its order, and that text holds no stray `<` or `&`.
fn check_well_formed(page: &str) {
    const VOID: [&str; 3] = ["!doctype", "br", "hr"];
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page;
    while let Some(begin) = rest.find('<') {
        check_text(&rest[..begin]);
        let end = begin + rest[begin..].find('>').expect("a tag that is never closed");
        let tag = &rest[begin + 1..end];
        let name = tag.trim_start_matches('/').split([' ', '\n', '/']).next().unwrap();
        rest = &rest[end + 1..];
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "before {rest:.60}");
        } else if name == "style" || name == "script" {
            let (inside, after) = rest.split_once(&format!("</{name}>")).unwrap();
            assert!(!inside.contains('<'), "{name}");
            rest = after;
        } else if !tag.ends_with('/') && !VOID.contains(&name) {
            check_attributes(tag);
            open.push(name);
        }
    }
    check_text(rest);
    assert!(open.is_empty(), "{open:?} stay open");
}

fn check_text(text: &str) {
    for (i, _) in text.match_indices('&') {
        let entity = text[i..].split(';').next().unwrap();
        assert!(["&amp", "&lt", "&gt", "&quot"].contains(&entity), "{entity}");
    }
}

/// Attributes have their values in quotes.
fn check_attributes(tag: &str) {
    assert!(tag.matches('"').count().is_multiple_of(2), "{tag}");
    assert_eq!(tag.matches("=\"").count() * 2, tag.matches('"').count(), "{tag}");
}

#[test]
fn the_page_of_a_table_is_well_formed_and_needs_no_other_file() {
    let folder = TempDir::new().unwrap();
    let odd = "a<b>,\"x & \"\"y\"\"\",when,note\n1,<script>,2020-01-01,it is < & > and so on\n,\"\"\"\",2020-02-01,\"quoted \"\"words\"\" are here\"\n3,`c,2020-03-01,\n";
    fs::write(folder.path().join("odd.csv"), odd).unwrap();
    stdout(automl(&folder, "datasets write mixed --rows 200 -o mixed.csv"));
    stdout(automl(&folder, "datasets write iris -o iris.csv"));
    for line in ["odd.csv", "mixed.csv --target target", "iris.csv --target species", "iris.csv --target petal_width"] {
        let printed = stdout(automl(&folder, &format!("inspect {line} --html page.html --quiet")));
        assert!(printed.starts_with("Data "), "{printed}");
        let page = fs::read_to_string(folder.path().join("page.html")).unwrap();
        check_well_formed(&page);
        for outside in ["http:", "https:", "src=", "href=", "url(", "@import", "<link", "<img", "<iframe"] {
            assert!(!page.contains(outside), "{line}: {outside}");
        }
        assert_eq!(page.matches("<article").count(), printed_columns(&printed), "a card per column of {line}");
        assert_eq!(page.matches("role=\"img\"").count(), page.matches("<title>").count() - 1, "plots say what they show");
    }
}

/// Number of columns in the first line: `Data  t.csv: 3 rows, 4 columns (…)`.
fn printed_columns(printed: &str) -> usize {
    let before = printed.split(" columns").next().unwrap();
    before.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn a_table_as_json_is_one_document() {
    let folder = TempDir::new().unwrap();
    stdout(automl(&folder, "datasets write iris -o iris.csv"));
    let found: Value = serde_json::from_str(&stdout(automl(&folder, "inspect iris.csv --target species --json"))).unwrap();
    assert_eq!(keys(&found), ["data", "rows", "target", "findings", "columns"]);
    assert_eq!(found["target"]["classes"][2]["value"], "virginica");
    let petals = &found["columns"][2];
    assert_eq!((petals["name"].as_str(), petals["distinct"].as_u64()), (Some("petal_length"), Some(43)));
    assert!(petals["strength"].as_f64().unwrap() > 0.9, "{petals}");
    let one: Value = serde_json::from_str(&stdout(automl(&folder, "inspect iris.csv --columns petal_length --json"))).unwrap();
    assert_eq!(one["columns"].as_array().unwrap().len(), 1);
}

#[test]
fn a_run_tells_what_its_model_is_made_of() {
    let folder = TempDir::new().unwrap();
    stdout(automl(&folder, "datasets write iris -o iris.csv"));
    stdout(automl(&folder, "fit iris.csv --target species --max-trials 4 --threads 2 --quiet -o run"));
    let of_run: Value = serde_json::from_str(&stdout(automl(&folder, "inspect run --json"))).unwrap();
    let wanted = [
        "model",
        "bytes",
        "engine",
        "task",
        "metric",
        "score",
        "estimate",
        "temperature",
        "decision",
        "validation",
        "optimize",
        "rows",
        "seed",
        "data_fingerprint",
        "columns",
        "members",
        "features",
        "findings",
        "run",
    ];
    assert_eq!(keys(&of_run), wanted);
    assert_eq!((&of_run["task"]["target"], &of_run["rows"]), (&"species".into(), &150.into()));
    let weights: f64 = of_run["members"].as_array().unwrap().iter().map(|member| member["weight"].as_f64().unwrap()).sum();
    assert!((weights - 1.0).abs() < 1e-9);
    assert!(of_run["features"].as_array().unwrap().iter().any(|feature| feature["columns"][0] == "petal_length"));
    assert!(!of_run["findings"].as_array().unwrap().is_empty());
    let of_file: Value = serde_json::from_str(&stdout(automl(&folder, "inspect run/model.automl --json"))).unwrap();
    assert_eq!((&of_file["members"], &of_file["findings"]), (&of_run["members"], &Value::Array(Vec::new())));

    let text = stdout(automl(&folder, "inspect run"));
    assert!(text.contains("Predicts    multiclass `species`: setosa, versicolor, virginica"), "{text}");
    assert!(text.contains("Fitted on   150 rows, seed 0, data "), "{text}");
}

#[test]
fn the_features_of_a_model_go_to_files_in_the_order_of_the_rows() {
    let folder = TempDir::new().unwrap();
    stdout(automl(&folder, "datasets write iris -o iris.csv"));
    stdout(automl(&folder, "fit iris.csv --target species --learners gbdt --max-trials 2 --threads 2 --quiet -o run"));
    let output = automl(&folder, "transform run iris.csv --keep species --member gbdt -o f.csv");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.starts_with("150 rows with 4 features of trial 1 `gbdt` "), "{told}");
    let csv = fs::read_to_string(folder.path().join("f.csv")).unwrap();
    let original = fs::read_to_string(folder.path().join("iris.csv")).unwrap();
    let numbers = |line: &str| -> Vec<f64> { line.split(',').filter_map(|cell| cell.parse().ok()).collect() };
    assert_eq!(csv.lines().next(), Some("species,sepal_length,sepal_width,petal_length,petal_width"));
    assert_eq!(csv.lines().count(), 151);
    for (made, read) in csv.lines().zip(original.lines()).skip(1) {
        assert_eq!(numbers(made), numbers(read));
    }
    let summary = stdout(automl(&folder, "transform run iris.csv --keep species --member gbdt --json -o f.parquet"));
    let summary: Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(keys(&summary), ["model", "member", "features", "left_out", "data", "out", "rows", "unreadable"]);
    let back: Value = serde_json::from_str(&stdout(automl(&folder, "inspect f.parquet --json"))).unwrap();
    assert_eq!((&back["rows"], &back["columns"][4]["name"]), (&150.into(), &"petal_width".into()));
}

#[test]
fn a_written_schema_given_back_says_the_same() {
    let folder = TempDir::new().unwrap();
    stdout(automl(&folder, "datasets write mixed --rows 200 -o mixed.csv"));
    let columns = |line: &str| {
        let found: Value = serde_json::from_str(&stdout(automl(&folder, line))).unwrap();
        found["columns"].as_array().unwrap().clone()
    };
    let told = columns("inspect mixed.csv --target target --write-schema schema.yaml --json -q");
    let again = columns("inspect mixed.csv --schema schema.yaml --write-schema again.yaml --json -q");
    assert!(told == again, "the profiles differ");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("schema.yaml"), read("again.yaml"));
    assert!(read("schema.yaml").contains("name: region"), "{}", read("schema.yaml"));
}
