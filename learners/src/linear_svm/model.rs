//! The fitted machines: some for each class, whose probabilities are averaged.

use automl_core::contributions::Contributions;
use automl_core::error::{Error, Result};
use automl_core::learner::Model;
use automl_core::matrix::View;
use automl_core::predictions::Predictions;
use serde::{Deserialize, Serialize};

use super::curve::Curve;
use crate::head::logistic;
use crate::linear::LinearModel;

/// Largest margin that counts: the logarithm of its probability is finite.
const MARGIN_MAX: f64 = 500.0;

/// Linear functions of the columns, and what their margins mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinearSvmModel {
    /// The margins of all parts, part after part; each has those of the head.
    #[serde(flatten)]
    pub linear: LinearModel,
    /// The bounds of the probabilities, one per margin of the head. None for numbers, whose margin is the prediction, and
    /// in models of former versions, which have one part and log odds.
    #[serde(default)]
    pub curves: Vec<Curve>,
}

impl LinearSvmModel {
    /// Log odds of the mean probability of each class over the parts, row after row.
    fn log_odds(&self, margins: &[f64]) -> Vec<f64> {
        let m = self.curves.len();
        let of_row = |row: &[f64]| -> Vec<f64> {
            let of_class = |(class, curve): (usize, &Curve)| {
                let margins = row.iter().skip(class).step_by(m).map(|z| z.clamp(-MARGIN_MAX, MARGIN_MAX));
                let (for_it, against) = margins
                    .fold((0.0, 0.0), |(p, q), z| (p + curve.bound(logistic(z)), q + curve.mirrored().bound(logistic(-z))));
                for_it.ln() - against.ln()
            };
            self.curves.iter().enumerate().map(of_class).collect()
        };
        margins.chunks_exact(self.linear.intercepts.len()).flat_map(of_row).collect()
    }
}

impl Model for LinearSvmModel {
    fn predict(&self, x: View<'_>) -> Predictions {
        let margins = self.linear.margins(x);
        let margins = if self.curves.is_empty() { margins } else { self.log_odds(&margins) };
        self.linear.head.predictions(x.rows(), margins)
    }

    /// Mean probabilities do not add up.
    fn contributions(&self, x: View<'_>) -> Option<Contributions> {
        if self.curves.is_empty() { self.linear.contributions(x) } else { None }
    }

    fn validate(&self, columns: usize) -> Result<()> {
        if self.curves.is_empty() {
            return self.linear.validate(columns);
        }
        let (outputs, margins) = (self.linear.head.outputs(), self.linear.intercepts.len());
        let fits = self.curves.len() == outputs && margins > 0 && margins.is_multiple_of(outputs);
        if !fits || !self.curves.iter().all(Curve::is_valid) {
            return Err(Error::artifact(format!("linear support vectors: {:?} for {margins} margins", self.curves)));
        }
        self.linear.validate_margins(columns, margins)
    }
}
