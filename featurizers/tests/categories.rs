//! Featurizers of categories meet levels that they have not seen, columns of nothing, and very many levels.

use automl_core::featurizer::{ColumnGroup, DynFeaturizer, DynFitted, Fitting};
use automl_core::frame::Frame;
use automl_core::matrix::{Column, Form};
use automl_core::schema::Kind;
use automl_core::space::Params;
use automl_core::task::Target;
use automl_featurizers::ALL;
use automl_featurizers::category_crosses::CategoryCrosses;
use automl_featurizers::count_encoding::CountEncoding;
use automl_featurizers::hashing::Hashing;
use automl_featurizers::target_encoding::TargetEncoding;
use polars::prelude::{self as pl, DataFrame};
use proptest::prelude::*;

const NAMES: [&str; 2] = ["department", "role"];

fn group() -> ColumnGroup {
    ColumnGroup::new(NAMES.map(str::to_owned).to_vec(), Kind::Categorical)
}

/// The group that a featurizer takes: of both columns, or of the first.
fn group_of(featurizer: &dyn DynFeaturizer) -> ColumnGroup {
    let mut group = group();
    if featurizer.id() != "category_crosses" {
        group.columns.truncate(1);
    }
    group
}

/// The featurizers that read categories.
fn featurizers() -> impl Iterator<Item = &'static dyn DynFeaturizer> {
    let schema = automl_core::schema::Schema {
        fields: NAMES.map(|name| automl_core::schema::Field::feature(name, Kind::Categorical)).to_vec(),
    };
    ALL.iter().copied().filter(move |featurizer| !featurizer.plan(&schema).is_empty())
}

fn frame(columns: [Vec<Option<String>>; 2]) -> Frame {
    let rows = columns[0].len();
    let columns = NAMES.into_iter().zip(columns).map(|(name, values)| pl::Column::new(name.into(), values)).collect();
    Frame::new(DataFrame::new(rows, columns).unwrap())
}

/// Both columns: levels by number, 0 for missing.
fn of_levels(levels: &[(u8, u8)]) -> Frame {
    let name = |level: u8| (level > 0).then(|| format!("level {level}"));
    frame([levels.iter().map(|l| name(l.0)).collect(), levels.iter().map(|l| name(l.1)).collect()])
}

fn fit(
    featurizer: &dyn DynFeaturizer,
    frame: &Frame,
    target: &Target,
    params: &[(&str, serde_json::Value)],
) -> (Box<dyn DynFitted>, Vec<Column>) {
    let params: Params = params.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let group = group_of(featurizer);
    let fitting = Fitting { group: &group, rows: frame.view(), target: Some(target), residuals: None, seed: 3 };
    featurizer.fit_transform(&params, &fitting).unwrap_or_else(|e| panic!("{}: {e}", featurizer.id()))
}

fn numbers(column: &Column) -> &[f32] {
    match column {
        Column::Numeric(values) => values,
        other => panic!("no numbers: {other:?}"),
    }
}

fn names(fitted: &dyn DynFitted) -> Vec<String> {
    fitted.features().into_iter().map(|feature| feature.name).collect()
}

/// One column per feature, all rows, and no value that its form does not allow.
fn assert_sound(featurizer: &dyn DynFeaturizer, fitted: &dyn DynFitted, columns: &[Column], rows: usize) {
    let id = featurizer.id();
    let features = fitted.features();
    assert_eq!(features.len(), columns.len(), "{id}");
    for (feature, column) in features.iter().zip(columns) {
        assert_eq!((column.rows(), column.width()), (rows, feature.width), "{id}: {}", feature.name);
        if let Column::Numeric(values) = column {
            let largest = if featurizer.form() == Form::Complete { 10.0 } else { f32::MAX };
            assert!(values.iter().all(|v| v.abs() <= largest), "{id}: {}", feature.name);
        }
    }
}

proptest! {
    #[test]
    fn any_levels_are_taken_after_any_others(
        fit_on in prop::collection::vec((0_u8..5, 0_u8..5, 0_u32..3), 0..40),
        new in prop::collection::vec((0_u8..9, 0_u8..9), 0..20),
        is_missing in any::<bool>(),
        is_number in any::<bool>(),
    ) {
        let hide = |level: u8| if is_missing { 0 } else { level };
        let levels: Vec<(u8, u8)> = fit_on.iter().map(|row| (hide(row.0), row.1)).collect();
        let labels: Vec<u32> = fit_on.iter().map(|row| row.2).collect();
        let target = if is_number {
            Target::Numbers(labels.iter().map(|&label| f64::from(label) * 1e9).collect())
        } else {
            Target::Classes { labels, n_classes: 3 }
        };
        let (fit_on, new) = (of_levels(&levels), of_levels(&new));
        for featurizer in featurizers() {
            let all: &[_] = if featurizer.default_params().contains_key("levels_min") { &[("levels_min", 1.into())] } else { &[] };
            let (fitted, columns) = fit(featurizer, &fit_on, &target, all);
            assert_sound(featurizer, &*fitted, &columns, fit_on.rows());
            let columns = fitted.transform(new.view()).unwrap();
            assert_sound(featurizer, &*fitted, &columns, new.rows());
        }
    }
}

/// A million levels of two rows each.
#[test]
fn a_million_levels_are_no_trouble() {
    let name = |i: u64| Some(format!("{i:x}"));
    let many = || (0..1_000_000_u64).chain(0..1_000_000).map(name).collect::<Vec<_>>();
    // Two levels, so that there are a million pairs as well.
    let few = (0..2_000_000).map(|i| name(i % 1_000_000 % 2)).collect();
    let train = frame([many(), few]);
    let target = Target::Numbers((0..2_000_000_u64).map(|i| (i % 1_000_000 % 7) as f64).collect());
    let new = frame([vec![name(999_999), name(1_000_000), None], vec![name(1), name(2), None]]);
    for featurizer in featurizers() {
        let (fitted, columns) = fit(featurizer, &train, &target, &[]);
        assert_sound(featurizer, &*fitted, &columns, 2_000_000);
        assert_sound(featurizer, &*fitted, &fitted.transform(new.view()).unwrap(), 3);
    }
}

#[test]
fn a_level_has_the_mean_of_other_rows_and_new_rows_that_of_all() {
    let levels: Vec<(u8, u8)> = (0..400).map(|i| (1 + i as u8 % 2, 0)).collect();
    let target = Target::Numbers((0..400).map(|i| f64::from(i % 2)).collect());
    let (fitted, columns) =
        fit(&TargetEncoding, &of_levels(&levels), &target, &[("smoothing", 1e-9.into()), ("levels_min", 2.into())]);
    assert_eq!(names(&*fitted), ["target(department)"]);
    // Scaled, the target is -1/2 and 1/2 up to the smooth clip; the mean is 0.
    let values = numbers(&columns[0]);
    assert!(values.iter().enumerate().all(|(i, v)| (v.abs() - 0.493).abs() < 0.02 && (*v > 0.0) == (i % 2 == 1)), "{values:?}");
    let new = fitted.transform(of_levels(&[(1, 0), (2, 0), (7, 0), (0, 0)]).view()).unwrap();
    let new = numbers(&new[0]);
    assert!((new[0] + new[1]).abs() < 1e-3 && new[1] > 0.45, "{new:?}");
    assert_eq!(new[2..], [0.0, 0.0], "unseen and missing cells are as all rows");
}

#[test]
fn columns_of_few_levels_may_be_left_alone_and_classes_have_numbers_of_their_own() {
    let levels: Vec<(u8, u8)> = (0..60).map(|i| (1 + i as u8 % 3, 0)).collect();
    let target = Target::Classes { labels: (0..60).map(|i| i % 4).collect(), n_classes: 4 };
    let (fitted, _) = fit(&TargetEncoding, &of_levels(&levels), &target, &[("classes_max", 2.into()), ("levels_min", 3.into())]);
    assert_eq!(names(&*fitted), ["target(department, class 1)", "target(department, class 2)"]);
    let (fitted, columns) = fit(&TargetEncoding, &of_levels(&levels), &target, &[("levels_min", 4.into())]);
    assert!(names(&*fitted).is_empty() && columns.is_empty());
}

#[test]
fn smoothing_has_to_be_positive() {
    let group = ColumnGroup::new(vec!["department".into()], Kind::Categorical);
    let frame = of_levels(&[(1, 1)]);
    let target = Target::Numbers(vec![1.0]);
    let fitting = Fitting { group: &group, rows: frame.view(), target: Some(&target), residuals: None, seed: 0 };
    let params: Params = [("smoothing".to_owned(), (-1).into())].into_iter().collect();
    let error = DynFeaturizer::fit_transform(&TargetEncoding, &params, &fitting).unwrap_err();
    assert!(error.to_string().contains("`smoothing` of `target_encoding` is -1"), "{error}");
}

#[test]
fn counts_are_logarithms_and_what_was_seen_once_is_like_what_was_never_seen() {
    let levels = [1, 1, 1, 2, 2, 3, 0, 0].map(|level| (level, 0));
    let (fitted, columns) = fit(&CountEncoding, &of_levels(&levels), &Target::Numbers(vec![0.0; 8]), &[]);
    assert_eq!(names(&*fitted), ["count(department)"]);
    let (three, two) = (3.0_f32.ln(), 2.0_f32.ln());
    assert_eq!(numbers(&columns[0]), [three, three, three, two, two, 0.0, two, two]);
    assert_eq!(numbers(&fitted.transform(of_levels(&[(9, 0)]).view()).unwrap()[0]), [0.0]);
}

/// Models on disk rely on the buckets.
#[test]
fn buckets_never_change() {
    let (_, columns) = fit(&Hashing, &of_levels(&[(1, 0), (2, 0), (1, 0), (0, 0)]), &Target::Numbers(vec![0.0; 4]), &[]);
    let Column::Sparse(block) = &columns[0] else { panic!("not sparse") };
    let rows: Vec<&[u32]> = (0..4).map(|i| block.row(i).0).collect();
    assert_eq!(block.width(), 65_536);
    assert_eq!(rows, [&[22_731_u32][..], &[61_280], &[22_731], &[]]);
}

/// Neither column tells anything alone; and a featurizer tells which columns its pairs are made of.
#[test]
fn pairs_are_named_and_told_by_both_columns() {
    let level = |salt: u64, i: u64| 1 + (automl_core::seed::derive(salt, i) % 4) as u8;
    let levels: Vec<(u8, u8)> = (0..1000).map(|i| (level(1, i), level(2, i))).collect();
    let labels: Vec<u32> = levels.iter().map(|(a, b)| u32::from((a + b) % 2)).collect();
    let target = Target::Classes { labels: labels.clone(), n_classes: 2 };
    let (fitted, columns) = fit(&CategoryCrosses, &of_levels(&levels), &target, &[]);
    assert_eq!(names(&*fitted), ["target(department × role)"]);
    assert_eq!(fitted.features()[0].sources, NAMES);
    assert!(numbers(&columns[0]).iter().zip(&labels).all(|(v, &label)| (*v > 2.0) == (label == 1)));
    let new = fitted.transform(of_levels(&[(1, 1), (1, 2), (1, 7), (0, 0)]).view()).unwrap();
    let new = numbers(&new[0]);
    assert!(new[0] < -2.0 && new[1] > 2.0 && new[2..] == [0.0, 0.0], "{new:?}");

    let noise =
        Target::Classes { labels: (0..1000).map(|i| (automl_core::seed::derive(3, i) % 2) as u32).collect(), n_classes: 2 };
    assert!(names(&*fit(&CategoryCrosses, &of_levels(&levels), &noise, &[]).0).is_empty());
}
