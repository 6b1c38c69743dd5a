//! Tests of boosting: its kernels against slow twins, its trees against what they must find.

use std::sync::Arc;

use automl_core::fit_context::{FitContext, Monitor, Signal};
use automl_core::learner::{Learner, Model, TrainData};
use automl_core::matrix::{Column, Matrix};
use automl_core::predictions::Predictions;
use automl_core::seed::rng;
use automl_core::task::Target;
use proptest::prelude::*;
use rand::RngExt;

use super::histogram::Histogram;
use super::objective::Gradient;
use super::split::{Finder, Leaf};
use super::{Gbdt, GbdtParams};
use crate::bins::Bins;
use crate::trees::Rule;

fn numeric(columns: Vec<Vec<f32>>) -> Matrix {
    let rows = columns[0].len();
    Matrix::new(rows, columns.into_iter().map(|c| Arc::new(Column::Numeric(c))).collect()).unwrap()
}

fn bins(matrix: &Matrix) -> Arc<Bins> {
    Bins::of(matrix.view(), 255, &FitContext::new(0)).unwrap()
}

/// Columns of few distinct values, some missing, and a gradient per row.
fn tables() -> impl Strategy<Value = (Vec<Vec<f32>>, Vec<Gradient>)> {
    (1usize..4, 4usize..60).prop_flat_map(|(columns, rows)| {
        let value = prop_oneof![4 => (0i8..12).prop_map(f32::from), 1 => Just(f32::NAN)];
        let column = prop::collection::vec(value, rows);
        let gradient = (-3.0f32..3.0, 0.1f32..2.0).prop_map(|(g, h)| [g, h]);
        (prop::collection::vec(column, columns), prop::collection::vec(gradient, rows))
    })
}

fn loose() -> GbdtParams {
    GbdtParams { min_data_in_leaf: 0, min_sum_hessian: 0.0, lambda_l2: 0.5, ..GbdtParams::default() }
}

fn sums(gradients: &[Gradient], rows: impl Iterator<Item = usize>) -> [f64; 2] {
    rows.fold([0.0; 2], |s, i| [s[0] + f64::from(gradients[i][0]), s[1] + f64::from(gradients[i][1])])
}

proptest! {
    /// The best split from histograms is the best of all thresholds tried one by one on the raw values.
    #[test]
    fn the_best_split_is_found((columns, gradients) in tables()) {
        let params = loose();
        let matrix = numeric(columns.clone());
        let (bins, rows) = (bins(&matrix), columns[0].len());
        let all: Vec<u32> = (0..rows as u32).collect();
        let used: Vec<usize> = (0..columns.len()).collect();
        let mut histogram = Histogram::new(columns.len());
        histogram.build(&bins, &all, &all, &gradients, &used);
        let total = sums(&gradients, 0..rows);
        let mut finder = Finder::new(&params, Leaf { sums: total, rows });
        for &j in &used {
            finder.try_feature(j, &bins.features[j], histogram.feature(j), &mut rng(0));
        }

        let gain_of = |s: [f64; 2]| s[0] * s[0] / (s[1] + params.lambda_l2);
        let mut best: f64 = 0.0;
        for column in &columns {
            let mut cuts: Vec<f32> = column.iter().copied().filter(|v| !v.is_nan()).collect();
            cuts.sort_by(f32::total_cmp);
            cuts.dedup();
            for cut in cuts {
                for missing_left in [false, true] {
                    let left = |i: &usize| if column[*i].is_nan() { missing_left } else { column[*i] <= cut };
                    let inside = sums(&gradients, (0..rows).filter(left));
                    let outside = [total[0] - inside[0], total[1] - inside[1]];
                    // Both sides need rows.
                    if inside[1] > 1e-6 && outside[1] > 1e-6 {
                        best = best.max(gain_of(inside) + gain_of(outside) - gain_of(total));
                    }
                }
            }
        }
        let found = finder.best().map_or(0.0, |s| s.gain);
        prop_assert!((found - best).abs() <= 1e-6 * (1.0 + best), "found {}, best {}", found, best);
    }

    /// A parent without one child is the other child, and a list of features gives what whole rows give.
    #[test]
    fn histograms_subtract((columns, gradients) in tables(), cut in 0usize..60) {
        let matrix = numeric(columns.clone());
        let bins = bins(&matrix);
        let places: Vec<u32> = (0..columns[0].len() as u32).collect();
        let (left, right) = places.split_at(cut.min(places.len()));
        let used: Vec<usize> = (0..columns.len()).collect();
        let build = |rows: &[u32], used: &[usize]| {
            let mut histogram = Histogram::new(columns.len());
            histogram.build(&bins, &places, rows, &gradients, used);
            histogram
        };
        let mut parent = build(&places, &used);
        parent.subtract(&build(left, &used), &bins, &used);
        for &j in &used {
            let (direct, single) = (build(right, &used), build(right, &[j]));
            for bin in 0..bins.features[j].count() {
                for k in 0..2 {
                    prop_assert!((parent.feature(j)[bin][k] - direct.feature(j)[bin][k]).abs() < 1e-9);
                    prop_assert_eq!(single.feature(j)[bin][k], direct.feature(j)[bin][k]);
                }
            }
        }
    }
}

#[test]
fn sets_of_categories_are_found() {
    // Of forty categories, those divisible by three are high: no order of the codes tells that.
    let mut rng = rng(4);
    let codes: Vec<u32> = (0..8000).map(|_| rng.random_range(1..=40)).collect();
    let target = Target::Numbers(codes.iter().map(|c| if c % 3 == 0 { 5.0 } else { -1.0 }).collect());
    let matrix = Matrix::new(codes.len(), vec![Arc::new(Column::Codes { codes: codes.clone(), levels: 40 })]).unwrap();
    let data = TrainData { x: matrix.view(), target: &target, weights: None, valid: None };
    let params = GbdtParams {
        iterations: 1,
        learning_rate: 1.0,
        num_leaves: 2,
        cat_l2: 0.0,
        lambda_l2: 0.0,
        bagging_fraction: 1.0,
        ..GbdtParams::default()
    };
    let model = Gbdt.fit(&params, &data, &mut FitContext::new(0)).unwrap().model;
    let predicted = model.predict(matrix.view());
    for (i, truth) in target.numbers().unwrap().iter().enumerate() {
        assert!((predicted.row(i)[0] - truth).abs() < 1e-6, "code {} is predicted as {}", codes[i], predicted.row(i)[0]);
    }
}

#[test]
fn rules_send_missing_values_where_they_were_told() {
    let rule = |missing_left| Rule::UpTo { bin: 3, missing_left };
    assert!(rule(true).goes_left(9, Some(9)) && !rule(false).goes_left(9, Some(9)));
    assert!(rule(false).goes_left(3, Some(9)) && !rule(true).goes_left(4, Some(9)));
}

/// Stops at a step and says that another one was best.
struct Judge {
    stop: u32,
    best: u32,
    reported: Vec<Predictions>,
}

impl Monitor for Judge {
    fn report(&mut self, step: u32, predictions: &Predictions) -> Signal {
        self.reported.push(predictions.clone());
        if step >= self.stop { Signal::Stop } else { Signal::Continue }
    }
    fn best_step(&self) -> Option<u32> {
        Some(self.best)
    }
}

#[test]
fn the_best_prefix_is_the_model() {
    let mut rng = rng(8);
    let columns: Vec<Vec<f32>> = (0..4).map(|_| (0..500).map(|_| rng.random::<f32>()).collect()).collect();
    let labels = |n: u32| (0..500).map(|i| (columns[0][i] * n as f32) as u32).collect::<Vec<_>>();
    for n_classes in [2u32, 4] {
        let (matrix, labels) = (numeric(columns.clone()), labels(n_classes));
        let (train, valid): (Vec<u32>, Vec<u32>) = (0..500).partition(|i| i % 4 != 0);
        let target = Target::Classes { labels, n_classes: n_classes as usize }.select(&train);
        let data = TrainData { x: matrix.select(&train), target: &target, weights: None, valid: Some(matrix.select(&valid)) };
        let mut judge = Judge { stop: 12, best: 7, reported: Vec::new() };
        let model = Gbdt.fit(&GbdtParams::default(), &data, &mut FitContext::new(2).with_monitor(&mut judge)).unwrap().model;
        assert_eq!(judge.reported.len(), 12);
        assert_eq!(model.iterations(), 7);
        model.validate(4).unwrap();
        let predicted = model.predict(matrix.select(&valid));
        for (a, b) in predicted.values().iter().zip(judge.reported[6].values()) {
            assert!((a - b).abs() < 1e-9, "binned and raw walks agree");
        }
    }
}

#[test]
fn fewer_affordable_iterations_raise_the_learning_rate() {
    let shape = automl_core::matrix::Shape { rows: 10_000, columns: 20, width: 20, nonzeros: 0, outputs: 2 };
    let params = GbdtParams::default();
    let cost = Gbdt.cost(&params, shape).work;
    assert_eq!(Gbdt.within(params.clone(), shape, cost), params);
    let rates: Vec<f64> =
        [0.2, 0.05, 0.01, 0.001].iter().map(|share| Gbdt.within(params.clone(), shape, cost * share).learning_rate).collect();
    assert!(rates.is_sorted() && rates[3] <= 0.3 && rates[2] > 2.0 * params.learning_rate, "{rates:?}");
}
