use std::sync::Arc;

use automl_core::clock::Deadline;
use automl_core::fit_context::{FitContext, Monitor, Signal};
use automl_core::learner::{DynLearner, Learner, Model, TrainData};
use automl_core::matrix::{Column, Matrix};
use automl_core::predictions::Predictions;
use automl_core::seed;
use automl_core::task::Target;
use rand::RngExt;
use smartcore::ensemble::random_forest_regressor::{RandomForestRegressor, RandomForestRegressorParameters};
use smartcore::linalg::basic::matrix::DenseMatrix;

use super::tree::{CODES, LEAF};
use super::*;

const LEARNERS: [&dyn DynLearner; 2] = [&RandomForest, &ExtraTrees];

fn uniform_columns(rows: usize, width: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut rng = seed::rng(seed);
    (0..width).map(|_| (0..rows).map(|_| rng.random_range(0.0..1.0f32)).collect()).collect()
}

fn matrix(columns: &[Vec<f32>]) -> Matrix {
    let rows = columns.first().map_or(0, Vec::len);
    Matrix::new(rows, columns.iter().map(|c| Arc::new(Column::Numeric(c.clone()))).collect()).unwrap()
}

/// The first function of Friedman, *Multivariate Adaptive Regression Splines* (1991): five of ten features
/// matter, the noise has deviation 1.
fn friedman(rows: usize, seed: u64) -> (Vec<Vec<f32>>, Vec<f64>) {
    let columns = uniform_columns(rows, 10, seed);
    let mut rng = seed::rng(seed + 1);
    let y = (0..rows)
        .map(|i| {
            let x: Vec<f64> = columns.iter().map(|c| f64::from(c[i])).collect();
            let noise: f64 = (0..12).map(|_| rng.random_range(-0.5..0.5)).sum();
            let wave = (std::f64::consts::PI * x[0] * x[1]).sin();
            10.0 * wave + 20.0 * (x[2] - 0.5).powi(2) + 10.0 * x[3] + 5.0 * x[4] + noise
        })
        .collect();
    (columns, y)
}

/// Numbers with missing values and categories with 30 levels, of which both matter; for three tasks.
fn mixed(rows: usize, seed: u64) -> (Matrix, [Target; 3]) {
    let mut rng = seed::rng(seed);
    let mut columns = uniform_columns(rows, 3, seed + 1);
    let codes: Vec<u32> = (0..rows).map(|_| rng.random_range(0..31)).collect();
    let score: Vec<f64> = (0..rows)
        .map(|i| f64::from(columns[0][i]) * 2.0 + f64::from(codes[i] * 7 % 31) / 15.0 + rng.random_range(-0.3..0.3))
        .collect();
    (0..rows).filter(|i| i % 7 == 0).for_each(|i| columns[1][i] = f32::NAN);
    let mut all: Vec<Arc<Column>> = columns.into_iter().map(|c| Arc::new(Column::Numeric(c))).collect();
    all.push(Arc::new(Column::Codes { codes, levels: 30 }));
    let labels = |n: u32| Target::Classes {
        labels: score.iter().map(|s| ((s / 4.2 * f64::from(n)).max(0.0) as u32).min(n - 1)).collect(),
        n_classes: n as usize,
    };
    let targets = [labels(2), labels(4), Target::Numbers(score.iter().map(|s| 1e6 + s).collect())];
    (Matrix::new(rows, all).unwrap(), targets)
}

fn fit(learner: &dyn DynLearner, json: &[(&str, f64)], matrix: &Matrix, target: &Target) -> (Predictions, Predictions) {
    let mut params = learner.default_params();
    for (name, value) in json {
        let whole = value.fract() == 0.0 && *name != "max_features" && *name != "bootstrap";
        params.insert((*name).to_owned(), if whole { (*value as u64).into() } else { (*value).into() });
    }
    let data = TrainData { x: matrix.view(), target, weights: None, valid: None };
    let fitted = learner.fit(&params, &data, &mut FitContext::new(3)).unwrap();
    fitted.model.validate(matrix.columns().len()).unwrap();
    let (predictions, held_out) = (fitted.model.predict(matrix.view()), fitted.held_out.unwrap());
    let classes = target.kind().is_classification().then_some(target.width());
    predictions.validate(matrix.rows(), classes).unwrap();
    held_out.validate(matrix.rows(), classes).unwrap();
    (predictions, held_out)
}

fn r2(truth: &[f64], predicted: impl IntoIterator<Item = f64>) -> f64 {
    let mean = truth.iter().sum::<f64>() / truth.len() as f64;
    let rest: f64 = truth.iter().zip(predicted).map(|(y, p)| (y - p).powi(2)).sum();
    1.0 - rest / truth.iter().map(|y| (y - mean).powi(2)).sum::<f64>()
}

fn accuracy(target: &Target, predictions: &Predictions) -> f64 {
    let right = predictions.classes().iter().zip(target.labels().unwrap()).filter(|(a, b)| a == b).count();
    right as f64 / target.len() as f64
}

#[test]
fn as_good_as_smartcore_on_friedman() {
    let ((train, y), (test, y_test)) = (friedman(500, 1), friedman(1000, 11));
    let rows = |columns: &[Vec<f32>]| -> DenseMatrix<f64> {
        let row = |i| columns.iter().map(|c| f64::from(c[i])).collect::<Vec<f64>>();
        DenseMatrix::from_2d_vec(&(0..columns[0].len()).map(row).collect()).unwrap()
    };
    let mut params = RandomForestRegressorParameters::default().with_n_trees(60).with_m(5);
    params.seed = 5;
    let oracle = RandomForestRegressor::fit(&rows(&train), &y, params).unwrap();
    let theirs = r2(&y_test, oracle.predict(&rows(&test)).unwrap());
    let (x, x_test) = (matrix(&train), matrix(&test));
    let target = Target::Numbers(y);
    for learner in LEARNERS {
        let mut params = learner.default_params();
        params.insert("trees".to_owned(), 60.into());
        let data = TrainData { x: x.view(), target: &target, weights: None, valid: None };
        let fitted = learner.fit(&params, &data, &mut FitContext::new(1)).unwrap();
        let ours = r2(&y_test, fitted.model.predict(x_test.view()).values().iter().copied());
        assert!(ours > theirs - 0.02, "{}: {ours:.3}, smartcore {theirs:.3}", learner.id());
        let honest = r2(target.numbers().unwrap(), fitted.held_out.unwrap().values().iter().copied());
        assert!((honest - ours).abs() < 0.06, "out of bag {honest:.3}, on new rows {ours:.3}");
    }
}

#[test]
fn out_of_bag_predictions_of_noise_are_no_better_than_chance() {
    let mut rng = seed::rng(21);
    let x = matrix(&uniform_columns(1000, 5, 20));
    let labels = Target::Classes { labels: (0..1000).map(|_| rng.random_range(0..2)).collect(), n_classes: 2 };
    let three = Target::Classes { labels: (0..1000).map(|_| rng.random_range(0..3)).collect(), n_classes: 3 };
    let numbers = Target::Numbers((0..1000).map(|_| rng.random_range(-1.0..1.0)).collect());
    for learner in LEARNERS {
        let (seen, held_out) = fit(learner, &[("trees", 40.0)], &x, &labels);
        assert!((accuracy(&labels, &held_out) - 0.5).abs() < 0.05, "{}", accuracy(&labels, &held_out));
        assert!(accuracy(&labels, &seen) > 0.8, "the trees are deep");
        let (_, held_out) = fit(learner, &[("trees", 40.0)], &x, &three);
        assert!((accuracy(&three, &held_out) - 1.0 / 3.0).abs() < 0.05);
        let (_, held_out) = fit(learner, &[("trees", 40.0)], &x, &numbers);
        assert!(r2(numbers.numbers().unwrap(), held_out.column(0)) < 0.02);
    }
}

#[test]
fn numbers_missing_values_and_categories_are_learned() {
    let (x, targets) = mixed(1500, 30);
    for learner in LEARNERS {
        let scores: Vec<f64> = targets
            .iter()
            .map(|target| {
                let (_, held_out) = fit(learner, &[("trees", 60.0), ("max_features", 0.7)], &x, target);
                target.numbers().map_or_else(|| accuracy(target, &held_out), |y| r2(y, held_out.column(0)))
            })
            .collect();
        for (score, floor) in scores.iter().zip([0.9, 0.75, 0.9]) {
            assert!(*score > floor, "{}: {scores:?}", learner.id());
        }
    }
}

#[test]
fn a_missing_value_that_says_all_is_used() {
    let mut columns = uniform_columns(300, 2, 40);
    (0..300).filter(|i| i % 3 == 0).for_each(|i| columns[1][i] = f32::NAN);
    let x = matrix(&columns);
    let target = Target::Classes { labels: (0..300).map(|i| u32::from(i % 3 == 0)).collect(), n_classes: 2 };
    for learner in LEARNERS {
        let (_, held_out) = fit(learner, &[("trees", 50.0), ("max_features", 1.0)], &x, &target);
        assert!(accuracy(&target, &held_out) > 0.97, "{}", learner.id());
    }
}

#[test]
fn bins_and_raw_values_lead_to_the_same_leaves() {
    let (x, targets) = mixed(300, 50);
    for target in &targets {
        let data = TrainData { x: x.view(), target, weights: None, valid: None };
        let params = ForestParams { trees: 1, bootstrap: 0.6, ..ForestParams::default() };
        let fitted = Learner::fit(&RandomForest, &params, &data, &mut FitContext::new(9)).unwrap();
        let (raw, held_out) = (fitted.model.predict(x.view()), fitted.held_out.unwrap());
        let same = (0..300).filter(|&i| raw.row(i) == held_out.row(i)).count();
        let prior = (0..300).filter(|&i| held_out.row(i) == fitted.model.prior).count();
        // One tree: a row has the prediction of the tree, or it was drawn and has the prior.
        assert!(same + prior >= 300 && same > 120, "{same} and {prior}");
    }
}

#[test]
fn weights_move_the_predictions() {
    let x = matrix(&[vec![0.0; 200]]);
    let target = Target::Numbers((0..200).map(|i| f64::from(i % 2)).collect());
    let weights: Vec<f64> = (0..200).map(|i| if i % 2 == 1 { 9.0 } else { 1.0 }).collect();
    for learner in LEARNERS {
        let data = TrainData { x: x.view(), target: &target, weights: Some(&weights), valid: None };
        let fitted = learner.fit(&learner.default_params(), &data, &mut FitContext::new(0)).unwrap();
        assert!((fitted.model.predict(x.view()).row(0)[0] - 0.9).abs() < 0.01);
    }
}

#[test]
fn the_bits_do_not_depend_on_the_threads() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    let (_, targets) = mixed(400, 60);
    for target in &targets {
        for learner in LEARNERS {
            let mut params = learner.default_params();
            params.insert("trees".to_owned(), 25.into());
            let fit = |ctx: &mut FitContext<'_>| {
                let (x, _) = mixed(400, 60);
                let data = TrainData { x: x.view(), target, weights: None, valid: None };
                let fitted = learner.fit(&params, &data, ctx).unwrap();
                (fitted.model.to_bytes().unwrap(), fitted.held_out)
            };
            assert_eq!(fit(&mut FitContext::new(4)), fit(&mut FitContext::new(4).with_pool(&pool)));
            assert_ne!(fit(&mut FitContext::new(4)).0, fit(&mut FitContext::new(5)).0);
        }
    }
}

/// Keeps the reports, calls the second the best and stops after the third.
#[derive(Default)]
struct Second(Vec<(u32, Predictions)>);

impl Monitor for Second {
    fn report(&mut self, step: u32, predictions: &Predictions) -> Signal {
        self.0.push((step, predictions.clone()));
        if self.0.len() == 3 { Signal::Stop } else { Signal::Continue }
    }

    fn best_step(&self) -> Option<u32> {
        self.0.get(1).map(|(step, _)| *step)
    }
}

#[test]
fn reports_are_what_the_model_of_that_step_predicts() {
    let (x, targets) = mixed(300, 70);
    let rows: Vec<u32> = (0..300).collect();
    let (train, valid) = rows.split_at(200);
    for target in &targets {
        let y = target.select(train);
        let data = TrainData { x: x.select(train), target: &y, weights: None, valid: Some(x.select(valid)) };
        let mut monitor = Second::default();
        let mut ctx = FitContext::new(0).with_monitor(&mut monitor);
        let fitted = Learner::fit(&ExtraTrees, &ForestParams::default(), &data, &mut ctx).unwrap();
        assert_eq!(monitor.0.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [10, 20, 30]);
        assert_eq!(fitted.model.trees.len(), 20);
        assert_eq!(fitted.model.predict(x.select(valid)), monitor.0[1].1);
        assert!(fitted.held_out.is_none());
    }
}

#[test]
fn a_deadline_leaves_the_trees_that_are_ready_or_an_error() {
    let (x, targets) = mixed(300, 80);
    let data = TrainData { x: x.view(), target: &targets[0], weights: None, valid: None };
    let fit = |polls| {
        let mut ctx = FitContext::new(0).with_deadline(Deadline::after_polls(polls));
        Learner::fit(&RandomForest, &ForestParams::default(), &data, &mut ctx)
    };
    assert!(fit(0).unwrap_err().to_string().contains("no tree before the deadline"));
    assert_eq!(fit(4).unwrap().model.trees.len(), 4);
    let many = fit(60).unwrap();
    assert!((50..60).contains(&many.model.trees.len()));
    many.held_out.unwrap().validate(300, Some(2)).unwrap();
}

#[test]
fn odd_targets_and_matrices_are_fitted() {
    let full = matrix(&uniform_columns(20, 3, 90));
    let empty = Matrix::new(20, vec![]).unwrap();
    let blank = matrix(&[vec![2.5; 20], vec![f32::NAN; 20]]);
    let targets = [
        Target::Numbers(vec![3.25; 20]),
        Target::Classes { labels: vec![1; 20], n_classes: 2 },
        Target::Classes { labels: vec![2; 20], n_classes: 4 },
        Target::Classes { labels: (0..20).map(|i| i % 3).collect(), n_classes: 5 },
        Target::Numbers((0..20).map(f64::from).collect()),
    ];
    for learner in LEARNERS {
        for target in &targets {
            for x in [&full, &empty, &blank] {
                let (predictions, _) = fit(learner, &[("trees", 5.0), ("min_rows_leaf", 1.0)], x, target);
                if target.numbers() == Some(&[3.25; 20]) {
                    assert!(predictions.values().iter().all(|p| *p == 3.25));
                }
            }
            for rows in [&[4u32][..], &[]] {
                let y = target.select(rows);
                let data = TrainData { x: full.select(rows), target: &y, weights: None, valid: None };
                let fitted = learner.fit(&learner.default_params(), &data, &mut FitContext::new(0)).unwrap();
                let classes = target.kind().is_classification().then_some(target.width());
                fitted.model.predict(full.view()).validate(20, classes).unwrap();
                fitted.held_out.unwrap().validate(rows.len(), classes).unwrap();
            }
        }
    }
}

#[test]
fn single_rows_are_predicted_as_in_a_batch() {
    let (x, targets) = mixed(200, 100);
    for target in &targets {
        let data = TrainData { x: x.view(), target, weights: None, valid: None };
        let model = Learner::fit(&ExtraTrees, &ForestParams::default(), &data, &mut FitContext::new(0)).unwrap().model;
        let batch = model.predict(x.view());
        for i in 0..200u32 {
            assert_eq!(model.predict(x.select(&[i])).values(), batch.row(i as usize));
        }
        // The other kind of column and codes never seen are no reason to fail.
        let strange = [Column::Codes { codes: vec![9, 0], levels: 9 }, Column::Numeric(vec![f32::INFINITY, f32::NAN])];
        let codes = [vec![f32::MAX, -1.0], vec![f32::NAN, 1e-40]].map(Column::Numeric);
        let strange = Matrix::new(2, strange.into_iter().chain(codes).map(Arc::new).collect()).unwrap();
        model.predict(strange.view()).validate(2, model.n_classes).unwrap();
    }
}

#[test]
fn leaves_stay_below_their_limits() {
    let (columns, y) = friedman(2000, 110);
    let (x, target) = (matrix(&columns), Target::Numbers(y));
    let data = TrainData { x: x.view(), target: &target, weights: None, valid: None };
    let leaves = |params: &ForestParams, memory: u64| {
        let mut ctx = FitContext::new(0);
        ctx.memory_bytes = memory;
        let model = Learner::fit(&RandomForest, params, &data, &mut ctx).unwrap().model;
        model.trees.iter().map(|t| t.features.iter().filter(|f| *f & LEAF != 0).count()).max().unwrap()
    };
    let params = ForestParams { trees: 10, min_rows_leaf: 1, ..ForestParams::default() };
    assert!(leaves(&params, u64::MAX) > 1000);
    assert!((20..=50).contains(&leaves(&ForestParams { leaves_max: 50, ..params.clone() }, u64::MAX)));
    // 2 × 10 trees × 24 bytes × 100 leaves.
    assert!((40..=100).contains(&leaves(&params, 48_000)));
    assert!(leaves(&ForestParams { max_depth: 3, ..params.clone() }, u64::MAX) <= 8);
}

#[test]
fn a_saved_model_predicts_the_same() {
    let (x, targets) = mixed(200, 120);
    for learner in LEARNERS {
        for target in &targets {
            let data = TrainData { x: x.view(), target, weights: None, valid: None };
            let fitted = learner.fit(&learner.default_params(), &data, &mut FitContext::new(0)).unwrap();
            let bytes = fitted.model.to_bytes().unwrap();
            let loaded = learner.load(&bytes).unwrap();
            loaded.validate(4).unwrap();
            assert_eq!(loaded.predict(x.view()), fitted.model.predict(x.view()));
            assert!(loaded.validate(2).is_err());
            assert!(learner.load(&bytes[..bytes.len() - 3]).is_err());
        }
    }
}

#[test]
fn corrupted_models_are_refused() {
    let (x, targets) = mixed(300, 130);
    type Damage = fn(&mut Tree);
    let damages: [Damage; 9] = [
        |t| t.rights[0] = 0,
        |t| t.rights[0] = 1,
        |t| t.rights[0] = t.features.len() as u32,
        |t| t.features[0] = 4,
        |t| t.features[0] = CODES | 1000,
        |t| t.thresholds[0] = f32::NAN,
        |t| t.ranks[0].column = 4,
        |t| t.ranks[0].ranks.clear(),
        |t| *t = Tree::default(),
    ];
    for target in &targets {
        let data = TrainData { x: x.view(), target, weights: None, valid: None };
        let params = ForestParams { trees: 3, ..ForestParams::default() };
        let model = Learner::fit(&RandomForest, &params, &data, &mut FitContext::new(0)).unwrap().model;
        model.validate(4).unwrap();
        for damage in damages {
            let mut broken = model.clone();
            damage(&mut broken.trees[1]);
            assert!(broken.validate(4).is_err());
        }
        let leaf = model.trees[0].features.iter().position(|f| f & LEAF != 0).unwrap();
        let mut broken = model.clone();
        (broken.trees[0].thresholds[leaf], broken.trees[0].rights[leaf]) = (f32::NAN, u32::MAX);
        assert!(broken.validate(4).is_err());
        let mut broken = model.clone();
        broken.prior.push(0.0);
        assert!(broken.validate(4).is_err());
    }
}

#[test]
fn parameters_out_of_range_are_refused() {
    let (x, targets) = mixed(20, 140);
    let data = TrainData { x: x.view(), target: &targets[0], weights: None, valid: None };
    let default = ForestParams::default();
    for params in [
        ForestParams { trees: 0, ..default.clone() },
        ForestParams { max_features: Some(1.5), ..default.clone() },
        ForestParams { bootstrap: f64::NAN, ..default.clone() },
    ] {
        let error = Learner::fit(&ExtraTrees, &params, &data, &mut FitContext::new(0)).unwrap_err();
        assert!(error.to_string().contains("extra_trees"), "{error}");
    }
}
