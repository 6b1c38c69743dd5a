//! Which trial is stopped early: a [`Pruner`] judges the parts of a trial as they are done.

mod below_baseline;

pub use below_baseline::BelowBaseline;

use super::study::History;
use super::trial::TrialId;
use crate::fit_context::Signal;

/// Judges a running trial.
pub trait Pruner: Send {
    /// Whether the trial should go on after `step` parts, the latest with this loss.
    fn judge(&self, id: TrialId, step: u32, loss: f64, history: &History) -> Signal;
}
