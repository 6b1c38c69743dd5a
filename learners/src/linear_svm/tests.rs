use std::sync::Arc;

use automl_core::fit_context::FitContext;
use automl_core::learner::{Learner, Model, TrainData};
use automl_core::matrix::{Column, Matrix};
use automl_core::seed::rng;
use automl_core::task::Target;
use rand::RngExt;

use super::dual::{Dual, Loss};
use super::{Curve, LinearSvm, LinearSvmModel, LinearSvmParams};
use crate::design::Design;
use crate::linear::LinearModel;

fn numbers(rows: usize, columns: usize) -> Matrix {
    let mut rng = rng(4);
    let column = |_| Arc::new(Column::Numeric((0..rows).map(|_| rng.random_range(-300..300) as f32 / 100.0).collect()));
    Matrix::new(rows, (0..columns).map(column).collect()).unwrap()
}

fn design(matrix: &Matrix) -> Design {
    Design::new(matrix.view(), None, &FitContext::new(0)).unwrap()
}

/// What the primal problem minimises.
fn primal(dual: &Dual<'_>, loss: Loss<'_>, c: f64, weights: &[f64]) -> f64 {
    let of_row = |row: usize| {
        let margin = dual.margin(row, weights);
        match loss {
            Loss::SquaredHinge(signs) => (1.0 - signs[row] * margin).max(0.0).powi(2),
            Loss::Insensitive { target, insensitive } => ((target[row] - margin).abs() - insensitive).max(0.0),
        }
    };
    0.5 * weights.iter().map(|w| w * w).sum::<f64>() + c * (0..dual.design.rows).map(of_row).sum::<f64>()
}

/// Primal and dual have the same value at the solution, which no other point has.
#[test]
fn the_duality_gap_closes() {
    let matrix = numbers(150, 4);
    let design = Design::new(matrix.view(), None, &FitContext::new(0)).unwrap();
    let dual = Dual::new(&design, 1e-6, 5000, 1);
    let rows: Vec<u32> = (0..150).collect();
    let mut rng = rng(6);
    let signs: Vec<f64> =
        (0..150).map(|i| if design.dense[i * 4] + rng.random_range(-9..9) as f32 / 9.0 > 0.0 { 1.0 } else { -1.0 }).collect();
    let target: Vec<f64> =
        (0..150).map(|i| f64::from(design.dense[i * 4 + 1]) + f64::from(rng.random_range(-9..9)) / 9.0).collect();
    for c in [0.01, 1.0] {
        let hinge = Loss::SquaredHinge(&signs);
        let mut solution = dual.nothing();
        assert!(dual.descend(hinge, c, &rows, &mut solution, &FitContext::new(0)));
        let w: f64 = solution.weights.iter().map(|w| w * w).sum();
        let sum: f64 = solution.duals.iter().map(|a| a.abs() - a * a / (4.0 * c)).sum();
        let (value, bound) = (primal(&dual, hinge, c, &solution.weights), sum - 0.5 * w);
        assert!(value >= bound - 1e-9 && value - bound < 1e-3 * value, "hinge, {c}: {value} {bound}");

        let mut solution = dual.nothing();
        assert!(dual.solve(hinge, c, &rows, &mut solution, &FitContext::new(0)));
        let newton = primal(&dual, hinge, c, &solution.weights);
        assert!(newton >= bound - 1e-9 && newton <= value + 1e-9, "hinge by Newton, {c}: {newton} {value} {bound}");

        let tube = Loss::Insensitive { target: &target, insensitive: 0.1 };
        let mut solution = dual.nothing();
        assert!(dual.descend(tube, c, &rows, &mut solution, &FitContext::new(0)));
        let w: f64 = solution.weights.iter().map(|w| w * w).sum();
        let sum: f64 = solution.duals.iter().zip(&target).map(|(b, y)| b * y - 0.1 * b.abs()).sum();
        let (value, bound) = (primal(&dual, tube, c, &solution.weights), sum - 0.5 * w);
        assert!(value >= bound - 1e-9 && value - bound < 1e-3 * value, "tube, {c}: {value} {bound}");

        let mut solution = dual.nothing();
        assert!(dual.solve(tube, c, &rows, &mut solution, &FitContext::new(0)));
        let interior = primal(&dual, tube, c, &solution.weights);
        let is_best = interior >= bound - 1e-9 && interior <= value * (1.0 + 2e-5);
        assert!(is_best, "tube by interior points, {c}: {interior} {value} {bound}");
    }
}

#[test]
fn probabilities_are_as_sure_as_they_may_be() {
    let matrix = numbers(3000, 3);
    let Column::Numeric(first) = &*matrix.columns()[0] else { panic!("a number") };
    let mut rng = rng(9);
    let truth: Vec<f64> = first.iter().map(|&x| 1.0 / (1.0 + (-1.5 * f64::from(x)).exp())).collect();
    let labels: Vec<u32> = truth.iter().map(|p| u32::from(rng.random::<f64>() < *p)).collect();
    let target = Target::Classes { labels, n_classes: 2 };
    let data = TrainData { x: matrix.view(), target: &target, weights: None, valid: None };
    let model = Learner::fit(&LinearSvm, &LinearSvmParams::default(), &data, &mut FitContext::new(1)).unwrap().model;
    model.validate(3).unwrap();
    let damaged = LinearSvmModel { curves: vec![Curve { floor: 0.7, ceiling: 0.0 }], ..model.clone() };
    assert!(damaged.validate(3).is_err());
    // A model of former versions has neither parts nor curves.
    let former = rmp_serde::to_vec_named(&LinearModel::new(model.linear.head.clone(), &design(&matrix), &[1.0; 4], 1.0, 0.0));
    let read: LinearSvmModel = rmp_serde::from_slice(&former.unwrap()).unwrap();
    assert!(read.curves.is_empty() && read.validate(3).is_ok() && read.contributions(matrix.view()).is_some());
    let off = model.predict(matrix.view()).column(1).zip(&truth).map(|(p, t)| (p - t).abs()).sum::<f64>() / 3000.0;
    assert!(off < 0.03, "{off}");
}

#[test]
fn outliers_move_it_little() {
    let matrix = numbers(500, 2);
    let Column::Numeric(first) = &*matrix.columns()[0] else { panic!("a number") };
    let values = first.iter().enumerate().map(|(i, &x)| f64::from(x) + if i % 50 == 0 { 1000.0 } else { 0.0 }).collect();
    let target = Target::Numbers(values);
    let data = TrainData { x: matrix.view(), target: &target, weights: None, valid: None };
    let params = LinearSvmParams { c: Some(1.0), insensitive: 0.0, tolerance: 1e-4, ..LinearSvmParams::default() };
    let model = Learner::fit(&LinearSvm, &params, &data, &mut FitContext::new(1)).unwrap().model;
    let off = model.predict(matrix.view()).column(0).zip(first).map(|(p, &x)| (p - f64::from(x)).abs()).sum::<f64>() / 500.0;
    assert!(off < 1.0, "{off}");
}
