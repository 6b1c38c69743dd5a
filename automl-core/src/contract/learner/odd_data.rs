//! Data that is thin, empty or strange.

use super::case::{Case, SEED, cases, cases_of_all_forms, without_panic};
use crate::contract::tasks::{self, Sample};
use crate::error::Kind;
use crate::fit_context::FitContext;
use crate::learner::{DynLearner, TrainData};
use crate::matrix::{Column, Csr, Form, Matrix};
use crate::task::Target;

/// A target that never changes, and one in which a class has no rows.
pub(super) fn fits_constant_targets(learner: &'static dyn DynLearner) -> Result<(), String> {
    for case in cases_of_all_forms(learner) {
        let sample = case.easy(90);
        let targets = match &sample.target {
            Target::Numbers(values) => vec![Target::Numbers(vec![3.5; values.len()]), Target::Numbers(vec![0.0; values.len()])],
            Target::Classes { labels, n_classes } => (0..*n_classes as u32)
                .flat_map(|absent| {
                    let alone = vec![absent; labels.len()];
                    let others = labels.iter().map(|&l| if l == absent { (l + 1) % *n_classes as u32 } else { l }).collect();
                    [alone, others].map(|labels| Target::Classes { labels, n_classes: *n_classes })
                })
                .collect(),
        };
        for target in targets {
            fits(&case, &Sample { target, ..sample.clone() })?;
        }
    }
    Ok(())
}

/// Columns that are constant or all missing leave a model that predicts something.
pub(super) fn fits_blank_features(learner: &'static dyn DynLearner) -> Result<(), String> {
    for case in cases(learner) {
        fits(&case, &tasks::blank(&case.easy(90)))?;
    }
    Ok(())
}

fn fits(case: &Case, sample: &Sample) -> Result<(), String> {
    let fitted = case.fit(sample)?;
    case.predict(&*fitted.model, sample.matrix.view(), sample.n_classes())?;
    Ok(())
}

/// One row and two rows give a model, or an error that says that the data is too small.
pub(super) fn survives_few_rows(learner: &'static dyn DynLearner) -> Result<(), String> {
    for case in cases_of_all_forms(learner) {
        for rows in [1, 2] {
            let mut sample = case.easy(30);
            sample.train.truncate(rows);
            fits_or_says_why_not(&case, &sample)?;
        }
    }
    Ok(())
}

/// A matrix without columns gives a model, or an error that says so.
pub(super) fn survives_no_columns(learner: &'static dyn DynLearner) -> Result<(), String> {
    for case in cases_of_all_forms(learner) {
        let sample = case.easy(30);
        fits_or_says_why_not(&case, &Sample { matrix: tasks::matrix(30, Vec::new()), ..sample })?;
    }
    Ok(())
}

fn fits_or_says_why_not(case: &Case, sample: &Sample) -> Result<(), String> {
    let target = sample.train_target();
    let data = TrainData { x: sample.train_view(), target: &target, weights: None, valid: None };
    let params = case.start(sample);
    let outcome = without_panic(|| case.learner.fit(&params, &data, &mut FitContext::new(SEED)));
    let what = format!("{} rows, {} columns", target.len(), sample.matrix.columns().len());
    match outcome.map_err(|panic| case.because(format!("{what}: fit {panic}")))? {
        Ok(fitted) => case.predict(&*fitted.model, sample.valid_view(), sample.n_classes()).map(|_| ()),
        Err(error) if error.kind() == Kind::Data && !error.to_string().is_empty() => Ok(()),
        Err(error) => Err(case.because(format!("{what}: an error of kind {:?}, not about the data: {error}", error.kind()))),
    }
}

/// Prediction never fails for values: the largest and smallest numbers, missing ones in columns that had
/// none, the code that no training row had, all sparse features at once.
pub(super) fn predicts_strange_values(learner: &'static dyn DynLearner) -> Result<(), String> {
    for case in cases(learner) {
        let sample = case.easy(90);
        let fitted = case.fit(&sample)?;
        let strange = strange_matrix(&case, &sample);
        case.predict(&*fitted.model, strange.view(), sample.n_classes())?;
    }
    Ok(())
}

/// Values that a matrix may hold but that the sample does not.
fn strange_matrix(case: &Case, sample: &Sample) -> Matrix {
    const NUMBERS: [f32; 8] = [f32::MAX, f32::MIN, f32::NAN, 0.0, -0.0, 1e-40, 1e20, f32::NAN];
    // Complete columns promise numbers near zero in size, and none missing.
    const COMPLETE: [f32; 8] = [50.0, -50.0, 0.0, -0.0, 1e-40, 1.0, -1.0, 1e-3];
    let forms = case.forms.iter().flat_map(|&form| std::iter::repeat_n(form, tasks::easy_columns(form)));
    let columns = sample.matrix.columns().iter().zip(forms).map(|(column, form)| match &**column {
        Column::Numeric(_) if form == Form::Numeric => Column::Numeric(NUMBERS.to_vec()),
        Column::Numeric(_) => Column::Numeric(COMPLETE.to_vec()),
        Column::Codes { levels, .. } => Column::Codes { codes: (0..8).map(|i| i % 2 * levels).collect(), levels: *levels },
        Column::Sparse(csr) => Column::Sparse(strange_sparse(csr.width())),
    });
    tasks::matrix(8, columns.collect())
}

fn strange_sparse(width: usize) -> Csr {
    let mut csr = Csr::new(width);
    for value in [1.0_f32, -1.0, 0.0, 1e6, -1e6, 1e-40, 2.0, 3.0] {
        csr.push_row((0..width as u32).map(|f| (f, value)));
    }
    csr
}
