//! Predicts the same for every row: the class frequencies or the mean of the training rows.
//!
//! # What it is
//! The weighted share of every class, or the weighted mean of the target. It looks at no feature.
//!
//! # When it wins
//! When the features say nothing. It stands on every leaderboard as the line that others have to beat.
//!
//! # Cost
//! One pass over the target.
//!
//! # Parameters
//! None.
//!
//! # References
//! `DummyClassifier(strategy="prior")` and `DummyRegressor(strategy="mean")` of scikit-learn.

use automl_core::error::{Error, Result};
use automl_core::fit_context::FitContext;
use automl_core::learner::{Cost, Fitted, Learner, Model, Supports, TrainData};
use automl_core::matrix::{Form, Shape, View};
use automl_core::predictions::Predictions;
use automl_core::space::SearchSpace;
use automl_core::task::{Target, TaskKind};
use serde::{Deserialize, Serialize};

/// The learner `featureless`.
#[derive(Debug, Clone, Copy)]
pub struct Featureless;

/// Parameters of [`Featureless`]: there are none.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeaturelessParams {}

/// What [`Featureless`] fits: one row of predictions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeaturelessModel {
    /// The probability of every class, or the mean.
    pub values: Vec<f64>,
    /// Whether the values are probabilities.
    pub probabilities: bool,
}

impl Learner for Featureless {
    type Params = FeaturelessParams;
    type Model = FeaturelessModel;
    const ID: &'static str = "featureless";
    const VERSION: u32 = 1;
    const PAGE: &'static str = include_str!("featureless.rs");

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

    fn cost(&self, _params: &FeaturelessParams, shape: Shape) -> Cost {
        Cost { memory_bytes: 64 * shape.outputs as u64, work: shape.rows as f64 }
    }

    fn fit(&self, _: &FeaturelessParams, data: &TrainData<'_>, _: &mut FitContext<'_>) -> Result<Fitted<FeaturelessModel>> {
        let probabilities = data.target.kind().is_classification();
        let model = FeaturelessModel { values: prior(data.target, data.weights), probabilities };
        Ok(Fitted { model, held_out: None })
    }
}

impl Model for FeaturelessModel {
    fn predict(&self, x: View<'_>) -> Predictions {
        let rows = x.rows();
        Predictions::new(self.values.len(), self.values.iter().copied().cycle().take(rows * self.values.len()).collect())
    }

    fn validate(&self, _columns: usize) -> Result<()> {
        if self.values.is_empty() || self.values.iter().any(|v| !v.is_finite()) {
            return Err(Error::artifact(format!("featureless model: values {:?}", self.values)));
        }
        let sum: f64 = self.values.iter().sum();
        if self.probabilities && (self.values.iter().any(|&p| p < 0.0) || (sum - 1.0).abs() > 1e-6) {
            return Err(Error::artifact(format!("featureless model: {:?} are no probabilities", self.values)));
        }
        Ok(())
    }
}

/// The prediction that needs no features: weighted class frequencies or the weighted mean. Without any
/// row, equal frequencies or zero.
pub(crate) fn prior(target: &Target, weights: Option<&[f64]>) -> Vec<f64> {
    let weight = |i: usize| weights.map_or(1.0, |w| w[i]);
    let total: f64 = (0..target.len()).map(weight).sum();
    match target {
        Target::Classes { n_classes, .. } if total <= 0.0 => vec![1.0 / *n_classes as f64; *n_classes],
        Target::Classes { labels, n_classes } => {
            let mut shares = vec![0.0; *n_classes];
            for (i, &label) in labels.iter().enumerate() {
                shares[label as usize] += weight(i) / total;
            }
            shares
        }
        Target::Numbers(_) if total <= 0.0 => vec![0.0],
        Target::Numbers(values) => vec![values.iter().enumerate().map(|(i, y)| y * (weight(i) / total)).sum()],
    }
}

#[cfg(test)]
mod tests {
    use automl_core::matrix::Matrix;

    use super::*;

    fn fit(target: &Target, weights: Option<&[f64]>) -> FeaturelessModel {
        let matrix = Matrix::new(target.len(), vec![]).unwrap();
        let data = TrainData { x: matrix.view(), target, weights, valid: None };
        let fitted = Learner::fit(&Featureless, &FeaturelessParams {}, &data, &mut FitContext::new(0)).unwrap();
        fitted.model.validate(0).unwrap();
        fitted.model
    }

    #[test]
    fn weighted_shares_and_means() {
        let classes = Target::Classes { labels: vec![0, 2, 2], n_classes: 3 };
        assert_eq!(fit(&classes, Some(&[2.0, 1.0, 1.0])).values, [0.5, 0.0, 0.5]);
        assert_eq!(fit(&Target::Numbers(vec![1.0, 5.0]), Some(&[3.0, 1.0])).values, [2.0]);
    }

    #[test]
    fn no_rows_are_no_failure() {
        let none = Target::Classes { labels: vec![], n_classes: 4 };
        assert_eq!(fit(&none, None).values, [0.25; 4]);
        assert_eq!(fit(&Target::Numbers(vec![]), None).values, [0.0]);
    }

    #[test]
    fn every_row_gets_the_same() {
        let model = fit(&Target::Classes { labels: vec![0, 1, 1, 1], n_classes: 2 }, None);
        let matrix = Matrix::new(3, vec![]).unwrap();
        assert_eq!(model.predict(matrix.view()).values(), [0.25, 0.75, 0.25, 0.75, 0.25, 0.75]);
    }

    #[test]
    fn corrupted_values_are_refused() {
        assert!(FeaturelessModel { values: vec![f64::NAN], probabilities: false }.validate(0).is_err());
        assert!(FeaturelessModel { values: vec![0.9, 0.9], probabilities: true }.validate(0).is_err());
        assert!(FeaturelessModel { values: vec![], probabilities: false }.validate(0).is_err());
    }
}
