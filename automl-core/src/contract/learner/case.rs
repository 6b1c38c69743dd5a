//! One learner on one kind of task with some forms of columns.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::contract::tasks::{self, Sample};
use crate::fit_context::FitContext;
use crate::learner::{DynLearner, DynModel, Fitted, TrainData};
use crate::matrix::{Form, View};
use crate::predictions::Predictions;
use crate::space::Params;
use crate::task::{Target, TaskKind};

/// The seed of all fits: any number would do.
pub(super) const SEED: u64 = 7;

/// What is fitted, and on what.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) learner: &'static dyn DynLearner,
    pub(super) kind: TaskKind,
    pub(super) forms: Vec<Form>,
}

/// Every declared task with every declared form alone, then with all of them.
pub(super) fn cases(learner: &'static dyn DynLearner) -> Vec<Case> {
    let forms = learner.supports().forms;
    let alone = |kind| forms.iter().map(move |&form| Case { learner, kind, forms: vec![form] });
    let all = cases_of_all_forms(learner).into_iter().filter(|_| forms.len() > 1);
    learner.supports().tasks.iter().copied().flat_map(alone).chain(all).collect()
}

/// Every declared task with all declared forms together.
pub(super) fn cases_of_all_forms(learner: &'static dyn DynLearner) -> Vec<Case> {
    let supports = learner.supports();
    supports.tasks.iter().map(|&kind| Case { learner, kind, forms: supports.forms.to_vec() }).collect()
}

impl Case {
    /// A task that can be learned.
    pub(super) fn easy(&self, rows: usize) -> Sample {
        tasks::easy(self.kind, &self.forms, rows, SEED)
    }

    /// Where a search starts for this data: what is cheap.
    pub(super) fn start(&self, sample: &Sample) -> Params {
        let shape = sample.matrix.shape(sample.target.width());
        self.learner.space(shape).start()
    }

    /// Fits the training rows with the cheapest parameters.
    pub(super) fn fit(&self, sample: &Sample) -> Result<Fitted<Box<dyn DynModel>>, String> {
        self.fit_with(sample, &self.start(sample), &mut FitContext::new(SEED))
    }

    /// Fits the training rows; there are no validation rows.
    pub(super) fn fit_with(
        &self,
        sample: &Sample,
        params: &Params,
        ctx: &mut FitContext<'_>,
    ) -> Result<Fitted<Box<dyn DynModel>>, String> {
        let target = sample.train_target();
        let data = TrainData { x: sample.train_view(), target: &target, weights: None, valid: None };
        self.fit_data(params, &data, ctx)
    }

    /// Fits. An error or a panic says for which case.
    pub(super) fn fit_data(
        &self,
        params: &Params,
        data: &TrainData<'_>,
        ctx: &mut FitContext<'_>,
    ) -> Result<Fitted<Box<dyn DynModel>>, String> {
        match without_panic(|| self.learner.fit(params, data, ctx)) {
            Ok(Ok(fitted)) => Ok(fitted),
            Ok(Err(error)) => Err(self.because(format!("fit: {error}"))),
            Err(panic) => Err(self.because(format!("fit {panic}"))),
        }
    }

    /// Predicts, and checks that these are predictions.
    pub(super) fn predict(&self, model: &dyn DynModel, x: View<'_>, n_classes: Option<usize>) -> Result<Predictions, String> {
        let predictions = without_panic(|| model.predict(x)).map_err(|p| self.because(format!("predict {p}")))?;
        predictions.validate(x.rows(), n_classes).map_err(|e| self.because(e))?;
        Ok(predictions)
    }

    /// A message with the case in front of it.
    pub(super) fn because(&self, message: impl fmt::Display) -> String {
        let forms: Vec<&str> = self.forms.iter().map(|f| f.name()).collect();
        format!("{} on {}: {message}", self.kind.name(), forms.join("+"))
    }
}

/// Calls something that must not panic; says what the panic said.
pub(super) fn without_panic<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| format!("panicked: {}", panic_message(&*payload)))
}

fn panic_message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message")
}

/// The mean squared distance from the truth: of the value, or of the probabilities from 0 and 1 (Brier).
pub(super) fn squared_error(target: &Target, predictions: &Predictions) -> f64 {
    let row = |(i, row): (usize, &[f64])| match target {
        Target::Numbers(values) => (row[0] - values[i]).powi(2),
        Target::Classes { labels, .. } => {
            row.iter().enumerate().map(|(j, p)| (p - f64::from(labels[i] as usize == j)).powi(2)).sum()
        }
    };
    predictions.iter().enumerate().map(row).sum::<f64>() / predictions.rows() as f64
}

/// The first row in which two predictions differ in a bit.
pub(super) fn first_difference(a: &Predictions, b: &Predictions) -> Option<String> {
    if a.width() != b.width() || a.rows() != b.rows() {
        return Some(format!("{} x {} and {} x {} predictions", a.rows(), a.width(), b.rows(), b.width()));
    }
    let same = |(x, y): (&f64, &f64)| x.to_bits() == y.to_bits();
    let differs = |i: &usize| !a.row(*i).iter().zip(b.row(*i)).all(same);
    (0..a.rows()).find(differs).map(|i| format!("row {i} is {:?} and {:?}", a.row(i), b.row(i)))
}

/// The first row in which two predictions are further apart than rounding explains: 10⁻⁶ of their size.
pub(super) fn first_distance(a: &Predictions, b: &Predictions) -> Option<String> {
    let near = |(x, y): (&f64, &f64)| (x - y).abs() <= 1e-6 * (1.0 + x.abs().max(y.abs()));
    let differs = |i: &usize| !a.row(*i).iter().zip(b.row(*i)).all(near);
    (0..a.rows().min(b.rows())).find(differs).map(|i| format!("row {i} is {:?} and {:?}", a.row(i), b.row(i)))
}
