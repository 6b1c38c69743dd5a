use std::sync::Arc;

use automl_core::fit_context::FitContext;
use automl_core::learner::{Learner, Model, TrainData};
use automl_core::matrix::{Column, Matrix};
use automl_core::seed::rng;
use automl_core::shape_function::{Place, ShapeCell, ShapeFunction};
use automl_core::task::Target;
use rand::RngExt;

use super::{Ebm, EbmModel, EbmParams};

fn numbers(rows: usize, columns: usize) -> Vec<Vec<f32>> {
    let mut rng = rng(4);
    (0..columns).map(|_| (0..rows).map(|_| rng.random_range(-1000..1000) as f32 / 500.0).collect()).collect()
}

fn matrix(columns: &[Vec<f32>]) -> Matrix {
    Matrix::new(columns[0].len(), columns.iter().map(|c| Arc::new(Column::Numeric(c.clone()))).collect()).unwrap()
}

fn fit(matrix: &Matrix, target: &Target, params: &EbmParams) -> EbmModel {
    let data = TrainData { x: matrix.view(), target, weights: None, valid: None };
    let model = Learner::fit(&Ebm, params, &data, &mut FitContext::new(1)).unwrap().model;
    model.validate(matrix.columns().len()).unwrap();
    model
}

#[test]
fn finds_the_function_of_every_column() {
    let columns = numbers(3000, 3);
    let value = |i: usize| f64::from(columns[0][i]).sin() * 3.0 + f64::from(columns[1][i]).powi(2) + 7.0;
    let target = Target::Numbers((0..3000).map(value).collect());
    let model = fit(&matrix(&columns), &target, &EbmParams { pairs: Some(0), ..EbmParams::default() });
    // Far from the ends of the range, each function is what the data were made of, up to a constant.
    let at = |j: usize, x: f32| {
        let mut row = vec![vec![0.0f32]; 3];
        row[j] = vec![x];
        model.contributions(matrix(&row).view()).unwrap().row(0, 0)[j]
    };
    assert!((at(0, 1.0) - at(0, -1.0) - 6.0 * 1.0f64.sin()).abs() < 0.2);
    assert!((at(1, 1.5) - at(1, 0.0) - 2.25).abs() < 0.2);
    assert!((at(2, 1.5) - at(2, -1.5)).abs() < 0.1);
}

#[test]
fn finds_the_pair_that_matters() {
    let columns = numbers(4000, 4);
    let value = |i: usize| f64::from(columns[0][i]) + if columns[1][i] * columns[3][i] > 0.0 { 2.0 } else { -2.0 };
    let target = Target::Numbers((0..4000).map(value).collect());
    let matrix = matrix(&columns);
    let model = fit(&matrix, &target, &EbmParams { pairs: Some(1), ..EbmParams::default() });
    let pair = model.functions.last().unwrap();
    assert_eq!(pair.axes.iter().map(|a| a.column).collect::<Vec<_>>(), [1, 3]);
    let predicted = model.predict(matrix.view());
    let error = predicted.column(0).enumerate().map(|(i, p)| (p - value(i)).powi(2)).sum::<f64>() / 4000.0;
    assert!(error.sqrt() < 0.5, "{}", error.sqrt());
}

#[test]
fn functions_are_pure() {
    let columns = numbers(1000, 3);
    let labels = (0..1000).map(|i| u32::from(columns[0][i] * columns[1][i] + columns[2][i] > 0.3)).collect();
    let model = fit(&matrix(&columns), &Target::Classes { labels, n_classes: 2 }, &EbmParams::default());
    assert!(model.functions.iter().any(|f| f.axes.len() == 2));
    for function in &model.functions {
        let total: f64 = function.weights.iter().sum();
        let mean = function.values.iter().zip(&function.weights).map(|(v, w)| v * w).sum::<f64>() / total;
        assert!(mean.abs() < 1e-6, "{mean}");
    }
}

#[test]
fn shape_functions_and_the_intercept_sum_to_predictions() {
    let mut columns = numbers(600, 3);
    columns[2].iter_mut().step_by(7).for_each(|x| *x = f32::NAN);
    let value = |i: usize| f64::from(columns[0][i] * columns[1][i]) + if columns[2][i].is_nan() { 3.0 } else { 0.0 };
    let matrix = matrix(&columns);
    let model = fit(&matrix, &Target::Numbers((0..600).map(value).collect()), &EbmParams::default());
    let functions = model.shape_functions().unwrap();
    assert!(functions.iter().any(|f| f.columns.len() == 2));
    let is_in = |place: &Place, x: f32| match place {
        Place::Between(low, high) => *low < x && x <= *high,
        Place::Missing => x.is_nan(),
        Place::Code(_) => false,
    };
    for (i, predicted) in model.predict(matrix.view()).column(0).enumerate() {
        let of_function = |f: &ShapeFunction| {
            let holds = |cell: &&ShapeCell| cell.places.iter().zip(&f.columns).all(|(p, &j)| is_in(p, columns[j][i]));
            let cells: Vec<&ShapeCell> = f.cells.iter().filter(holds).collect();
            assert_eq!(cells.len(), 1);
            cells[0].values[0]
        };
        let sum = model.intercepts[0] + functions.iter().map(of_function).sum::<f64>();
        assert!((sum - predicted).abs() < 1e-9, "row {i}: {sum} and {predicted}");
    }
}
