//! A quick first model, whose residuals tell featurizers what is still to be explained.

use super::data::FitData;
use super::early_stopping::EarlyStopping;
use crate::clock::Deadline;
use crate::error::Result;
use crate::featurizer::Residuals;
use crate::fit_context::FitContext;
use crate::learner::{DynLearner, TrainData};
use crate::matrix::Matrix;
use crate::predictions::Predictions;
use crate::seed::derive;
use crate::space::Params;
use crate::task::Target;

/// More rows do not make the choice of features better by what they cost: with 20,000, a feature that explains a
/// thousandth of the variance stands out by four standard errors.
const ROWS_MAX: usize = 20_000;
/// Work units (about a nanosecond each) of each of its two fits.
const WORK_MAX: f64 = 3e8;

/// The learner of the first real pipeline, with its parameters.
pub(super) struct FirstModel {
    pub learner: &'static dyn DynLearner,
    pub params: Params,
    pub deadline: Deadline,
}

impl FirstModel {
    /// The residuals of training rows of a fold, of a sample where they are many: each half is predicted by a model of the
    /// other half. No row outside the training rows plays a part.
    ///
    /// # Errors
    /// The learner failed.
    pub fn residuals(&self, data: &FitData, matrix: &Matrix, fold: u32, seed: u64) -> Result<Residuals> {
        let train = &data.split.folds[fold as usize].train;
        let step = train.len().div_ceil(ROWS_MAX).max(1);
        let places: Vec<u32> = (0..train.len() as u32).step_by(step).collect();
        let is_first = |place: &u32| derive(seed, u64::from(*place)).is_multiple_of(2);
        let (first, second): (Vec<u32>, Vec<u32>) = places.into_iter().partition(is_first);
        let mut residuals = Residuals::default();
        if first.is_empty() || second.is_empty() {
            return Ok(residuals);
        }
        for (fit, judge) in [(&first, &second), (&second, &first)] {
            let rows_of = |places: &[u32]| places.iter().map(|&place| train[place as usize]).collect::<Vec<u32>>();
            let (fit, rows) = (rows_of(fit), rows_of(judge));
            let predictions = self.predictions(data, matrix, (&fit, &rows), seed)?;
            let outputs = unexplained(&data.target.select(&rows), &predictions);
            residuals.outputs.resize(outputs.len(), Vec::new());
            residuals.outputs.iter_mut().zip(outputs).for_each(|(all, some)| all.extend(some));
            residuals.rows.extend(judge);
        }
        Ok(residuals)
    }

    fn predictions(&self, data: &FitData, matrix: &Matrix, (fit, rows): (&[u32], &[u32]), seed: u64) -> Result<Predictions> {
        let mut shape = matrix.shape(data.task.width());
        shape.rows = fit.len();
        let params = self.learner.within(&self.params, shape, WORK_MAX)?;
        let (target, weights) = (data.target.select(fit), data.fit_weights_of(fit));
        let mut monitor = EarlyStopping::new(data.measure, data.target.select(rows), data.weights_of(rows), fit.len());
        let mut ctx = FitContext::new(seed).with_deadline(self.deadline.clone()).with_monitor(&mut monitor);
        let valid = matrix.select(rows);
        let given = TrainData { x: matrix.select(fit), target: &target, weights: weights.as_deref(), valid: Some(valid) };
        let fitted = self.learner.fit(&params, &given, &mut ctx)?;
        Ok(fitted.model.predict(valid))
    }
}

/// The truth less the prediction: of the second class where there are two, else of every class.
fn unexplained(target: &Target, predictions: &Predictions) -> Vec<Vec<f64>> {
    let of = |output: usize, truth: &dyn Fn(usize) -> f64| {
        predictions.column(output).enumerate().map(|(i, predicted)| truth(i) - predicted).collect::<Vec<f64>>()
    };
    match target {
        Target::Numbers(values) => vec![of(0, &|i| values[i])],
        Target::Classes { labels, n_classes } => {
            let first = usize::from(*n_classes == 2);
            (first..*n_classes).map(|class| of(class, &|i| f64::from(u8::from(labels[i] as usize == class)))).collect()
        }
    }
}
