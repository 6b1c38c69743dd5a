//! Stops what is worse than doing nothing.

use super::{History, Pruner, TrialId};
use crate::fit_context::Signal;

/// Stops a trial whose first part is worse than the whole of the first trial, which is the baseline.
pub struct BelowBaseline;

impl Pruner for BelowBaseline {
    fn judge(&self, id: TrialId, step: u32, loss: f64, history: &History) -> Signal {
        let baseline = history.outcome(TrialId(0)).and_then(|o| o.loss);
        match baseline {
            Some(baseline) if id != TrialId(0) && step == 1 && loss > baseline => Signal::Stop,
            _ => Signal::Continue,
        }
    }
}
