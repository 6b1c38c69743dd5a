use automl_core::learner::DynLearner;
use rand::RngExt;
use rayon::ThreadPoolBuilder;

use super::*;

#[test]
fn every_task_is_learned_well_beyond_a_single_split() {
    for kind in TaskKind::ALL {
        let (x, y) = example(kind, 3000, 1);
        let (x_new, y_new) = example(kind, 1000, 2);
        let of = |params: &GbdtParams| loss_of(&fit(params, &x, &y), &x_new, &y_new);
        let constant = of(&GbdtParams { iterations: 0, ..quick() });
        let stump = of(&GbdtParams { iterations: 1, learning_rate: 1.0, num_leaves: 2, ..quick() });
        let boosted = of(&quick());
        assert!(stump < constant, "{kind:?}: {stump} {constant}");
        assert!(boosted < 0.35 * constant, "{kind:?}: {boosted} of {constant}");
        let random = of(&GbdtParams { extra_trees: true, iterations: 60, ..quick() });
        assert!(random < 0.5 * constant, "{kind:?}: {random} of {constant}");
    }
}

#[test]
fn the_seed_and_nothing_else_decides() {
    for kind in TaskKind::ALL {
        let (x, y) = example(kind, 400, 3);
        let params = GbdtParams { extra_trees: kind == TaskKind::Binary, ..quick() };
        let data = TrainData { x: x.view(), target: &y, weights: None, valid: None };
        let pool = ThreadPoolBuilder::new().num_threads(4).build().unwrap();
        let with = |ctx: FitContext<'_>| fit_in(&params, &data, ctx).unwrap();
        let model = with(FitContext::new(5));
        assert_eq!(model, with(FitContext::new(5)));
        assert_eq!(model, with(FitContext::new(5).with_pool(&pool)));
        assert_ne!(model, with(FitContext::new(6)));
    }
}

#[test]
fn small_memory_gives_the_same_trees() {
    let (x, y) = example(TaskKind::Binary, 1000, 3);
    let data = TrainData { x: x.view(), target: &y, weights: None, valid: None };
    let mut small = FitContext::new(1);
    small.memory_bytes = 1;
    let scarce = fit_in(&quick(), &data, small).unwrap();
    let ample = fit(&quick(), &x, &y);
    // Sums that are built and sums that are subtracted differ in their last bits.
    assert!((loss_of(&scarce, &x, &y) - loss_of(&ample, &x, &y)).abs() < 0.01);
}

#[test]
fn rows_of_a_view_are_all_that_counts() {
    let (x, y) = example(TaskKind::Regression, 600, 4);
    let rows: Vec<u32> = (0..600).filter(|i| i % 3 != 0).collect();
    let chosen = y.select(&rows);
    let data = TrainData { x: x.select(&rows), target: &chosen, weights: None, valid: None };
    let model = fit_in(&quick(), &data, FitContext::new(1)).unwrap();
    let fitted = loss(&model.predict(x.select(&rows)), &chosen);
    let others: Vec<u32> = (0..600).filter(|i| i % 3 == 0).collect();
    let unseen = loss(&model.predict(x.select(&others)), &y.select(&others));
    assert!(fitted < unseen && unseen < 0.6, "{fitted} {unseen}");
}

#[test]
fn a_weight_is_like_a_repeated_row() {
    let params = GbdtParams { bagging_fraction: 1.0, feature_fraction: 1.0, min_data_in_leaf: 1, lambda_l2: 0.0, ..quick() };
    for kind in [TaskKind::Regression, TaskKind::Binary] {
        let (x, y) = example(kind, 300, 6);
        let weights: Vec<f64> = (0..300).map(|i| f64::from(1 + i % 3)).collect();
        let rows: Vec<u32> = (0..300u32).flat_map(|i| vec![i; 1 + i as usize % 3]).collect();
        let repeated = y.select(&rows);
        let by_weight = TrainData { x: x.view(), target: &y, weights: Some(&weights), valid: None };
        let by_rows = TrainData { x: x.select(&rows), target: &repeated, weights: None, valid: None };
        let predict = |data: &TrainData<'_>| {
            let small = GbdtParams { num_leaves: 4, max_cat_to_onehot: 100, ..params.clone() };
            fit_in(&small, data, FitContext::new(1)).unwrap().predict(x.view())
        };
        let (a, b) = (predict(&by_weight), predict(&by_rows));
        let apart = a.values().iter().zip(b.values()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(apart < 1e-4, "{kind:?}: {apart}");
        let unweighted = predict(&TrainData { weights: None, ..by_weight });
        assert_ne!(a.values()[0], unweighted.values()[0]);
    }
}

#[test]
fn a_file_and_single_rows_give_the_same_predictions() {
    for kind in TaskKind::ALL {
        let (x, y) = example(kind, 500, 7);
        let model = fit(&quick(), &x, &y);
        let learner: &dyn DynLearner = &Gbdt;
        let loaded = learner.load(&automl_core::learner::DynModel::to_bytes(&model).unwrap()).unwrap();
        loaded.validate(5).unwrap();
        let all = model.predict(x.view());
        assert_eq!(loaded.predict(x.view()), all);
        for row in [0, 17, 499] {
            assert_eq!(model.predict(x.select(&[row])).row(0), all.row(row as usize));
        }
        all.validate(500, kind.is_classification().then(|| y.width())).unwrap();
        assert_eq!(model.predict(x.select(&[])).rows(), 0);
    }
}

#[test]
fn a_damaged_model_is_refused() {
    let (x, y) = example(TaskKind::Binary, 500, 7);
    let model = fit(&quick(), &x, &y);
    model.validate(5).unwrap();
    assert!(model.validate(3).is_err());
    let damaged = |harm: &dyn Fn(&mut GbdtModel)| {
        let mut model = model.clone();
        harm(&mut model);
        model.validate(5).is_err()
    };
    assert!(damaged(&|m| m.trees[0].values[0] = f64::NAN));
    assert!(damaged(&|m| m.trees[0].values.truncate(1)));
    assert!(damaged(&|m| m.trees[0].nodes.truncate(1)));
    assert!(damaged(&|m| m.trees[0].nodes.swap(0, 1)));
    assert!(damaged(&|m| m.start.clear()));
    assert!(damaged(&|m| m.start.push(0.0)));
}

#[test]
fn missing_values_take_the_side_that_fits_them() {
    let mut rng = rng(8);
    let mut x = uniform(&mut rng, 400);
    (0..400).step_by(4).for_each(|i| x[i] = f32::NAN);
    for likes_low in [true, false] {
        let y = x.iter().map(|v| f64::from(u8::from(v.is_nan() || (*v < 0.0) == likes_low))).collect();
        let x = matrix([Column::Numeric(x.clone())]);
        let stump =
            GbdtParams { iterations: 1, learning_rate: 1.0, num_leaves: 2, lambda_l2: 0.0, bagging_fraction: 1.0, ..quick() };
        let model = fit(&stump, &x, &Target::Numbers(y));
        let new = matrix([Column::Numeric(vec![-0.5, 0.5, f32::NAN])]);
        let p = model.predict(new.view());
        let expected = if likes_low { [1.0, 0.0, 1.0] } else { [0.0, 1.0, 1.0] };
        assert!(p.values().iter().zip(expected).all(|(p, e)| (p - e).abs() < 1e-6), "{p:?}");
    }
}

#[test]
fn missing_values_that_training_did_not_have_follow_the_larger_side() {
    let x = matrix([Column::Numeric((0..100).map(|i| i as f32).collect())]);
    let y = Target::Numbers((0..100).map(|i| f64::from(u8::from(i >= 70))).collect());
    let stump = GbdtParams { iterations: 1, learning_rate: 1.0, num_leaves: 2, lambda_l2: 0.0, bagging_fraction: 1.0, ..quick() };
    let p = fit(&stump, &x, &y).predict(matrix([Column::Numeric(vec![f32::NAN])]).view());
    assert!(p.values()[0].abs() < 1e-6, "{p:?}");
}

#[test]
fn many_categories_are_told_apart() {
    let mut rng = rng(9);
    let codes: Vec<u32> = (0..6000).map(|_| rng.random_range(1..=300)).collect();
    let is_good = |code: u32| code.wrapping_mul(2_654_435_761) >> 31 == 1;
    let y = Target::Numbers(codes.iter().map(|&c| f64::from(u8::from(c <= 254 && is_good(c)))).collect());
    let x = matrix([Column::Codes { codes, levels: 300 }]);
    let model = fit(&GbdtParams { max_cat_threshold: 200, ..quick() }, &x, &y);
    let new = matrix([Column::Codes { codes: (1..=254).collect(), levels: 300 }]);
    let p = model.predict(new.view());
    let right = (1..=254u32).filter(|&c| (p.row(c as usize - 1)[0] > 0.5) == is_good(c)).count();
    assert!(right > 250, "{right} of 254");
    let strange = matrix([Column::Codes { codes: vec![0, 299, 1_000_000], levels: 1_000_000 }]);
    let p = model.predict(strange.view());
    assert!(p.values().iter().all(|v| *v == p.values()[0]), "rare and unseen codes are alike: {p:?}");
}

#[test]
fn poor_data_gives_the_best_constant() {
    let missing = || Column::Numeric(vec![f32::NAN; 30]);
    let same = || Column::Numeric(vec![3.0; 30]);
    let number = || Column::Numeric((0..30).map(|i| i as f32).collect());
    let numbers = Target::Numbers((0..30).map(f64::from).collect());
    let model = fit(&quick(), &matrix([missing(), same()]), &numbers);
    assert_eq!(model.iterations(), 0);
    assert!((model.predict(matrix([missing(), same()]).view()).values()[0] - 14.5).abs() < 1e-12);
    let constant = Target::Numbers(vec![7.25; 30]);
    assert_eq!(fit(&quick(), &matrix([number()]), &constant).predict(matrix([number()]).view()).values(), [7.25; 30]);
    let one_class = Target::Classes { labels: vec![1; 30], n_classes: 2 };
    let p = fit(&quick(), &matrix([number()]), &one_class).predict(matrix([number()]).view());
    assert!(p.row(0)[1] > 0.99 && p.row(0)[1] < 1.0);

    let one_row = matrix([Column::Numeric(vec![1.0])]);
    assert_eq!(fit(&quick(), &one_row, &Target::Numbers(vec![5.0])).predict(one_row.view()).values(), [5.0]);
    let no_columns = Matrix::new(2, Vec::new()).unwrap();
    assert_eq!(fit(&quick(), &no_columns, &Target::Numbers(vec![1.0, 3.0])).predict(no_columns.view()).values(), [2.0; 2]);
}

#[test]
fn the_unit_of_the_target_does_not_matter() {
    let (x, y) = example(TaskKind::Regression, 500, 10);
    let scaled = Target::Numbers(y.numbers().unwrap().iter().map(|v| v * 1e30 - 1e30).collect());
    let params = GbdtParams { lambda_l1: 0.5, ..quick() };
    let (p, q) = (fit(&params, &x, &y).predict(x.view()), fit(&params, &x, &scaled).predict(x.view()));
    assert!(p.values().iter().zip(q.values()).all(|(p, q)| (q / 1e30 + 1.0 - p).abs() < 1e-3));
}

#[test]
fn what_cannot_be_used_is_refused() {
    let (x, y) = example(TaskKind::Regression, 20, 1);
    let data = TrainData { x: x.view(), target: &y, weights: None, valid: None };
    for (params, name) in [
        (GbdtParams { learning_rate: 0.0, ..quick() }, "learning_rate"),
        (GbdtParams { num_leaves: 1, ..quick() }, "num_leaves"),
        (GbdtParams { lambda_l2: f64::NAN, ..quick() }, "lambda_l2"),
        (GbdtParams { max_bin: 300, ..quick() }, "max_bin"),
    ] {
        let error = fit_in(&params, &data, FitContext::new(1)).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
    let nothing = Target::Numbers(Vec::new());
    let data = TrainData { x: x.select(&[]), target: &nothing, weights: None, valid: None };
    assert!(fit_in(&quick(), &data, FitContext::new(1)).is_err());
}

#[test]
fn the_space_holds_the_defaults_and_starts_cheap() {
    let learner: &dyn DynLearner = &Gbdt;
    for rows in [10, 1000, 1_000_000] {
        let (x, y) = example(TaskKind::Regression, 10, 1);
        let shape = automl_core::matrix::Shape { rows, ..x.shape(y.width()) };
        let space = learner.space(shape);
        let mut defaults = learner.default_params();
        defaults.retain(|name, _| space.axes.iter().any(|axis| axis.name == name));
        space.check(&defaults).unwrap();
        let start = learner.cost(&space.start(), shape).unwrap();
        for seed in 0..20 {
            let sampled = space.sample(&mut rng(seed));
            assert!(learner.cost(&sampled, shape).unwrap().work > 0.1 * start.work);
        }
    }
}
