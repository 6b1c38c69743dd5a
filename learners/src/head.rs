//! From margins to predictions, for learners that add up one margin per class.

use automl_core::contributions::Scale;
use automl_core::error::{Error, Result};
use automl_core::predictions::Predictions;
use automl_core::task::Target;
use serde::{Deserialize, Serialize};

/// Probability of each class that the training rows did not have: as a log loss about 14.
const ABSENT: f64 = 1e-6;

/// What the margins of a model mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Head {
    /// One margin, which is the prediction.
    Number,
    /// Log odds: none for one class, one for two, else one per class for a softmax.
    Classes {
        /// The classes that the training rows had, rising.
        present: Vec<u32>,
        /// How many classes there are.
        n_classes: usize,
    },
    /// One margin per class, the log odds of this class against all others; for three classes or more.
    OneAgainstAll {
        /// The classes that the training rows had, rising.
        present: Vec<u32>,
        /// How many classes there are.
        n_classes: usize,
    },
    /// One margin, the logarithm of the prediction.
    Logarithm,
}

/// Largest logarithm of a prediction: its exponential is finite.
const LOGARITHM_MAX: f64 = 700.0;

impl Head {
    /// The head for a target: its margins stand for the classes that occur, or for all if there are no rows.
    pub(crate) fn of(target: &Target) -> Head {
        match target {
            Target::Numbers(_) => Head::Number,
            Target::Classes { labels, n_classes } => {
                let mut present = labels.clone();
                present.sort_unstable();
                present.dedup();
                if present.is_empty() {
                    present.extend(0..*n_classes as u32);
                }
                Head::Classes { present, n_classes: *n_classes }
            }
        }
    }

    /// The same head, with a margin for each class against all others where there are more than two.
    pub(crate) fn one_against_all(self) -> Head {
        match self {
            Head::Classes { present, n_classes } if present.len() > 2 => Head::OneAgainstAll { present, n_classes },
            head => head,
        }
    }

    /// The classes that the training rows had, and how many there are; none for numbers.
    fn classes(&self) -> (&[u32], usize) {
        match self {
            Head::Number | Head::Logarithm => (&[], 0),
            Head::Classes { present, n_classes } | Head::OneAgainstAll { present, n_classes } => (present, *n_classes),
        }
    }

    /// Margins per row.
    pub fn outputs(&self) -> usize {
        match self {
            Head::Number | Head::Logarithm => 1,
            Head::Classes { present, .. } => match present.len() {
                0 | 1 => 0,
                2 => 1,
                many => many,
            },
            Head::OneAgainstAll { present, .. } => present.len(),
        }
    }

    /// What the margins are as contributions; `None` where training rows lacked a class, whose constant probability no
    /// margin gives, and for classes against all others, which do not add up.
    pub(crate) fn scale(&self) -> Option<Scale> {
        match self {
            Head::Number => Some(Scale::Value),
            Head::Logarithm => Some(Scale::LogValue),
            Head::Classes { present, n_classes } if present.len() != *n_classes || *n_classes < 2 => None,
            Head::Classes { n_classes: 2, .. } => Some(Scale::LogOdds),
            Head::Classes { .. } => Some(Scale::ClassScores),
            Head::OneAgainstAll { .. } => None,
        }
    }

    /// The place of each label among the classes that occur.
    pub(crate) fn places<'a>(&'a self, labels: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
        let (present, n_classes) = self.classes();
        let place: Vec<u32> = (0..n_classes as u32).map(|k| present.partition_point(|&p| p < k) as u32).collect();
        labels.iter().map(move |&k| place[k as usize])
    }

    /// The predictions for the margins of some rows, row after row.
    pub(crate) fn predictions(&self, rows: usize, mut margins: Vec<f64>) -> Predictions {
        let (present, n_classes) = self.classes();
        if *self == Head::Number {
            return Predictions::new(1, margins);
        }
        if *self == Head::Logarithm {
            margins.iter_mut().for_each(|z| *z = z.min(LOGARITHM_MAX).exp());
            return Predictions::new(1, margins);
        }
        let mut predictions = Predictions::zeros(rows, n_classes);
        let absent = n_classes - present.len();
        predictions.values_mut().fill(if absent > 0 { ABSENT } else { 0.0 });
        let share = 1.0 - absent as f64 * ABSENT;
        for i in 0..rows {
            let row = predictions.row_mut(i);
            match present[..] {
                [only] => row[only as usize] = share,
                [first, second] => {
                    let p = logistic(margins[i]);
                    row[first as usize] = share * (1.0 - p);
                    row[second as usize] = share * p;
                }
                _ => {
                    let own = &mut margins[i * present.len()..][..present.len()];
                    match self {
                        Head::OneAgainstAll { .. } => shares(own),
                        _ => softmax(own),
                    }
                    present.iter().zip(own).for_each(|(&k, p)| row[k as usize] = share * *p);
                }
            }
        }
        predictions
    }

    /// Checks a head that came from a file.
    ///
    /// # Errors
    /// Classes that do not rise, that do not exist, or none at all.
    pub(crate) fn validate(&self) -> Result<()> {
        let (present, n_classes) = self.classes();
        if matches!(self, Head::Number | Head::Logarithm) {
            return Ok(());
        }
        let rising = present.windows(2).all(|w| w[0] < w[1]);
        // With more classes the probabilities of absent ones would no longer be negligible.
        if present.is_empty() || !rising || present.iter().any(|&k| k as usize >= n_classes) || n_classes > 100_000 {
            return Err(Error::artifact(format!("classes {present:?} of {n_classes}")));
        }
        if matches!(self, Head::OneAgainstAll { .. }) && present.len() < 3 {
            return Err(Error::artifact(format!("{} classes, one against all", present.len())));
        }
        Ok(())
    }
}

/// The probability for log odds.
pub(crate) fn logistic(margin: f64) -> f64 {
    if margin >= 0.0 {
        1.0 / (1.0 + (-margin).exp())
    } else {
        let e = margin.exp();
        e / (1.0 + e)
    }
}

/// Makes scores probabilities.
pub(crate) fn softmax(row: &mut [f64]) {
    let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for z in row.iter_mut() {
        *z = (*z - top).exp();
        sum += *z;
    }
    row.iter_mut().for_each(|z| *z /= sum);
}

/// Makes log odds of classes against all others probabilities that sum to one.
fn shares(row: &mut [f64]) {
    // A softmax of logarithms divides by the sum, and none of them vanishes on the way.
    row.iter_mut().for_each(|z| *z = -softplus(-*z));
    softmax(row);
}

/// `ln(1 + eᶻ)`.
fn softplus(z: f64) -> f64 {
    z.max(0.0) + (-z.abs()).exp().ln_1p()
}
