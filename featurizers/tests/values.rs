//! What the featurizers write, on tables small enough to be worked out by hand.

use automl_core::featurizer::{ColumnGroup, DynFeaturizer, DynFitted, Fitting};
use automl_core::frame::Frame;
use automl_core::matrix::Column;
use automl_core::schema::{Field, Kind, Schema};
use automl_core::space::Params;
use automl_featurizers::{
    boolean::Boolean, category_codes::CategoryCodes, datetime_cyclic::DatetimeCyclic, datetime_parts::DatetimeParts,
    one_hot::OneHot, ordinal::Ordinal, robust_scale::RobustScale, tfidf::Tfidf,
};
use polars::prelude::{self as pl, DataFrame, IntoColumn, IntoSeries};

const DAY: i64 = 86_400_000_000;

struct Fit {
    fitted: Box<dyn DynFitted>,
    columns: Vec<Column>,
}

impl Fit {
    fn names(&self) -> Vec<String> {
        self.fitted.features().into_iter().map(|feature| feature.name).collect()
    }

    fn numbers(&self, name: &str) -> &[f32] {
        numbers(&self.columns[self.names().iter().position(|n| n == name).unwrap()])
    }
}

fn fit(featurizer: &dyn DynFeaturizer, frame: &Frame, params: &[(&str, i64)]) -> Fit {
    let params: Params = params.iter().map(|&(name, value)| (name.to_owned(), value.into())).collect();
    let kind = Kind::ALL.into_iter().find(|&kind| !featurizer.plan(&schema(kind)).is_empty()).unwrap();
    let group = featurizer.plan(&schema(kind)).remove(0);
    let fitting = Fitting { group: &group, rows: frame.view(), target: None, residuals: None, seed: 0 };
    let (fitted, columns) = featurizer.fit_transform(&params, &fitting).unwrap();
    Fit { fitted, columns }
}

fn schema(kind: Kind) -> Schema {
    Schema { fields: vec![Field::feature("x", kind)] }
}

fn frame(column: pl::Column) -> Frame {
    Frame::new(DataFrame::new(column.len(), vec![column]).unwrap())
}

fn texts(values: &[Option<&str>]) -> Frame {
    frame(pl::Column::new("x".into(), values))
}

fn times(values: &[Option<i64>]) -> Frame {
    let column = pl::Column::new("x".into(), values);
    let times = column.as_materialized_series().i64().unwrap().clone();
    frame(times.into_datetime(pl::TimeUnit::Microseconds, None).into_series().into_column())
}

fn numbers(column: &Column) -> &[f32] {
    match column {
        Column::Numeric(values) => values,
        other => panic!("no numbers: {other:?}"),
    }
}

fn rows(column: &Column) -> Vec<Vec<(u32, f32)>> {
    let Column::Sparse(block) = column else { panic!("not sparse: {column:?}") };
    (0..block.rows()).map(|i| block.row(i)).map(|(j, v)| j.iter().copied().zip(v.iter().copied()).collect()).collect()
}

#[test]
fn codes_count_from_one_by_falling_count() {
    let fit = fit(&CategoryCodes, &texts(&[Some("b"), Some("a"), Some("b"), None, Some("a"), Some("b"), Some("rare")]), &[]);
    assert_eq!(fit.columns, [Column::Codes { codes: vec![1, 2, 1, 0, 2, 1, 0], levels: 2 }]);
    let new = fit.fitted.transform(texts(&[Some("a"), Some("unseen")]).view()).unwrap();
    assert_eq!(new, [Column::Codes { codes: vec![2, 0], levels: 2 }]);
}

#[test]
fn too_large_a_cap_is_refused() {
    let group = ColumnGroup::new(vec!["x".into()], Kind::Categorical);
    let frame = texts(&[]);
    let params: Params = [("levels_max".to_owned(), 70_000.into())].into_iter().collect();
    let fitting = Fitting { group: &group, rows: frame.view(), target: None, residuals: None, seed: 0 };
    let error = DynFeaturizer::fit_transform(&CategoryCodes, &params, &fitting).unwrap_err();
    assert!(error.to_string().contains("70000") && error.to_string().contains("65535"), "{error}");
}

#[test]
fn one_hot_has_places_for_levels_then_other_then_missing() {
    let cells = [Some("b"), Some("a"), Some("b"), None, Some("a"), Some("b"), Some("rare")];
    let fit = fit(&OneHot, &texts(&cells), &[]);
    assert_eq!(fit.fitted.features()[0].width, 4);
    let places: Vec<u32> = rows(&fit.columns[0]).iter().map(|row| row[0].0).collect();
    assert_eq!(places, [0, 1, 0, 3, 1, 0, 2]);
    let new = fit.fitted.transform(texts(&[Some("unseen")]).view()).unwrap();
    assert_eq!(rows(&new[0]), [[(2, 1.0)]]);
}

#[test]
fn one_hot_leaves_out_what_the_fit_rows_did_not_have() {
    let fit = fit(&OneHot, &texts(&[Some("a"), Some("a")]), &[]);
    let new = fit.fitted.transform(texts(&[Some("unseen"), None, Some("a")]).view()).unwrap();
    assert_eq!(rows(&new[0]), [vec![], vec![], vec![(0, 1.0)]]);
}

#[test]
fn one_hot_keeps_the_most_frequent_levels() {
    let fit = fit(&OneHot, &texts(&[Some("a"), Some("b"), Some("b"), Some("a"), Some("b")]), &[("levels_max", 1)]);
    assert_eq!(fit.fitted.features()[0].width, 3);
    assert_eq!(rows(&fit.columns[0])[0], [(1, 1.0)], "`a` is other");
}

#[test]
fn a_boolean_tells_what_is_missing() {
    let fit = fit(&Boolean, &texts(&[Some("yes"), Some("no"), None]), &[]);
    assert_eq!(fit.names(), ["x", "x is missing"]);
    assert_eq!(fit.numbers("x"), [1.0, 0.0, 0.5]);
    assert_eq!(fit.numbers("x is missing"), [0.0, 0.0, 1.0]);
}

#[test]
fn scaled_numbers_have_the_median_at_zero() {
    let fit = fit(&RobustScale, &frame(pl::Column::new("x".into(), [-3.0, -2.0, f64::NAN, -1.0, 0.0, 1.0])), &[]);
    // Median -1, quartiles -2 and 0.
    assert_eq!(fit.numbers("x")[2..4], [0.0, 0.0]);
    assert_eq!(fit.numbers("x")[5], (1.0 / (1.0 + 1.0_f64 / 9.0).sqrt()) as f32);
    assert_eq!(fit.numbers("x is missing"), [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
}

#[test]
fn a_missing_cell_in_a_thousand_is_not_told() {
    let mut values = vec![Some("yes"); 999];
    values.push(None);
    assert_eq!(fit(&Boolean, &texts(&values), &[]).names(), ["x"]);
}

#[test]
fn the_parts_of_a_moment() {
    // 2024-02-29 12:30:07, a Thursday; 1969-12-31, a Wednesday.
    let fit = fit(&DatetimeParts, &times(&[Some(1_709_209_807_000_000), Some(-DAY), None]), &[]);
    let first: Vec<(String, f32)> = fit.names().into_iter().map(|name| (name.clone(), fit.numbers(&name)[0])).collect();
    let expected = [
        ("year(x)", 2024.0),
        ("month(x)", 2.0),
        ("day(x)", 29.0),
        ("day_of_week(x)", 3.0),
        ("day_of_year(x)", 60.0),
        ("is_weekend(x)", 0.0),
        ("days_elapsed(x)", 19_783.521),
        ("hour(x)", 12.0),
        ("minute(x)", 30.0),
        ("second(x)", 7.0),
        ("quarter(x)", 1.0),
        ("week_of_year(x)", 9.0),
    ];
    assert_eq!(first, expected.map(|(name, value)| (name.to_owned(), value)));
    assert_eq!((fit.numbers("year(x)")[1], fit.numbers("days_elapsed(x)")[1]), (1969.0, 0.0));
    assert!(fit.columns.iter().all(|column| numbers(column)[2].is_nan()));
}

#[test]
fn days_have_no_time_of_day() {
    let days = times(&[Some(0), Some(5 * DAY), Some(-3 * DAY)]);
    assert!(!fit(&DatetimeParts, &days, &[]).names().contains(&"hour(x)".to_owned()));
    assert!(!fit(&DatetimeCyclic, &days, &[]).names().contains(&"sin(time_of_day(x))".to_owned()));
}

#[test]
fn moments_lie_on_a_line_and_on_circles() {
    // 1970-01-01, a Thursday, and ten and a half days later; 1970-01-03 was a Saturday.
    let fit = fit(&DatetimeCyclic, &times(&[Some(0), Some(21 * DAY / 2), Some(2 * DAY), None]), &[]);
    assert_eq!(fit.numbers("elapsed(x)")[..2], [-1.0, 1.0]);
    assert_eq!(fit.numbers("is_weekend(x)"), [0.0, 1.0, 1.0, 0.0]);
    assert_eq!((fit.numbers("sin(month(x))")[0], fit.numbers("cos(month(x))")[0]), (0.0, 1.0));
    assert_eq!(fit.numbers("cos(time_of_day(x))")[..2], [1.0, -1.0]);
    assert_eq!(fit.numbers("x is missing"), [0.0, 0.0, 0.0, 1.0]);
    let later = fit.fitted.transform(times(&[Some(9000 * DAY)]).view()).unwrap();
    assert_eq!(numbers(&later[0]), [3.0]);
}

#[test]
fn texts_are_weighed_by_counts_and_rarity() {
    // `good` is in three texts of three, `film` in two; `bad`, `good film` and all other pairs in one.
    let fit = fit(&Tfidf, &texts(&[Some("good film"), Some("Film, good, good!"), Some("good bad"), None]), &[]);
    let rows = rows(&fit.columns[0]);
    let rare = (4.0_f64 / 3.0).ln() + 1.0;
    let norm = |a: f64, b: f64| (a * a + b * b).sqrt();
    let values = |row: &[(u32, f32)]| {
        let mut values: Vec<f32> = row.iter().map(|entry| entry.1).collect();
        values.sort_by(f32::total_cmp);
        values
    };
    let close = |a: Vec<f32>, b: [f64; 2]| a.len() == 2 && a.iter().zip(b).all(|(x, y)| (f64::from(*x) - y).abs() < 1e-6);
    assert!(close(values(&rows[0]), [1.0 / norm(1.0, rare), rare / norm(1.0, rare)]), "{rows:?}");
    let twice = 1.0 + 2.0_f64.ln();
    assert!(close(values(&rows[1]), [rare / norm(twice, rare), twice / norm(twice, rare)]), "{rows:?}");
    assert_eq!(values(&rows[2]), [1.0]);
    assert!(rows[3].is_empty());
}

#[test]
fn ordinal_gives_the_place_in_the_order() {
    let cells = texts(&[Some("high"), Some("low"), None, Some("odd"), Some("medium")]);
    let order = ["low", "medium", "high"].map(str::to_owned).to_vec();
    let group = ColumnGroup { columns: vec!["x".into()], kind: Kind::Categorical, order };
    let fitting = Fitting { group: &group, rows: cells.view(), target: None, residuals: None, seed: 0 };
    let (_, columns) = DynFeaturizer::fit_transform(&Ordinal, &Params::new(), &fitting).unwrap();
    let places = numbers(&columns[0]);
    assert_eq!([places[0], places[1], places[4]], [2.0, 0.0, 1.0]);
    assert!(places[2].is_nan() && places[3].is_nan());
}
