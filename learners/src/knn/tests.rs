use std::sync::Arc;

use automl_core::fit_context::FitContext;
use automl_core::learner::{Fitted, Learner, Model, TrainData};
use automl_core::matrix::{Column, Matrix};
use automl_core::seed::rng;
use automl_core::task::Target;
use proptest::prelude::*;
use rand::RngExt;

use super::nearest::nearest;
use super::{Knn, KnnModel, KnnParams, Layout, Weighting};

fn numbers(rows: usize, columns: usize, seed: u64) -> Matrix {
    let mut rng = rng(seed);
    let column = |_| Arc::new(Column::Numeric((0..rows).map(|_| rng.random_range(-9..9) as f32).collect()));
    Matrix::new(rows, (0..columns).map(column).collect()).unwrap()
}

fn fit(matrix: &Matrix, target: &Target, params: &KnnParams) -> Fitted<KnnModel> {
    let data = TrainData { x: matrix.view(), target, weights: None, valid: None };
    let fitted = Learner::fit(&Knn, params, &data, &mut FitContext::new(1)).unwrap();
    fitted.model.validate(matrix.columns().len()).unwrap();
    fitted
}

/// Every distance by itself, in double precision, and all of them sorted.
fn by_hand(layout: &Layout, rows: &[f32], query: &[f32], wanted: usize) -> Vec<u32> {
    let square = |row: &[f32]| -> f64 {
        let pairs = row.iter().zip(query).enumerate();
        pairs
            .map(|(j, (a, b))| if j < layout.numbers.len() { f64::from(a - b).powi(2) } else { f64::from(u8::from(a != b)) })
            .sum()
    };
    let mut all: Vec<(f64, u32)> = rows.chunks_exact(layout.width()).map(square).zip(0..).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    all.truncate(wanted);
    all.into_iter().map(|(_, reference)| reference).collect()
}

proptest! {
    #[test]
    fn finds_the_nearest(rows in 1usize..200, columns in 1usize..6, wanted in 1usize..40, seed in 0u64..1000) {
        let mut columns = numbers(rows, columns, seed).columns().to_vec();
        columns.push(Arc::new(Column::Codes { codes: (0..rows as u32).map(|i| i * 7 % 5).collect(), levels: 4 }));
        let matrix = Matrix::new(rows, columns).unwrap();
        let layout = Layout::new(matrix.view(), None).unwrap();
        let (panels, queries) = (layout.panels(matrix.view()), layout.rows(matrix.view()));
        let query = (seed as usize % rows) * layout.width();
        let query = &queries[query..query + layout.width()];
        let found = nearest(&layout, &panels, query, wanted).remove(0);
        let distance = |r: u32| found.iter().find(|n| n.reference == r).map(|n| n.square);
        // Ties that double precision breaks are no difference.
        for expected in by_hand(&layout, &queries, query, wanted.min(found.len())) {
            let last = found[found.len() - 1].square;
            let square = distance(expected).unwrap_or_else(|| nearest(&layout, &panels, query, rows).remove(0)
                .into_iter().find(|n| n.reference == expected).unwrap().square);
            prop_assert!(square <= last * 1.0001 + 1e-6);
        }
        prop_assert_eq!(found.len(), wanted.min(rows));
    }
}

#[test]
fn votes_as_neighbours_do() {
    // Standardised, 0 and 10 are as far from 5 as each other, and 4 is nearer than both.
    let matrix = Matrix::new(4, vec![Arc::new(Column::Numeric(vec![0.0, 4.0, 10.0, 5.0]))]).unwrap();
    let target = Target::Numbers(vec![1.0, 2.0, 4.0, 8.0]);
    let params = KnnParams { neighbours: Some(1), smoothing: Some(1e-9), weights: Weighting::Uniform, ..KnnParams::default() };
    let fitted = fit(&matrix, &target, &params);
    let held_out: Vec<f64> = fitted.held_out.unwrap().column(0).collect();
    for (found, expected) in held_out.iter().zip([2.0, 8.0, 8.0, 2.0]) {
        assert!((found - expected).abs() < 1e-6, "{held_out:?}");
    }
    let itself: Vec<f64> = fitted.model.predict(matrix.view()).column(0).collect();
    assert!(itself.iter().zip([1.0, 2.0, 4.0, 8.0]).all(|(a, b)| (a - b).abs() < 1e-6), "{itself:?}");
}

#[test]
fn a_row_at_no_distance_decides_by_distance() {
    let matrix = Matrix::new(3, vec![Arc::new(Column::Numeric(vec![0.0, 1.0, 2.0]))]).unwrap();
    let target = Target::Numbers(vec![3.0, 30.0, 300.0]);
    let params = KnnParams { neighbours: Some(3), smoothing: Some(1e-9), ..KnnParams::default() };
    let predicted: Vec<f64> = fit(&matrix, &target, &params).model.predict(matrix.view()).column(0).collect();
    assert!(predicted.iter().zip([3.0, 30.0, 300.0]).all(|(a, b)| (a / b - 1.0).abs() < 1e-6), "{predicted:?}");
}

#[test]
fn held_out_predictions_are_those_without_the_row() {
    let matrix = numbers(60, 3, 5);
    let labels: Vec<u32> = (0..60).map(|i| i * 11 % 3).collect();
    let target = Target::Classes { labels: labels.clone(), n_classes: 3 };
    let params = KnnParams { neighbours: Some(4), smoothing: Some(1.0), ..KnnParams::default() };
    let fitted = fit(&matrix, &target, &params);
    let held_out = fitted.held_out.unwrap();
    for left_out in [0usize, 17, 59] {
        let others: Vec<u32> = (0..60).filter(|&i| i != left_out as u32).collect();
        let mut model = fitted.model.clone();
        model.references.panels = model.layout.panels(matrix.select(&others));
        model.references.answers = super::Answers::of(&target, &others);
        let alone = [left_out as u32];
        assert_eq!(model.predict(matrix.select(&alone)).row(0), held_out.row(left_out));
    }
}

#[test]
fn few_references_are_drawn() {
    let matrix = numbers(500, 2, 3);
    let target = Target::Numbers((0..500).map(f64::from).collect());
    let fitted = fit(&matrix, &target, &KnnParams { references_max: 100, ..KnnParams::default() });
    assert_eq!(fitted.model.references.panels.rows, 100);
    assert_eq!(fitted.held_out.unwrap().rows(), 500);
}

#[test]
fn leave_one_out_takes_more_neighbours_where_there_is_more_noise() {
    let matrix = Matrix::new(400, vec![Arc::new(Column::Numeric((0..400).map(|i| i as f32).collect()))]).unwrap();
    let mut rng = rng(9);
    let mut chosen = |noise: f64| {
        let values = (0..400).map(|i| (f64::from(i) / 40.0).sin() + noise * (rng.random::<f64>() - 0.5)).collect();
        fit(&matrix, &Target::Numbers(values), &KnnParams::default()).model.vote.neighbours
    };
    assert!(chosen(0.0) < chosen(4.0));
}
