use std::sync::Arc;

use automl_core::fit_context::FitContext;
use automl_core::learner::{Learner, Model, TrainData};
use automl_core::matrix::{Column, Csr, Matrix};
use automl_core::seed::rng;
use automl_core::task::Target;
use linfa::prelude::*;
use linfa_bayes::{GaussianNb, MultinomialNb, NaiveBayes as _};
use ndarray::{Array1, Array2};
use rand::RngExt;

use super::{NaiveBayes, NaiveBayesModel, NaiveBayesParams};

fn fit(matrix: &Matrix, target: &Target, params: &NaiveBayesParams) -> NaiveBayesModel {
    let data = TrainData { x: matrix.view(), target, weights: None, valid: None };
    let model = Learner::fit(&NaiveBayes, params, &data, &mut FitContext::new(1)).unwrap().model;
    model.validate(matrix.columns().len()).unwrap();
    model
}

/// The probabilities of the textbook's model and those of linfa differ by less than this.
const CLOSE: f64 = 2e-3;

fn assert_close(model: &NaiveBayesModel, matrix: &Matrix, probabilities: &Array2<f64>) {
    let predictions = model.predict(matrix.view());
    for (i, row) in predictions.iter().enumerate() {
        for (k, p) in row.iter().enumerate() {
            assert!((p - probabilities[[i, k]]).abs() < CLOSE, "row {i}, class {k}: {p} and {}", probabilities[[i, k]]);
        }
    }
}

#[test]
fn numbers_count_as_in_linfa() {
    let mut rng = rng(2);
    let labels: Vec<u32> = (0..300).map(|_| rng.random_range(0..3)).collect();
    let mut columns: Vec<Vec<f32>> = Vec::new();
    for j in 1..4u32 {
        columns.push(labels.iter().map(|&k| (k * j % 3) as f32 + rng.random_range(-100..100) as f32 / 50.0).collect());
    }
    let dense = Array2::from_shape_fn((300, 3), |(i, j)| f64::from(columns[j][i]));
    let dataset = Dataset::new(dense.clone(), Array1::from_iter(labels.iter().map(|&k| k as usize)));
    let oracle = GaussianNb::params().var_smoothing(0.0).fit(&dataset).unwrap();
    let (probabilities, _) = oracle.predict_proba(dense.view());
    let matrix = Matrix::new(300, columns.into_iter().map(|c| Arc::new(Column::Numeric(c))).collect()).unwrap();
    let target = Target::Classes { labels, n_classes: 3 };
    let model = fit(&matrix, &target, &NaiveBayesParams { alpha: 1e-6, temperature: Some(1.0) });
    assert_close(&model, &matrix, &probabilities);
}

#[test]
fn words_count_as_in_linfa() {
    let mut rng = rng(5);
    let labels: Vec<u32> = (0..200).map(|_| rng.random_range(0..2)).collect();
    let counts: Vec<Vec<f32>> =
        labels.iter().map(|&k| (0..6u32).map(|f| rng.random_range(0..2 + (f + k) % 3) as f32).collect()).collect();
    let dense = Array2::from_shape_fn((200, 6), |(i, j)| f64::from(counts[i][j]));
    let dataset = Dataset::new(dense.clone(), Array1::from_iter(labels.iter().map(|&k| k as usize)));
    let oracle = MultinomialNb::params().alpha(1.0).fit(&dataset).unwrap();
    let (probabilities, _) = oracle.predict_proba(dense.view());
    let mut csr = Csr::new(6);
    counts.iter().for_each(|row| csr.push_row((0..6).zip(row.iter().copied()).filter(|(_, v)| *v > 0.0)));
    let matrix = Matrix::new(200, vec![Arc::new(Column::Sparse(csr))]).unwrap();
    let model = fit(&matrix, &Target::Classes { labels, n_classes: 2 }, &NaiveBayesParams { alpha: 1.0, temperature: Some(1.0) });
    assert_close(&model, &matrix, &probabilities);
}

#[test]
fn repeated_columns_make_it_no_surer() {
    let mut rng = rng(8);
    let labels: Vec<u32> = (0..2000).map(|_| rng.random_range(0..2)).collect();
    let column: Vec<f32> = labels.iter().map(|&k| k as f32 + rng.random_range(-100..100) as f32 / 40.0).collect();
    let target = Target::Classes { labels, n_classes: 2 };
    let predicted = |copies: usize| {
        let column = Arc::new(Column::Numeric(column.clone()));
        let matrix = Matrix::new(2000, (0..copies).map(|_| column.clone()).collect()).unwrap();
        fit(&matrix, &target, &NaiveBayesParams::default()).predict(matrix.view())
    };
    let (one, ten) = (predicted(1), predicted(10));
    for (a, b) in one.iter().zip(ten.iter()) {
        assert!((a[1] - b[1]).abs() < 0.01, "{a:?} and {b:?}");
    }
}
