//! How much sooner rare classes are said, of more than two.
//!
//! The probability of each class is divided by a power of its share of the rows: 0 says what is most probable, which is
//! best for accuracy, and 1 is best for the mean recall of the classes, if probabilities are right. One number for all
//! classes finds little by chance, however rare some of them are.

use super::Decision;
use crate::ensemble::Candidates;
use crate::predictions::{Predictions, argmax};
use crate::task::Target;

/// Powers that are tried, in twentieths.
const TWENTIETHS_MAX: u32 = 30;

/// The factors that are best on these rows, the gentlest of equals.
pub(super) fn best(all: &Candidates, predictions: &Predictions, rows: Vec<u32>) -> Option<Decision> {
    let labels = all.target.labels()?;
    let weight = |row: u32| all.weights.as_ref().map_or(1.0, |w| w[row as usize]);
    let mut shares = vec![0.0; all.target.width()];
    rows.iter().for_each(|&row| shares[labels[row as usize] as usize] += weight(row));
    let total: f64 = shares.iter().sum();
    // A class that these rows do not have is as rare as one row of the mean weight.
    let one = total / rows.len() as f64;
    shares.iter_mut().for_each(|share| *share = share.max(one) / total);
    let loss = |factors: &[f64]| {
        let mut counts = Counts::new(shares.len());
        let mut scaled = vec![0.0; shares.len()];
        for &row in &rows {
            let probabilities = predictions.row(row as usize);
            scaled.iter_mut().zip(probabilities).zip(factors).for_each(|((scaled, p), factor)| *scaled = p * factor);
            counts.add(labels[row as usize] as usize, argmax(&scaled), weight(row));
        }
        counts.loss(all)
    };
    let mut best: Option<(f64, Vec<f64>)> = None;
    for power in (0..=TWENTIETHS_MAX).map(|twentieths| f64::from(twentieths) / 20.0) {
        let factors: Vec<f64> = shares.iter().map(|share| (share * shares.len() as f64).powf(-power)).collect();
        let loss = loss(&factors)?;
        if best.as_ref().is_none_or(|(least, _)| loss < *least) {
            best = Some((loss, factors));
        }
    }
    best.map(|(_, factors)| Decision::Factors { factors })
}

/// Weights of rows by what they are and what is said of them.
struct Counts {
    classes: usize,
    counts: Vec<f64>,
}

impl Counts {
    fn new(classes: usize) -> Counts {
        Counts { classes, counts: vec![0.0; classes * classes] }
    }

    fn add(&mut self, truth: usize, said: usize, weight: f64) {
        self.counts[truth * self.classes + said] += weight;
    }

    /// The loss of a metric of labels: for it, one row per pair of classes with these weights is the same as all rows.
    fn loss(&self, all: &Candidates) -> Option<f64> {
        let pairs = || (0..self.counts.len()).filter(|&pair| self.counts[pair] > 0.0);
        let labels = pairs().map(|pair| (pair / self.classes) as u32).collect();
        let mut predictions = Predictions::zeros(pairs().count(), self.classes);
        pairs().enumerate().for_each(|(row, pair)| predictions.row_mut(row)[pair % self.classes] = 1.0);
        let weights: Vec<f64> = pairs().map(|pair| self.counts[pair]).collect();
        let target = Target::Classes { labels, n_classes: self.classes };
        let loss = all.measure.loss(&target, &predictions, Some(&weights), all.positive);
        loss.filter(|loss| loss.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::super::TUNED;
    use super::super::tests::rare_of_many;
    use super::*;
    use crate::task::TaskKind;

    #[test]
    fn the_table_of_counts_is_the_same_as_all_rows() {
        let is_of_many =
            |id: &&&str| crate::metric::ALL.iter().any(|m| m.id() == **id && m.tasks().contains(&TaskKind::Multiclass));
        for id in TUNED.iter().filter(is_of_many) {
            let all = rare_of_many(id, 200);
            let decided = (*all.predictions[0]).clone().with_decision(Some(Decision::Factors { factors: vec![0.5, 1.5, 3.0] }));
            let mut counts = Counts::new(3);
            let labels = all.target.labels().unwrap();
            (0..labels.len()).for_each(|i| counts.add(labels[i] as usize, decided.class(i), 1.0));
            let (slow, quick) = (all.loss(&decided).unwrap(), counts.loss(&all).unwrap());
            assert!((slow - quick).abs() < 1e-12, "{id}: {slow} {quick}");
        }
    }

    #[test]
    fn the_mean_recall_wants_every_class_as_often() {
        let all = rare_of_many("balanced_accuracy", 20_000);
        let Some(Decision::Factors { factors }) = best(&all, &all.predictions[0], (0..20_000).collect()) else { panic!() };
        let labels = all.target.labels().unwrap();
        for (class, factor) in factors.iter().enumerate() {
            let share = labels.iter().filter(|label| **label as usize == class).count() as f64 / labels.len() as f64;
            let power = factor.ln() / (1.0 / (3.0 * share)).ln();
            assert!((power - 1.0).abs() < 0.15, "class {class}: {power}");
        }
    }
}
