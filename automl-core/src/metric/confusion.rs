//! How often each class was true, was predicted, and was both: what every metric of labels is made of.

use super::Scoring;
#[cfg(doc)]
use crate::predictions::Predictions;

/// The margins and the diagonal of the confusion matrix, in weight; one number per class.
///
/// The predicted class is the one that is said of the row ([`Predictions::class`]). Memory is O(classes),
/// not O(classes²): no metric here needs more than the margins and the diagonal.
#[derive(Debug, Clone, PartialEq)]
pub struct Confusion {
    /// Weight of the rows that have the class.
    pub truth: Vec<f64>,
    /// Weight of the rows that were predicted to have it.
    pub predicted: Vec<f64>,
    /// Weight of the rows that have it and were predicted to.
    pub both: Vec<f64>,
}

impl Confusion {
    /// Counts all rows; `None` for regression.
    pub fn count(s: &Scoring<'_>) -> Option<Confusion> {
        let labels = s.target.labels()?;
        let zeros = vec![0.0; s.target.width()];
        let mut counts = Confusion { truth: zeros.clone(), predicted: zeros.clone(), both: zeros };
        for (i, &label) in labels.iter().enumerate() {
            let (truth, predicted, weight) = (label as usize, s.predictions.class(i), s.weight(i));
            counts.truth[truth] += weight;
            counts.predicted[predicted] += weight;
            if truth == predicted {
                counts.both[truth] += weight;
            }
        }
        Some(counts)
    }

    /// The share of the weight that was predicted right.
    pub fn accuracy(&self) -> f64 {
        self.both.iter().sum::<f64>() / self.truth.iter().sum::<f64>()
    }

    /// Twice what was right over what was true plus what was predicted; `None` if the class was neither.
    pub fn f1(&self, class: usize) -> Option<f64> {
        let either = self.truth[class] + self.predicted[class];
        (either > 0.0).then(|| 2.0 * self.both[class] / either)
    }

    /// The share of a class that was found; `None` if there was none of it.
    pub fn recall(&self, class: usize) -> Option<f64> {
        (self.truth[class] > 0.0).then(|| self.both[class] / self.truth[class])
    }

    /// The share of right ones among those predicted to have the class. Where the class is there and was
    /// never predicted this is 0; where it is neither it is `None`.
    pub fn precision(&self, class: usize) -> Option<f64> {
        if self.predicted[class] > 0.0 {
            Some(self.both[class] / self.predicted[class])
        } else {
            (self.truth[class] > 0.0).then_some(0.0)
        }
    }
}

/// The plain mean of the classes for which there is a value; `None` if there is no such class.
pub fn mean_over_classes(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let (mut sum, mut classes) = (0.0, 0.0);
    for value in values.flatten() {
        sum += value;
        classes += 1.0;
    }
    (classes > 0.0).then(|| sum / classes)
}
