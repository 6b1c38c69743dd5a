//! Tests of whole fits; those of single parts stand beside them.

mod fits;
mod splits;
mod stopping;

use std::sync::Arc;

use automl_core::error::Result;
use automl_core::fit_context::FitContext;
use automl_core::learner::{Learner, Model, TrainData};
use automl_core::matrix::{Column, Matrix};
use automl_core::predictions::Predictions;
use automl_core::seed::{Rng, rng};
use automl_core::task::{Target, TaskKind};
use rand::RngExt;

use super::{Gbdt, GbdtModel, GbdtParams};

/// Four numbers (the second sometimes missing, which means something) and a category, with a target that
/// depends on all of them.
pub(super) fn example(kind: TaskKind, rows: usize, seed: u64) -> (Matrix, Target) {
    let mut rng = rng(seed);
    let mut numbers = vec![Vec::new(); 4];
    let (mut codes, mut values) = (Vec::new(), Vec::new());
    for _ in 0..rows {
        let x: Vec<f32> = (0..4).map(|_| rng.random_range(-2.0..2.0)).collect();
        let is_missing = rng.random_bool(0.2);
        let code = rng.random_range(0..30u32);
        numbers.iter_mut().zip(&x).for_each(|(column, v)| column.push(*v));
        if is_missing {
            numbers[1].pop();
            numbers[1].push(f32::NAN);
        }
        codes.push(code);
        let effect = if is_missing { 1.5 } else { x[1] };
        values.push(f64::from(x[0] * x[2] + effect) + f64::from(code % 3) + rng.random_range(-0.3..0.3));
    }
    let target = match kind {
        TaskKind::Regression => Target::Numbers(values),
        TaskKind::Binary => Target::Classes { labels: values.iter().map(|v| u32::from(*v > 1.0)).collect(), n_classes: 2 },
        TaskKind::Multiclass => {
            Target::Classes { labels: values.iter().map(|v| v.clamp(0.0, 2.9) as u32).collect(), n_classes: 3 }
        }
    };
    let columns = numbers.into_iter().map(Column::Numeric).chain([Column::Codes { codes, levels: 29 }]);
    (matrix(columns), target)
}

pub(super) fn matrix(columns: impl IntoIterator<Item = Column>) -> Matrix {
    let columns: Vec<Arc<Column>> = columns.into_iter().map(Arc::new).collect();
    Matrix::new(columns[0].rows(), columns).unwrap()
}

/// Parameters that learn something from a few hundred rows in a few trees.
pub(super) fn quick() -> GbdtParams {
    GbdtParams { iterations: 30, learning_rate: 0.2, min_data_in_leaf: 5, ..GbdtParams::default() }
}

pub(super) fn fit(params: &GbdtParams, x: &Matrix, target: &Target) -> GbdtModel {
    fit_in(params, &TrainData { x: x.view(), target, weights: None, valid: None }, FitContext::new(1)).unwrap()
}

pub(super) fn fit_in(params: &GbdtParams, data: &TrainData<'_>, mut ctx: FitContext<'_>) -> Result<GbdtModel> {
    Ok(Gbdt.fit(params, data, &mut ctx)?.model)
}

/// The mean loss: half the squared error, or the log loss.
pub(super) fn loss(predictions: &Predictions, target: &Target) -> f64 {
    let of_row = |i: usize| match target {
        Target::Numbers(values) => 0.5 * (predictions.row(i)[0] - values[i]).powi(2),
        Target::Classes { labels, .. } => -predictions.row(i)[labels[i] as usize].ln(),
    };
    (0..target.len()).map(of_row).sum::<f64>() / target.len() as f64
}

pub(super) fn loss_of(model: &GbdtModel, x: &Matrix, target: &Target) -> f64 {
    loss(&model.predict(x.view()), target)
}

pub(super) fn uniform(rng: &mut Rng, n: usize) -> Vec<f32> {
    (0..n).map(|_| rng.random_range(-1.0..1.0)).collect()
}
