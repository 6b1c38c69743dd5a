//! A learner stops when it is told to, with the best model so far.

use super::case::{Case, SEED, cases_of_all_forms, first_distance, without_panic};
use crate::clock::{Cancel, Deadline, Stopwatch};
use crate::contract::tasks::Sample;
use crate::fit_context::{FitContext, Monitor, Signal};
use crate::learner::{DynLearner, TrainData};
use crate::predictions::Predictions;
use crate::space::Params;

/// Keeps the reports of a fit, calls one of them the best, and stops after some.
struct Reports {
    kept: Vec<(u32, Predictions)>,
    stop_at: usize,
    best: usize,
}

impl Monitor for Reports {
    fn report(&mut self, step: u32, predictions: &Predictions) -> Signal {
        self.kept.push((step, predictions.clone()));
        if self.kept.len() >= self.stop_at { Signal::Stop } else { Signal::Continue }
    }

    fn best_step(&self) -> Option<u32> {
        self.kept.get(self.best).or(self.kept.last()).map(|(step, _)| *step)
    }
}

/// When a fit has to end, and how many reports may come until then.
struct Limit {
    deadline: Deadline,
    cancel: Cancel,
    reports_max: usize,
}

impl Limit {
    /// Every report polls the context, so that there can be at most one more than it allows.
    fn after_polls(polls: usize) -> Limit {
        Limit { deadline: Deadline::after_polls(polls as u64), cancel: Cancel::new(), reports_max: polls + 1 }
    }
}

/// A deadline that passes after some polls ends the fit at the next one, with a model or an error.
pub(super) fn honours_deadlines(learner: &'static dyn DynLearner) -> Result<(), String> {
    for case in cases_of_all_forms(learner) {
        let sample = case.easy(90);
        for polls in [0, 1, 5, 50] {
            ends_well(&case, &sample, Limit::after_polls(polls)).map_err(|e| format!("after {polls} polls: {e}"))?;
        }
        // A tenth of a second would be right; the rest is for machines that do something else as well.
        const SECONDS_MAX: f64 = 2.0;
        let sample = case.easy(6_000);
        let watch = Stopwatch::start();
        ends_well(&case, &sample, Limit::after_polls(0))?;
        if watch.elapsed_s() > SECONDS_MAX {
            return Err(case.because(format!("took {:.1} s when there was no time left", watch.elapsed_s())));
        }
    }
    Ok(())
}

/// A fit that was cancelled before it began ends at once, with a model or an error.
pub(super) fn honours_cancelling(learner: &'static dyn DynLearner) -> Result<(), String> {
    for case in cases_of_all_forms(learner) {
        let cancel = Cancel::new();
        cancel.cancel();
        ends_well(&case, &case.easy(90), Limit { deadline: Deadline::Never, cancel, reports_max: 1 })?;
    }
    Ok(())
}

/// Fits with the default parameters until the context says stop: a sound model or an error with a message,
/// and no report after that.
fn ends_well(case: &Case, sample: &Sample, limit: Limit) -> Result<(), String> {
    let mut reports = Reports { kept: Vec::new(), stop_at: usize::MAX, best: usize::MAX };
    let target = sample.train_target();
    let data = TrainData { x: sample.train_view(), target: &target, weights: None, valid: Some(sample.valid_view()) };
    let ctx = FitContext::new(SEED).with_deadline(limit.deadline).with_cancel(limit.cancel);
    let mut ctx = ctx.with_monitor(&mut reports);
    let outcome = without_panic(|| case.learner.fit(&Params::new(), &data, &mut ctx));
    match outcome.map_err(|panic| case.because(format!("fit {panic}")))? {
        Ok(fitted) => {
            case.predict(&*fitted.model, sample.valid_view(), sample.n_classes())?;
            if let Some(held_out) = fitted.held_out {
                held_out.validate(target.len(), sample.n_classes()).map_err(|e| case.because(format!("held out: {e}")))?;
            }
        }
        Err(error) if error.to_string().is_empty() => return Err(case.because("an error without a message")),
        Err(_) => {}
    }
    if reports.kept.len() > limit.reports_max {
        return Err(case.because(format!("{} reports, where {} were allowed", reports.kept.len(), limit.reports_max)));
    }
    Ok(())
}

/// Reports are sound, their steps rise from 1 on, the third ends the fit if the monitor says so, and the
/// model is that of the step which the monitor calls the best: here of the second report.
pub(super) fn honours_reports(learner: &'static dyn DynLearner) -> Result<(), String> {
    for case in cases_of_all_forms(learner) {
        let sample = case.easy(90);
        let mut reports = Reports { kept: Vec::new(), stop_at: 3, best: 1 };
        let target = sample.train_target();
        let data = TrainData { x: sample.train_view(), target: &target, weights: None, valid: Some(sample.valid_view()) };
        let mut ctx = FitContext::new(SEED).with_monitor(&mut reports);
        let fitted = case.fit_data(&Params::new(), &data, &mut ctx)?;
        let predictions = case.predict(&*fitted.model, sample.valid_view(), sample.n_classes())?;
        if reports.kept.len() > 3 {
            return Err(case.because(format!("{} reports although the third was told to be the last", reports.kept.len())));
        }
        let mut last = 0;
        for (step, reported) in &reports.kept {
            reported.validate(sample.valid.len(), sample.n_classes()).map_err(|e| case.because(format!("report {step}: {e}")))?;
            if *step <= last {
                return Err(case.because(format!("step {step} was reported after step {last}")));
            }
            last = *step;
        }
        if let Some((step, best)) = reports.kept.get(1).or(reports.kept.last())
            && let Some(difference) = first_distance(best, &predictions)
        {
            return Err(case.because(format!("step {step} was the best, but reported and predicted {difference}")));
        }
    }
    Ok(())
}

/// A model that was to keep all its steps and is cut to one predicts what was reported after it. A model that cannot
/// be cut is that of the best step.
pub(super) fn cuts_to_reported_steps(learner: &'static dyn DynLearner) -> Result<(), String> {
    for case in cases_of_all_forms(learner) {
        let sample = case.easy(90);
        let mut reports = Reports { kept: Vec::new(), stop_at: 6, best: 1 };
        let target = sample.train_target();
        let data = TrainData { x: sample.train_view(), target: &target, weights: None, valid: Some(sample.valid_view()) };
        let mut ctx = FitContext::new(SEED).with_all_steps().with_monitor(&mut reports);
        let mut model = case.fit_data(&Params::new(), &data, &mut ctx)?.model;
        let Some(best) = reports.kept.get(1).or(reports.kept.last()) else { continue };
        for (step, reported) in reports.kept.iter().rev() {
            let is_cut = without_panic(|| model.cut(*step)).map_err(|panic| case.because(format!("cut {panic}")))?;
            if is_cut != model.steps().is_some() || model.steps().is_some_and(|steps| steps > *step) {
                return Err(case.because(format!("cut to step {step} ({is_cut}), it says it has {:?} steps", model.steps())));
            }
            let (step, expected) = if is_cut { (step, reported) } else { (&best.0, &best.1) };
            let predictions = case.predict(&*model, sample.valid_view(), sample.n_classes())?;
            if let Some(difference) = first_distance(expected, &predictions) {
                return Err(case.because(format!("step {step} is what should be left, but reported and predicted {difference}")));
            }
            model.validate(sample.valid_view().columns().len()).map_err(|e| case.because(format!("cut to step {step}: {e}")))?;
        }
    }
    Ok(())
}
