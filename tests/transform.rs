//! The features that members read, over whole models.

#![allow(missing_docs)]

use std::sync::OnceLock;

use automl::matrix::Form;
use automl::{Frame, Model};
use automl_datasets::GENERATORS;
use polars::prelude::{AnyValue, DataFrame, DataType, IntoColumn, NamedFrom, Series};

fn data() -> DataFrame {
    let generator = GENERATORS.iter().find(|g| g.name == "mixed").unwrap();
    (generator.generate)(300, 3).frame
}

/// A model with a member per learner.
fn model() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| {
        let fitted = |learner| {
            let fit = automl::fit(data(), "target").learners([learner]).folds(2).trials_max(2).threads(2).run().unwrap();
            let mut model = fit.model;
            model.members.retain(|member| member.learner.id() == learner);
            model
        };
        let (mut model, other) = (fitted("gbdt"), fitted("linear"));
        let shift = model.featurizations.len();
        model.featurizations.extend(other.featurizations);
        for mut member in other.members {
            member.models.iter_mut().for_each(|fold| fold.featurization += shift);
            member.trial += 100;
            member.weight = 2.0;
            model.members.push(member);
        }
        model
    })
}

fn frame(data: DataFrame) -> Frame {
    Frame::from_data(data).unwrap().0
}

#[test]
fn every_row_has_the_features_that_are_announced() {
    let (model, frame) = (model(), frame(data()));
    for member in &model.members {
        let features = model.features_of(member).unwrap();
        let made = model.transform(&frame, member, 2).unwrap().data;
        assert_eq!(made.height(), model.predict(&frame, 2).unwrap().predictions.rows());
        let names: Vec<&str> = features.columns.iter().map(|column| column.name.as_str()).collect();
        assert!(made.get_column_names().iter().map(|name| name.as_str()).eq(names), "{}", member.name);
        for (column, told) in made.columns().iter().zip(&features.columns) {
            let wanted = if told.form == Form::Codes { DataType::String } else { DataType::Float64 };
            assert_eq!(column.dtype(), &wanted, "{}", told.name);
            assert!(told.columns.iter().all(|source| frame.contains(source)), "{told:?}");
        }
    }
}

#[test]
fn values_are_those_that_learners_read() {
    let (model, frame) = (model(), frame(data()));
    let (conformed, _) = model.schema.conform(&frame).unwrap();
    for member in &model.members {
        let matrix = model.featurizations[member.models[0].featurization].transform(conformed.view()).unwrap();
        let made = model.transform(&frame, member, 2).unwrap().data;
        let numbers = |name: &str| made.column(name).unwrap().f64().unwrap().iter().collect::<Vec<_>>();
        let singles = matrix.columns().iter().filter_map(|c| match &**c {
            automl::matrix::Column::Numeric(values) => Some(values),
            _ => None,
        });
        let features = model.features_of(member).unwrap().columns;
        let told = features.iter().filter(|f| matches!(f.form, Form::Numeric | Form::Complete));
        let mut compared = 0;
        for (values, feature) in singles.zip(told) {
            let read = values.iter().map(|v| (!v.is_nan()).then_some(*v));
            assert!(numbers(&feature.name).iter().map(|v| v.map(|v| v as f32)).eq(read), "{}", feature.name);
            compared += 1;
        }
        assert!(compared > 3);
    }
}

#[test]
fn levels_have_a_column_each_or_their_names_and_words_are_left_out() {
    let (model, frame) = (model(), frame(data()));
    let linear = model.member(Some("linear")).unwrap();
    let made = model.transform(&frame, linear, 1).unwrap().data;
    let regions: Vec<&str> =
        made.get_column_names().iter().map(|name| name.as_str()).filter(|name| name.starts_with("region ")).collect();
    assert!(regions.contains(&"region = north") && regions.contains(&"region is missing"), "{regions:?}");
    let truth = frame.column("region").unwrap().str().unwrap();
    let north = made.column("region = north").unwrap().f64().unwrap();
    assert!(truth.iter().zip(north.iter()).all(|(region, one)| one == Some(f64::from(u8::from(region == Some("north"))))));
    let words = model.features_of(linear).unwrap().left_out;
    assert_eq!(words.iter().map(|block| block.name.as_str()).collect::<Vec<_>>(), ["tfidf(note)"]);

    let codes = model.transform(&frame, model.member(Some("gbdt")).unwrap(), 1).unwrap().data;
    assert!(codes.column("region").unwrap().str().unwrap().iter().eq(truth.iter()));
}

#[test]
fn rows_alone_and_in_any_company_are_the_same() {
    let (model, data) = (model(), data());
    for member in &model.members {
        let whole = model.transform(&frame(data.clone()), member, 3).unwrap().data;
        for row in [0, 155, 299] {
            let single = model.transform(&frame(data.slice(row, 1)), member, 1).unwrap().data;
            assert!(single.equals_missing(&whole.slice(row, 1)), "row {row}");
        }
        let none = model.transform(&frame(data.slice(0, 0)), member, 1).unwrap().data;
        assert_eq!((none.height(), none.width()), (0, whole.width()));
    }
}

#[test]
fn strange_values_are_transformed_and_missing_columns_are_named() {
    let (model, data) = (model(), data());
    let strange = ["", "inf", "-1e308", "\u{1F600}", "2020-13-45", "a\u{0}b"];
    let needed: Vec<&str> = model.schema.features().map(|f| f.name.as_str()).collect();
    let columns = needed.iter().map(|name| Series::new((*name).into(), strange).into_column()).collect();
    let odd = frame(DataFrame::new(strange.len(), columns).unwrap());
    let gbdt = model.member(Some("gbdt")).unwrap();
    let made = model.transform(&odd, gbdt, 1).unwrap();
    assert_eq!(made.data.column("region").unwrap().get(3).unwrap(), AnyValue::Null, "an unseen level");
    assert!(!made.unreadable.is_empty());

    let narrow = frame(data.drop(needed[0]).unwrap());
    let told = |error: automl::Error| error.to_string();
    let error = told(model.transform(&narrow, gbdt, 1).unwrap_err());
    assert_eq!(error, told(model.predict(&narrow, 1).unwrap_err()));
    assert!(error.contains(needed[0]), "{error}");
}

#[test]
fn a_member_is_found_by_name_number_or_strength() {
    let model = model();
    let linear = model.members.iter().find(|member| member.trial >= 100).unwrap();
    assert_eq!(model.member(None).unwrap().trial, linear.trial);
    assert_eq!(model.member(Some("linear")).unwrap().trial, linear.trial);
    assert_eq!(model.member(Some(&linear.trial.to_string())).unwrap().name, "linear");
    let error = model.member(Some("7")).err().unwrap().to_string();
    assert!(error.contains("no member `7`; it has ") && error.contains("(`linear`)"), "{error}");
}
