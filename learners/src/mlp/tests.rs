use std::sync::Arc;

use automl_core::fit_context::FitContext;
use automl_core::learner::{Learner, Model, TrainData};
use automl_core::matrix::{Column, Csr, Matrix};
use automl_core::seed::rng;
use automl_core::task::Target;
use rand::RngExt;

use super::cpu::Net;
use super::train::{Plan, Rows, Task};
use super::{Inputs, Mlp, MlpModel, MlpParams, Network};
use crate::aims::{Aims, Unit};
use crate::head::Head;

fn fit(matrix: &Matrix, target: &Target, params: &MlpParams) -> MlpModel {
    let data = TrainData { x: matrix.view(), target, weights: None, valid: None };
    let model = Learner::fit(&Mlp, params, &data, &mut FitContext::new(1)).unwrap().model;
    model.validate(matrix.columns().len()).unwrap();
    model
}

/// Two numbers, a category and a text of few words.
fn mixed(rows: usize) -> Matrix {
    let mut rng = rng(3);
    let mut numbers = || Arc::new(Column::Numeric((0..rows).map(|_| rng.random_range(-200..200) as f32 / 100.0).collect()));
    let (a, b) = (numbers(), numbers());
    let codes = (0..rows as u32).map(|i| i * 5 % 7).collect();
    let mut words = Csr::new(6);
    (0..rows as u32).for_each(|i| words.push_row([(i % 2, 1.0), (2 + i % 4, 0.5)]));
    Matrix::new(rows, vec![a, b, Arc::new(Column::Codes { codes, levels: 6 }), Arc::new(Column::Sparse(words))]).unwrap()
}

/// The loss whose gradient the way back gives.
fn loss(net: &mut Net<'_>, batch: &[u32]) -> f64 {
    let outputs = net.outputs(batch).to_vec();
    let m = net.task.network.outputs();
    let of_row = |(out, &row): (&[f32], &u32)| {
        let row = row as usize;
        let z: Vec<f64> = out.iter().map(|&z| f64::from(z)).collect();
        let loss = match &net.task.rows.aims {
            Aims::Numbers(values) => 0.5 * (z[0] - f64::from(values[row])).powi(2),
            Aims::Binary(values) => z[0].exp().ln_1p() - f64::from(values[row]) * z[0],
            Aims::Classes(places) => z.iter().map(|z| z.exp()).sum::<f64>().ln() - z[places[row] as usize],
        };
        loss * f64::from(net.task.rows.weights[row])
    };
    outputs.chunks_exact(m).zip(batch).map(of_row).sum::<f64>() / batch.len() as f64
}

#[test]
fn the_way_back_gives_the_gradient() {
    let matrix = mixed(24);
    let weights: Vec<f32> = (0..24u8).map(|i| 0.5 + f32::from(i % 3)).collect();
    let batch: Vec<u32> = (0..24).collect();
    let numbers = Target::Numbers((0..24).map(|i| f64::from(i % 5) - 2.0).collect());
    let classes = |n: u32| Target::Classes { labels: (0..24).map(|i| i % n).collect(), n_classes: n as usize };
    for target in [numbers, classes(2), classes(4)] {
        let head = Head::of(&target);
        let inputs = Inputs::new(matrix.view(), &[1.0; 24], 3, 100);
        let network = Network::new(&inputs, &[5, 4], head.outputs());
        let rows = Rows {
            prepared: inputs.prepare(matrix.view()),
            aims: Aims::of(&target, &head, Unit { offset: 0.0, scale: 1.0 }),
            weights: weights.clone(),
        };
        let plan = Plan { epochs: 1, batch: 24, learning_rate: 0.1, weight_decay: 0.0, dropout: 0.0, seed: 5 };
        let start = vec![0.3; head.outputs()];
        let task = Task { network: &network, inputs: &inputs, rows: &rows, plan, start, nets: 1 };
        let mut net = Net::new(&task, 8);
        // The outputs begin without weights, which would stop the gradient there.
        let last = network.layers().len() - 1;
        let outputs = network.layers()[last].weights.clone();
        outputs.for_each(|i| net.parameters[i] = 0.1 * ((i * 7 % 11) as f32 - 5.0));
        let _ = loss(&mut net, &batch);
        net.blame(&batch);
        net.backward(&batch);
        let gradient = net.gradient.clone();
        for (i, &found) in gradient.iter().enumerate() {
            const STEP: f32 = 2e-3;
            let kept = net.parameters[i];
            net.parameters[i] = kept + STEP;
            let above = loss(&mut net, &batch);
            net.parameters[i] = kept - STEP;
            let below = loss(&mut net, &batch);
            net.parameters[i] = kept;
            let slope = (above - below) / f64::from(2.0 * STEP);
            assert!((slope - f64::from(found)).abs() < 2e-3, "{:?} {i}: {slope} {}", target.kind(), found);
        }
    }
}

#[test]
fn learns_what_no_sum_of_columns_gives() {
    let mut rng = rng(11);
    let mut numbers = || -> Vec<f32> { (0..2000).map(|_| rng.random_range(-1000..1000) as f32 / 1000.0).collect() };
    let (a, b) = (numbers(), numbers());
    let labels: Vec<u32> = a.iter().zip(&b).map(|(a, b)| u32::from(a * b > 0.0)).collect();
    let matrix = Matrix::new(2000, vec![Arc::new(Column::Numeric(a)), Arc::new(Column::Numeric(b))]).unwrap();
    let target = Target::Classes { labels: labels.clone(), n_classes: 2 };
    let model = fit(&matrix, &target, &MlpParams { width: 32, epochs: Some(30), ..MlpParams::default() });
    let right = model.predict(matrix.view()).classes().iter().zip(&labels).filter(|(a, b)| a == b).count();
    assert!(right > 1940, "{right} of 2000");
}

#[test]
fn learns_a_smooth_curve() {
    let values: Vec<f32> = (0..1500).map(|i| i as f32 / 100.0).collect();
    let target: Vec<f64> = values.iter().map(|x| 50.0 + 10.0 * f64::from(*x).sin()).collect();
    let matrix = Matrix::new(1500, vec![Arc::new(Column::Numeric(values))]).unwrap();
    let model = fit(&matrix, &Target::Numbers(target.clone()), &MlpParams { width: 64, dropout: 0.0, ..MlpParams::default() });
    let error = model.predict(matrix.view()).column(0).zip(&target).map(|(p, y)| (p - y).powi(2)).sum::<f64>() / 1500.0;
    assert!(error.sqrt() < 1.0, "{}", error.sqrt());
}

#[test]
fn words_are_read() {
    let matrix = mixed(400);
    let labels: Vec<u32> = (0..400).map(|i| i % 4).collect();
    let sparse = Matrix::new(400, matrix.columns()[3..].to_vec()).unwrap();
    let model = fit(&sparse, &Target::Classes { labels: labels.clone(), n_classes: 4 }, &MlpParams::default());
    assert_eq!(model.predict(sparse.view()).classes(), labels);
}

#[test]
fn a_plan_ends_where_it_should() {
    let plan = Plan { epochs: 10, batch: 100, learning_rate: 1.0, weight_decay: 0.0, dropout: 0.0, seed: 0 };
    assert_eq!([plan.steps(1000), plan.steps(1040), plan.steps(1060), plan.steps(3)], [10, 10, 11, 1]);
    assert!((plan.rate(0, 1000) - 0.04).abs() < 1e-6 && (plan.rate(25, 1000) - 1.0).abs() < 1e-6);
    assert!(plan.rate(24, 1000) > plan.rate(23, 1000) && plan.rate(26, 1000) > plan.rate(27, 1000));
    assert!(plan.rate(99, 1000) < 0.01);
}
