//! A learner fits what it declares, well, and nothing else.

use super::case::{Case, SEED, cases, cases_of_all_forms, squared_error, without_panic};
use crate::contract::debug::prior;
use crate::contract::tasks;
use crate::fit_context::FitContext;
use crate::learner::{DynLearner, TrainData};
use crate::matrix::Form;
use crate::predictions::Predictions;
use crate::space::Params;
use crate::task::TaskKind;

/// Every declared task with every declared form gives a sound model.
pub(super) fn fits_tasks_and_forms(learner: &'static dyn DynLearner) -> Result<(), String> {
    if learner.supports().tasks.is_empty() || learner.supports().forms.is_empty() {
        return Err("declares no task or no form".to_owned());
    }
    for case in cases(learner) {
        let sample = case.easy(90);
        let fitted = case.fit(&sample)?;
        fitted.model.validate(sample.matrix.columns().len()).map_err(|e| case.because(format!("validate: {e}")))?;
        case.predict(&*fitted.model, sample.train_view(), sample.n_classes())?;
        case.predict(&*fitted.model, sample.valid_view(), sample.n_classes())?;
        case.predict(&*fitted.model, sample.matrix.view(), sample.n_classes())?;
    }
    Ok(())
}

/// With its default parameters, the squared error on new rows is at most this share of that of the prior.
/// The data allows about a tenth for every form.
const FLOOR: f64 = 0.75;

/// Learns an easy task from every form alone. Learners that look at no feature are excused by their id.
pub(super) fn beats_the_prior(learner: &'static dyn DynLearner) -> Result<(), String> {
    if ["featureless", "debug"].contains(&learner.id()) {
        return Ok(());
    }
    for case in cases(learner) {
        let sample = case.easy(450);
        let fitted = case.fit_with(&sample, &Params::new(), &mut FitContext::new(SEED))?;
        let predictions = case.predict(&*fitted.model, sample.valid_view(), sample.n_classes())?;
        let constant = prior(&sample.train_target(), None);
        let baseline = Predictions::new(constant.len(), constant.repeat(sample.valid.len()));
        let truth = sample.valid_target();
        let (error, floor) = (squared_error(&truth, &predictions), FLOOR * squared_error(&truth, &baseline));
        if error.is_nan() || error > floor {
            return Err(case.because(format!("squared error {error:.4} on an easy task, where {floor:.4} is asked for")));
        }
    }
    Ok(())
}

/// Rows of unequal weight are no trouble.
pub(super) fn takes_weights(learner: &'static dyn DynLearner) -> Result<(), String> {
    for case in cases_of_all_forms(learner) {
        let sample = case.easy(90);
        let target = sample.train_target();
        let weights: Vec<f64> = (0..target.len()).map(|i| [0.01, 1.0, 3.5, 40.0][i % 4]).collect();
        let data = TrainData { x: sample.train_view(), target: &target, weights: Some(&weights), valid: None };
        let fitted = case.fit_data(&case.start(&sample), &data, &mut FitContext::new(SEED))?;
        case.predict(&*fitted.model, sample.valid_view(), sample.n_classes())?;
    }
    Ok(())
}

/// A task that is not declared is an error with the id of the learner in it, no panic.
pub(super) fn refuses_other_tasks(learner: &'static dyn DynLearner) -> Result<(), String> {
    let supports = learner.supports();
    for kind in TaskKind::ALL.into_iter().filter(|k| !supports.tasks.contains(k)) {
        refuses(&Case { learner, kind, forms: supports.forms.to_vec() }, kind.name())?;
    }
    Ok(())
}

/// A column of a form that is not declared is an error, no panic. Numbers are one form for this purpose:
/// a learner cannot tell which of the two was meant.
pub(super) fn refuses_other_forms(learner: &'static dyn DynLearner) -> Result<(), String> {
    let supports = learner.supports();
    for form in [Form::Codes, Form::Sparse].into_iter().filter(|f| !supports.forms.contains(f)) {
        let mut forms = supports.forms.to_vec();
        forms.push(form);
        refuses(&Case { learner, kind: supports.tasks[0], forms }, form.name())?;
    }
    Ok(())
}

fn refuses(case: &Case, what: &str) -> Result<(), String> {
    let sample = tasks::easy(case.kind, &case.forms, 60, SEED);
    let target = sample.train_target();
    let data = TrainData { x: sample.train_view(), target: &target, weights: None, valid: None };
    let outcome = without_panic(|| case.learner.fit(&Params::new(), &data, &mut FitContext::new(SEED)));
    match outcome.map_err(|panic| case.because(format!("fit {panic}")))? {
        Ok(_) => Err(case.because(format!("{what} is not declared, but was fitted"))),
        Err(error) if error.to_string().contains(case.learner.id()) => Ok(()),
        Err(error) => Err(case.because(format!("the error does not name the learner: {error}"))),
    }
}
