//! The data on which metrics are checked, the same on every run.

use rand::RngExt;

use crate::metric::{Metric, Scoring};
use crate::predictions::Predictions;
use crate::seed::{Rng, rng};
use crate::task::{Target, TaskKind};

/// Rows with their truth, predictions and weights.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The truth.
    pub target: Target,
    /// One row of predictions per row.
    pub predictions: Predictions,
    /// One weight per row, or none.
    pub weights: Option<Vec<f64>>,
    /// Index of the positive class.
    pub positive: usize,
}

impl Sample {
    /// 60 rows with imperfect predictions, some of them equal, and no weights.
    pub fn of(kind: TaskKind) -> Sample {
        let rng = &mut rng(17);
        let (target, predictions) = match kind {
            TaskKind::Binary => classes(60, 2, rng),
            TaskKind::Multiclass => classes(60, 4, rng),
            TaskKind::Regression => numbers(60, rng),
        };
        Sample { target, predictions, weights: None, positive: usize::from(kind == TaskKind::Binary) }
    }

    /// The same with weights between 0.5 and 2.
    pub fn weighted(kind: TaskKind) -> Sample {
        let rng = &mut rng(18);
        let sample = Sample::of(kind);
        let weights = (0..sample.target.len()).map(|_| rng.random_range(0.5..2.0)).collect();
        Sample { weights: Some(weights), ..sample }
    }

    /// The chosen rows; one may be chosen more than once.
    pub fn rows(&self, rows: &[u32]) -> Sample {
        let weights = self.weights.as_ref().map(|w| rows.iter().map(|&i| w[i as usize]).collect());
        Sample { target: self.target.select(rows), predictions: self.predictions.select(rows), weights, positive: self.positive }
    }

    /// The same rows with perfect predictions.
    pub fn perfect(&self) -> Sample {
        let predictions = match &self.target {
            Target::Numbers(values) => Predictions::new(1, values.clone()),
            Target::Classes { labels, n_classes } => one_hot(labels, *n_classes),
        };
        Sample { predictions, ..self.clone() }
    }

    /// The score with the default parameter.
    pub fn score(&self, metric: &dyn Metric) -> Option<f64> {
        metric.score(&Scoring {
            target: &self.target,
            predictions: &self.predictions,
            weights: self.weights.as_deref(),
            positive: self.positive,
            parameter: metric.parameter(),
        })
    }
}

/// Labels of all classes, and probabilities in steps of 1/8 that lean towards the truth.
fn classes(rows: usize, n_classes: usize, rng: &mut Rng) -> (Target, Predictions) {
    let labels: Vec<u32> =
        (0..rows).map(|i| (i % n_classes).min(rng.random_range(0..n_classes as u64) as usize + 1) as u32).collect();
    let mut values = Vec::new();
    for &label in &labels {
        let mut row: Vec<f64> = (0..n_classes).map(|_| f64::from(rng.random_range(0..4_u32))).collect();
        row[label as usize] += 2.0;
        // Two classes always sum to 8, and eighths are exact: what is a tie for one class is one for the other.
        let rest = 8.0 - row.iter().sum::<f64>().min(8.0);
        row[0] += rest;
        let sum: f64 = row.iter().sum();
        values.extend(row.iter().map(|v| v / sum));
    }
    (Target::Classes { labels, n_classes }, Predictions::new(n_classes, values))
}

/// Positive values, some of them equal, and predictions about them.
fn numbers(rows: usize, rng: &mut Rng) -> (Target, Predictions) {
    let values: Vec<f64> = (0..rows).map(|_| f64::from(rng.random_range(2..40_u32)) / 4.0).collect();
    let predicted = values.iter().map(|v| v + f64::from(rng.random_range(-4..8_i32)) / 4.0).collect();
    (Target::Numbers(values), Predictions::new(1, predicted))
}

/// All probability on one class per row.
fn one_hot(labels: &[u32], n_classes: usize) -> Predictions {
    let mut predictions = Predictions::zeros(labels.len(), n_classes);
    for (i, &label) in labels.iter().enumerate() {
        predictions.row_mut(i)[label as usize] = 1.0;
    }
    predictions
}

/// Perfect predictions, then some that get worse: more and more rows with a confident mistake, or errors
/// that grow.
pub fn ladder(target: &Target) -> Vec<Predictions> {
    let rng = &mut rng(19);
    let noise: Vec<f64> = (0..target.len()).map(|_| rng.random_range(-1.0..1.0)).collect();
    let steps = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5];
    let step = |share: f64| match target {
        Target::Numbers(values) => Predictions::new(1, values.iter().zip(&noise).map(|(v, e)| v + 12.0 * share * e).collect()),
        Target::Classes { labels, n_classes } => {
            let turned = |(&label, e): (&u32, &f64)| if e.abs() < share { (label + 1) % *n_classes as u32 } else { label };
            let labels: Vec<u32> = labels.iter().zip(&noise).map(turned).collect();
            one_hot(&labels, *n_classes)
        }
    };
    steps.into_iter().map(step).collect()
}

/// Samples on which some metric or other is undefined.
pub fn hard_samples(sample: &Sample) -> Vec<Sample> {
    let n = sample.target.len();
    let with = |target: Target| Sample { target, ..sample.clone() };
    let predicting = |values: Vec<f64>| Sample { predictions: Predictions::new(sample.target.width(), values), ..sample.clone() };
    let mut hard = vec![sample.rows(&[0]), sample.rows(&[0, 0])];
    match sample.target {
        Target::Classes { n_classes, .. } => {
            hard.extend((0..n_classes as u32).map(|label| with(Target::Classes { labels: vec![label; n], n_classes })));
            let first: Vec<u32> = vec![0; n];
            hard.push(Sample { predictions: one_hot(&first, n_classes), ..sample.clone() });
        }
        Target::Numbers(_) => {
            hard.extend([0.0, 0.1, -1.0, -5.0, 1e300].map(|value| with(Target::Numbers(vec![value; n]))));
            hard.extend([0.0, -7.0, -1e300].map(|value| predicting(vec![value; n])));
        }
    }
    let width = sample.target.width();
    hard.extend([0.0, 1.0, f64::NAN, f64::INFINITY].map(|value| predicting(vec![value; n * width])));
    hard
}
