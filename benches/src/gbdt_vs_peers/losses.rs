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
}
