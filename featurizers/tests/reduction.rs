//! Featurizers that reduce many columns or words to a few numbers.

use automl_core::featurizer::{ColumnGroup, DynFeaturizer, DynFitted, Fitting};
use automl_core::frame::Frame;
use automl_core::matrix::Column;
use automl_core::schema::{Field, Kind, Schema};
use automl_core::space::Params;
use automl_featurizers::{datetime_differences::DatetimeDifferences, pca::Pca, text_svd::TextSvd};
use polars::prelude::{self as pl, DataFrame, IntoColumn, IntoSeries};
use proptest::prelude::*;
use serde_json::Value;

struct Fit {
    fitted: Box<dyn DynFitted>,
    columns: Vec<Vec<f32>>,
}

fn fit(featurizer: &dyn DynFeaturizer, frame: &Frame, kind: Kind, params: &[(&str, Value)]) -> Fit {
    let names: Vec<String> = frame.names().map(str::to_owned).collect();
    let schema = Schema { fields: names.iter().map(|name| Field::feature(name.as_str(), kind)).collect() };
    let group = featurizer.plan(&schema).remove(0);
    let params: Params = params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let fitting = Fitting { group: &group, rows: frame.view(), target: None, residuals: None, seed: 3 };
    let (fitted, columns) = featurizer.fit_transform(&params, &fitting).unwrap();
    fitted.validate().unwrap();
    Fit { fitted, columns: columns.into_iter().map(numbers).collect() }
}

fn numbers(column: Column) -> Vec<f32> {
    match column {
        Column::Numeric(values) => values,
        other => panic!("no numbers: {other:?}"),
    }
}

fn frame(columns: Vec<pl::Column>) -> Frame {
    Frame::new(DataFrame::new(columns[0].len(), columns).unwrap())
}

fn texts(values: &[Option<&str>]) -> Frame {
    frame(vec![pl::Column::new("review".into(), values)])
}

fn table(columns: &[Vec<f64>]) -> Frame {
    frame(columns.iter().enumerate().map(|(j, values)| pl::Column::new(format!("x{j}").into(), values)).collect())
}

fn cosine(fit: &Fit, a: usize, b: usize) -> f32 {
    let dot = |a: usize, b: usize| fit.columns.iter().map(|column| column[a] * column[b]).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn texts_of_one_theme_lie_together() {
    let animals = [Some("cat dog horse"), Some("dog horse cow"), Some("cow cat dog"), Some("horse cow cat")];
    let ships = [Some("sail mast rope"), Some("mast rope deck"), Some("deck sail mast"), Some("rope deck sail")];
    let rows: Vec<Option<&str>> = animals.into_iter().chain(ships).chain([None, Some("")]).collect();
    let fit = fit(&TextSvd, &texts(&rows), Kind::Text, &[("dimensions", 2.into()), ("pairs", false.into())]);
    let names: Vec<String> = fit.fitted.features().into_iter().map(|f| f.name).collect();
    assert_eq!(names, ["svd 1 (review)", "svd 2 (review)"]);
    assert!(cosine(&fit, 0, 3) > 0.9 && cosine(&fit, 4, 7) > 0.9 && cosine(&fit, 0, 4).abs() < 0.1, "{:?}", fit.columns);
    assert!(fit.columns.iter().all(|column| column[8].is_nan() && column[9] == 0.0), "missing, and without words");
    let new = fit.fitted.transform(texts(&[Some("unseen words"), Some("DOG")]).view()).unwrap();
    let new: Vec<Vec<f32>> = new.into_iter().map(numbers).collect();
    assert!(new.iter().all(|column| column[0] == 0.0) && new.iter().any(|column| column[1].abs() > 0.1));
}

#[test]
fn texts_that_agree_have_one_theme_and_texts_without_common_words_none() {
    let same = fit(&TextSvd, &texts(&[Some("all the same"); 20]), Kind::Text, &[]);
    assert_eq!(same.columns.len(), 1);
    assert!(same.columns[0].iter().all(|v| (v.abs() - 1.0).abs() < 1e-6));
    let words: Vec<String> = (0..20).map(|i| format!("word{i}")).collect();
    let different: Vec<Option<&str>> = words.iter().map(|word| Some(word.as_str())).collect();
    assert!(fit(&TextSvd, &texts(&different), Kind::Text, &[]).columns.is_empty());
}

#[test]
fn columns_that_say_the_same_are_one_component() {
    let x: Vec<f64> = (0..50).map(|i| f64::from(i * i % 47)).collect();
    let times = |factor: f64| x.iter().map(|v| v * factor - 3.0).collect::<Vec<_>>();
    let fit = fit(&Pca, &table(&[x.clone(), times(2.0), times(-5.0), vec![4.0; 50]]), Kind::Numeric, &[]);
    assert_eq!(fit.columns.len(), 1);
    let mean = fit.columns[0].iter().sum::<f32>() / 50.0;
    let variance = fit.columns[0].iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 50.0;
    assert!(mean.abs() < 1e-4 && (variance - 1.0).abs() < 1e-4, "{mean} {variance}");
    assert_eq!(fit.fitted.features()[0].name, "pca 1");
    assert_eq!(fit.fitted.features()[0].sources.len(), 4);
}

#[test]
fn constant_columns_have_no_component() {
    assert!(fit(&Pca, &table(&[vec![1.0; 9], vec![f64::NAN; 9]]), Kind::Numeric, &[]).columns.is_empty());
}

#[test]
fn parameters_out_of_range_are_named() {
    let frame = table(&[vec![1.0, 2.0], vec![3.0, 5.0]]);
    let group = ColumnGroup::new(vec!["x0".into(), "x1".into()], Kind::Numeric);
    let fitting = Fitting { group: &group, rows: frame.view(), target: None, residuals: None, seed: 0 };
    for (name, value) in [("variance", Value::from(1.5)), ("dimensions", Value::from(0))] {
        let params: Params = [(name.to_owned(), value.clone())].into_iter().collect();
        let error = DynFeaturizer::fit_transform(&Pca, &params, &fitting).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(&value.to_string()), "{error}");
    }
}

fn times(columns: &[(&str, Vec<Option<i64>>)]) -> Frame {
    let column = |(name, values): &(&str, Vec<Option<i64>>)| {
        let column = pl::Column::new((*name).into(), values.as_slice());
        let times = column.as_materialized_series().i64().unwrap().clone();
        times.into_datetime(pl::TimeUnit::Microseconds, None).into_series().into_column()
    };
    frame(columns.iter().map(column).collect())
}

#[test]
fn a_difference_is_exact_far_from_1970() {
    const SECOND: i64 = 1_000_000;
    let start = vec![Some(4_000_000_000 * SECOND), Some(0), None];
    let end = vec![Some(4_000_000_001 * SECOND), Some(-86_400 * SECOND), Some(1)];
    let fit = fit(&DatetimeDifferences, &times(&[("start", start), ("end", end)]), Kind::Datetime, &[]);
    assert_eq!(fit.fitted.features()[0].name, "end - start (days)");
    assert_eq!(fit.columns[0][..2], [(1.0_f64 / 86_400.0) as f32, -1.0]);
    assert!(fit.columns[0][2].is_nan());
}

#[test]
fn pairs_are_those_of_ten_columns_at_most() {
    let pairs = |columns: usize| {
        let fields = (0..columns).map(|j| Field::feature(format!("t{j}"), Kind::Datetime)).collect();
        DynFeaturizer::plan(&DatetimeDifferences, &Schema { fields })
    };
    assert_eq!([0, 1, 2, 3, 30].map(|columns| pairs(columns).len()), [0, 0, 1, 3, 45]);
    assert!(pairs(30).iter().flat_map(|group| &group.columns).all(|name| name.len() == 2));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn components_keep_distances_up_to_a_factor(
        cells in prop::collection::vec(-50_i32..50, 12..90), width in 2_usize..14, new in -500_i32..500,
    ) {
        let rows = cells.len() / width;
        prop_assume!(rows > 0);
        let columns: Vec<Vec<f64>> =
            (0..width).map(|j| (0..rows).map(|i| f64::from(cells[i * width + j])).collect()).collect();
        let fit = fit(&Pca, &table(&columns), Kind::Numeric, &[("variance", 1.0.into())]);
        prop_assert!(fit.columns.len() <= width.min(rows));
        let (a, b) = (fit.columns.first(), fit.columns.last());
        let squares = |column: Option<&Vec<f32>>| column.map_or(0.0, |column| column.iter().map(|v| v * v).sum::<f32>());
        prop_assert!(squares(a) >= squares(b) - 1e-3);
        let moved: Vec<Vec<f64>> = columns.iter().map(|column| vec![column[0] + f64::from(new), f64::NAN]).collect();
        for column in fit.fitted.transform(table(&moved).view()).unwrap() {
            prop_assert!(numbers(column).iter().all(|v| v.abs() <= 10.0));
        }
    }

    #[test]
    fn any_texts_have_a_place(fitted in prop::collection::vec("[ab ]{0,9}", 0..30), new in "\\PC{0,30}") {
        let rows: Vec<Option<&str>> = fitted.iter().map(|text| Some(text.as_str())).collect();
        let fit = fit(&TextSvd, &texts(&rows), Kind::Text, &[("dimensions", 4.into())]);
        for column in fit.fitted.transform(texts(&[Some(&new)]).view()).unwrap() {
            prop_assert!(numbers(column)[0].abs() <= 1.0 + 1e-5);
        }
    }
}
