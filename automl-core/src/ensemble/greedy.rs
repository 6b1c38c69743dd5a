//! Greedy selection with replacement (Caruana et al., "Ensemble selection from libraries of models", 2004).
//!
//! Each step adds the candidate that makes the running mean best, beginning with the best single one;
//! 25 steps are enough (Salinas and Erickson, TabRepo, 2024). The weights are the shares of the picks up to
//! the best step. On the rows it was selected on an ensemble cannot lose, so whether it is better is judged
//! on rows that the selection did not see.

use std::sync::Arc;

use rand::seq::SliceRandom;

use crate::clock::Deadline;
use crate::metric::Measure;
use crate::predictions::Predictions;
use crate::seed::rng;
use crate::task::Target;

/// Predictions of several candidates for the same rows, and what they are judged by.
#[derive(Debug, Clone)]
pub struct Candidates {
    /// Predictions of every candidate for the same rows.
    pub predictions: Vec<Arc<Predictions>>,
    /// The truth of those rows.
    pub target: Target,
    /// The weights of those rows.
    pub weights: Option<Vec<f64>>,
    /// What is to be made best.
    pub measure: Measure,
    /// Index of the positive class.
    pub positive: usize,
}

/// Weights of the candidates, summing to one: those of the ensemble if it is better than the best single
/// candidate on rows it was not selected on, else 1 for that candidate. Past the deadline it ends with
/// what it has. Empty if no candidate can be scored.
pub fn select(candidates: &Candidates, steps: usize, seed: u64, deadline: &Deadline) -> Vec<f64> {
    // Beyond this many rows the choice no longer depends on them, but its time does.
    const ROWS_MAX: usize = 20_000;
    let order = shuffled(candidates.target.len(), seed);
    let sampled = (order.len() > ROWS_MAX).then(|| candidates.rows(&order[..ROWS_MAX]));
    let all = sampled.as_ref().unwrap_or(candidates);
    let Some(best) = all.best_single() else { return Vec::new() };
    let mut single = vec![0.0; all.predictions.len()];
    single[best] = 1.0;
    if all.predictions.len() == 1 || !ensemble_is_better(all, steps, seed, deadline) {
        return single;
    }
    all.greedy(steps, deadline).unwrap_or(single)
}

/// Compares ensemble and best single candidate cross-fitted: both are chosen on one half of the rows and
/// judged on the other, then the halves are swapped.
fn ensemble_is_better(all: &Candidates, steps: usize, seed: u64, deadline: &Deadline) -> bool {
    let order = shuffled(all.target.len(), seed ^ 1);
    let (first, second) = order.split_at(order.len() / 2);
    let gain = |chosen_on: &[u32], judged_on: &[u32]| {
        let chosen_on = all.rows(chosen_on);
        let (best, weights) = (chosen_on.best_single()?, chosen_on.greedy(steps, deadline)?);
        let judged_on = all.rows(judged_on);
        Some(judged_on.loss(&judged_on.predictions[best])? - judged_on.loss(&judged_on.blend(&weights))?)
    };
    match (gain(first, second), gain(second, first)) {
        (Some(a), Some(b)) => a + b > 0.0,
        _ => false,
    }
}

pub(super) fn shuffled(rows: usize, seed: u64) -> Vec<u32> {
    let mut order: Vec<u32> = (0..rows as u32).collect();
    order.shuffle(&mut rng(seed));
    order
}

impl Candidates {
    /// The chosen rows of all candidates.
    pub(super) fn rows(&self, rows: &[u32]) -> Candidates {
        Candidates {
            predictions: self.predictions.iter().map(|p| Arc::new(p.select(rows))).collect(),
            target: self.target.select(rows),
            weights: self.weights.as_ref().map(|w| rows.iter().map(|&i| w[i as usize]).collect()),
            ..*self
        }
    }

    pub(crate) fn loss(&self, predictions: &Predictions) -> Option<f64> {
        self.measure.loss(&self.target, predictions, self.weights.as_deref(), self.positive).filter(|l| l.is_finite())
    }

    fn best_single(&self) -> Option<usize> {
        let losses = self.predictions.iter().enumerate().filter_map(|(i, p)| Some((self.loss(p)?, i)));
        losses.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, i)| i)
    }

    /// The weighted mean of the candidates.
    pub fn blend(&self, weights: &[f64]) -> Predictions {
        let mut sum = Predictions::zeros(self.target.len(), self.target.width());
        for (p, w) in self.predictions.iter().zip(weights).filter(|(_, w)| **w > 0.0) {
            sum.add_scaled(p, *w);
        }
        sum
    }

    /// Picks candidates one by one. `None` if the deadline came before the first pick.
    fn greedy(&self, steps: usize, deadline: &Deadline) -> Option<Vec<f64>> {
        let mut sum = Predictions::zeros(self.target.len(), self.target.width());
        let mut mean = sum.clone();
        let mut picks: Vec<usize> = Vec::new();
        let (mut best_loss, mut best_length) = (f64::INFINITY, 0);
        'steps: for step in 0..steps {
            let mut chosen: Option<(f64, bool, usize)> = None;
            for (i, candidate) in self.predictions.iter().enumerate() {
                if deadline.passed() {
                    break 'steps;
                }
                mean_with(&sum, candidate, step, &mut mean);
                let Some(loss) = self.loss(&mean) else { continue };
                // Of equals, one that has been picked before: a smaller ensemble.
                let key = (loss, !picks.contains(&i), i);
                if chosen.is_none_or(|c| key < c) {
                    chosen = Some(key);
                }
            }
            let Some((loss, _, i)) = chosen else { break };
            sum.add_scaled(&self.predictions[i], 1.0);
            picks.push(i);
            // A gain in the last digits is none.
            if picks.len() == 1 || loss < best_loss - 1e-9 * best_loss.abs().min(1.0) {
                (best_loss, best_length) = (loss, picks.len());
            }
        }
        (best_length > 0).then(|| shares(&picks[..best_length], self.predictions.len()))
    }
}

/// `(sum + candidate) / (step + 1)`, into `mean`.
fn mean_with(sum: &Predictions, candidate: &Predictions, step: usize, mean: &mut Predictions) {
    let scale = 1.0 / (step + 1) as f64;
    for ((m, s), c) in mean.values_mut().iter_mut().zip(sum.values()).zip(candidate.values()) {
        *m = (s + c) * scale;
    }
}

fn shares(picks: &[usize], candidates: usize) -> Vec<f64> {
    let mut shares = vec![0.0; candidates];
    for &i in picks {
        shares[i] += 1.0 / picks.len() as f64;
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, prop_assert, proptest};
    use rand::RngExt;

    use super::*;
    use crate::metric;
    use crate::task::TaskKind;

    /// Candidates that see the truth through noise of their own.
    fn noisy(noise: &[f64], rows: usize, seed: u64) -> Candidates {
        let mut rng = rng(seed);
        let truth: Vec<f64> = (0..rows).map(|_| rng.random_range(-1.0..1.0)).collect();
        let predictions = noise.iter().map(|n| {
            let values = truth.iter().map(|t| t + n * rng.random_range(-1.0..1.0)).collect();
            Arc::new(Predictions::new(1, values))
        });
        Candidates {
            predictions: predictions.collect(),
            target: Target::Numbers(truth),
            weights: None,
            measure: Measure::parse("rmse", TaskKind::Regression, metric::ALL).unwrap(),
            positive: 0,
        }
    }

    #[test]
    fn independent_errors_are_averaged_out() {
        let all = noisy(&[1.0, 1.0, 1.0, 9.0], 2000, 1);
        let weights = select(&all, 25, 0, &Deadline::Never);
        assert!(weights[..3].iter().all(|w| (w - 1.0 / 3.0).abs() < 0.1) && weights[3] < 0.05, "{weights:?}");
        assert!(all.loss(&all.blend(&weights)).unwrap() < 0.7 * all.loss(&all.predictions[0]).unwrap());
    }

    #[test]
    fn an_ensemble_that_only_fits_its_rows_is_refused() {
        // Pure noise around the truth of one good candidate: on fresh rows nothing is gained by mixing.
        let all = noisy(&[0.01, 5.0, 5.0, 5.0], 40, 2);
        assert_eq!(select(&all, 25, 0, &Deadline::Never), [1.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn past_the_deadline_the_best_single_candidate_is_taken() {
        let all = noisy(&[2.0, 1.0, 3.0], 200, 3);
        assert_eq!(select(&all, 25, 0, &Deadline::after_polls(0)), [0.0, 1.0, 0.0]);
    }

    #[test]
    fn candidates_that_cannot_be_scored_are_left_out() {
        let mut all = noisy(&[1.0, 1.0], 50, 4);
        all.predictions[0] = Arc::new(Predictions::new(1, vec![f64::NAN; 50]));
        assert_eq!(select(&all, 25, 0, &Deadline::Never), [0.0, 1.0]);
        all.predictions[1] = all.predictions[0].clone();
        assert!(select(&all, 25, 0, &Deadline::Never).is_empty());
    }

    proptest! {
        #[test]
        fn weights_are_shares_and_greedy_never_loses_on_its_own_rows(
            noise in prop::collection::vec(0.1f64..3.0, 1..6), rows in 10usize..80, seed in any::<u64>(),
        ) {
            let all = noisy(&noise, rows, seed);
            let weights = select(&all, 10, seed, &Deadline::Never);
            prop_assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9 && weights.iter().all(|w| *w >= 0.0));
            let best = all.best_single().unwrap();
            let greedy = all.greedy(10, &Deadline::Never).unwrap();
            prop_assert!(all.loss(&all.blend(&greedy)).unwrap() <= all.loss(&all.predictions[best]).unwrap() + 1e-9);
        }
    }
}
