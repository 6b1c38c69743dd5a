//! What is made of the mean of the members: calibrated probabilities, labels that were decided, and an estimate.

use automl::decision::Decision;
use automl::{DataFrame, Fit, Frame, Model};
use polars::prelude::{Column, NamedFrom, Series};

/// One row in eight is positive, where `x` is large more often.
fn rare(rows: usize) -> DataFrame {
    let uniform = |i: usize| (automl::seed::derive(5, i as u64) >> 11) as f64 / (1_u64 << 53) as f64;
    let x: Vec<f64> = (0..rows).map(|i| 6.0 * uniform(2 * i) - 3.0).collect();
    let probability = |x: f64| 0.7 / (1.0 + (4.0 - 2.0 * x).exp());
    let is_rare: Vec<&str> =
        x.iter().enumerate().map(|(i, x)| if uniform(2 * i + 1) < probability(*x) { "yes" } else { "no" }).collect();
    let columns = vec![Column::from(Series::new("x".into(), x)), Column::from(Series::new("rare".into(), is_rare))];
    DataFrame::new(rows, columns).unwrap()
}

fn fit(metric: &str) -> Fit {
    automl::fit(rare(800), "rare").metric(metric).positive("yes").learners(["linear"]).folds(3).trials_max(2).run().unwrap()
}

/// The same rows, the rare ones in two classes.
fn rare_of_three(rows: usize) -> DataFrame {
    let mut data = rare(rows);
    let side = |(x, rare): (f64, &str)| {
        if rare == "no" {
            "no"
        } else if x > 2.0 {
            "far"
        } else {
            "near"
        }
    };
    let x: Vec<f64> = data.column("x").unwrap().f64().unwrap().into_no_null_iter().collect();
    let labels: Vec<String> = data.column("rare").unwrap().str().unwrap().iter().flatten().map(str::to_owned).collect();
    let labels: Vec<&str> = x.into_iter().zip(labels.iter().map(String::as_str)).map(side).collect();
    data.with_column(Column::from(Series::new("rare".into(), labels))).unwrap();
    data
}

fn again(model: &Model) -> automl::Result<Model> {
    automl::from_bytes(&automl::to_bytes(model).unwrap())
}

fn labels(model: &Model, frame: &Frame) -> Vec<u32> {
    model.predict(frame, 1).unwrap().predictions.classes()
}

#[test]
fn labels_are_said_where_the_leading_metric_is_best() {
    let fit = fit("f1");
    let decision = fit.model.decision.clone().expect("one half is far from the best threshold");
    let Decision::Threshold { class, threshold } = decision else { panic!("{decision:?}") };
    assert!(fit.task.classes[class] == "yes" && threshold < 0.45, "{class} {threshold}");
    check_labels(&fit, rare(300), "f1");
}

#[test]
fn rare_classes_of_many_are_said_where_their_recall_counts() {
    let fit = automl::fit(rare_of_three(800), "rare").metric("balanced_accuracy").learners(["linear"]);
    let fit = fit.folds(3).trials_max(2).run().unwrap();
    let Some(Decision::Factors { factors }) = &fit.model.decision else { panic!("{:?}", fit.model.decision) };
    let factor = |class: &str| factors[fit.task.classes.iter().position(|c| c == class).unwrap()];
    assert!(factor("no") < factor("near") && factor("no") < factor("far"), "{factors:?}");
    check_labels(&fit, rare_of_three(300), "balanced_accuracy");
}

/// All who say labels say the same, better than those that are most probable, and probabilities stay as they were.
fn check_labels(fit: &Fit, data: DataFrame, metric: &str) {
    let (frame, _) = Frame::from_data(data).unwrap();
    let loaded = again(&fit.model).unwrap();
    let said = labels(&loaded, &frame);
    assert_eq!((&loaded.decision, &said), (&fit.model.decision, &labels(&fit.model, &frame)));
    let plain = Model { decision: None, ..fit.model.clone() };
    assert!(said != labels(&plain, &frame));
    assert_eq!(loaded.predict(&frame, 1).unwrap().predictions.values(), plain.predict(&frame, 1).unwrap().predictions.values());

    let table = loaded.to_frame(&loaded.predict(&frame, 1).unwrap().predictions, false).unwrap();
    let told = table.column("prediction").unwrap().str().unwrap();
    for (row, label) in said.iter().enumerate() {
        let x = frame.data().column("x").unwrap().f64().unwrap().get(row).unwrap();
        let single = loaded.predict_row(&serde_json::json!({ "x": x })).unwrap();
        let expected = &fit.task.classes[*label as usize];
        assert_eq!((single.label.as_ref(), told.get(row)), (Some(expected), Some(expected.as_str())));
    }
    let score = |model: &Model| model.evaluate(&frame, automl::registry().metrics(), 1).unwrap().metrics[metric];
    assert!(score(&loaded) > score(&plain) + 0.02, "{} {}", score(&loaded), score(&plain));
    let best = fit.leaderboard.best().unwrap();
    assert!(best.weight > 0.0 && best.score == fit.model.provenance.score, "{best:?}");
}

#[test]
fn a_temperature_moves_probabilities_and_nothing_else() {
    let fit = fit("log_loss");
    let temperature = serde_json::from_str("1.7").unwrap();
    let (cold, warm) = (Model { temperature: None, ..fit.model.clone() }, Model { temperature: Some(temperature), ..fit.model });
    let warm = again(&warm).unwrap();
    let (frame, _) = Frame::from_data(rare(300)).unwrap();
    let of = |model: &Model| model.predict(&frame, 1).unwrap().predictions;
    assert!(of(&cold).row(0)[1] != of(&warm).row(0)[1]);
    let scores = |model: &Model, metric: &str| model.evaluate(&frame, automl::registry().metrics(), 1).unwrap().metrics[metric];
    for metric in ["auc", "accuracy"] {
        assert_eq!(scores(&cold, metric), scores(&warm, metric), "{metric}");
    }
    assert!(scores(&cold, "log_loss") != scores(&warm, "log_loss"));
    let score = |model: &Model| model.explain(&frame, None, 1).unwrap().contributions.score(0, 0);
    assert!((score(&cold) / score(&warm) - 1.7).abs() < 1e-9);
}

#[test]
fn an_artifact_that_says_what_cannot_be_is_refused() {
    let model = fit("auc").model;
    let decision = |class, threshold| Model { decision: Some(Decision::Threshold { class, threshold }), ..model.clone() };
    assert!(again(&decision(1, 0.5)).is_ok());
    for wrong in [decision(2, 0.5), decision(0, 1.5), decision(0, f64::NAN)] {
        assert!(again(&wrong).is_err());
    }
    let temperature = |value: &str| Model { temperature: serde_json::from_str(value).ok(), ..model.clone() };
    assert!(again(&temperature("0.0")).is_err() && again(&temperature("-1.0")).is_err());
}

#[test]
fn a_fit_tells_what_score_to_expect() {
    let fit = fit("auc");
    let estimate = fit.estimate.expect("800 rows are enough");
    let best = fit.leaderboard.best().and_then(|best| best.score).unwrap();
    assert!(estimate.score <= best && estimate.low < estimate.score && estimate.score < estimate.high, "{estimate:?}");
    assert_eq!((estimate.rows, estimate.level), (266, 0.9));
    assert_eq!(again(&fit.model).unwrap().provenance.estimate, Some(estimate));
    let few = automl::fit(rare(60), "rare").learners(["linear"]).folds(2).trials_max(2).run().unwrap();
    assert_eq!(few.estimate, None);
}
