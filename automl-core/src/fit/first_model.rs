//! A quick first model: its residuals tell featurizers what is still to be explained, and what it needs which features matter.

use std::sync::Arc;

use rand::seq::SliceRandom;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::data::FitData;
use super::early_stopping::{EarlyStopping, smooth_loss};
use crate::clock::Deadline;
use crate::error::Result;
use crate::featurizer::Residuals;
use crate::fit_context::FitContext;
use crate::learner::{DynLearner, DynModel, TrainData};
use crate::matrix::Matrix;
use crate::pipeline::SharedColumns;
use crate::predictions::Predictions;
use crate::seed::{derive, rng};
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
    /// The residuals of the training rows of a fold, or of all rows, of a sample where they are many: each half is predicted
    /// by a model of the other half. No row outside the training rows plays a part.
    ///
    /// # Errors
    /// The learner failed.
    pub fn residuals(&self, data: &FitData, matrix: &Matrix, fold: Option<u32>, seed: u64) -> Result<Residuals> {
        let mut residuals = Residuals::default();
        for half in halves(data, fold, seed) {
            let rows: Vec<u32> = half.judge.iter().map(|&place| half.row(place)).collect();
            let predictions = self.fitted(data, matrix, &half, seed)?.predict(matrix.select(&rows));
            let outputs = unexplained(&data.target.select(&rows), &predictions);
            residuals.outputs.resize(outputs.len(), Vec::new());
            residuals.outputs.iter_mut().zip(outputs).for_each(|(all, some)| all.extend(some));
            residuals.rows.extend(&half.judge);
        }
        Ok(residuals)
    }

    /// By how much the loss rises with each column in turn shuffled, in rows that the model has not seen (Breiman 2001): the
    /// sum over both halves of the training rows of a fold, or of all rows, or of a sample where they are many. Runs on the
    /// rayon pool that it is called from.
    ///
    /// # Errors
    /// The learner failed.
    pub fn rises_without(&self, data: &FitData, matrix: &Matrix, fold: Option<u32>, seed: u64) -> Result<Vec<f64>> {
        /// A column is predicted without in milliseconds.
        const JUDGED_MAX: usize = 2_000;
        let mut rises = vec![0.0; matrix.columns().len()];
        for half in halves(data, fold, seed) {
            let model = self.fitted(data, matrix, &half, seed)?;
            let step = half.judge.len().div_ceil(JUDGED_MAX);
            let rows: Vec<u32> = half.judge.iter().step_by(step).map(|&place| half.row(place)).collect();
            let (target, weights) = (data.target.select(&rows), data.weights_of(&rows));
            let columns: SharedColumns = matrix.columns().iter().map(|column| Arc::new(column.gather(&rows))).collect();
            let mut order: Vec<u32> = (0..rows.len() as u32).collect();
            order.shuffle(&mut rng(seed));
            let loss = |columns: SharedColumns| -> Result<f64> {
                let predictions = model.predict(Matrix::new(rows.len(), columns)?.view());
                Ok(smooth_loss(data.measure, &target, &predictions, weights.as_deref()))
            };
            let whole = loss(columns.clone())?;
            let without = |j: usize| {
                let mut columns = columns.clone();
                columns[j] = Arc::new(columns[j].gather(&order));
                Ok(loss(columns)? - whole)
            };
            let of_half: Vec<f64> = (0..columns.len()).into_par_iter().map(without).collect::<Result<_>>()?;
            rises.iter_mut().zip(of_half).for_each(|(rise, of_half)| *rise += of_half);
        }
        Ok(rises)
    }

    fn fitted(&self, data: &FitData, matrix: &Matrix, half: &Half<'_>, seed: u64) -> Result<Box<dyn DynModel>> {
        let rows_of = |places: &[u32]| places.iter().map(|&place| half.row(place)).collect::<Vec<u32>>();
        let (fit, rows) = (rows_of(&half.fit), rows_of(&half.judge));
        let mut shape = matrix.shape(data.task.width());
        shape.rows = fit.len();
        let params = self.learner.within(&self.params, shape, WORK_MAX)?;
        let (target, weights) = (data.target.select(&fit), data.fit_weights_of(&fit));
        let mut monitor = EarlyStopping::new(data.measure, data.target.select(&rows), data.weights_of(&rows), fit.len());
        let mut ctx = FitContext::new(seed).with_deadline(self.deadline.clone()).with_monitor(&mut monitor);
        let (x, valid) = (matrix.select(&fit), Some(matrix.select(&rows)));
        let given = TrainData { x, target: &target, weights: weights.as_deref(), valid };
        Ok(self.learner.fit(&params, &given, &mut ctx)?.model)
    }
}

/// One of two halves of training rows, by their places among them.
struct Half<'a> {
    train: &'a [u32],
    /// A model is fitted on these.
    fit: Vec<u32>,
    /// And judged by these.
    judge: Vec<u32>,
}

impl Half<'_> {
    fn row(&self, place: u32) -> u32 {
        self.train[place as usize]
    }
}

/// Each half with the other one to judge by; none where there is too little to halve.
fn halves(data: &FitData, fold: Option<u32>, seed: u64) -> Vec<Half<'_>> {
    let train = &data.fold(fold).train;
    let step = train.len().div_ceil(ROWS_MAX).max(1);
    let places = (0..train.len() as u32).step_by(step);
    let is_first = |place: &u32| derive(seed, u64::from(*place)).is_multiple_of(2);
    let (first, second): (Vec<u32>, Vec<u32>) = places.partition(is_first);
    if first.is_empty() || second.is_empty() {
        return Vec::new();
    }
    vec![Half { train, fit: first.clone(), judge: second.clone() }, Half { train, fit: second, judge: first }]
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
