//! Stops what is worse than doing nothing.

use super::{History, Pruner};
use crate::fit_context::Signal;
use crate::search::trial::{Trial, TrialId};

/// Stops a trial whose first part is worse than the whole of the first trial, which is the baseline.
pub struct BelowBaseline;

impl Pruner for BelowBaseline {
    fn judge(&self, trial: &Trial, step: u32, history: &History) -> Signal {
        let baseline = history.outcome(TrialId(0)).and_then(|o| o.loss);
        match (baseline, history.report(trial.id, step)) {
            (Some(baseline), Some(loss)) if trial.id != TrialId(0) && step == 1 && loss > baseline => Signal::Stop,
            _ => Signal::Continue,
        }
    }
}
