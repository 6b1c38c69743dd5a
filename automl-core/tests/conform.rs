//! Frames brought into the form of a schema, and guesses on frames of any content.

use automl_core::error::Kind as ErrorKind;
use automl_core::frame::Frame;
use automl_core::schema::{Field, Kind, Overrides, Schema, infer};
use polars::prelude::{Column, DataFrame, NamedFrom, Series};
use proptest::prelude::*;

fn frame(columns: Vec<Column>) -> Frame {
    Frame::new(DataFrame::new_infer_height(columns).unwrap())
}

fn texts(name: &str, cells: &[Option<&str>]) -> Column {
    Series::new(name.into(), cells).into()
}

/// A schema with one feature of every given kind, named after it.
fn schema(kinds: &[Kind]) -> Schema {
    Schema { fields: kinds.iter().map(|kind| Field::feature(kind.name(), *kind)).collect() }
}

fn text_cells(frame: &Frame, name: &str) -> Vec<Option<String>> {
    frame.view().texts(name).unwrap().iter().map(|cell| cell.map(str::to_owned)).collect()
}

fn some(cells: &[&str]) -> Vec<Option<String>> {
    cells.iter().map(|cell| (!cell.is_empty()).then(|| (*cell).to_owned())).collect()
}

#[test]
fn numbers_are_read_from_text_and_what_is_none_is_counted() {
    let cells = [Some("1.5"), Some("1,200"), Some("($3)"), Some("abc"), Some(" "), None, Some("12 %")];
    let (done, conformed) = schema(&[Kind::Numeric]).conform(&frame(vec![texts("numeric", &cells)])).unwrap();
    let values = done.view().numbers("numeric").unwrap();
    assert_eq!(values[..3], [1.5, 1200.0, -3.0]);
    assert!(values[3..6].iter().all(|v| v.is_nan()));
    assert_eq!(values[6], 12.0);
    assert_eq!(conformed.unreadable, [("numeric".to_owned(), 1)]);
}

#[test]
fn infinities_are_missing() {
    let column = Series::new("numeric".into(), [1.0, f64::INFINITY, f64::NEG_INFINITY]).into();
    let (done, conformed) = schema(&[Kind::Numeric]).conform(&frame(vec![column])).unwrap();
    assert_eq!(done.view().numbers("numeric").unwrap().iter().filter(|v| v.is_nan()).count(), 2);
    assert!(conformed.unreadable.is_empty());
}

#[test]
fn one_is_the_same_category_however_it_is_stored() {
    let schema = schema(&[Kind::Categorical]);
    let expected = some(&["1", "2", ""]);
    let stored: [Column; 3] = [
        Series::new("categorical".into(), [Some(1i64), Some(2), None]).into(),
        Series::new("categorical".into(), [1.0, 2.0, f64::NAN]).into(),
        texts("categorical", &[Some("1.0"), Some(" 2 "), Some("")]),
    ];
    for column in stored {
        assert_eq!(text_cells(&schema.conform(&frame(vec![column])).unwrap().0, "categorical"), expected);
    }
}

#[test]
fn names_with_zeros_in_front_and_words_stay() {
    let cells = texts("categorical", &[Some("01"), Some("v1.10"), Some("True")]);
    let (done, _) = schema(&[Kind::Categorical]).conform(&frame(vec![cells])).unwrap();
    assert_eq!(text_cells(&done, "categorical"), some(&["01", "v1.10", "True"]));
}

#[test]
fn the_truth_has_one_spelling() {
    let schema = schema(&[Kind::Bool]);
    let (done, _) = schema.conform(&frame(vec![texts("bool", &[Some("True"), Some("FALSE"), Some("true")])])).unwrap();
    assert_eq!(text_cells(&done, "bool"), some(&["true", "false", "true"]));
    let stored = Series::new("bool".into(), [true, false]).into();
    assert_eq!(text_cells(&schema.conform(&frame(vec![stored])).unwrap().0, "bool"), some(&["true", "false"]));
}

#[test]
fn moments_are_read_in_the_format_of_the_field() {
    let mut schema = schema(&[Kind::Datetime]);
    schema.fields[0].datetime_format = Some("%d/%m/%Y".into());
    let cells = texts("datetime", &[Some("02/01/1970"), Some("1970-01-02"), None]);
    let (done, conformed) = schema.conform(&frame(vec![cells])).unwrap();
    assert_eq!(done.view().times("datetime").unwrap(), [Some(86_400_000_000), None, None]);
    assert_eq!(conformed.unreadable, [("datetime".to_owned(), 1)]);
    // Stored moments, and text in any common format if the schema has none.
    schema.fields[0].datetime_format = None;
    let (again, _) = schema.conform(&done).unwrap();
    assert_eq!(again.view().times("datetime").unwrap()[0], Some(86_400_000_000));
    let (read, _) = schema.conform(&frame(vec![texts("datetime", &[Some("1970-01-02T00:00:00Z")])])).unwrap();
    assert_eq!(read.view().times("datetime").unwrap(), [Some(86_400_000_000)]);
}

#[test]
fn a_format_that_is_none_is_an_error_not_a_panic() {
    let mut schema = schema(&[Kind::Datetime]);
    schema.fields[0].datetime_format = Some("%!".into());
    let error = schema.conform(&frame(vec![texts("datetime", &[Some("x")])])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Artifact);
}

#[test]
fn all_lacking_columns_are_named() {
    let schema = schema(&[Kind::Numeric, Kind::Text, Kind::Bool]);
    let error = schema.conform(&frame(vec![texts("txet", &[None]), texts("bool", &[None])])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert_eq!(error.to_string(), "2 needed columns are not in the table: `numeric`, `text` (nearest: `txet`)");
}

#[test]
fn columns_come_in_the_order_of_the_schema_and_no_others() {
    let schema = schema(&[Kind::Text, Kind::Bool]);
    let columns = ["other", "bool", "text"].map(|name| texts(name, &[Some("a")]));
    let (done, _) = schema.conform(&frame(columns.to_vec())).unwrap();
    assert_eq!(done.names().collect::<Vec<_>>(), ["text", "bool"]);
    assert_eq!(Schema::default().conform(&frame(columns.to_vec())).unwrap().0.rows(), 1);
}

#[test]
fn an_override_of_an_unknown_column_names_the_nearest() {
    let table = frame(vec![texts("price", &[Some("1")])]);
    let error = infer(&table, &Overrides::default().with_kind("prcie", Kind::Text)).unwrap_err();
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Usage, "no column `prcie`; nearest: `price`".to_owned()));
}

/// A cell of text as tables hold them, strange ones among them.
fn cell() -> impl Strategy<Value = Option<String>> {
    let strange = ["", " ", "inf", "1e999", "01", "1,000", "(5)", "-", "2020-01-01", "01/02/2020", "$", "true", "é ü 字", "%"];
    prop_oneof![
        Just(None),
        prop::sample::select(strange.to_vec()).prop_map(|text| Some(text.to_owned())),
        any::<i32>().prop_map(|v| Some(v.to_string())),
        any::<f64>().prop_map(|v| Some(v.to_string())),
        "\\PC{0,12}".prop_map(Some),
    ]
}

fn column_of(cells: Vec<Option<String>>, as_numbers: u8) -> Series {
    match as_numbers {
        0 => Series::new("a".into(), cells.iter().map(|c| c.as_ref()?.parse::<i64>().ok()).collect::<Vec<_>>()),
        1 => Series::new("a".into(), cells.iter().map(|c| c.as_ref()?.parse::<f64>().ok()).collect::<Vec<_>>()),
        _ => Series::new("a".into(), cells),
    }
}

proptest! {
    #[test]
    fn every_frame_has_a_schema_that_it_conforms_to(
        cells in prop::collection::vec(cell(), 0..40),
        stored in 0u8..3,
        kind in prop::option::of(prop::sample::select(Kind::ALL.to_vec())),
    ) {
        let rows = cells.len();
        let table = frame(vec![column_of(cells, stored).into()]);
        let told = kind.into_iter().fold(Overrides::default(), |told, kind| told.with_kind("a", kind));
        let (schema, findings) = infer(&table, &told).unwrap();
        prop_assert!(findings.iter().all(|f| f.message.ends_with('.')));
        let (done, conformed) = schema.conform(&table).unwrap();
        prop_assert_eq!(done.rows(), rows);
        prop_assert!(conformed.unreadable.iter().all(|(_, count)| *count <= rows));
        prop_assert_eq!(infer(&table, &told).unwrap(), (schema, findings));
    }

    #[test]
    fn a_text_copy_of_numbers_conforms_to_the_same(
        values in prop::collection::vec(prop::option::of(prop_oneof![any::<f64>(), (-50i64..50).prop_map(|v| v as f64)]), 1..30),
        kind in prop::sample::select(vec![Kind::Numeric, Kind::Categorical, Kind::Bool]),
    ) {
        let values: Vec<Option<f64>> = values.into_iter().map(|v| v.filter(|v| v.is_finite())).collect();
        let name = kind.name();
        let copy: Vec<Option<String>> = values.iter().map(|v| v.map(|v| v.to_string())).collect();
        let whole: Option<Vec<Option<i64>>> =
            values.iter().map(|v| v.map_or(Some(None), |v| (v.fract() == 0.0 && v.abs() < 1e15).then_some(Some(v as i64)))).collect();
        let mut stored: Vec<Series> = vec![Series::new(name.into(), &values), Series::new(name.into(), copy)];
        stored.extend(whole.map(|whole| Series::new(name.into(), whole)));
        let done: Vec<Frame> =
            stored.into_iter().map(|series| schema(&[kind]).conform(&frame(vec![series.into()])).unwrap().0).collect();
        for other in &done[1..] {
            prop_assert!(done[0].data().equals_missing(other.data()), "{:?} {:?}", done[0].data(), other.data());
        }
    }

    /// Cells of several ways to write the same thing: what is read at fit is read alike in a table of its own.
    #[test]
    fn what_reads_at_fit_reads_alone(cells in prop::collection::vec(mixed_cell(), 1..60)) {
        let table = frame(vec![Series::new("a".into(), &cells).into()]);
        let (schema, _) = infer(&table, &Overrides::default()).unwrap();
        prop_assume!(schema.features().next().is_some());
        let (whole, _) = schema.conform(&table).unwrap();
        for (row, cell) in cells.iter().enumerate() {
            let (alone, _) = schema.conform(&frame(vec![Series::new("a".into(), [cell.as_str()]).into()])).unwrap();
            prop_assert!(whole.take(&[row as u32]).unwrap().data().equals_missing(alone.data()), "`{}` as {:?}", cell, schema);
        }
        if matches!(schema.fields[0].kind, Kind::Categorical | Kind::Bool) {
            let (again, _) = schema.conform(&whole).unwrap();
            prop_assert!(again.data().equals_missing(whole.data()), "canonical forms stay: {:?}", schema);
        }
    }
}

/// Cells of one sort for most of a column, with some of another.
fn mixed_cell() -> impl Strategy<Value = String> {
    let words = ["yes", "No", "Y", "low", "medium", "HIGH", "<5", "5-10", "10+", "unknown", "S", "XL", "PT5M", "1h 5m", "12 kg"];
    prop_oneof![
        4 => (0u32..5000, 0u32..100).prop_map(|(a, b)| format!("{a},{b:02}")),
        4 => (0u32..24, 0u32..60).prop_map(|(h, m)| format!("{h}:{m:02}:00")),
        4 => (1u32..29, 1u32..13).prop_map(|(d, m)| format!("2021-{m:02}-{d:02}")),
        4 => prop::sample::select(words.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{0,12}",
    ]
}
