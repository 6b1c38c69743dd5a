//! When does a fit of ours end? When libraries end theirs: after so many trees without a fall of the loss.

use automl::fit_context::{Monitor, Signal};
use automl::predictions::Predictions;
use automl::task::Target;

use super::losses;

/// Stops a fit whose loss on the validation rows has not fallen for a while.
///
/// The engine's own rule is another; here both sides are to have the same.
pub struct Stopping {
    target: Target,
    patience: u32,
    best: Option<(f64, u32)>,
}

impl Stopping {
    /// Follows a fit by the target of its validation rows.
    pub fn new(target: Target, patience: u32) -> Stopping {
        Stopping { target, patience, best: None }
    }
}

impl Monitor for Stopping {
    fn report(&mut self, step: u32, predictions: &Predictions) -> Signal {
        let loss = losses::mean(&losses::per_row(&self.target, predictions.values()));
        if self.best.is_none_or(|(best, _)| loss < best) {
            self.best = Some((loss, step));
        }
        let is_over = self.best.is_some_and(|(_, best_step)| step - best_step >= self.patience);
        if is_over { Signal::Stop } else { Signal::Continue }
    }

    fn best_step(&self) -> Option<u32> {
        self.best.map(|(_, step)| step)
    }
}
