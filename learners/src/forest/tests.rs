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
