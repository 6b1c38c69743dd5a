//! Rows in the order of a score, for metrics that judge the order.

use super::Scoring;

/// The rows that share one score: the weight of the positive and of the negative ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Weight of the rows that have the class.
    pub positive: f64,
    /// Weight of the rows that have another.
    pub negative: f64,
}

/// All rows by the predicted probability of one class, largest first; one step per distinct value.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    steps: Vec<Step>,
}

impl Ranking {
    /// Sorts the rows by the probability of `class`: O(n log n) time, 24 bytes per row. `None` for regression.
    pub fn of_class(s: &Scoring<'_>, class: usize) -> Option<Ranking> {
        let labels = s.target.labels()?;
        if let Some(steps) = unweighted(s, labels, class) {
            return Some(Ranking { steps });
        }
        let mut rows: Vec<(f64, f64, bool)> = labels
            .iter()
            .zip(s.predictions.iter())
            .enumerate()
            .map(|(i, (&label, row))| (row[class], s.weight(i), label as usize == class))
            .filter(|(_, weight, _)| *weight > 0.0)
            .collect();
        rows.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let steps = rows.chunk_by(|a, b| a.0 == b.0).map(Step::sum).collect();
        Some(Ranking { steps })
    }

    /// The weight of all positive and of all negative rows.
    fn totals(&self) -> (f64, f64) {
        self.steps.iter().fold((0.0, 0.0), |(p, n), step| (p + step.positive, n + step.negative))
    }

    /// The probability that a positive row stands above a negative one, equal scores counting half.
    /// `None` if one of the two is missing.
    pub fn auc(&self) -> Option<f64> {
        let (mut above, mut area) = (0.0, 0.0);
        for step in &self.steps {
            area += step.negative * (above + 0.5 * step.positive);
            above += step.positive;
        }
        let (positive, negative) = self.totals();
        (positive > 0.0 && negative > 0.0).then(|| (area / positive / negative).clamp(0.0, 1.0))
    }

    /// The mean over the positive rows of the precision down to their score. `None` without positive rows.
    pub fn average_precision(&self) -> Option<f64> {
        let (mut positive, mut all, mut sum) = (0.0, 0.0, 0.0);
        for step in &self.steps {
            positive += step.positive;
            all += step.positive + step.negative;
            sum += step.positive * (positive / all);
        }
        (positive > 0.0).then(|| (sum / positive).min(1.0))
    }
}

/// The same without weights, several times as fast: the bits of a probability sort as whole numbers do, and leave room for
/// whether the row has the class. `None` where there are weights, or numbers below zero.
fn unweighted(s: &Scoring<'_>, labels: &[u32], class: usize) -> Option<Vec<Step>> {
    let key = |(row, &label): (&[f64], &u32)| row[class].to_bits() << 1 | u64::from(label as usize == class);
    if s.weights.is_some() || s.predictions.column(class).any(f64::is_sign_negative) {
        return None;
    }
    let mut keys: Vec<u64> = s.predictions.iter().zip(labels).map(key).collect();
    keys.sort_unstable();
    let step = |rows: &[u64]| {
        let positive = rows.iter().map(|key| key & 1).sum::<u64>() as f64;
        Step { positive, negative: rows.len() as f64 - positive }
    };
    Some(keys.chunk_by(|a, b| a >> 1 == b >> 1).rev().map(step).collect())
}

impl Step {
    /// One step from the rows of one score.
    fn sum(rows: &[(f64, f64, bool)]) -> Step {
        let mut step = Step { positive: 0.0, negative: 0.0 };
        for &(_, weight, positive) in rows {
            if positive {
                step.positive += weight;
            } else {
                step.negative += weight;
            }
        }
        step
    }
}
