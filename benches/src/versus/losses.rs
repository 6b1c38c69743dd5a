//! How wrong is each prediction?

use automl::task::Target;

/// The loss of every row: the log loss, or the squared error.
///
/// `predictions` are numbers row after row: a probability per class, for two classes also that of the second
/// alone, or the value.
///
/// # Panics
/// If these are not the predictions of so many rows: a mistake of the caller.
pub fn per_row(target: &Target, predictions: &[f64]) -> Vec<f64> {
    // As the metric `log_loss` has it: a certain mistake costs 34.5 and not infinity.
    const SMALLEST: f64 = 1e-15;
    let log_loss = |p: f64| -p.clamp(SMALLEST, 1.0).ln();
    match target {
        Target::Numbers(truth) => {
            assert_eq!(predictions.len(), truth.len(), "one prediction per row");
            predictions.iter().zip(truth).map(|(p, y)| (p - y).powi(2)).collect()
        }
        Target::Classes { labels, n_classes: 2 } if predictions.len() == labels.len() => {
            let of_truth = |(&p, &label): (&f64, &u32)| log_loss(if label == 1 { p } else { 1.0 - p });
            predictions.iter().zip(labels).map(of_truth).collect()
        }
        Target::Classes { labels, n_classes } => {
            assert_eq!(predictions.len(), labels.len() * n_classes, "one probability per row and class");
            predictions.chunks_exact(*n_classes).zip(labels).map(|(row, &label)| log_loss(row[label as usize])).collect()
        }
    }
}

/// What a prediction is judged by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Loss {
    /// The log loss of classes, the squared error of numbers.
    Usual,
    /// The pinball loss of a quantile.
    Pinball(f64),
    /// The deviance of counts.
    Poisson,
}

impl Loss {
    /// The loss of every row; predictions are as in [`per_row`].
    ///
    /// # Panics
    /// If these are not the predictions of so many rows: a mistake of the caller.
    pub fn per_row(self, target: &Target, predictions: &[f64]) -> Vec<f64> {
        let Target::Numbers(truth) = target else { return per_row(target, predictions) };
        let of_row = |(p, y): (&f64, &f64)| match self {
            Loss::Usual => (p - y).powi(2),
            Loss::Pinball(quantile) => (quantile * (y - p)).max((quantile - 1.0) * (y - p)),
            Loss::Poisson => {
                let mean = p.max(1e-9);
                2.0 * (if *y > 0.0 { y * (y / mean).ln() } else { 0.0 } - y + mean)
            }
        };
        assert_eq!(predictions.len(), truth.len(), "one prediction per row");
        predictions.iter().zip(truth).map(of_row).collect()
    }
}

/// The mean of some losses; NaN if there are none.
pub fn mean(losses: &[f64]) -> f64 {
    losses.iter().sum::<f64>() / losses.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_probability_is_as_good_as_two() {
        let target = Target::Classes { labels: vec![0, 1, 1], n_classes: 2 };
        let both = per_row(&target, &[0.75, 0.25, 0.5, 0.5, 1.0, 0.0]);
        assert_eq!(both, per_row(&target, &[0.25, 0.5, 0.0]));
        assert!((both[0] - 0.75_f64.ln().abs()).abs() < 1e-12 && (both[2] - 34.5).abs() < 0.1, "{both:?}");
        assert_eq!(per_row(&Target::Numbers(vec![1.0, 5.0]), &[3.0, 5.0]), [4.0, 0.0]);
    }

    #[test]
    fn numbers_have_losses_of_their_own() {
        let truth = Target::Numbers(vec![1.0, 5.0, 2.0]);
        assert_eq!(Loss::Pinball(0.75).per_row(&truth, &[3.0, 1.0, 2.0]), [0.5, 3.0, 0.0]);
        let deviance = Loss::Poisson.per_row(&truth, &[1.0, 5.0, 4.0]);
        assert!(deviance[0] == 0.0 && deviance[1] == 0.0 && (deviance[2] - 4.0 * (1.0 - 2.0_f64.ln())).abs() < 1e-12);
    }
}
