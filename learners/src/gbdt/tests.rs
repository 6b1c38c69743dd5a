//! Tests of boosting: its kernels against slow twins, its trees against what they must find.

use std::sync::Arc;

use automl_core::fit_context::{FitContext, Monitor, Signal, Start};
use automl_core::learner::{Learner, Model, TrainData};
use automl_core::matrix::{Column, Matrix};
use automl_core::predictions::Predictions;
use automl_core::seed::rng;
use automl_core::task::Target;
use proptest::prelude::*;
use rand::RngExt;

use super::descent::Descent;
use super::grow::{Grower, Job};
use super::histogram::{Layout, Pool, Source, subtract};
use super::packed::{self, Cell, Range, Step, Units, g, h};
use super::split::{Rules, Search};
use super::table::Places;
use super::{Gbdt, GbdtParams, GrowPolicy, Loss, Sampling};
use crate::bins::Bins;
use crate::trees::Rule;

fn numeric(columns: Vec<Vec<f32>>) -> Matrix {
    let rows = columns[0].len();
    Matrix::new(rows, columns.into_iter().map(|c| Arc::new(Column::Numeric(c))).collect()).unwrap()
}

fn bins(matrix: &Matrix) -> Arc<Bins> {
    Bins::of(matrix.view(), 255, &FitContext::new(0)).unwrap()
}

/// Columns of few distinct values, some missing, and derivatives per row.
fn tables() -> impl Strategy<Value = (Vec<Vec<f32>>, Vec<(f32, f32)>)> {
    (1usize..12, 4usize..60).prop_flat_map(|(columns, rows)| {
        let value = prop_oneof![4 => (0i8..12).prop_map(f32::from), 1 => Just(f32::NAN)];
        let column = prop::collection::vec(value, rows);
        let gradient = ((-3000..3000i32).prop_map(|v| v as f32 / 1000.0), (100..2000i32).prop_map(|v| v as f32 / 1000.0));
        (prop::collection::vec(column, columns), prop::collection::vec(gradient, rows))
    })
}

fn loose() -> GbdtParams {
    GbdtParams { min_data_in_leaf: 0, min_sum_hessian: 0.0, lambda_l2: 0.5, ..GbdtParams::default() }
}

fn steps(gradients: Vec<(f32, f32)>) -> (Units, Vec<Step>) {
    let (g, h): (Vec<f32>, Vec<f32>) = gradients.into_iter().unzip();
    let units = Range::of(&g, &h).units();
    let mut steps = vec![0; g.len()];
    packed::round(&g, &h, units, 0, 1, &mut steps);
    (units, steps)
}

fn sum(steps: &[Step], rows: impl Iterator<Item = usize>) -> Cell {
    rows.map(|i| packed::cell(steps[i])).sum()
}

proptest! {
    /// The best split from histograms is the best of all thresholds tried one by one on the raw values.
    #[test]
    fn the_best_split_is_found((columns, gradients) in tables()) {
        let params = loose();
        let matrix = numeric(columns.clone());
        let (bins, rows) = (bins(&matrix), columns[0].len());
        let (units, steps) = steps(gradients);
        let layout = Layout::new(&bins);
        let used: Vec<usize> = (0..columns.len()).collect();
        let mut pool = Pool::new(&layout, 1 << 20);
        let mut histogram = pool.take(&layout).unwrap();
        let source = Source { bins: &bins, layout: &layout, steps: &steps, tiles: &layout.tiles(&used), threads: 1 };
        source.build(&(0..rows as u32).collect::<Vec<_>>(), &mut histogram, &mut pool);
        let total = sum(&steps, 0..rows);
        let rules = Rules { params: &params, units };
        let leaf = rules.leaf(total, rows, 0.0, [f64::NEG_INFINITY, f64::INFINITY]);
        let search = Search::new(rules, leaf, 0);
        let found = search.best(&used, &bins.features, |j| layout.range(j), &histogram);

        let gain_of = |cell: Cell| {
            let sums = units.sums(cell);
            sums.g * sums.g / (sums.h + params.lambda_l2)
        };
        let mut best: f64 = 0.0;
        for column in &columns {
            let mut cuts: Vec<f32> = column.iter().copied().filter(|v| !v.is_nan()).collect();
            cuts.sort_by(f32::total_cmp);
            cuts.dedup();
            for cut in cuts {
                for missing_left in [false, true] {
                    let left = |i: &usize| if column[*i].is_nan() { missing_left } else { column[*i] <= cut };
                    let (inside, outside) = (sum(&steps, (0..rows).filter(left)), sum(&steps, (0..rows).filter(|i| !left(i))));
                    if units.sums(inside).h >= search.least_h && units.sums(outside).h >= search.least_h {
                        best = best.max(gain_of(inside) + gain_of(outside) - gain_of(total));
                    }
                }
            }
        }
        let found = found.map_or(0.0, |s| s.gain);
        prop_assert!((found - best).abs() <= 1e-6 * (1.0 + best), "found {}, best {}", found, best);
    }

    /// A parent without one child is the other child, and a list of features gives what all features give.
    #[test]
    fn histograms_subtract((columns, gradients) in tables(), cut in 0usize..60, only in 0usize..12) {
        let matrix = numeric(columns.clone());
        let bins = bins(&matrix);
        let (_, steps) = steps(gradients);
        let layout = Layout::new(&bins);
        let rows: Vec<u32> = (0..columns[0].len() as u32).collect();
        let (left, right) = rows.split_at(cut.min(rows.len()));
        let all: Vec<usize> = (0..columns.len()).collect();
        let mut pool = Pool::new(&layout, 1 << 20);
        let mut build = |rows: &[u32], used: &[usize]| {
            let mut histogram = pool.take(&layout).unwrap();
            let source = Source { bins: &bins, layout: &layout, steps: &steps, tiles: &layout.tiles(used), threads: 1 };
            source.build(rows, &mut histogram, &mut pool);
            histogram
        };
        let mut parent = build(&rows, &all);
        subtract(&mut parent, &build(left, &all));
        let (direct, only) = (build(right, &all), only % columns.len());
        let single = build(right, &[only]);
        for &j in &all {
            prop_assert_eq!(&parent[layout.range(j)], &direct[layout.range(j)]);
        }
        prop_assert_eq!(&single[layout.range(only)], &direct[layout.range(only)]);
    }
}

#[test]
fn sums_of_both_signs_share_a_cell() {
    let cell = packed::cell(((-3i32 as u32) << 16) | 7) + packed::cell((2 << 16) | 1);
    assert_eq!((g(cell), h(cell)), (-1, 8));
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
        learning_rate: Some(1.0),
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
    reported: Vec<(u32, Predictions)>,
}

impl Monitor for Judge {
    fn report(&mut self, step: u32, predictions: &Predictions) -> Signal {
        self.reported.push((step, predictions.clone()));
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
        let mut judge = Judge { stop: 12, best: 8, reported: Vec::new() };
        let model = Gbdt.fit(&GbdtParams::default(), &data, &mut FitContext::new(2).with_monitor(&mut judge)).unwrap().model;
        let (last, _) = judge.reported.last().unwrap();
        assert!((12..24).contains(last), "stopped at {last}");
        assert_eq!(model.iterations(), 8);
        model.validate(4).unwrap();
        let predicted = model.predict(matrix.select(&valid));
        let (_, reported) = judge.reported.iter().find(|(step, _)| *step == 8).unwrap();
        let leaves = model.leaves(matrix.select(&valid));
        assert_eq!(leaves.len(), valid.len() * 8 * if n_classes == 2 { 1 } else { 4 });
        assert!(leaves.chunks_exact(leaves.len() / valid.len()).all(|row| row.is_sorted_by(|a, b| a < b)), "trees are in order");
        for (a, b) in predicted.values().iter().zip(reported.values()) {
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
    let rates: Vec<f64> = [0.2, 0.05, 0.01, 0.001]
        .iter()
        .map(|share| Gbdt.within(params.clone(), shape, cost * share).learning_rate.unwrap_or(0.0))
        .collect();
    assert!(rates.is_sorted() && rates[3] <= 0.3 && rates[2] > 2.0 * params.rate(10_000, 2, 1000.0), "{rates:?}");
}

/// A smooth function of four columns, with a fifth of noise and one of categories.
fn smooth(rows: usize) -> (Matrix, Vec<f64>) {
    let mut rng = rng(31);
    let mut columns: Vec<Arc<Column>> = Vec::new();
    let mut values = vec![vec![0.0f32; rows]; 5];
    values.iter_mut().flatten().for_each(|v| *v = rng.random());
    let codes: Vec<u32> = (0..rows).map(|_| rng.random_range(1..=30)).collect();
    let y = (0..rows).map(|i| {
        let x = |j: usize| f64::from(values[j][i]);
        3.0 * x(0) + (6.0 * x(1)).sin() + 2.0 * x(2) * x(3) + f64::from(codes[i] % 3) + 0.1 * rng.random::<f64>()
    });
    let y = y.collect();
    columns.extend(values.iter().map(|v| Arc::new(Column::Numeric(v.clone()))));
    columns.push(Arc::new(Column::Codes { codes, levels: 30 }));
    (Matrix::new(rows, columns).unwrap(), y)
}

fn quick() -> GbdtParams {
    GbdtParams { iterations: 60, learning_rate: Some(0.15), num_leaves: 15, ..GbdtParams::default() }
}

/// Fits two of three rows and returns the predictions and the truth of the others.
fn fit_and_predict(params: &GbdtParams, matrix: &Matrix, y: &[f64]) -> Vec<(f64, f64)> {
    let (train, test): (Vec<u32>, Vec<u32>) = (0..y.len() as u32).partition(|i| i % 3 != 0);
    let target = Target::Numbers(y.to_vec()).select(&train);
    let data = TrainData { x: matrix.select(&train), target: &target, weights: None, valid: None };
    let model = Gbdt.fit(params, &data, &mut FitContext::new(5)).unwrap().model;
    model.validate(matrix.columns().len()).unwrap();
    let predicted = model.predict(matrix.select(&test));
    test.iter().enumerate().map(|(i, &row)| (predicted.row(i)[0], y[row as usize])).collect()
}

fn r2(pairs: &[(f64, f64)]) -> f64 {
    let mean = pairs.iter().map(|p| p.1).sum::<f64>() / pairs.len() as f64;
    let error: f64 = pairs.iter().map(|(p, y)| (p - y).powi(2)).sum();
    1.0 - error / pairs.iter().map(|(_, y)| (y - mean).powi(2)).sum::<f64>()
}

#[test]
fn every_way_to_grow_and_to_sample_learns() {
    let (matrix, y) = smooth(3000);
    let ways = [
        ("leaf-wise", quick()),
        ("depth-wise", GbdtParams { grow_policy: GrowPolicy::DepthWise, ..quick() }),
        ("oblivious", GbdtParams { grow_policy: GrowPolicy::Oblivious, ..quick() }),
        ("minimal variance", GbdtParams { sampling: Sampling::Mvs, bagging_fraction: 0.5, ..quick() }),
        ("smoothed", GbdtParams { path_smooth: 5.0, ..quick() }),
        ("exact leaves", GbdtParams { exact_leaves: true, ..quick() }),
        ("features per leaf", GbdtParams { feature_fraction_node: 0.6, ..quick() }),
        ("random thresholds", GbdtParams { extra_trees: true, iterations: 150, ..quick() }),
        ("rising", GbdtParams { monotone: vec![1], ..quick() }),
        ("rising, oblivious", GbdtParams { monotone: vec![1], grow_policy: GrowPolicy::Oblivious, ..quick() }),
        ("huber", GbdtParams { loss: Loss::Huber, ..quick() }),
        ("absolute", GbdtParams { loss: Loss::Absolute, ..quick() }),
    ];
    for (name, params) in ways {
        let r2 = r2(&fit_and_predict(&params, &matrix, &y));
        assert!(r2 > 0.93, "{name}: {r2}");
    }
}

#[test]
fn depth_and_leaves_are_limited() {
    let (matrix, y) = smooth(1000);
    let target = Target::Numbers(y);
    let data = TrainData { x: matrix.view(), target: &target, weights: None, valid: None };
    for grow_policy in [GrowPolicy::LeafWise, GrowPolicy::DepthWise, GrowPolicy::Oblivious] {
        let params = GbdtParams { iterations: 1, max_depth: 3, grow_policy, ..GbdtParams::default() };
        let model = Gbdt.fit(&params, &data, &mut FitContext::new(0)).unwrap().model;
        let distinct: std::collections::BTreeSet<u64> =
            model.predict(matrix.view()).values().iter().map(|v| v.to_bits()).collect();
        assert!((5..=8).contains(&distinct.len()), "{grow_policy:?}: {} leaves", distinct.len());
    }
}

#[test]
fn monotone_predictions_never_turn() {
    let mut rng = rng(3);
    let x: Vec<f32> = (0..2000).map(|_| rng.random()).collect();
    let z: Vec<f32> = (0..2000).map(|_| rng.random()).collect();
    let plain: Vec<f64> =
        x.iter().zip(&z).map(|(x, z)| f64::from(x + z + (20.0 * x).sin()) + 0.3 * rng.random::<f64>()).collect();
    // As many above as below, or their mean would make all gradients large.
    let outlier = |i: usize| if i.is_multiple_of(200) { 1e9 } else { -1e9 };
    let outliers: Vec<f64> = plain.iter().enumerate().map(|(i, y)| if i % 100 == 0 { outlier(i) } else { *y }).collect();
    let matrix = numeric(vec![x, z]);
    let ways = [
        ("leaf-wise", quick(), &plain),
        ("depth-wise", GbdtParams { grow_policy: GrowPolicy::DepthWise, ..quick() }, &plain),
        ("oblivious", GbdtParams { grow_policy: GrowPolicy::Oblivious, ..quick() }, &plain),
        ("random thresholds", GbdtParams { extra_trees: true, ..quick() }, &plain),
        ("smoothed", GbdtParams { path_smooth: 20.0, ..quick() }, &plain),
        ("absolute", GbdtParams { loss: Loss::Absolute, ..quick() }, &plain),
        ("gradients cut off", quick(), &outliers),
    ];
    for ((name, way, y), direction) in ways.iter().flat_map(|way| [(way, 1i8), (way, -1)]) {
        let params = GbdtParams { monotone: vec![direction], min_data_in_leaf: 2, ..way.clone() };
        let target = Target::Numbers(y.to_vec());
        let data = TrainData { x: matrix.view(), target: &target, weights: None, valid: None };
        let model = Gbdt.fit(&params, &data, &mut FitContext::new(0)).unwrap().model;
        for z in [0.1f32, 0.5, 0.9] {
            let line = numeric(vec![(0..200).map(|i| i as f32 / 200.0).collect(), vec![z; 200]]);
            let predicted = model.predict(line.view());
            let steps = predicted.values().windows(2).map(|w| (w[1] - w[0]) * f64::from(direction));
            assert!(steps.into_iter().all(|step| step >= -1e-12), "{name}: direction {direction} at {z}");
        }
    }
}

#[test]
fn quantiles_have_their_share_below() {
    let mut rng = rng(12);
    let x: Vec<f32> = (0..6000).map(|_| rng.random()).collect();
    let y: Vec<f64> = x.iter().map(|x| f64::from(*x) * (1.0 + 3.0 * rng.random::<f64>())).collect();
    let matrix = numeric(vec![x]);
    for alpha in [0.1, 0.5, 0.9] {
        let params = GbdtParams { loss: Loss::Quantile, alpha, ..quick() };
        let pairs = fit_and_predict(&params, &matrix, &y);
        let below = pairs.iter().filter(|(p, y)| y <= p).count() as f64 / pairs.len() as f64;
        assert!((below - alpha).abs() < 0.04, "{below} of the rows lie below the quantile {alpha}");
    }
}

#[test]
fn counts_and_skewed_amounts_are_predicted_with_a_logarithmic_link() {
    let mut rng = rng(14);
    let x: Vec<f32> = (0..20_000).map(|_| 2.0 * rng.random::<f32>()).collect();
    // An exponential variable with mean e^x, and one that is zero in half of the rows.
    let amount = |x: f32, u: f64| f64::from(x).exp() * -(1.0 - u).ln();
    let gamma: Vec<f64> = x.iter().map(|x| amount(*x, rng.random()).max(1e-9)).collect();
    let tweedie: Vec<f64> = gamma.iter().map(|y| if rng.random::<bool>() { 2.0 * y } else { 0.0 }).collect();
    let counts: Vec<f64> = gamma.iter().map(|y| y.round()).collect();
    let matrix = numeric(vec![x.clone()]);
    for (loss, y) in [(Loss::Gamma, &gamma), (Loss::Tweedie, &tweedie), (Loss::Poisson, &counts)] {
        let target = Target::Numbers(y.clone());
        let data = TrainData { x: matrix.view(), target: &target, weights: None, valid: None };
        let params = GbdtParams { loss, min_data_in_leaf: 800, ..quick() };
        let model = Gbdt.fit(&params, &data, &mut FitContext::new(0)).unwrap().model;
        let predicted = model.predict(numeric(vec![vec![0.5, 1.5]]).view());
        for (predicted, x) in predicted.values().iter().zip([0.5f64, 1.5]) {
            assert!((predicted / x.exp()).ln().abs() < 0.25, "{loss:?}: {predicted} instead of {}", x.exp());
        }
    }
}

#[test]
fn one_outlier_does_not_drown_the_others() {
    let (matrix, mut y) = smooth(3000);
    y[1] = 1e9;
    let params = GbdtParams { loss: Loss::Squared, min_data_in_leaf: 1, ..quick() };
    let pairs = fit_and_predict(&params, &matrix, &y);
    let usual = pairs.iter().filter(|(p, y)| (p - y).abs() < 5e7).count();
    assert!(usual * 10 > pairs.len() * 9, "{usual} of {}", pairs.len());
}

proptest! {
    /// Rows go down to where the plain walk ends.
    #[test]
    fn binned_rows_go_down_to_their_leaves((columns, gradients) in tables(), seed in any::<u64>()) {
        let rows = columns[0].len();
        let codes: Vec<u32> = columns[0].iter().map(|v| if v.is_nan() { 0 } else { *v as u32 + 1 }).collect();
        let mut all: Vec<Arc<Column>> = columns.into_iter().map(|c| Arc::new(Column::Numeric(c))).collect();
        all.push(Arc::new(Column::Codes { codes, levels: 12 }));
        let matrix = Matrix::new(rows, all).unwrap();
        let (bins, params) = (bins(&matrix), GbdtParams { extra_trees: true, ..loose() });
        let (units, steps) = steps(gradients);
        let features: Vec<usize> = (0..bins.features.len()).collect();
        let places = Places::UpTo(rows);
        let job = Job {
            params: &params, bins: &bins, steps: &steps, units, places, features: &features, threads: 1, seed, stop: &|| false,
        };
        let grown = Grower::new(&bins, 1 << 20).grow(&job).unwrap();
        let places: Vec<u32> = (0..rows as u32).rev().collect();
        let mut ends = vec![usize::MAX; rows];
        Descent::new(&grown.tree).leaves(&bins.row_major, &places, |i, leaf| ends[i] = leaf);
        for (end, &place) in ends.iter().zip(&places) {
            prop_assert_eq!(*end, grown.tree.leaf_of(bins.row_major.row(place as usize)) as usize);
        }
    }
}

/// Enough rows that every loop which may use several threads does.
#[test]
fn large_fits_have_the_same_bits_at_any_number_of_threads() {
    let (matrix, y) = smooth(220_000);
    let rows: Vec<u32> = (0..220_000).filter(|i| i % 5 != 1).collect();
    let target = Target::Numbers(y).select(&rows);
    let data = TrainData { x: matrix.select(&rows), target: &target, weights: None, valid: None };
    for grow_policy in [GrowPolicy::LeafWise, GrowPolicy::Oblivious] {
        let fit = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let params = GbdtParams { iterations: 3, grow_policy, ..GbdtParams::default() };
            Gbdt.fit(&params, &data, &mut FitContext::new(9).with_pool(&pool)).unwrap().model
        };
        let alone = fit(1);
        assert!([2, 5].into_iter().all(|threads| fit(threads) == alone), "{grow_policy:?}");
    }
}

#[test]
fn rows_in_any_order_and_few_of_many_are_fitted() {
    let (matrix, y) = smooth(3000);
    let rows: Vec<u32> = (0..3000).rev().filter(|i| i % 3 == 0).collect();
    let target = Target::Numbers(y.clone()).select(&rows);
    let data = TrainData { x: matrix.select(&rows), target: &target, weights: None, valid: None };
    let model = Gbdt.fit(&quick(), &data, &mut FitContext::new(1)).unwrap().model;
    let predicted = model.predict(matrix.view());
    let pairs: Vec<(f64, f64)> = (0..3000).filter(|i| i % 3 != 0).map(|i| (predicted.row(i)[0], y[i])).collect();
    assert!(r2(&pairs) > 0.9, "{}", r2(&pairs));
}

#[test]
fn little_room_for_histograms_changes_no_bit() {
    let (matrix, y) = smooth(2000);
    let target = Target::Numbers(y);
    let data = TrainData { x: matrix.view(), target: &target, weights: None, valid: None };
    let fit = |memory_bytes: u64| {
        let mut ctx = FitContext::new(1);
        ctx.memory_bytes = memory_bytes;
        Gbdt.fit(&GbdtParams { iterations: 5, ..GbdtParams::default() }, &data, &mut ctx).unwrap().model
    };
    assert_eq!(fit(1000), fit(u64::MAX));
}

#[test]
fn little_room_for_histograms_makes_symmetric_trees_shallower() {
    let (matrix, y) = smooth(2000);
    let target = Target::Numbers(y.clone());
    let data = TrainData { x: matrix.view(), target: &target, weights: None, valid: None };
    let mut ctx = FitContext::new(1);
    ctx.memory_bytes = 1000;
    let params = GbdtParams { grow_policy: GrowPolicy::Oblivious, ..quick() };
    let model = Gbdt.fit(&params, &data, &mut ctx).unwrap().model;
    assert_eq!(model.iterations(), 60);
    let predicted = model.predict(matrix.view());
    let pairs: Vec<(f64, f64)> = y.iter().enumerate().map(|(i, y)| (predicted.row(i)[0], *y)).collect();
    assert!(r2(&pairs) > 0.8, "{}", r2(&pairs));
}

#[test]
fn a_fit_goes_on_from_the_scores_of_another() {
    let (matrix, y) = smooth(2000);
    let (train, valid): (Vec<u32>, Vec<u32>) = (0..2000).partition(|i| i % 3 != 0);
    let y: Vec<f64> = y.iter().map(|y| y + 2.0).collect();
    let labels = y.iter().map(|y| u32::from(*y > 6.0)).collect();
    for (target, loss) in [
        (Target::Numbers(y.clone()), Loss::Squared),
        (Target::Numbers(y.clone()), Loss::Poisson),
        (Target::Classes { labels, n_classes: 2 }, Loss::Squared),
    ] {
        let params = GbdtParams { loss, iterations: 20, ..quick() };
        let fitted = target.select(&train);
        let data = TrainData { x: matrix.select(&train), target: &fitted, weights: None, valid: Some(matrix.select(&valid)) };
        let fit = |ctx: FitContext<'_>| Gbdt.fit(&params, &data, &mut { ctx }).unwrap().model;
        let first = fit(FitContext::new(1));
        let of = |rows: &[u32]| first.scores(matrix.select(rows));
        let (training, validation) = (of(&train), of(&valid));
        let mut judge = Judge { stop: 1000, best: 20, reported: Vec::new() };
        let start = Start { training: &training, validation: &validation };
        let second = fit(FitContext::new(2).with_start(start).with_monitor(&mut judge));

        // What was reported is what both say together.
        let added = second.scores(matrix.select(&valid));
        let together: Vec<f64> = validation.iter().zip(&added).map(|(a, b)| a + b).collect();
        let (_, reported) = judge.reported.last().unwrap();
        let error = |scores: &[f64]| -> f64 {
            let predicted = |s: f64| match (loss, &target) {
                (Loss::Poisson, _) => s.exp(),
                (_, Target::Classes { .. }) => 1.0 / (1.0 + (-s).exp()),
                _ => s,
            };
            let truth = |row: u32| {
                target.numbers().map_or_else(|| f64::from(target.labels().unwrap()[row as usize]), |y| y[row as usize])
            };
            valid.iter().zip(scores).map(|(&row, &s)| (predicted(s) - truth(row)).powi(2)).sum()
        };
        let mut row = vec![0.0; reported.width()];
        for (i, score) in together.iter().enumerate() {
            second.link().write(&[*score], &mut row);
            assert!(row.iter().zip(reported.row(i)).all(|(a, b)| (a - b).abs() < 1e-9), "{row:?} {:?}", reported.row(i));
        }
        assert!(error(&together) < 0.9 * error(&validation), "{loss:?}: {} {}", error(&together), error(&validation));

        let short = Start { training: &training[1..], validation: &validation };
        let refused = Gbdt.fit(&params, &data, &mut FitContext::new(0).with_start(short)).unwrap_err().to_string();
        assert!(refused.contains("training rows"), "{refused}");
    }
}
