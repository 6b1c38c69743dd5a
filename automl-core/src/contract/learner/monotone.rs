//! A learner that declares it can be held to a direction is.

use std::sync::Arc;

use rand::RngExt;
use serde_json::json;

use super::case::{Case, SEED};
use crate::contract::tasks;
use crate::fit_context::FitContext;
use crate::learner::{DynLearner, TrainData};
use crate::matrix::{Column, Form, Matrix};
use crate::seed::{derive, rng};
use crate::space::Params;
use crate::task::{Target, TaskKind};

const ROWS: usize = 400;

/// If it is declared, predictions never go against the direction of a column that the target rises and falls with:
/// at the start of the space, and at points drawn from it. Without a parameter for directions they are the same all
/// along the column.
pub(super) fn keeps_directions(learner: &'static dyn DynLearner) -> Result<(), String> {
    const SAMPLES: u64 = 5;
    let supports = learner.supports();
    if !supports.monotone {
        return Ok(());
    }
    let form = [Form::Numeric, Form::Complete].into_iter().find(|form| supports.forms.contains(form));
    let form = form.ok_or("it keeps directions, but takes no form of numbers")?;
    for &kind in supports.tasks.iter().filter(|kind| **kind != TaskKind::Multiclass) {
        let case = Case { learner, kind, forms: vec![form] };
        let (matrix, target) = waves(kind);
        let space = learner.space(matrix.shape(target.width()));
        let drawn = (0..SAMPLES).map(|k| space.sample(&mut rng(derive(SEED, k))));
        for params in [space.start()].into_iter().chain(drawn) {
            for direction in [1, -1] {
                check(&case, (&matrix, &target), params.clone(), direction)?;
            }
        }
    }
    Ok(())
}

/// A column in which the target rises and falls, one in which it rises, and noise.
fn waves(kind: TaskKind) -> (Matrix, Target) {
    let mut random = rng(SEED);
    let mut column = || (0..ROWS).map(|_| random.random::<f32>()).collect::<Vec<_>>();
    let [x, z, noise] = [column(), column(), column()];
    let y: Vec<f64> = (0..ROWS).map(|i| f64::from((15.0 * x[i]).sin() + z[i] + noise[i])).collect();
    let target = match kind {
        TaskKind::Regression => Target::Numbers(y),
        _ => Target::Classes { labels: y.iter().map(|y| u32::from(*y > 1.0)).collect(), n_classes: 2 },
    };
    (tasks::matrix(ROWS, vec![Column::Numeric(x), Column::Numeric(z)]), target)
}

fn check(case: &Case, (matrix, target): (&Matrix, &Target), mut params: Params, direction: i32) -> Result<(), String> {
    const STEPS: usize = 120;
    // Probabilities and sums of many trees are rounded.
    const TOLERANCE: f64 = 1e-9;
    if case.learner.default_params().contains_key("monotone") {
        params.insert("monotone".to_owned(), json!([direction]));
    }
    let data = TrainData { x: matrix.view(), target, weights: None, valid: None };
    let model = case.fit_data(&params, &data, &mut FitContext::new(SEED))?.model;
    for z in [0.1, 0.5, 0.9] {
        let along = (0..STEPS).map(|i| 1.2 * i as f32 / STEPS as f32 - 0.1).collect();
        let columns = vec![Arc::new(Column::Numeric(along)), Arc::new(Column::Numeric(vec![z; STEPS]))];
        let line = Matrix::new(STEPS, columns).map_err(|e| e.to_string())?;
        let predicted = case.predict(&*model, line.view(), target.labels().map(|_| 2))?;
        let values: Vec<f64> = predicted.column(target.width() - 1).collect();
        if let Some(i) = (1..STEPS).find(|&i| f64::from(direction) * (values[i] - values[i - 1]) < -TOLERANCE) {
            let (before, after) = (values[i - 1], values[i]);
            let message = format!("{params:?}: with direction {direction} it goes from {before} to {after} along the column");
            return Err(case.because(message));
        }
    }
    Ok(())
}
