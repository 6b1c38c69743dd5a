//! When more steps no longer help: the engine's side of early stopping.

use crate::fit_context::{Monitor, Signal};
use crate::predictions::Predictions;
use crate::task::Target;

/// Follows the validation loss of a fit and stops it when nothing was gained for a while.
///
/// The loss is the log loss or the squared error, whatever leads the leaderboard: rank metrics move in jumps
/// and cost a sort per step. The patience grows with the best step, as AutoGluon's does: 0.3 × best + 20,
/// and not below a floor that falls from 100 with the number of rows, since the curve of few rows is rough.
pub struct EarlyStopping {
    target: Target,
    weights: Option<Vec<f64>>,
    floor: u32,
    best: Option<(f64, u32)>,
}

impl EarlyStopping {
    /// Follows a fit on `rows` rows by the target and weights of its validation rows.
    pub fn new(target: Target, weights: Option<Vec<f64>>, rows: usize) -> EarlyStopping {
        let floor = (100.0 * 10_000.0 / rows.max(1) as f64).clamp(20.0, 100.0) as u32;
        EarlyStopping { target, weights, floor, best: None }
    }

    fn loss(&self, predictions: &Predictions) -> f64 {
        let weight = |i: usize| self.weights.as_ref().map_or(1.0, |w| w[i]);
        match &self.target {
            Target::Classes { labels, .. } => {
                labels.iter().enumerate().map(|(i, &c)| -weight(i) * predictions.row(i)[c as usize].max(1e-15).ln()).sum()
            }
            Target::Numbers(values) => {
                values.iter().enumerate().map(|(i, y)| weight(i) * (predictions.row(i)[0] - y).powi(2)).sum()
            }
        }
    }
}

impl Monitor for EarlyStopping {
    fn report(&mut self, step: u32, predictions: &Predictions) -> Signal {
        let loss = self.loss(predictions);
        // A loss that is not a number is never better.
        if self.best.is_none_or(|(best, _)| loss < best) {
            self.best = Some((loss, step));
        }
        let best_step = self.best.map_or(step, |(_, best_step)| best_step);
        let patience = (best_step * 3 / 10 + 20).max(self.floor);
        if step - best_step >= patience { Signal::Stop } else { Signal::Continue }
    }

    fn best_step(&self) -> Option<u32> {
        self.best.map(|(_, step)| step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_after_the_patience_and_remembers_the_best_step() {
        let mut monitor = EarlyStopping::new(Target::Numbers(vec![0.0]), None, 1_000_000);
        let curve = |step: u32| if step <= 40 { 41.0 - f64::from(step) } else { 2.0 };
        let stopped = (1..1000).find(|&step| monitor.report(step, &Predictions::new(1, vec![curve(step)])).is_stop());
        assert_eq!(monitor.best_step(), Some(40));
        assert_eq!(stopped, Some(40 + 32), "0.3 x 40 + 20 steps after the best");
    }

    #[test]
    fn a_loss_that_is_not_a_number_is_never_the_best() {
        let mut monitor = EarlyStopping::new(Target::Numbers(vec![0.0]), None, 10);
        let _ = monitor.report(1, &Predictions::new(1, vec![3.0]));
        let _ = monitor.report(2, &Predictions::new(1, vec![f64::NAN]));
        assert_eq!(monitor.best_step(), Some(1));
    }
}
