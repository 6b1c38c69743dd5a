//! Fits through a transformed target: there before the fit, and back before anybody sees a prediction.

use super::evaluator::{Evaluator, Fold};
use crate::error::Result;
use crate::predictions::Predictions;
use crate::target_transform::{FittedTransform, Inverse, TargetTransform};
use crate::task::Target;

/// The transform that was asked for, learned from training rows; `None` if there is none, or for classes.
pub(super) fn learn(kind: Option<TargetTransform>, target: &Target, train: &[u32]) -> Result<Option<FittedTransform>> {
    match (kind, target.select(train)) {
        (Some(kind), Target::Numbers(values)) => kind.learn(&values).map(Some),
        _ => Ok(None),
    }
}

/// The target that a learner is fitted to.
pub(super) fn forward(target: Target, transform: Option<&FittedTransform>) -> Target {
    match (target, transform) {
        (Target::Numbers(values), Some(transform)) => {
            Target::Numbers(values.into_iter().map(|value| transform.forward(value)).collect())
        }
        (target, _) => target,
    }
}

/// Predictions of the target itself.
pub(super) fn back(predictions: Predictions, transform: Option<&FittedTransform>) -> Predictions {
    match transform {
        Some(transform) => transform.back_all(&predictions),
        None => predictions,
    }
}

/// How the models of a trial get back to the target, if it was transformed: as means over their errors if that is better
/// in the leading metric, else as they are; the predictions of the folds follow. The errors of a fold are those that the
/// models of the other folds make; with a single fold, its own.
pub(super) fn inverses(evaluator: &Evaluator, folds: &mut [Fold]) -> Vec<Option<Inverse>> {
    let transforms: Option<Vec<FittedTransform>> = folds.iter().map(|fold| fold.transform.clone()).collect();
    let (Some(transforms), Target::Numbers(truth)) = (transforms, &evaluator.data.target) else {
        return folds.iter().map(|_| None).collect();
    };
    let errors: Vec<Vec<f64>> = folds.iter().zip(&transforms).map(|(fold, transform)| errors(fold, transform, truth)).collect();
    let of_others = |k: usize| -> Vec<f64> {
        (0..errors.len()).filter(|&j| errors.len() == 1 || j != k).flat_map(|j| errors[j].iter().copied()).collect()
    };
    let means: Vec<Inverse> =
        transforms.iter().enumerate().map(|(k, transform)| Inverse::with_errors(transform.clone(), of_others(k))).collect();
    let corrected: Vec<Predictions> =
        folds.iter().zip(&means).map(|(fold, inverse)| inverse.corrected(&fold.predictions)).collect();
    let plain = evaluator.out_of_fold(folds.iter().map(|fold| (&fold.rows, &fold.predictions)));
    let as_means = evaluator.out_of_fold(folds.iter().map(|fold| &fold.rows).zip(&corrected));
    let loss = |predictions: &Predictions| evaluator.data.loss(&evaluator.data.scored, predictions).unwrap_or(f64::INFINITY);
    if loss(&as_means) < loss(&plain) {
        folds.iter_mut().zip(corrected).for_each(|(fold, corrected)| fold.predictions = corrected);
        return means.into_iter().map(Some).collect();
    }
    transforms.into_iter().map(|transform| Some(Inverse { transform, errors: Vec::new() })).collect()
}

/// The errors of a fold on the other scale.
fn errors(fold: &Fold, transform: &FittedTransform, truth: &[f64]) -> Vec<f64> {
    let pairs = fold.rows.iter().zip(fold.predictions.values());
    pairs.map(|(&row, predicted)| transform.forward(truth[row as usize]) - transform.forward(*predicted)).collect()
}
