//! Misbehaves on demand, for testing engines.
//!
//! # What it is
//! Predicts the class frequencies or the mean of the training rows, like a learner without features. Before
//! that it takes a number of steps, and at one of them it does what its mode says: return an error, panic,
//! sleep. Other modes fit well and predict what no model may predict.
//!
//! # When it wins
//! Never. An engine that is tested with it must finish its run and tell what happened in each trial.
//!
//! # Cost
//! One pass over the target, one report per step, and `sleep_ms` milliseconds in the modes that sleep.
//!
//! # Parameters
//! - `mode` (`ok`): `ok` behaves; `error` returns an error; `panic` panics; `sleep` waits, but stops when
//!   it is told to; `sleep_deaf` waits whatever it is told; `nan` predicts NaN; `wrong_rows` predicts one
//!   row too many; `not_a_distribution` predicts 2 for everything.
//! - `sleep_ms` (100): how long the modes that sleep do so, in milliseconds.
//! - `at_step` (1): the step at which it errs, panics or sleeps.
//! - `steps` (3): how many steps it takes and reports.
//!
//! # References
//! None.

use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::fit_context::FitContext;
use crate::learner::{Cost, Fitted, Learner, Model, Supports, TrainData};
use crate::matrix::{Form, Shape, View};
use crate::predictions::Predictions;
use crate::space::SearchSpace;
use crate::task::{Target, TaskKind};

/// The learner `debug`.
#[derive(Debug, Clone, Copy)]
pub struct DebugLearner;

/// What [`DebugLearner`] does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Behaves.
    #[default]
    Ok,
    /// Returns an error at its step.
    Error,
    /// Panics at its step.
    Panic,
    /// Sleeps at its step, and wakes up when the context says stop.
    Sleep,
    /// Sleeps at its step without asking the context.
    SleepDeaf,
    /// Predicts NaN.
    Nan,
    /// Predicts one row too many.
    WrongRows,
    /// Predicts 2 for every class of every row (and for a regression, where that is as good as any number).
    NotADistribution,
}

/// Parameters of [`DebugLearner`].
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DebugParams {
    /// What it does.
    pub mode: Mode,
    /// How long it sleeps, in milliseconds.
    pub sleep_ms: u64,
    /// The step, counted from 1, at which it errs, panics or sleeps.
    pub at_step: u32,
    /// How many steps it takes and reports.
    pub steps: u32,
}

impl Default for DebugParams {
    fn default() -> DebugParams {
        DebugParams { mode: Mode::Ok, sleep_ms: 100, at_step: 1, steps: 3 }
    }
}

/// What [`DebugLearner`] fits: one row of predictions, and how to spoil them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DebugModel {
    prior: Vec<f64>,
    mode: Mode,
}

impl Learner for DebugLearner {
    type Params = DebugParams;
    type Model = DebugModel;
    const ID: &'static str = "debug";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("debug.rs");

    fn supports(&self) -> Supports {
        Supports {
            tasks: &TaskKind::ALL,
            forms: &[Form::Numeric, Form::Complete, Form::Codes, Form::Sparse],
            held_out: false,
            exact_weights: true,
            random: false,
            monotone: true,
        }
    }

    fn space(&self, _shape: Shape) -> SearchSpace {
        SearchSpace::new()
    }

    fn cost(&self, params: &DebugParams, shape: Shape) -> Cost {
        let asleep = if matches!(params.mode, Mode::Sleep | Mode::SleepDeaf) { 1e6 * params.sleep_ms as f64 } else { 0.0 };
        Cost { memory_bytes: 64 + 8 * shape.outputs as u64, work: 1.0 + shape.rows as f64 + asleep }
    }

    fn fit(&self, params: &DebugParams, data: &TrainData<'_>, ctx: &mut FitContext<'_>) -> Result<Fitted<DebugModel>> {
        let model = DebugModel { prior: prior(data.target, data.weights), mode: params.mode };
        for step in 1..=params.steps {
            if step == params.at_step {
                misbehave(params, ctx)?;
            }
            let signal = match data.valid {
                Some(valid) => ctx.report(step, &model.predict(valid)),
                None => ctx.check(),
            };
            if signal.is_stop() {
                break;
            }
        }
        Ok(Fitted { model, held_out: None })
    }
}

fn misbehave(params: &DebugParams, ctx: &FitContext<'_>) -> Result<()> {
    const NAP: Duration = Duration::from_millis(1);
    match params.mode {
        Mode::Error => return Err(Error::data(format!("debug: an error at step {}, as asked for", params.at_step))),
        Mode::Panic => panic!("debug: a panic at step {}, as asked for", params.at_step),
        Mode::Sleep => (0..params.sleep_ms).take_while(|_| !ctx.check().is_stop()).for_each(|_| thread::sleep(NAP)),
        Mode::SleepDeaf => thread::sleep(Duration::from_millis(params.sleep_ms)),
        Mode::Ok | Mode::Nan | Mode::WrongRows | Mode::NotADistribution => {}
    }
    Ok(())
}

/// Weighted class frequencies, or the weighted mean.
pub(super) fn prior(target: &Target, weights: Option<&[f64]>) -> Vec<f64> {
    let mut sums = vec![0.0; target.width()];
    let mut total = 0.0;
    for i in 0..target.len() {
        let weight = weights.map_or(1.0, |w| w[i]);
        total += weight;
        match target {
            Target::Classes { labels, .. } => sums[labels[i] as usize] += weight,
            Target::Numbers(values) => sums[0] += weight * values[i],
        }
    }
    match target {
        Target::Classes { n_classes, .. } if total == 0.0 => vec![1.0 / *n_classes as f64; *n_classes],
        _ => sums.into_iter().map(|s| if total == 0.0 { 0.0 } else { s / total }).collect(),
    }
}

impl Model for DebugModel {
    fn predict(&self, x: View<'_>) -> Predictions {
        let spoiled = match self.mode {
            Mode::Nan => vec![f64::NAN; self.prior.len()],
            Mode::NotADistribution => vec![2.0; self.prior.len()],
            _ => self.prior.clone(),
        };
        let rows = x.rows() + usize::from(self.mode == Mode::WrongRows);
        Predictions::new(spoiled.len(), spoiled.repeat(rows))
    }

    fn validate(&self, _columns: usize) -> Result<()> {
        let sound = !self.prior.is_empty() && self.prior.iter().all(|p| p.is_finite());
        if sound { Ok(()) } else { Err(Error::artifact(format!("a debug model with the predictions {:?}", self.prior))) }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use serde_json::json;

    use super::*;
    use crate::clock::Deadline;
    use crate::contract::tasks::easy;
    use crate::fit_context::{Monitor, Signal};
    use crate::learner::{DynLearner, DynModel};

    /// Counts reports and never stops.
    struct Count(u32);

    impl Monitor for Count {
        fn report(&mut self, _step: u32, _predictions: &Predictions) -> Signal {
            self.0 += 1;
            Signal::Continue
        }

        fn best_step(&self) -> Option<u32> {
            None
        }
    }

    /// Fits with the given parameters; also gives the number of reports.
    fn fit(params: serde_json::Value, deadline: Deadline) -> (Result<Fitted<Box<dyn DynModel>>>, u32) {
        let sample = easy(TaskKind::Binary, &[Form::Complete], 60, 0);
        let target = sample.train_target();
        let data = TrainData { x: sample.train_view(), target: &target, weights: None, valid: Some(sample.valid_view()) };
        let mut count = Count(0);
        let mut ctx = FitContext::new(0).with_deadline(deadline).with_monitor(&mut count);
        let params = params.as_object().cloned().unwrap_or_default();
        let fitted = DynLearner::fit(&DebugLearner, &params, &data, &mut ctx);
        (fitted, count.0)
    }

    fn valid(params: serde_json::Value) -> Result<()> {
        let sample = easy(TaskKind::Binary, &[Form::Complete], 60, 0);
        fit(params, Deadline::Never).0?.model.predict(sample.valid_view()).validate(20, Some(2))
    }

    #[test]
    fn each_mode_does_what_it_says() {
        assert!(valid(json!({})).is_ok());
        assert!(fit(json!({"mode": "error"}), Deadline::Never).0.unwrap_err().to_string().contains("step 1"));
        assert!(catch_unwind(AssertUnwindSafe(|| fit(json!({"mode": "panic"}), Deadline::Never).1)).is_err());
        assert!(valid(json!({"mode": "nan"})).unwrap_err().to_string().contains("NaN"));
        assert!(valid(json!({"mode": "wrong_rows"})).unwrap_err().to_string().contains("21 x 2"));
        assert!(valid(json!({"mode": "not_a_distribution"})).unwrap_err().to_string().contains("sum to 4"));
    }

    #[test]
    fn it_errs_at_its_step() {
        let (fitted, reports) = fit(json!({"mode": "error", "at_step": 4, "steps": 9}), Deadline::Never);
        assert!(fitted.is_err());
        assert_eq!(reports, 3);
    }

    #[test]
    fn a_sleeper_wakes_up_when_its_time_is_over() {
        // An hour of sleep would fail the test by its mere length.
        let (fitted, reports) = fit(json!({"mode": "sleep", "sleep_ms": 3_600_000, "steps": 9}), Deadline::after_polls(5));
        assert!(fitted.is_ok());
        assert_eq!(reports, 1);
    }
}
