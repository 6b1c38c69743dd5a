//! Which trial is stopped early: a [`Pruner`] judges the parts of a trial as they are done.

mod below_baseline;
mod racing;

pub use below_baseline::BelowBaseline;
pub use racing::Racing;

use super::study::History;
use super::trial::Trial;
use crate::fit_context::Signal;

/// Judges a running trial.
pub trait Pruner: Send {
    /// Whether the trial should go on after its part `step`, counted from 1, whose loss is in the history.
    ///
    /// The same trial, losses of parts 1 to `step` and [known](History::known_to) trials give the same judgement.
    fn judge(&self, trial: &Trial, step: u32, history: &History) -> Signal;
}

impl Pruner for Vec<Box<dyn Pruner>> {
    /// A trial goes on if all agree.
    fn judge(&self, trial: &Trial, step: u32, history: &History) -> Signal {
        let stops = self.iter().any(|pruner| pruner.judge(trial, step, history).is_stop());
        if stops { Signal::Stop } else { Signal::Continue }
    }
}
