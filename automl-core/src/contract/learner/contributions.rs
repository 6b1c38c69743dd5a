//! Where a model says what each column added, the parts make the whole.

use std::sync::Arc;

use super::case::{Case, SEED, cases, first_distance, without_panic};
use crate::contributions::Contributions;
use crate::fit_context::FitContext;
use crate::learner::{DynLearner, DynModel, TrainData};
use crate::matrix::{Column, Csr, Form, Matrix, View};
use crate::predictions::Predictions;

/// Contributions are finite, one per row, score and column; with the bias they sum to scores that stand for the
/// prediction. A column without information gets none, and a row the same alone as among others.
pub(super) fn contributions_sum_to_predictions(learner: &'static dyn DynLearner) -> Result<(), String> {
    for case in cases(learner) {
        let sample = case.easy(90);
        let mut columns = sample.matrix.columns().to_vec();
        columns.push(Arc::new(blank(case.forms[0], 90)));
        let matrix = Matrix::new(90, columns).map_err(|e| e.to_string())?;
        let target = sample.train_target();
        let data = TrainData { x: matrix.select(&sample.train), target: &target, weights: None, valid: None };
        let model = case.fit_data(&case.start(&sample), &data, &mut FitContext::new(SEED))?.model;
        let Some(all) = contributions(&case, &*model, matrix.view())? else { continue };
        let predictions = case.predict(&*model, matrix.view(), sample.n_classes())?;
        let mut summed = Predictions::zeros(90, predictions.width());
        for i in 0..90 {
            let scores: Vec<f64> = (0..all.outputs()).map(|output| all.score(i, output)).collect();
            all.scale.predict(&scores, summed.row_mut(i));
        }
        if let Some(distance) = first_distance(&predictions, &summed) {
            return Err(case.because(format!("predictions and the sums of contributions differ: {distance}")));
        }
        let blank = matrix.columns().len() - 1;
        let rows = (0..90).flat_map(|i| (0..all.outputs()).map(move |output| (i, output)));
        if let Some((i, output)) = rows.clone().find(|(i, output)| all.row(*i, *output)[blank] != 0.0) {
            return Err(case.because(format!("row {i}: a constant column adds {}", all.row(i, output)[blank])));
        }
        for i in (0..90).step_by(7) {
            let alone = contributions(&case, &*model, matrix.select(&[i as u32]))?;
            if !alone.is_some_and(|alone| (0..all.outputs()).all(|output| alone.row(0, output) == all.row(i, output))) {
                return Err(case.because(format!("row {i} alone has other contributions than among others")));
            }
        }
    }
    Ok(())
}

/// A column that says nothing.
fn blank(form: Form, rows: usize) -> Column {
    match form {
        Form::Numeric | Form::Complete => Column::Numeric(vec![1.0; rows]),
        Form::Codes => Column::Codes { codes: vec![1; rows], levels: 1 },
        Form::Sparse => {
            let mut nothing = Csr::new(1);
            (0..rows).for_each(|_| nothing.push_row([]));
            Column::Sparse(nothing)
        }
    }
}

/// The contributions, with their shape and their numbers looked at.
fn contributions(case: &Case, model: &dyn DynModel, x: View<'_>) -> Result<Option<Contributions>, String> {
    let found = without_panic(|| model.contributions(x)).map_err(|p| case.because(format!("contributions {p}")))?;
    let Some(found) = found else { return Ok(None) };
    let shape = (found.rows(), found.columns());
    if shape != (x.rows(), x.columns().len()) {
        let wanted = (x.rows(), x.columns().len());
        return Err(case.because(format!("contributions are of {shape:?} rows and columns instead of {wanted:?}")));
    }
    if found.values().iter().any(|value| !value.is_finite()) {
        return Err(case.because("a contribution is not finite"));
    }
    Ok(Some(found))
}
