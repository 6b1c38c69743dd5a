//! What each column of a table added to a prediction, over whole models.

#![allow(missing_docs)]

use automl::{Frame, Model, Scale};
use automl_datasets::GENERATORS;
use polars::prelude::DataFrame;

fn generated(name: &str, rows: usize) -> (DataFrame, &'static str) {
    let generator = GENERATORS.iter().find(|g| g.name == name).unwrap();
    let made = (generator.generate)(rows, 3);
    (made.frame, made.target)
}

fn fitted(name: &str, learner: &str) -> (Model, Frame) {
    let (data, target) = generated(name, 300);
    let fit = automl::fit(data.clone(), target).learners([learner]).folds(3).trials_max(3).threads(2).run().unwrap();
    let mut model = fit.model;
    model.members.retain(|member| member.learner.id() == learner);
    model.members.iter_mut().for_each(|member| member.weight = 1.0);
    model.members.truncate(1);
    model.temperature = None;
    (model, Frame::from_data(data).unwrap().0)
}

/// Both models as one, each with half of the vote.
fn blended(mut model: Model, other: Model) -> Model {
    let shift = model.featurizations.len();
    model.featurizations.extend(other.featurizations);
    for mut member in other.members {
        member.trial += 100;
        member.models.iter_mut().for_each(|fold| fold.featurization += shift);
        model.members.push(member);
    }
    model.members.iter_mut().for_each(|member| member.weight = 0.5);
    model
}

#[test]
fn contributions_to_columns_of_the_table_sum_to_the_score() {
    for (name, learner) in
        [("mixed", "gbdt"), ("mixed", "random_forest"), ("regression", "gbdt"), ("regression", "linear"), ("iris", "extra_trees")]
    {
        let (model, frame) = if name == "iris" { iris(learner) } else { fitted(name, learner) };
        let explanation = model.explain(&frame, None, 2).unwrap();
        assert!(explanation.columns.iter().all(|column| model.schema.features().any(|field| field.name == *column)));
        let found = &explanation.contributions;
        assert_eq!((found.rows(), found.columns()), (frame.rows(), explanation.columns.len()));
        // Where the scores are the predictions, the mean over folds is that of the predictions; log odds are not.
        if found.scale == Scale::Value || found.scale == Scale::Probability {
            let predicted = model.predict(&frame, 1).unwrap().predictions;
            for i in 0..frame.rows() {
                let row = predicted.row(i);
                for output in 0..found.outputs() {
                    let value = row[row.len() - found.outputs() + output];
                    assert!((found.score(i, output) - value).abs() < 1e-6 * (1.0 + value.abs()), "{name} {learner} row {i}");
                }
            }
        }
        let means = explanation.mean_absolute();
        assert!(means.is_sorted_by(|a, b| a.1 >= b.1) && means[0].1 > 0.0, "{means:?}");
        assert_eq!(found.values(), model.explain(&frame, None, 1).unwrap().contributions.values(), "at any thread count");
    }
}

fn iris(learner: &str) -> (Model, Frame) {
    let data = automl_datasets::find("iris").unwrap().frame().unwrap();
    let fit = automl::fit(data.clone(), "species").learners([learner]).folds(3).trials_max(2).threads(2).run().unwrap();
    let mut model = fit.model;
    model.members.retain(|member| member.learner.id() == learner);
    model.members.iter_mut().for_each(|member| member.weight = 1.0);
    (model, Frame::from_data(data).unwrap().0)
}

#[test]
fn columns_of_noise_matter_least() {
    // Friedman's first function uses five of ten columns.
    let (model, frame) = fitted("friedman1", "gbdt");
    let explanation = model.explain(&frame, None, 1).unwrap();
    let means = explanation.mean_absolute();
    let (five, rest) = means.split_at(5);
    assert!(five.iter().all(|(column, _)| ["x1", "x2", "x3", "x4", "x5"].contains(&column.as_str())), "{means:?}");
    assert!(five[4].1 > 2.0 * rest[0].1, "{means:?}");
}

#[test]
fn members_on_one_scale_are_explained_together_others_one_by_one() {
    let (boosted, frame) = fitted("mixed", "gbdt");
    let (forest, _) = fitted("mixed", "random_forest");
    let (linear, _) = fitted("mixed", "linear");
    let (extra, _) = fitted("mixed", "extra_trees");
    let (silent, _) = fitted("mixed", "featureless");
    let of_forests = blended(forest.clone(), extra.clone()).explain(&frame, None, 2).unwrap();
    let apart = [&forest, &extra].map(|model| model.explain(&frame, None, 2).unwrap());
    assert_eq!(of_forests.columns, apart[0].columns);
    for (sum, (a, b)) in
        of_forests.contributions.values().iter().zip(apart[0].contributions.values().iter().zip(apart[1].contributions.values()))
    {
        assert!((sum - (a + b) / 2.0).abs() < 1e-12);
    }

    let trial = boosted.members[0].trial;
    let both = blended(boosted.clone(), forest);
    let message = both.explain(&frame, None, 2).unwrap_err().to_string();
    for part in ["learner `gbdt`", "log odds", "learner `random_forest`", "probability"] {
        assert!(message.contains(part), "{message}");
    }
    let alone = both.explain(&frame, Some(trial), 2).unwrap();
    assert_eq!(alone.contributions.values(), boosted.explain(&frame, None, 2).unwrap().contributions.values());
    assert!(both.explain(&frame, Some(77), 2).unwrap_err().to_string().contains("no member 77"));

    // A linear model has log odds as boosting does; one without features tells nothing.
    assert_eq!(blended(boosted.clone(), linear).explain(&frame, None, 2).unwrap().contributions.scale, Scale::LogOdds);
    let message = blended(boosted, silent).explain(&frame, None, 2).unwrap_err().to_string();
    assert!(message.contains("learner `featureless`") && !message.contains("gbdt"), "{message}");
}

#[test]
fn models_from_before_covers_were_kept_still_predict_and_say_that_they_cannot_tell() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat/1");
    let model = automl::load(folder.join("gbdt.automl")).unwrap();
    let (rows, _) = automl::frame::read(&folder.join("rows.csv"), &automl::frame::ReadOptions::default()).unwrap();
    let message = model.explain(&rows, None, 1).unwrap_err().to_string();
    assert!(message.contains("learner `gbdt`"), "{message}");
}

#[test]
fn functions_are_told_by_name() {
    let (data, target) = generated("regression", 400);
    let fit = automl::fit(data, target).learners(["ebm"]).trials_max(2).threads(1).run().unwrap();
    let functions = fit.model.shape_functions(None).unwrap();
    assert!(functions.classes.is_empty() && functions.rows.iter().any(|row| row.cell.starts_with("up to ")));
    let terms: Vec<&str> = functions.rows.iter().map(|row| row.term.as_str()).collect();
    let names: Vec<&str> = fit.model.schema.features().map(|f| f.name.as_str()).collect();
    assert!(terms.iter().all(|term| term.split(" & ").all(|part| names.iter().any(|name| part.contains(name)))), "{terms:?}");
    // Cells of a term stand together.
    let mut together = terms.clone();
    together.dedup();
    let count = together.len();
    together.sort_unstable();
    together.dedup();
    assert_eq!(together.len(), count);
    let table = functions.to_frame().unwrap();
    assert_eq!(table.height(), functions.rows.len());
    let error = fit.model.shape_functions(Some(99)).unwrap_err().to_string();
    assert!(error.contains("ebm"), "{error}");
}

#[test]
fn a_model_that_is_no_sum_of_functions_says_so() {
    let (data, target) = generated("regression", 200);
    let fit = automl::fit(data, target).learners(["gbdt"]).trials_max(2).threads(1).run().unwrap();
    let error = fit.model.shape_functions(None).unwrap_err().to_string();
    assert!(error.contains("`gbdt`") && error.contains("`ebm`"), "{error}");
}
