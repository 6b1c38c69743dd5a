//! What a trial is given: seconds, and the rows and parameters that they suffice for.
//!
//! A fit that is short of time first learns from fewer rows, where there are very many, and then takes fewer, larger steps.
//! One that could only be a poor copy of what was asked is not begun.

use super::asked::{Asked, TRAIN_ROWS};
use super::evaluator::{Evaluator, UnderWay, lock};
use super::features::Featurized;
use super::understood::approximate_shape;
use crate::error::Result;
use crate::learner::DynLearner;
use crate::matrix::Shape;
use crate::search::Trial;
use crate::seed::derive;
use crate::space::Params;

/// What a trial is given, the same for all of its parts.
#[derive(Clone)]
pub(super) struct Settled {
    /// Parameters of the learner.
    pub params: Params,
    /// The most rows that a part learns from; all if not given.
    pub train_rows: Option<usize>,
    /// Seconds that each part may take.
    pub slice_s: f64,
}

impl Settled {
    /// The parameters in force: of those that were asked for, what the trial was given instead.
    pub fn in_force(self, mut asked: Params) -> Params {
        asked.remove(TRAIN_ROWS);
        let rows = self.train_rows.map(|rows| (TRAIN_ROWS.to_owned(), rows.into()));
        asked.into_iter().chain(self.params).chain(rows).collect()
    }
}

/// The part of the time left, per part of a trial, that one may take.
const SHARE: f64 = 0.35;
/// Trials that are made whatever comes of them.
const FIRST: usize = 4;
/// Rows that are never given up for time: with fewer, more rows are worth more than more steps.
const ROWS_ENOUGH: usize = 100_000;

impl Evaluator {
    /// Whether too little time is left for a trial that has not begun, as far as that can be known before its features
    /// are made.
    pub(super) fn is_too_late(&self, trial: &Trial, learner: &dyn DynLearner, asked: &Asked) -> Result<bool> {
        if lock(&self.under_way).contains_key(&trial.id) {
            return Ok(false);
        }
        let data = &self.data;
        let shape = approximate_shape(&data.schema, self.rows_for(learner), data.task.width());
        Ok(self.rows_and_slice(trial, learner, asked, shape)?.is_none())
    }

    /// What is given to a trial: settled by the part that begins first, the same for all of them but for what follows from
    /// the features of each. `None`: too little time is left for it.
    pub(super) fn settle(
        &self,
        trial: &Trial,
        learner: &dyn DynLearner,
        mut asked: Asked,
        featurized: &Featurized,
    ) -> Result<Option<Settled>> {
        let directed = self.data.directions.params(learner, &featurized.featurization.features())?;
        let mut under_way = lock(&self.under_way);
        if let Some(UnderWay { settled, .. }) = under_way.get(&trial.id) {
            let params = settled.params.clone().into_iter().chain(directed).collect();
            return Ok(Some(Settled { params, ..settled.clone() }));
        }
        asked.learner.extend(directed);
        let shape = Shape { rows: self.rows_for(learner), ..featurized.matrix.shape(self.data.task.width()) };
        let Some((rows, slice_s)) = self.rows_and_slice(trial, learner, &asked, shape)? else { return Ok(None) };
        let train_rows = (rows < shape.rows).then_some(rows);
        let shape = Shape { rows, ..shape };
        let work = self.speeds.work(learner.id(), slice_s);
        let in_time = if work.is_finite() { learner.within(&asked.learner, shape, work)? } else { asked.learner.clone() };
        let mut params = self.within_memory(in_time, learner, shape)?;
        // What the caller fixed stays.
        let fixed = self.data.params.get(learner.id()).into_iter().flat_map(Params::keys);
        params.extend(fixed.filter_map(|name| Some((name.clone(), asked.learner.get(name)?.clone()))));
        let settled = Settled { params, train_rows, slice_s };
        under_way.insert(trial.id, UnderWay::new(settled.clone()));
        Ok(Some(settled))
    }

    /// How many rows a part learns from where all are taken.
    fn rows_for(&self, learner: &dyn DynLearner) -> usize {
        let fold = self.data.split.folds.first().filter(|_| !self.holds_out_itself(learner));
        fold.map_or(self.data.target.len(), |fold| fold.train.len())
    }

    /// How many rows each part of a trial learns from, and the seconds that it may take. A share of what is left, so that
    /// others get their turn, or more where there is enough for this trial and not for many others. `None`: what could be
    /// made of it would be a poor copy of what was asked; but the first few trials are made whatever comes of them.
    fn rows_and_slice(
        &self,
        trial: &Trial,
        learner: &dyn DynLearner,
        asked: &Asked,
        shape: Shape,
    ) -> Result<Option<(usize, f64)>> {
        const SHARE_LAST: f64 = 0.85;
        const NEEDED_MIN: f64 = 0.4;
        let left_s = self.deadline.left_s() / f64::from(trial.parts.div_ceil(self.threads as u32));
        let slice_s = SHARE * left_s;
        let needed_s = |rows: usize| -> Result<f64> {
            Ok(self.speeds.seconds(learner.id(), learner.cost(&asked.learner, Shape { rows, ..shape })?.work))
        };
        let rows = asked.train_rows.map_or(shape.rows, |most| most.min(shape.rows));
        // Those that it is judged by are always among the rows of a learner that holds them out itself.
        let least = if self.holds_out_itself(learner) { self.data.scored.len() } else { 0 };
        let rows = affordable(rows, slice_s / needed_s(rows)?).max(least);
        let needed_s = needed_s(rows)?;
        if slice_s.is_infinite() || slice_s >= needed_s || lock(&self.candidates).len() < FIRST {
            return Ok(Some((rows, slice_s)));
        }
        let (whole_s, most_s) = (1.2 * needed_s, SHARE_LAST * left_s);
        if whole_s <= most_s {
            return Ok(Some((rows, whole_s)));
        }
        Ok([slice_s, most_s].into_iter().find(|seconds| *seconds >= NEEDED_MIN * needed_s).map(|seconds| (rows, seconds)))
    }

    /// Parameters of a fit that is expected to find room in memory, alone at least: less work takes less of it. Where even
    /// that is too much, the fit will fail.
    fn within_memory(&self, mut params: Params, learner: &dyn DynLearner, shape: Shape) -> Result<Params> {
        const HALVINGS_MAX: usize = 6;
        let room = self.memory.room_bytes();
        for _ in 0..HALVINGS_MAX {
            let cost = learner.cost(&params, shape)?;
            if cost.memory_bytes <= room {
                break;
            }
            params = learner.within(&params, shape, cost.work / 2.0)?;
        }
        Ok(params)
    }
}

/// How many of so many rows a fit learns from that has this share of the time it needs for all of them.
fn affordable(rows: usize, share: f64) -> usize {
    let affordable = rows as f64 * share.min(1.0);
    // Rounded, so that the journal reads well.
    let unit = 10f64.powf(affordable.max(1.0).log10().floor() - 1.0).max(1.0);
    ((affordable / unit).floor() * unit).max(ROWS_ENOUGH as f64).min(rows as f64) as usize
}

/// So many of these rows, in their order, always with those of `kept`, which rise as they do.
pub(super) fn drawn(rows: &[u32], wanted: usize, kept: &[u32], seed: u64) -> Vec<u32> {
    if wanted >= rows.len() {
        return rows.to_vec();
    }
    let is_kept = |row: &u32| kept.binary_search(row).is_ok();
    let mut drawn: Vec<(u64, u32)> =
        rows.iter().map(|row| if is_kept(row) { (0, *row) } else { (derive(seed, u64::from(*row)).max(1), *row) }).collect();
    drawn.select_nth_unstable(wanted);
    let mut drawn: Vec<u32> = drawn[..wanted].iter().map(|(_, row)| *row).collect();
    drawn.sort_unstable();
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_very_many_rows_are_given_up_for_time() {
        assert_eq!(affordable(80_000, 0.01), 80_000);
        assert_eq!(affordable(1_000_000, 0.01), ROWS_ENOUGH);
        assert_eq!(affordable(1_000_000, 0.237), 230_000);
        assert_eq!(affordable(1_000_000, 1.2), 1_000_000);
        assert_eq!(affordable(1_000_000, f64::INFINITY), 1_000_000);
        assert_eq!(affordable(0, f64::NAN), 0);
    }

    #[test]
    fn rows_are_drawn_in_order_and_with_those_that_stay() {
        let rows: Vec<u32> = (0..1000).map(|i| 3 * i).collect();
        let kept = [30, 60, 2700];
        let some = drawn(&rows, 100, &kept, 7);
        assert_eq!(some.len(), 100);
        assert!(some.is_sorted() && kept.iter().all(|row| some.contains(row)) && some.iter().all(|row| rows.contains(row)));
        assert!(some.iter().filter(|row| **row < 1500).count().abs_diff(50) < 20, "{some:?}");
        assert_ne!(some, drawn(&rows, 100, &kept, 8));
        assert_eq!(drawn(&rows, 2000, &[], 7), rows);
    }
}
