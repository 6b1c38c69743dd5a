use std::sync::Arc;

use automl_core::clock::Deadline;
use automl_core::fit_context::{Monitor, Signal};
use automl_core::learner::{DynLearner, Model};
use automl_core::matrix::{Csr, Matrix, View};
use automl_core::predictions::Predictions;
use automl_core::seed;
use linfa::Dataset;
use linfa::traits::Fit;
use linfa_linear::LinearRegression;
use linfa_logistic::{LogisticRegression, MultiLogisticRegression};
use ndarray::{Array1, Array2};
use proptest::prelude::*;
use rand::RngExt;

use super::*;

/// Columns of mean 0 and deviation 1, so that the penalty means the same with and without standardising.
fn standard_columns(rows: usize, width: usize, seed: u64) -> Vec<Vec<f32>> {
    let mut rng = seed::rng(seed);
    let column = |_| {
        let raw: Vec<f64> = (0..rows).map(|_| rng.random_range(-1.0..1.0) + rng.random_range(-1.0..1.0)).collect();
        let mean = raw.iter().sum::<f64>() / rows as f64;
        let deviation = (raw.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / rows as f64).sqrt();
        raw.iter().map(|v| ((v - mean) / deviation) as f32).collect()
    };
    (0..width).map(column).collect()
}

fn matrix(columns: &[Vec<f32>]) -> Matrix {
    let rows = columns.first().map_or(0, Vec::len);
    Matrix::new(rows, columns.iter().map(|c| Arc::new(Column::Numeric(c.clone()))).collect()).unwrap()
}

fn array(columns: &[Vec<f32>]) -> Array2<f64> {
    Array2::from_shape_fn((columns[0].len(), columns.len()), |(i, j)| f64::from(columns[j][i]))
}

fn margin(columns: &[Vec<f32>], i: usize) -> f64 {
    columns.iter().enumerate().map(|(j, c)| f64::from(c[i]) * ((j % 3) as f64 - 0.8)).sum()
}

fn classes(columns: &[Vec<f32>], n_classes: usize, seed: u64) -> Target {
    let mut rng = seed::rng(seed);
    let label = |i: usize| {
        let noisy = margin(columns, i) + rng.random_range(-2.0..2.0);
        ((noisy + 2.5) / 5.0 * n_classes as f64).clamp(0.0, n_classes as f64 - 1.0) as u32
    };
    Target::Classes { labels: (0..columns[0].len()).map(label).collect(), n_classes }
}

fn numbers(columns: &[Vec<f32>], seed: u64) -> Target {
    let mut rng = seed::rng(seed);
    Target::Numbers((0..columns[0].len()).map(|i| 50.0 + 7.0 * (margin(columns, i) + rng.random_range(-1.0..1.0))).collect())
}

fn exact(l2: f64) -> LinearParams {
    LinearParams { l2: Some(l2), iterations_max: 2000, tolerance: 1e-8, ..LinearParams::default() }
}

fn fit(params: &LinearParams, x: View<'_>, target: &Target, weights: Option<&[f64]>) -> LinearModel {
    let data = TrainData { x, target, weights, valid: None };
    let model = Learner::fit(&Linear, params, &data, &mut FitContext::new(1)).unwrap().model;
    model.validate(x.columns().len()).unwrap();
    let predictions = model.predict(x);
    predictions.validate(x.rows(), target.kind().is_classification().then_some(target.width())).unwrap();
    model
}

fn assert_near(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    for (i, (x, y)) in a.iter().zip(b).enumerate() {
        assert!((x - y).abs() <= tolerance, "value {i}: {x} and {y}");
    }
}

#[test]
fn binary_finds_the_optimum_of_linfa() {
    let columns = standard_columns(400, 6, 1);
    let target = classes(&columns, 2, 2);
    let labels = Array1::from_iter(target.labels().unwrap().iter().map(|&l| l == 1));
    for l2 in [0.1, 5.0, 200.0] {
        let matrix = matrix(&columns);
        let ours = fit(&exact(l2), matrix.view(), &target, None).predict(matrix.view());
        let oracle = LogisticRegression::default().alpha(l2).max_iterations(1000).gradient_tolerance(1e-8);
        let theirs = oracle.fit(&Dataset::new(array(&columns), labels.clone())).unwrap();
        let p = theirs.predict_probabilities(&array(&columns));
        // Which of the labels linfa takes for positive is its own choice.
        let flip = if theirs.labels().pos.class { p.to_vec() } else { p.iter().map(|p| 1.0 - p).collect() };
        assert_near(&ours.column(1).collect::<Vec<_>>(), &flip, 1e-4);
    }
}

#[test]
fn multiclass_finds_the_optimum_of_linfa() {
    let columns = standard_columns(500, 5, 3);
    let target = classes(&columns, 4, 4);
    let labels = Array1::from_iter(target.labels().unwrap().iter().map(|&l| l as usize));
    for l2 in [0.5, 20.0] {
        let matrix = matrix(&columns);
        let ours = fit(&exact(l2), matrix.view(), &target, None).predict(matrix.view());
        let oracle = MultiLogisticRegression::default().alpha(l2).max_iterations(1000).gradient_tolerance(1e-7);
        let theirs = oracle.fit(&Dataset::new(array(&columns), labels.clone())).unwrap();
        let p = theirs.predict_probabilities(&array(&columns));
        assert_near(ours.values(), p.as_slice().unwrap(), 1e-4);
    }
}

/// Least squares on the rows and one row `sqrt(l2)` per coefficient is ridge regression.
#[test]
fn ridge_finds_the_optimum_of_linfa() {
    let columns = standard_columns(200, 7, 5);
    let target = numbers(&columns, 6);
    let y = target.numbers().unwrap();
    let mean = y.iter().sum::<f64>() / 200.0;
    for l2 in [0.01, 3.0, 500.0] {
        let padded = Array2::from_shape_fn((207, 7), |(i, j)| match i.checked_sub(200) {
            None => f64::from(columns[j][i]),
            Some(k) if k == j => f64::sqrt(l2),
            Some(_) => 0.0,
        });
        let centred = Array1::from_shape_fn(207, |i| y.get(i).map_or(0.0, |y| y - mean));
        let theirs = LinearRegression::new().with_intercept(false).fit(&Dataset::new(padded, centred)).unwrap();
        let matrix = matrix(&columns);
        let ours = fit(&exact(l2), matrix.view(), &target, None);
        let coefficients: Vec<f64> = ours.dense.iter().map(|t| t.coefficients[0]).collect();
        assert_near(&coefficients, theirs.params().as_slice().unwrap(), 1e-4);
        assert_near(&ours.intercepts, &[mean], 1e-4);
    }
}

/// One sparse block with the values of dense columns: everything is reached by the descent instead.
fn sparse_of(columns: &[Vec<f32>]) -> Matrix {
    let mut csr = Csr::new(columns.len());
    for i in 0..columns[0].len() {
        csr.push_row(columns.iter().enumerate().map(|(j, c)| (j as u32, c[i])).filter(|e| e.1 != 0.0));
    }
    Matrix::new(columns[0].len(), vec![Arc::new(Column::Sparse(csr))]).unwrap()
}

#[test]
fn sparse_and_dense_find_the_same_optimum() {
    let columns = standard_columns(300, 4, 7);
    for target in [classes(&columns, 2, 8), classes(&columns, 3, 8), numbers(&columns, 8)] {
        let (dense, sparse) = (matrix(&columns), sparse_of(&columns));
        // Four standard columns have a mean square length of four, which the block is scaled by.
        let a = fit(&exact(8.0), dense.view(), &target, None).predict(dense.view());
        let b = fit(&exact(2.0), sparse.view(), &target, None).predict(sparse.view());
        assert_near(a.values(), b.values(), 1e-5);
    }
}

#[test]
fn a_wide_regression_is_solved_by_descent_as_by_normal_equations() {
    let narrow = standard_columns(60, 20, 9);
    let target = numbers(&narrow, 10);
    // Columns of constants are ignored, so only the padding decides for the other solver.
    let mut wide = narrow.clone();
    wide.extend(standard_columns(60, 600, 11).into_iter().map(|c| c.iter().map(|v| v * 1e-3).collect()));
    let matrix = matrix(&wide);
    let by_descent = fit(&exact(10.0), matrix.view(), &target, None);
    // The kernel form of ridge regression is an independent way to the same solution.
    let n = 60;
    let x: Vec<Vec<f64>> = (0..n)
        .map(|i| {
            let terms = by_descent.dense.iter();
            terms.map(|t| f64::from(wide[t.column][i]) - t.mean).collect()
        })
        .collect();
    let scales: Vec<f64> = (0..620).map(|j| (x.iter().map(|r| r[j] * r[j]).sum::<f64>() / n as f64).sqrt()).collect();
    let y = target.numbers().unwrap();
    let mean = y.iter().sum::<f64>() / n as f64;
    let residual: Vec<f64> = by_descent.predict(matrix.view()).values().iter().zip(y).map(|(p, y)| y - p).collect();
    // At the optimum the coefficient of every standardised feature is its product with the residuals / l2.
    for j in [0, 5, 19, 300, 619] {
        let product: f64 = (0..n).map(|i| x[i][j] / scales[j] * residual[i]).sum();
        let coefficient = by_descent.dense[j].coefficients[0] * scales[j];
        assert!((product / 10.0 - coefficient).abs() < 1e-3, "{j}: {} and {coefficient}", product / 10.0);
    }
    assert!((by_descent.intercepts[0] - mean).abs() < 1e-3);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn a_row_twice_is_a_row_of_weight_two(seed in 0u64..1000, kind in 0usize..3) {
        let columns = standard_columns(40, 3, seed);
        let target = [classes(&columns, 2, seed), classes(&columns, 3, seed), numbers(&columns, seed)][kind].clone();
        let weights: Vec<f64> = (0..40).map(|i| if i % 3 == 0 { 2.0 } else { 1.0 }).collect();
        let rows: Vec<u32> = (0..40).chain((0..40).filter(|i| i % 3 == 0)).collect();
        let matrix = matrix(&columns);
        let weighted = fit(&exact(1.0), matrix.view(), &target, Some(&weights)).predict(matrix.view());
        let repeated = fit(&exact(1.0), matrix.select(&rows), &target.select(&rows), None).predict(matrix.view());
        assert_near(weighted.values(), repeated.values(), 1e-6);
    }
}

/// Judges by log loss or squared error of known targets and keeps every report.
struct Judge<'a> {
    target: &'a Target,
    losses: Vec<f64>,
    stop_after: usize,
}

impl Monitor for Judge<'_> {
    fn report(&mut self, step: u32, predictions: &Predictions) -> Signal {
        assert_eq!(step as usize, self.losses.len() + 1);
        let loss = |(i, row): (usize, &[f64])| match self.target {
            Target::Classes { labels, .. } => -row[labels[i] as usize].max(1e-12).ln(),
            Target::Numbers(y) => (row[0] - y[i]).powi(2),
        };
        self.losses.push(predictions.iter().enumerate().map(loss).sum());
        if self.losses.len() >= self.stop_after { Signal::Stop } else { Signal::Continue }
    }

    fn best_step(&self) -> Option<u32> {
        let best = (0..self.losses.len()).min_by(|a, b| self.losses[*a].total_cmp(&self.losses[*b]));
        best.map(|b| b as u32 + 1)
    }
}

#[test]
fn the_path_keeps_the_best_step_and_can_be_repeated() {
    let columns = standard_columns(240, 30, 12);
    for target in [classes(&columns, 2, 13), numbers(&columns, 13)] {
        let matrix = matrix(&columns);
        let rows: Vec<u32> = (0..240).collect();
        let (train, valid) = rows.split_at(80);
        let (y, y_valid) = (target.select(train), target.select(valid));
        let data = TrainData { x: matrix.select(train), target: &y, weights: None, valid: Some(matrix.select(valid)) };
        let mut judge = Judge { target: &y_valid, losses: vec![], stop_after: usize::MAX };
        let mut ctx = FitContext::new(0).with_monitor(&mut judge);
        let model = Learner::fit(&Linear, &LinearParams::default(), &data, &mut ctx).unwrap().model;
        assert_eq!(judge.losses.len(), 9);
        let best = judge.best_step().unwrap();
        assert!(best > 1, "step {best} of {:?}", judge.losses);

        let again = LinearParams { steps: Some(best), tolerance: 1e-6, ..LinearParams::default() };
        let repeated = fit(&again, matrix.select(train), &y, None);
        let (a, b) = (model.predict(matrix.select(valid)), repeated.predict(matrix.select(valid)));
        assert_near(a.values(), b.values(), 0.02);

        let mut impatient = Judge { target: &y_valid, losses: vec![], stop_after: 2 };
        let mut ctx = FitContext::new(0).with_monitor(&mut impatient);
        Learner::fit(&Linear, &LinearParams::default(), &data, &mut ctx).unwrap();
        assert_eq!(impatient.losses.len(), 2);
    }
}

#[test]
fn the_bits_do_not_depend_on_the_threads() {
    let columns = standard_columns(30_000, 40, 14);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    let matrix = matrix(&columns);
    for target in [classes(&columns, 2, 15), classes(&columns, 3, 15), numbers(&columns, 15)] {
        let data = TrainData { x: matrix.view(), target: &target, weights: None, valid: None };
        let params = LinearParams { iterations_max: 5, ..LinearParams::default() };
        let alone = Learner::fit(&Linear, &params, &data, &mut FitContext::new(0)).unwrap().model;
        let together = Learner::fit(&Linear, &params, &data, &mut FitContext::new(0).with_pool(&pool)).unwrap().model;
        assert_eq!(alone, together);
    }
}

#[test]
fn a_deadline_at_any_moment_leaves_a_model_no_worse_than_the_prior() {
    let columns = standard_columns(200, 5, 16);
    let matrix = matrix(&columns);
    for target in [classes(&columns, 2, 17), classes(&columns, 3, 17), numbers(&columns, 17)] {
        let n_classes = target.kind().is_classification().then_some(target.width());
        for polls in [0, 1, 2, 3, 5, 8, 13, 40] {
            let mut judge = Judge { target: &target, losses: vec![], stop_after: usize::MAX };
            let data = TrainData { x: matrix.view(), target: &target, weights: None, valid: Some(matrix.view()) };
            let mut ctx = FitContext::new(0).with_deadline(Deadline::after_polls(polls)).with_monitor(&mut judge);
            let model = Learner::fit(&Linear, &LinearParams::default(), &data, &mut ctx).unwrap().model;
            let predictions = model.predict(matrix.view());
            predictions.validate(200, n_classes).unwrap();
            let loss = |p: &Predictions| {
                let mut scorer = Judge { target: &target, losses: vec![], stop_after: usize::MAX };
                let _ = scorer.report(1, p);
                scorer.losses[0]
            };
            let row = prior(&target, None);
            let baseline = Predictions::new(row.len(), row.iter().copied().cycle().take(200 * row.len()).collect());
            assert!(loss(&predictions) <= loss(&baseline) + 1e-9);
        }
    }
}

#[test]
fn odd_targets_and_matrices_are_fitted() {
    let columns = standard_columns(20, 3, 18);
    let full = matrix(&columns);
    let empty = Matrix::new(20, vec![]).unwrap();
    let constant = matrix(&[vec![2.5; 20], vec![f32::NAN; 20]]);
    let targets = [
        Target::Numbers(vec![3.25; 20]),
        Target::Classes { labels: vec![1; 20], n_classes: 2 },
        Target::Classes { labels: vec![2; 20], n_classes: 4 },
        Target::Classes { labels: (0..20).map(|i| 1 + 2 * (i % 2)).collect(), n_classes: 4 },
        Target::Classes { labels: (0..20).map(|i| i % 3).collect(), n_classes: 5 },
        Target::Numbers((0..20).map(f64::from).collect()),
    ];
    for target in &targets {
        for x in [&full, &empty, &constant] {
            let predictions = fit(&LinearParams::default(), x.view(), target, None).predict(x.view());
            let row = prior(target, None);
            if x.columns().len() != 3 {
                // An absent class keeps a millionth.
                assert_near(predictions.row(0), &row, 1e-5);
            }
            if target.kind() != TaskKind::Regression {
                assert!(row.iter().zip(predictions.row(3)).all(|(r, p)| *r > 0.0 || (*p > 0.0 && *p < 1e-5)));
            }
        }
        let one = [4u32];
        fit(&LinearParams::default(), full.select(&one), &target.select(&one), None);
        fit(&LinearParams::default(), full.select(&[]), &target.select(&[]), None);
    }
}

#[test]
fn strange_values_predict_as_the_mean_and_single_rows_as_batches() {
    let columns = standard_columns(100, 3, 19);
    let target = classes(&columns, 3, 20);
    let x = matrix(&columns);
    let model = fit(&LinearParams::default(), x.view(), &target, None);
    let strange = matrix(&[vec![f32::NAN, 0.0], vec![f32::INFINITY, 0.0], vec![f32::MAX, f32::MIN]]);
    model.predict(strange.view()).validate(2, Some(3)).unwrap();
    let batch = model.predict(x.view());
    for i in 0..100u32 {
        assert_eq!(model.predict(x.select(&[i])).values(), batch.row(i as usize));
    }
    let text = sparse_of(&columns);
    let model = fit(&LinearParams::default(), text.view(), &target, None);
    let batch = model.predict(text.view());
    for i in 0..100u32 {
        assert_eq!(model.predict(text.select(&[i])).values(), batch.row(i as usize));
    }
}

/// Documents of a few words from a vocabulary of 2¹⁸: three topics with words of their own.
#[test]
fn text_is_learned_without_a_dense_copy() {
    let mut rng = seed::rng(21);
    let mut csr = Csr::new(1 << 18);
    let mut labels = Vec::new();
    for i in 0..1500u32 {
        let topic = i % 3;
        let words: Vec<u32> = (0..20)
            .map(|w| if w < 2 { 100_000 * topic / 2 + rng.random_range(0..200) } else { rng.random_range(0..1 << 18) })
            .collect();
        csr.push_row(words.iter().map(|w| (*w, 0.22)));
        labels.push(topic);
    }
    let matrix = Matrix::new(1500, vec![Arc::new(Column::Sparse(csr))]).unwrap();
    let rows: Vec<u32> = (0..1500).collect();
    let (train, valid) = rows.split_at(1000);
    let target = Target::Classes { labels, n_classes: 3 };
    let (y, y_valid) = (target.select(train), target.select(valid));
    let data = TrainData { x: matrix.select(train), target: &y, weights: None, valid: Some(matrix.select(valid)) };
    let mut judge = Judge { target: &y_valid, losses: vec![], stop_after: usize::MAX };
    let mut ctx = FitContext::new(0).with_monitor(&mut judge);
    let model = Learner::fit(&Linear, &LinearParams::default(), &data, &mut ctx).unwrap().model;
    let right =
        model.predict(matrix.select(valid)).classes().iter().zip(y_valid.labels().unwrap()).filter(|(a, b)| a == b).count();
    assert!(right > 430, "{right} of 500");
    assert!(model.sparse[0].features.len() < 20_000);
}

#[test]
fn a_saved_model_predicts_the_same() {
    let columns = standard_columns(60, 3, 22);
    let x = matrix(&columns);
    for target in [classes(&columns, 2, 23), classes(&columns, 3, 23), numbers(&columns, 23)] {
        let data = TrainData { x: x.view(), target: &target, weights: None, valid: None };
        let learner: &dyn DynLearner = &Linear;
        let fitted = learner.fit(&learner.default_params(), &data, &mut FitContext::new(0)).unwrap();
        let loaded = learner.load(&fitted.model.to_bytes().unwrap()).unwrap();
        loaded.validate(3).unwrap();
        assert_eq!(loaded.predict(x.view()), fitted.model.predict(x.view()));
        assert!(loaded.validate(2).is_err());
    }
}

#[test]
fn corrupted_models_are_refused() {
    let columns = standard_columns(60, 3, 24);
    let target = classes(&columns, 3, 25);
    let text = sparse_of(&columns);
    let dense = fit(&LinearParams::default(), matrix(&columns).view(), &target, None);
    let sparse = fit(&LinearParams::default(), text.view(), &target, None);
    type Damage = fn(&mut LinearModel);
    let damages: [Damage; 6] = [
        |m| m.intercepts[1] = f64::NAN,
        |m| m.intercepts.truncate(2),
        |m| m.head = Head::Classes { present: vec![0, 1, 7], n_classes: 3 },
        |m| m.head = Head::Classes { present: vec![0, 2, 1], n_classes: 3 },
        |m| m.head = Head::Classes { present: vec![], n_classes: 3 },
        |m| m.head = Head::Number,
    ];
    let of_dense: [Damage; 3] =
        [|m| m.dense[0].column = 3, |m| m.dense[0].coefficients.truncate(1), |m| m.dense[2].mean = f64::INFINITY];
    let of_sparse: [Damage; 3] = [
        |m| m.sparse[0].features.reverse(),
        |m| m.sparse[0].coefficients.truncate(4),
        |m| m.sparse[0].coefficients[0] = f32::NAN,
    ];
    for (model, own) in [(&dense, of_dense), (&sparse, of_sparse)] {
        for damage in damages.iter().chain(&own) {
            let mut broken = model.clone();
            damage(&mut broken);
            assert!(broken.validate(3).is_err(), "{broken:?}");
        }
    }
}

#[test]
fn parameters_out_of_range_are_refused() {
    let x = matrix(&standard_columns(5, 1, 26));
    let target = Target::Numbers(vec![1.0, 2.0, 3.0, 4.0, 5.0]);
    let data = TrainData { x: x.view(), target: &target, weights: None, valid: None };
    for l2 in [-1.0, f64::NAN] {
        let params = LinearParams { l2: Some(l2), ..LinearParams::default() };
        assert!(Learner::fit(&Linear, &params, &data, &mut FitContext::new(0)).is_err());
    }
}

/// At the optimum each coefficient is the product of its column with the residuals on the scale of the target, by `l2`.
#[test]
fn poisson_is_at_its_optimum() {
    let columns = standard_columns(500, 4, 31);
    let mut rng = seed::rng(32);
    let counts = (0..500).map(|i| ((0.5 * margin(&columns, i)).exp() * rng.random_range(0.2..1.8)).round()).collect();
    let (x, target) = (matrix(&columns), Target::Numbers(counts));
    let params = LinearParams { loss: RegressionLoss::Poisson, ..exact(3.0) };
    let model = fit(&params, x.view(), &target, None);
    let predicted = model.predict(x.view());
    let residuals: Vec<f64> = target.numbers().unwrap().iter().zip(predicted.values()).map(|(y, p)| y - p).collect();
    assert!(residuals.iter().sum::<f64>().abs() < 1e-2);
    for (column, term) in columns.iter().zip(&model.dense) {
        let product: f64 = column.iter().zip(&residuals).map(|(v, r)| f64::from(*v) * r).sum();
        assert!((product / 3.0 - term.coefficients[0]).abs() < 1e-3, "{product} and {:?}", term.coefficients);
    }
    let negative = Target::Numbers((0..500).map(|i| f64::from(i) - 3.0).collect());
    let data = TrainData { x: x.view(), target: &negative, weights: None, valid: None };
    let error = Learner::fit(&Linear, &params, &data, &mut FitContext::new(0)).unwrap_err().to_string();
    assert!(error.contains("-3"), "{error}");
}

#[test]
fn a_quantile_has_its_share_of_rows_below() {
    let columns = standard_columns(4000, 3, 33);
    let (x, target) = (matrix(&columns), numbers(&columns, 34));
    for level in [0.1, 0.5, 0.9] {
        let params = LinearParams { loss: RegressionLoss::Quantile, quantile: level, ..exact(1e-3) };
        let predicted = fit(&params, x.view(), &target, None).predict(x.view());
        let below = target.numbers().unwrap().iter().zip(predicted.values()).filter(|(y, p)| y < p).count();
        assert!((below as f64 / 4000.0 - level).abs() < 0.01, "{below} of 4000 at {level}");
        // The noise is uniform between -7 and 7 around the line.
        let wanted = |i: usize| 50.0 + 7.0 * margin(&columns, i) + 14.0 * (level - 0.5);
        let error = predicted.values().iter().enumerate().map(|(i, p)| (p - wanted(i)).abs()).sum::<f64>() / 4000.0;
        assert!(error < 0.5, "{error} at {level}");
    }
}

#[test]
fn elastic_net_finds_the_optimum_of_linfa() {
    let columns = standard_columns(300, 8, 35);
    let raw = numbers(&columns, 36);
    let raw = Array1::from_vec(raw.numbers().unwrap().to_vec());
    // The penalty on absolute values is that of the standardised target.
    let y = (&raw - raw.mean().unwrap()) / raw.std(0.0);
    let (x, target) = (matrix(&columns), Target::Numbers(y.to_vec()));
    for (l2, l1_ratio) in [(3.0, 0.5), (60.0, 0.5), (30.0, 1.0), (1e4, 1.0)] {
        let ours = fit(&LinearParams { l1_ratio, ..exact(l2) }, x.view(), &target, None);
        let oracle = linfa_elasticnet::ElasticNet::params().penalty(l2 / 300.0).l1_ratio(l1_ratio).tolerance(1e-10);
        let theirs = oracle.max_iterations(10_000).fit(&Dataset::new(array(&columns), y.clone())).unwrap();
        let w: Vec<f64> = ours.dense.iter().map(|t| t.coefficients[0]).collect();
        assert_near(&w, theirs.hyperplane().as_slice().unwrap(), 1e-4);
    }
}

/// The largest violation of what holds at the minimum: a column's product with the residuals is `l2 w + l1 sign(w)` for its
/// coefficient, and no larger than `l1` where that is zero.
fn violation(columns: &[Vec<f64>], coefficients: &[Vec<f64>], residuals: &[Vec<f64>], l2: f64, l1: f64) -> f64 {
    let mut largest: f64 = 0.0;
    for (column, of_column) in columns.iter().zip(coefficients) {
        for (k, &w) in of_column.iter().enumerate() {
            let product: f64 = column.iter().zip(residuals).map(|(x, r)| x * r[k]).sum();
            let off = if w == 0.0 { (product.abs() - l1).max(0.0) } else { (product - l2 * w - l1.copysign(w)).abs() };
            largest = largest.max(off);
        }
    }
    largest
}

/// What each row lacks to its class, by margin.
fn residuals(predicted: &Predictions, target: &Target, margins: usize) -> Vec<Vec<f64>> {
    let truth = |i: usize, k: usize| match target {
        Target::Classes { labels, .. } => f64::from(u8::from(labels[i] as usize == k)),
        Target::Numbers(y) => y[i],
    };
    let first = predicted.width() - margins;
    predicted.iter().enumerate().map(|(i, row)| (first..row.len()).map(|k| truth(i, k) - row[k]).collect()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn classes_are_at_their_optimum(seed in 0u64..1000, strength in -2i32..3, share in 0u8..3, n_classes in 2usize..5) {
        let columns = standard_columns(150, 6, seed);
        let (x, target) = (matrix(&columns), classes(&columns, n_classes, seed));
        prop_assume!(Head::of(&target).outputs() == if n_classes == 2 { 1 } else { n_classes });
        let (l2, l1_ratio) = (10f64.powi(strength), f64::from(share) / 2.0);
        let model = fit(&LinearParams { l2: Some(l2), l1_ratio, ..LinearParams::default() }, x.view(), &target, None);
        let residuals = residuals(&model.predict(x.view()), &target, model.intercepts.len());
        let wide: Vec<Vec<f64>> = columns.iter().map(|c| c.iter().map(|v| f64::from(*v)).collect()).collect();
        let coefficients: Vec<Vec<f64>> = model.dense.iter().map(|term| term.coefficients.clone()).collect();
        let off = violation(&wide, &coefficients, &residuals, l2 * (1.0 - l1_ratio), l2 * l1_ratio);
        prop_assert!(off < 1e-3, "{} at {}, {}", off, l2, l1_ratio);
        let free: f64 = residuals.iter().map(|r| r.iter().sum::<f64>()).sum::<f64>().abs();
        prop_assert!(free < 1e-3, "{}", free);
    }
}

/// More features than rows, few of them with a meaning: a penalty on absolute values leaves most at zero.
#[test]
fn words_are_chosen_at_the_optimum() {
    let mut rng = seed::rng(41);
    let width = 700;
    let rows: Vec<Vec<f32>> = (0..300)
        .map(|_| {
            let mut row = vec![0.0; width];
            (0..12).for_each(|_| row[rng.random_range(0..width)] += 1.0);
            (0..3).for_each(|_| row[rng.random_range(0..20)] += 1.0);
            row
        })
        .collect();
    let columns: Vec<Vec<f32>> = (0..width).map(|j| rows.iter().map(|row| row[j]).collect()).collect();
    let score = |row: &Vec<f32>| f64::from(row[..10].iter().sum::<f32>() - row[10..20].iter().sum::<f32>());
    let labels = |cuts: &[f64]| {
        let class = |row| cuts.iter().filter(|cut| score(row) > **cut).count() as u32;
        Target::Classes { labels: rows.iter().map(class).collect(), n_classes: cuts.len() + 1 }
    };
    let x = sparse_of(&columns);
    for (target, outputs) in
        [(labels(&[0.0]), 1), (labels(&[-1.0, 1.0]), 3), (Target::Numbers(rows.iter().map(score).collect()), 1)]
    {
        let model = fit(&LinearParams { l1_ratio: 0.8, ..exact(2.0) }, x.view(), &target, None);
        let squares = rows.iter().flatten().map(|v| f64::from(v * v)).sum::<f64>();
        let scale = (300.0 / squares).sqrt();
        // Numbers are standardised inside.
        let deviation = target.numbers().map_or(1.0, |y| {
            let mean = y.iter().sum::<f64>() / 300.0;
            (y.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / 300.0).sqrt()
        });
        let wide: Vec<Vec<f64>> = columns.iter().map(|c| c.iter().map(|v| f64::from(*v) * scale / deviation).collect()).collect();
        let term = &model.sparse[0];
        let mut coefficients = vec![vec![0.0; outputs]; width];
        for (&feature, own) in term.features.iter().zip(term.coefficients.chunks_exact(outputs)) {
            coefficients[feature as usize] = own.iter().map(|w| f64::from(*w) / scale / deviation).collect();
        }
        let off = violation(&wide, &coefficients, &residuals(&model.predict(x.view()), &target, outputs), 0.4, 1.6);
        let kept = coefficients.iter().filter(|own| own.iter().any(|w| *w != 0.0)).count();
        assert!(off < 1e-2 && (5..200).contains(&kept), "{off} with {kept} features");
    }
}

#[test]
fn without_validation_rows_a_ridge_chooses_its_penalty() {
    let columns = standard_columns(80, 40, 42);
    let noise = standard_columns(80, 1, 43);
    let x = matrix(&columns);
    let of_noise = Target::Numbers(noise[0].iter().map(|v| f64::from(*v)).collect());
    let exact = Target::Numbers((0..80).map(|i| margin(&columns, i)).collect());
    let length = |target: &Target| {
        let chosen = fit(&LinearParams::default(), x.view(), target, None);
        chosen.dense.iter().map(|term| term.coefficients[0].powi(2)).sum::<f64>()
    };
    assert!(length(&of_noise) < 0.01, "{}", length(&of_noise));
    let truth: f64 = (0..40).map(|j| ((j % 3) as f64 - 0.8).powi(2)).sum();
    assert!((length(&exact) / truth - 1.0).abs() < 0.01, "{} and {truth}", length(&exact));
}
