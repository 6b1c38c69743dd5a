//! How good will the final model be on rows that nobody has seen?
//!
//! The score of what was chosen, on the rows it was chosen by, is too good: those rows had a say in which pipelines are in
//! and how much they count. How much too good is measured by choosing again, on four fifths of the rows at a time, and
//! judging on the last fifth both what was chosen there and what was chosen on all rows (cross-fitting; Varma and Simon,
//! "Bias in error estimation when using cross-validation for model selection", 2006). The interval is for the score on a
//! table of new rows: it is as wide as the rows that were judged and those of that table leave it open, by a bootstrap
//! (Efron, 1979).

use std::sync::Arc;

use rand::RngExt;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde::{Deserialize, Serialize};

use super::blend::Blend;
use super::greedy::{Candidates, shuffled};
use crate::clock::{Deadline, Stopwatch};
use crate::seed::{Rng, derive, rng};
use crate::task::Target;

/// What score the final model will have on new rows, as far as the rows that it was chosen by can tell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The expected score of the leading metric on new rows. What the choice of the model owes to chance is taken off.
    pub score: f64,
    /// Where the interval begins.
    pub low: f64,
    /// Where the interval ends.
    pub high: f64,
    /// How many of a hundred tables of new rows, as a share, are expected to have a score inside the interval.
    pub level: f64,
    /// How many rows such a table has: a third of the rows that were learned from.
    pub rows: usize,
}

/// A choice among candidates, and what is known of the rows it was made by.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a> {
    /// What was chosen.
    pub blend: &'a Blend,
    /// Picks of the greedy selection at most.
    pub steps: usize,
    /// Which rows belong together, one number per row: they are new together, or not at all. None: each is alone.
    pub units: Option<&'a [u32]>,
    /// Rows of the table of new ones.
    pub rows: usize,
    /// How many folds judged the rows.
    pub folds: usize,
}

/// The share of tables of new rows whose score is to lie in the interval.
const LEVEL: f64 = 0.9;
/// Parts of the rows that are judged in turn by what was chosen on the others.
const PARTS: u32 = 5;
/// Tables that are drawn from the rows, with replacement.
const RESAMPLES: u64 = 200;
/// More rows tell no more, but take their time.
const ROWS_MAX: usize = 5_000;
/// Fewer rows, or units of them, say too little of either.
const ROWS_MIN: usize = 100;
/// Nor do fewer rows of one of two classes: a metric of few rows may look perfect, and as if it were sure of it.
const ROWS_OF_CLASS_MIN: usize = 20;

/// Estimates the score of what was chosen, on the rayon pool that it is called from.
///
/// `None` where the deadline or the rows do not suffice, or the metric is not defined for parts of them.
pub fn estimate(all: &Candidates, chosen: Chosen<'_>, seed: u64, deadline: &Deadline) -> Option<Estimate> {
    let loss = all.loss(&chosen.blend.predict(all))?;
    let units = Units::of(all.target.len(), chosen.units);
    if units.members.len() < ROWS_MIN || has_few_of_a_class(&all.target) || deadline.passed() {
        return None;
    }
    let sample = units.sample(ROWS_MAX, seed);
    let rivals = rivals(&all.rows(&sample.rows), chosen.blend)?;
    let sample = sample.units.sample(affordable_rows(&rivals, chosen.steps, deadline)?, seed);
    let rivals = Rivals { candidates: rivals.candidates.rows(&sample.rows), ..rivals };
    let units = sample.units;
    if units.members.len() < ROWS_MIN {
        return None;
    }
    let optimism = optimism(&rivals, &units, chosen.steps, seed, deadline)?;
    let deviations = deviations(&rivals, &units, seed, deadline)?;
    // What a choice owes to chance falls with the rows it is made by, as for every weight that is fitted (Akaike, 1974).
    let share = sample.rows.len() as f64 / all.target.len() as f64;
    let expected = loss + (optimism * share).max(0.0);
    let scale = |rows: usize| (sample.rows.len() as f64 / rows as f64).sqrt();
    let (of_judged, of_new) = (scale(all.target.len()) * of_folds(chosen.folds), scale(chosen.rows));
    let mut errors: Vec<f64> = Vec::with_capacity(deviations.len() * deviations.len());
    for judged in &deviations {
        errors.extend(deviations.iter().map(|new| of_new * new - of_judged * judged));
    }
    errors.sort_by(f64::total_cmp);
    let quantile = |share: f64| expected + errors[((errors.len() - 1) as f64 * share).round() as usize];
    let metric = all.measure.metric;
    let best = metric.direction().loss(metric.best());
    let score = |loss: f64| metric.direction().loss(loss.max(best));
    let (one, other) = (score(quantile((1.0 - LEVEL) / 2.0)), score(quantile((1.0 + LEVEL) / 2.0)));
    Some(Estimate { score: score(expected), low: one.min(other), high: one.max(other), level: LEVEL, rows: chosen.rows })
}

/// Whether one of two classes has next to no rows.
fn has_few_of_a_class(target: &Target) -> bool {
    let Target::Classes { labels, n_classes: 2 } = target else { return false };
    let second = labels.iter().filter(|label| **label == 1).count();
    second.min(labels.len() - second) < ROWS_OF_CLASS_MIN
}

/// By how much the losses on rows that folds judged vary more than those on as many rows that a single model did not see:
/// the rows of a fold are judged by a model of their own, and the models share most of their rows (Nadeau and Bengio,
/// "Inference for the generalization error", 2003).
fn of_folds(folds: usize) -> f64 {
    let folds = folds as f64;
    if folds > 1.0 { (1.0 + folds / (folds - 1.0)).sqrt() } else { 1.0 }
}

/// The candidates that a choice on other rows could fall on.
struct Rivals {
    candidates: Candidates,
    /// What was chosen among them.
    blend: Blend,
}

/// Those that were chosen, and the best of the others.
fn rivals(all: &Candidates, blend: &Blend) -> Option<Rivals> {
    const BEST: usize = 8;
    let weights = &blend.weights;
    let mut losses: Vec<(bool, f64, usize)> =
        (0..weights.len()).filter_map(|i| Some((weights[i] <= 0.0, all.loss(&all.predictions[i])?, i))).collect();
    losses.sort_by(|a, b| a.1.total_cmp(&b.1));
    let of_best = losses.iter().take(BEST).map(|l| l.2);
    let mut kept: Vec<usize> = of_best.chain(losses.iter().filter(|l| !l.0).map(|l| l.2)).collect();
    kept.sort_unstable();
    kept.dedup();
    let predictions = kept.iter().map(|&i| Arc::clone(&all.predictions[i])).collect();
    let candidates = Candidates { predictions, target: all.target.clone(), weights: all.weights.clone(), ..*all };
    let weights = kept.into_iter().map(|i| weights[i]).collect();
    Some(Rivals { candidates, blend: Blend { weights, ..blend.clone() } })
}

/// How many rows the time allows to choose and to judge on. Without a deadline it is always the same number.
fn affordable_rows(rivals: &Rivals, steps: usize, deadline: &Deadline) -> Option<usize> {
    let rows = rivals.candidates.target.len();
    let (left_s, weights) = (deadline.left_s(), &rivals.blend.weights);
    let affordable = if left_s.is_finite() {
        let watch = Stopwatch::start();
        rivals.candidates.loss(&rivals.candidates.blend(weights))?;
        let once_s = watch.elapsed_s() / weights.iter().filter(|w| **w > 0.0).count().max(1) as f64;
        // A selection judges every candidate at every step, once on all its rows and once on either half of them.
        let of_choices = f64::from(PARTS) * 2.0 * (steps * weights.len()) as f64;
        let all_s = once_s * (of_choices + RESAMPLES as f64) / rayon::current_num_threads() as f64;
        // Half of the time, since its measure is a rough one.
        (rows as f64 * 0.5 * left_s / all_s) as usize
    } else {
        rows
    };
    let sampled = rows.min(affordable);
    (sampled >= rows.min(3 * ROWS_MIN) && !deadline.passed()).then_some(sampled)
}

/// Rows that are judged, by what belongs together.
struct Units {
    /// The rows of each.
    members: Vec<Vec<u32>>,
}

/// Some of the rows.
struct Sample {
    /// Their numbers.
    rows: Vec<u32>,
    /// What of them belongs together, by their places in `rows`.
    units: Units,
}

impl Units {
    fn of(rows: usize, units: Option<&[u32]>) -> Units {
        let Some(units) = units else { return Units { members: (0..rows as u32).map(|row| vec![row]).collect() } };
        let mut order: Vec<u32> = (0..rows as u32).collect();
        order.sort_by_key(|&row| units[row as usize]);
        let members = order.chunk_by(|a, b| units[*a as usize] == units[*b as usize]).map(<[u32]>::to_vec);
        Units { members: members.collect() }
    }

    /// Whole units drawn without replacement, until there are so many rows.
    fn sample(&self, rows_max: usize, seed: u64) -> Sample {
        let (mut rows, mut members) = (Vec::new(), Vec::new());
        for unit in shuffled(self.members.len(), seed) {
            let unit = &self.members[unit as usize];
            if rows.len() + unit.len() <= rows_max {
                members.push((rows.len() as u32..(rows.len() + unit.len()) as u32).collect());
                rows.extend_from_slice(unit);
            }
        }
        Sample { rows, units: Units { members } }
    }

    /// The rows of the units of one part, and all others.
    fn split(&self, part: u32, order: &[u32]) -> (Vec<u32>, Vec<u32>) {
        let (mut inside, mut outside) = (Vec::new(), Vec::new());
        for (place, &unit) in (0..).zip(order) {
            let rows = if place % PARTS == part { &mut inside } else { &mut outside };
            rows.extend_from_slice(&self.members[unit as usize]);
        }
        (inside, outside)
    }
}

/// By how much the loss on the rows of the choice is too small.
fn optimism(rivals: &Rivals, units: &Units, steps: usize, seed: u64, deadline: &Deadline) -> Option<f64> {
    let order = shuffled(units.members.len(), derive(seed, 1));
    let part = |part: u32| {
        let (judged, rest) = units.split(part, &order);
        let again = Blend::choose(&rivals.candidates.rows(&rest), steps, derive(seed, u64::from(part)), deadline)?;
        let judged_on = rivals.candidates.rows(&judged);
        let loss = |blend: &Blend| judged_on.loss(&blend.predict(&judged_on));
        let found = (loss(&again)? - loss(&rivals.blend)?, judged.len() as f64);
        (!deadline.passed()).then_some(found)
    };
    let parts: Vec<(f64, f64)> = (0..PARTS).into_par_iter().filter_map(part).collect();
    let rows: f64 = parts.iter().map(|(_, rows)| rows).sum();
    (parts.len() as u32 * 2 > PARTS).then(|| parts.iter().map(|(gain, rows)| gain * rows).sum::<f64>() / rows)
}

/// How far from the loss on all rows the losses are on tables of as many rows that are drawn from them. On average one row
/// of each has another label than it had: where none was wrong, the next one may be (Laplace's rule).
fn deviations(rivals: &Rivals, units: &Units, seed: u64, deadline: &Deadline) -> Option<Vec<f64>> {
    let all = &rivals.candidates;
    let predictions = rivals.blend.predict(all);
    let loss = all.loss(&predictions)?;
    let drawn = |number: u64| {
        let mut rng = rng(derive(seed, number));
        let mut weights = vec![0.0; all.target.len()];
        let mut target = all.target.clone();
        let count = units.members.len();
        for _ in 0..count {
            let unit = &units.members[rng.random_range(0..count)];
            for &row in unit {
                weights[row as usize] += all.weights.as_ref().map_or(1.0, |w| w[row as usize]);
            }
            if rng.random_range(0..count) == 0 {
                surprise(&mut target, unit[0], &mut rng);
            }
        }
        if deadline.passed() {
            return None;
        }
        all.measure.loss(&target, &predictions, Some(&weights), all.positive).filter(|found| found.is_finite())
    };
    let found: Vec<f64> = (0..RESAMPLES).into_par_iter().filter_map(drawn).collect();
    // Draws from n rows vary by a little less than the rows do.
    let count = units.members.len() as f64;
    let wider = (count / (count - 1.0)).sqrt();
    (found.len() as u64 * 2 > RESAMPLES).then(|| found.iter().map(|found| wider * (found - loss)).collect())
}

/// Gives a row any other label.
fn surprise(target: &mut Target, row: u32, rng: &mut Rng) {
    if let Target::Classes { labels, n_classes } = target
        && *n_classes > 1
    {
        let label = &mut labels[row as usize];
        *label = (*label + rng.random_range(1..*n_classes as u32)) % *n_classes as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::{self, Measure};
    use crate::predictions::Predictions;
    use crate::task::TaskKind;

    const STEPS: usize = 25;

    /// Ten candidates that are equally good, each with errors of its own.
    fn equals(rows: usize, seed: u64) -> Candidates {
        let mut rng = rng(seed);
        let truth: Vec<f64> = (0..rows).map(|_| rng.random_range(-1.0..1.0)).collect();
        let mut noisy = || Arc::new(Predictions::new(1, truth.iter().map(|t| t + rng.random_range(-1.0..1.0)).collect()));
        Candidates {
            predictions: (0..10).map(|_| noisy()).collect(),
            target: Target::Numbers(truth.clone()),
            weights: None,
            measure: Measure::parse("rmse", TaskKind::Regression, metric::ALL).unwrap(),
            positive: 0,
        }
    }

    fn estimate_of(all: &Candidates, blend: &Blend, units: Option<&[u32]>) -> Option<Estimate> {
        let rows = all.target.len() / 3;
        estimate(all, Chosen { blend, steps: STEPS, units, rows, folds: 1 }, 7, &Deadline::Never)
    }

    #[test]
    fn what_a_choice_owes_to_chance_is_taken_off() {
        const RUNS: u64 = 30;
        let (mut of_estimate, mut of_best, mut covered) = (0.0, 0.0, 0);
        for seed in 0..RUNS {
            let all = equals(100, seed);
            let blend = Blend::choose(&all, STEPS, seed, &Deadline::Never).unwrap();
            // The errors are independent, with a variance of a third.
            let truth = (blend.weights.iter().map(|w| w * w).sum::<f64>() / 3.0).sqrt();
            let estimate = estimate_of(&all, &blend, None).unwrap();
            of_estimate += (estimate.score - truth) / RUNS as f64;
            of_best += (all.loss(&blend.predict(&all)).unwrap() - truth) / RUNS as f64;
            let new = equals(33, derive(seed, 1));
            let found = new.loss(&blend.predict(&new)).unwrap();
            covered += u32::from((estimate.low..=estimate.high).contains(&found));
        }
        assert!(of_best < -0.004, "choosing is optimistic here: {of_best}");
        assert!(of_estimate.abs() < 0.5 * of_best.abs(), "{of_estimate} of {of_best}");
        assert!(covered >= 24, "{covered} of {RUNS}");
    }

    #[test]
    fn where_nothing_was_wrong_something_may_be() {
        let second: Vec<f64> = (0..1000).map(|i| f64::from(i % 2) * 0.98 + 0.01).collect();
        let labels = (0..1000).map(|i| i % 2).collect();
        let all = Candidates {
            predictions: vec![Arc::new(Predictions::binary(second))],
            target: Target::Classes { labels, n_classes: 2 },
            weights: None,
            measure: Measure::parse("auc", TaskKind::Binary, metric::ALL).unwrap(),
            positive: 1,
        };
        let blend = Blend::choose(&all, STEPS, 0, &Deadline::Never).unwrap();
        let found = estimate_of(&all, &blend, None).unwrap();
        assert_eq!((found.score, found.high), (1.0, 1.0));
        assert!((0.98..0.999).contains(&found.low), "{}", found.low);
    }

    #[test]
    fn rows_that_belong_together_count_as_one() {
        let one = equals(100, 1);
        let rows: Vec<u32> = (0..400).map(|i| i / 4).collect();
        let all = one.rows(&rows);
        let blend = Blend::choose(&all, STEPS, 0, &Deadline::Never).unwrap();
        let width = |units: Option<&[u32]>| estimate_of(&all, &blend, units).map(|e| e.high - e.low).unwrap();
        let ratio = width(Some(&rows)) / width(None);
        assert!((1.6..2.4).contains(&ratio), "{ratio}");
    }

    #[test]
    fn there_is_none_rather_than_a_bad_one() {
        let few = equals(ROWS_MIN - 1, 1);
        let blend = Blend::choose(&few, STEPS, 0, &Deadline::Never).unwrap();
        assert_eq!(estimate_of(&few, &blend, None), None);
        let all = equals(100, 1);
        let blend = Blend::choose(&all, STEPS, 0, &Deadline::Never).unwrap();
        let chosen = Chosen { blend: &blend, steps: STEPS, units: None, rows: 33, folds: 1 };
        for polls in [0, 5, 500] {
            assert_eq!(estimate(&all, chosen, 7, &Deadline::after_polls(polls)), None, "{polls}");
        }
        assert!(estimate(&all, chosen, 7, &Deadline::Never).is_some());
    }

    #[test]
    fn a_score_is_never_better_than_the_best() {
        let mut all = equals(100, 3);
        let Target::Numbers(truth) = &all.target else { unreachable!() };
        all.predictions = vec![Arc::new(Predictions::new(1, truth.clone()))];
        let blend = Blend::choose(&all, STEPS, 0, &Deadline::Never).unwrap();
        let found = estimate_of(&all, &blend, None).unwrap();
        assert_eq!((found.score, found.low, found.high), (0.0, 0.0, 0.0));
    }
}
