//! Tests of both forests.

use std::sync::Arc;

use automl_core::fit_context::FitContext;
use automl_core::learner::{Learner, Model, TrainData};
use automl_core::matrix::{Column, Matrix};
use automl_core::seed::rng;
use automl_core::task::Target;
use rand::RngExt;

use super::{ExtraTrees, ForestParams, RandomForest};

fn numbers(rows: usize, columns: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut rng = rng(seed);
    (0..columns).map(|_| (0..rows).map(|_| rng.random::<f32>()).collect()).collect()
}

fn matrix(columns: &[Vec<f32>]) -> Matrix {
    Matrix::new(columns[0].len(), columns.iter().map(|c| Arc::new(Column::Numeric(c.clone()))).collect()).unwrap()
}

/// Friedman's first function without its noise, from columns 0 to 4.
fn friedman(columns: &[Vec<f32>]) -> Vec<f64> {
    let x = |j: usize, i: usize| f64::from(columns[j][i]);
    let value = |i| {
        10.0 * (std::f64::consts::PI * x(0, i) * x(1, i)).sin() + 20.0 * (x(2, i) - 0.5).powi(2) + 10.0 * x(3, i) + 5.0 * x(4, i)
    };
    (0..columns[0].len()).map(value).collect()
}

fn r2(truth: &[f64], predicted: impl Iterator<Item = f64>) -> f64 {
    let mean = truth.iter().sum::<f64>() / truth.len() as f64;
    let error: f64 = truth.iter().zip(predicted).map(|(t, p)| (t - p).powi(2)).sum();
    1.0 - error / truth.iter().map(|t| (t - mean).powi(2)).sum::<f64>()
}

#[test]
fn forests_are_as_good_as_smartcores() {
    use smartcore::ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters};
    use smartcore::linalg::basic::matrix::DenseMatrix;

    let (train, test) = (numbers(700, 10, 1), numbers(500, 10, 2));
    let (y, truth) = (friedman(&train), friedman(&test));
    let dense = |columns: &[Vec<f32>]| {
        let values = columns.iter().flatten().map(|v| f64::from(*v)).collect();
        DenseMatrix::new(columns[0].len(), columns.len(), values, true).unwrap()
    };
    let params = RandomForestRegressorParameters::default().with_n_trees(100).with_m(4).with_seed(1);
    let theirs = RandomForestRegressor::fit(&dense(&train), &y, params).unwrap().predict(&dense(&test)).unwrap();
    let theirs = r2(&truth, theirs.into_iter());

    let (x, x_test, target) = (matrix(&train), matrix(&test), Target::Numbers(y));
    let data = TrainData { x: x.view(), target: &target, weights: None, valid: None };
    let params = ForestParams::default();
    let forest = RandomForest.fit(&params, &data, &mut FitContext::new(3)).unwrap();
    let extra = ExtraTrees.fit(&params, &data, &mut FitContext::new(3)).unwrap();
    for (name, model) in [("random_forest", &forest.model), ("extra_trees", &extra.model)] {
        let ours = r2(&truth, model.predict(x_test.view()).column(0));
        assert!(ours > theirs - 0.02, "{name} has r2 {ours:.3}, smartcore {theirs:.3}");
    }
    // Out-of-bag predictions tell the truth about new rows.
    let told = r2(target.numbers().unwrap(), forest.held_out.unwrap().column(0));
    let real = r2(&truth, forest.model.predict(x_test.view()).column(0));
    assert!((told - real).abs() < 0.08, "out of bag {told:.3}, on new rows {real:.3}");
}

#[test]
fn out_of_bag_predictions_of_noise_are_no_better_than_chance() {
    let columns = numbers(600, 6, 5);
    let mut rng = rng(9);
    for n_classes in [2, 4] {
        let labels: Vec<u32> = (0..600).map(|_| rng.random_range(0..n_classes)).collect();
        let (x, target) = (matrix(&columns), Target::Classes { labels: labels.clone(), n_classes: n_classes as usize });
        let data = TrainData { x: x.view(), target: &target, weights: None, valid: None };
        let fitted = RandomForest.fit(&ForestParams::default(), &data, &mut FitContext::new(1)).unwrap();
        let right = |classes: Vec<u32>| classes.iter().zip(&labels).filter(|(a, b)| a == b).count() as f64 / 600.0;
        let chance = 1.0 / f64::from(n_classes);
        assert!((right(fitted.held_out.unwrap().classes()) - chance).abs() < 0.09);
        assert!(right(fitted.model.predict(x.view()).classes()) > 0.9, "on its own rows it looks perfect");
    }
}

/// A row that the only tree saw is predicted by the prior, another as the model does: the codes that it went down
/// by and the raw thresholds of the model agree.
#[test]
fn out_of_bag_rows_are_predicted_as_by_the_model() {
    let mut rng = rng(11);
    for rows in [400, 6_000] {
        let gappy = (0..rows).map(|_| if rng.random_bool(0.2) { f32::NAN } else { rng.random::<f32>() }).collect();
        let codes: Vec<u32> = (0..rows).map(|_| rng.random_range(0..300)).collect();
        let numeric = numbers(rows, 1, 12).remove(0);
        let values: Vec<f64> = (0..rows).map(|i| f64::from(numeric[i]) + f64::from(codes[i] % 3)).collect();
        let classes = |n: u32| Target::Classes { labels: codes.iter().map(|c| c % n).collect(), n_classes: n as usize };
        let targets = [Target::Numbers(values), classes(2), classes(5)];
        let columns = [Column::Numeric(gappy), Column::Numeric(numeric), Column::Codes { codes, levels: 299 }];
        let x = Matrix::new(rows, columns.into_iter().map(Arc::new).collect()).unwrap();
        for target in &targets {
            let data = TrainData { x: x.view(), target, weights: None, valid: None };
            let params = ForestParams { trees: 1, ..ForestParams::default() };
            let forest = RandomForest.fit(&params, &data, &mut FitContext::new(3)).unwrap();
            let extra = ExtraTrees.fit(&params, &data, &mut FitContext::new(3)).unwrap();
            let prior = crate::featureless::prior(target, None);
            for fitted in [forest, extra] {
                let (held_out, predicted) = (fitted.held_out.unwrap(), fitted.model.predict(x.view()));
                let seen = (0..rows).filter(|&i| held_out.row(i) == prior.as_slice()).count() as f64 / rows as f64;
                assert!((seen - 0.632).abs() < 0.05, "{seen} of the rows were drawn");
                let differs = |i: &usize| held_out.row(*i) != prior.as_slice() && held_out.row(*i) != predicted.row(*i);
                assert_eq!((0..rows).find(differs), None);
            }
        }
    }
}

#[test]
fn neighbours_on_both_sides_of_a_step_are_told_apart_in_a_small_table() {
    let (rows, step) = (4_000, 1_234);
    let labels: Vec<u32> = (0..rows).map(|i| u32::from(i >= step)).collect();
    let x = matrix(&[(0..rows).map(|i| i as f32).collect()]);
    let target = Target::Classes { labels: labels.clone(), n_classes: 2 };
    let data = TrainData { x: x.view(), target: &target, weights: None, valid: None };
    let fitted = RandomForest.fit(&ForestParams::default(), &data, &mut FitContext::new(1)).unwrap();
    let predicted = fitted.model.predict(x.view()).classes();
    assert_eq!((0..rows).find(|&i| predicted[i] != labels[i]), None);
}

#[test]
fn weights_count_and_their_unit_does_not() {
    let columns = numbers(300, 3, 8);
    let labels: Vec<u32> = (0..300).map(|i| i % 3).collect();
    let of_label: Vec<f64> = labels.iter().map(|l| [1.0, 1.0, 50.0][*l as usize]).collect();
    let target = Target::Classes { labels, n_classes: 3 };
    let (x, params) = (matrix(&columns), ForestParams { min_rows_leaf: 40, ..ForestParams::default() });
    let predict = |weights: Option<&[f64]>| {
        let data = TrainData { x: x.view(), target: &target, weights, valid: None };
        let fitted = RandomForest.fit(&params, &data, &mut FitContext::new(1)).unwrap();
        fitted.model.predict(x.view())
    };
    let heavy = predict(Some(&of_label));
    let times_four: Vec<f64> = of_label.iter().map(|w| 4.0 * w).collect();
    assert_eq!(heavy, predict(Some(&times_four)));
    let mean = |p: &automl_core::predictions::Predictions| p.column(2).sum::<f64>() / 300.0;
    assert!(mean(&heavy) > 0.9 && mean(&predict(None)) < 0.5, "{} and {}", mean(&heavy), mean(&predict(None)));
}

#[test]
fn few_leaves_are_shared_out_over_all_rows() {
    let x = matrix(&numbers(2_000, 1, 21));
    let Column::Numeric(values) = &*x.columns()[0] else { panic!("not numeric") };
    let truth: Vec<f64> = values.iter().map(|v| f64::from(*v)).collect();
    let target = Target::Numbers(truth.clone());
    let data = TrainData { x: x.view(), target: &target, weights: None, valid: None };
    for (params, error_max) in [
        (ForestParams { leaves_max: 16, ..ForestParams::default() }, 0.12),
        (ForestParams { max_depth: Some(4), ..ForestParams::default() }, 0.12),
        (ForestParams::default(), 0.01),
    ] {
        let fitted = RandomForest.fit(&params, &data, &mut FitContext::new(1)).unwrap();
        let predicted = fitted.model.predict(x.view());
        let worst = predicted.column(0).zip(&truth).map(|(p, t)| (p - t).abs()).fold(0.0, f64::max);
        assert!(worst < error_max, "{params:?}: {worst}");
    }
}
