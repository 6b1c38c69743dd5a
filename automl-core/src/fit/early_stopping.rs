//! When more steps no longer help, or would not help enough: the engine's side of early stopping.

use super::curve::Curve;
use crate::fit_context::{Monitor, Signal};
use crate::metric::Measure;
use crate::metric::log_loss::LOG_LOSS;
use crate::metric::mae::MAE;
use crate::metric::rmse::RMSE;
use crate::predictions::Predictions;
use crate::target_transform::FittedTransform;
use crate::task::Target;

/// Follows the validation loss of a fit and stops it when nothing was gained for a while.
///
/// The patience grows with the best step, as AutoGluon's does: 0.3 × best + 20, and not below a floor that falls
/// from 100 with the number of rows, since the curve of few rows is rough.
pub(super) struct EarlyStopping {
    target: Target,
    weights: Option<Vec<f64>>,
    floor: u32,
    followed: Measure,
    curve: Curve,
    best: Option<Predictions>,
    transform: Option<FittedTransform>,
    to_beat: Option<f64>,
    is_hopeless: bool,
}

/// What was reported of a fit.
pub(super) struct Reports {
    /// The losses.
    pub curve: Curve,
    /// The predictions after the best step.
    pub best: Option<Predictions>,
    /// Whether it was stopped because it would not have come near the loss to beat.
    pub is_hopeless: bool,
}

impl EarlyStopping {
    /// Follows a fit on `rows` rows by the target and weights of its validation rows, for the metric that leads.
    pub fn new(leading: Measure, target: Target, weights: Option<Vec<f64>>, rows: usize) -> EarlyStopping {
        let floor = (100.0 * 10_000.0 / rows.max(1) as f64).clamp(20.0, 100.0) as u32;
        let weight = weights.as_ref().map_or(target.len() as f64, |w| w.iter().sum());
        let followed = followed(leading, &target);
        let curve = Curve::new(weight);
        EarlyStopping { target, weights, floor, followed, curve, best: None, transform: None, to_beat: None, is_hopeless: false }
    }

    /// Follows a fit to a transformed target: what is reported is brought back first.
    pub fn through(mut self, transform: Option<FittedTransform>) -> EarlyStopping {
        self.transform = transform;
        self
    }

    /// Stops the fit, too, when its curve tells that it will end well behind this loss, if there is one to beat.
    pub fn against(mut self, to_beat: Option<f64>) -> EarlyStopping {
        self.to_beat = to_beat;
        self
    }

    /// What was reported.
    pub fn into_reports(self) -> Reports {
        Reports { curve: self.curve, best: self.best, is_hopeless: self.is_hopeless }
    }

    /// Whether the curve leads to a loss that is more than a twentieth behind the one to beat: what is nearer may be a good
    /// member of an ensemble.
    fn is_behind(&self) -> bool {
        const BEHIND_MAX: f64 = 0.05;
        let behind = |to_beat: f64| self.curve.limit().is_some_and(|limit| limit - to_beat > BEHIND_MAX * to_beat.abs());
        self.to_beat.is_some_and(behind)
    }

    fn loss(&self, predictions: &Predictions) -> f64 {
        let loss = loss(self.followed, &self.target, predictions, self.weights.as_deref());
        // Without their roots, the mean over folds is the loss of all their rows.
        if ["rmse", "rmsle"].contains(&self.followed.metric.id()) { loss * loss } else { loss }
    }
}

/// The loss by the metric that a fit follows where `leading` leads: the finer of the two.
pub(super) fn smooth_loss(leading: Measure, target: &Target, predictions: &Predictions, weights: Option<&[f64]>) -> f64 {
    loss(followed(leading, target), target, predictions, weights)
}

fn loss(followed: Measure, target: &Target, predictions: &Predictions, weights: Option<&[f64]>) -> f64 {
    // None of the metrics that are followed looks at one class in particular.
    const POSITIVE: usize = 0;
    followed.loss(target, predictions, weights, POSITIVE).unwrap_or(f64::NAN)
}

/// The metric to follow: the one that leads where it is a mean over rows and smooth, as the best step for squares
/// may be far from the best one for absolute or relative errors.
///
/// Others move in jumps, and ranks cost a sort per step: there it is the log loss or the squared error, and the
/// absolute error for the median of it.
fn followed(leading: Measure, target: &Target) -> Measure {
    let with = |metric| Measure { metric, parameter: None };
    match leading.metric.id() {
        "log_loss" | "brier" | "rmse" | "mae" | "mape" | "rmsle" | "pinball" => leading,
        "median_absolute_error" => with(&MAE),
        _ if target.labels().is_some() => with(&LOG_LOSS),
        _ => with(&RMSE),
    }
}

impl Monitor for EarlyStopping {
    fn report(&mut self, step: u32, predictions: &Predictions) -> Signal {
        let back = self.transform.as_ref().map(|transform| transform.back_all(predictions));
        let predictions = back.as_ref().unwrap_or(predictions);
        let loss = self.loss(predictions);
        if self.curve.push(step, loss) {
            self.best = Some(predictions.clone());
        }
        self.is_hopeless = self.is_behind();
        if self.is_hopeless {
            return Signal::Stop;
        }
        let best_step = self.best_step().unwrap_or(step);
        let patience = (best_step * 3 / 10 + 20).max(self.floor);
        if step - best_step >= patience { Signal::Stop } else { Signal::Continue }
    }

    fn best_step(&self) -> Option<u32> {
        self.curve.best_step()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::ALL;
    use crate::task::TaskKind;

    fn follow(leading: &str, numbers: Vec<f64>, rows: usize) -> EarlyStopping {
        let leading = Measure::parse(leading, TaskKind::Regression, ALL).unwrap();
        EarlyStopping::new(leading, Target::Numbers(numbers), None, rows)
    }

    #[test]
    fn stops_after_the_patience_and_remembers_the_best_step() {
        let mut monitor = follow("rmse", vec![0.0], 1_000_000);
        let curve = |step: u32| if step <= 40 { 41.0 - f64::from(step) } else { 2.0 };
        let stopped = (1..1000).find(|&step| monitor.report(step, &Predictions::new(1, vec![curve(step)])).is_stop());
        assert_eq!(monitor.best_step(), Some(40));
        assert_eq!(stopped, Some(40 + 32), "0.3 x 40 + 20 steps after the best");
        let reports = monitor.into_reports();
        assert_eq!((reports.best, reports.is_hopeless), (Some(Predictions::new(1, vec![1.0])), false));
    }

    #[test]
    fn stops_what_would_not_come_near_the_loss_to_beat() {
        let steps_against = |to_beat: f64| {
            let mut monitor = follow("mae", vec![0.0], 1_000).against(Some(to_beat));
            let falling = |step: u32| Predictions::new(1, vec![1.0 + f64::from(step).recip()]);
            let stopped = (1..100).find(|&step| monitor.report(step, &falling(step)).is_stop());
            (stopped, monitor.into_reports().is_hopeless)
        };
        assert_eq!(steps_against(0.5), (Some(16), true), "it will never be below 1");
        assert_eq!(steps_against(0.97), (None, false), "nearly as good is good enough");
    }

    #[test]
    fn follows_the_leading_metric_where_it_is_smooth() {
        // First one row is far off, then all are a little.
        let steps = [vec![0.0, 0.0, 1.0], vec![0.5, 0.5, 0.5]];
        let best = |leading| {
            let mut monitor = follow(leading, vec![0.0; 3], 10);
            (1..).zip(&steps).for_each(|(step, values)| _ = monitor.report(step, &Predictions::new(1, values.clone())));
            monitor.best_step()
        };
        for leading in ["mae", "median_absolute_error", "pinball@0.9"] {
            assert_eq!(best(leading), Some(1), "{leading}");
        }
        for leading in ["rmse", "r2", "spearman"] {
            assert_eq!(best(leading), Some(2), "{leading}");
        }
    }
}
