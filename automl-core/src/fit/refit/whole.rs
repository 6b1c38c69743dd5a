//! A fit to all rows.

use std::sync::Arc;

use rayon::ThreadPoolBuilder;

use crate::clock::Deadline;
use crate::error::{Error, Result};
use crate::fit::asked::Asked;
use crate::fit::candidate::{Candidate, FittedPart};
use crate::fit::evaluator::Evaluator;
use crate::fit::settle::drawn;
use crate::fit::through;
use crate::fit_context::{FitContext, Monitor, Signal};
use crate::predictions::Predictions;
use crate::seed::derive;
use crate::space::Params;
use crate::target_transform::Inverse;

/// How many more steps than a fold a fit to all rows takes, where steps add up.
const MORE_STEPS: f64 = 1.1;

/// Ends a fit after so many steps, the last of which it calls the best.
struct Counted {
    steps: u32,
    last: Option<u32>,
}

impl Monitor for Counted {
    fn report(&mut self, step: u32, _: &Predictions) -> Signal {
        self.last = Some(step);
        if step >= self.steps { Signal::Stop } else { Signal::Continue }
    }

    fn best_step(&self) -> Option<u32> {
        self.last
    }
}

/// A model of a candidate fitted to all rows; those of other numbers begin from other seeds. `None`: it did not come to its
/// end in time.
pub(super) fn fit(
    evaluator: &Evaluator,
    candidate: &Candidate,
    number: usize,
    deadline: &Deadline,
    threads: usize,
) -> Result<Option<FittedPart>> {
    let (data, learner) = (&evaluator.data, candidate.learner);
    let is_over = || evaluator.cancel.is_cancelled() || deadline.passed();
    let asked = Asked::of(&candidate.params, learner, data, &evaluator.registry)?;
    let featurized = evaluator.features.of(data, &evaluator.registry, (learner, false), &asked.features, None)?;
    let directed = data.directions.params(learner, &featurized.featurization.features())?;
    let params: Params = asked.learner.into_iter().chain(directed).collect();
    let cost = learner.cost(&params, featurized.matrix.shape(data.task.width()))?;
    let Some(_share) = evaluator.memory.share(cost.memory_bytes, is_over)? else { return Ok(None) };

    // As many as the search was asked for, not as few as its time sufficed for.
    let most = Asked::of(&candidate.trial.params, learner, data, &evaluator.registry)?.train_rows.unwrap_or(usize::MAX);
    let rows = &drawn(&data.whole.train, most, &[], candidate.trial.seed)[..];
    let transform = through::learn(asked.transform, &data.target, rows)?;
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|e| Error::internal(format!("no threads: {e}")))?;
    let mut monitor = Counted { steps: steps(candidate), last: None };
    let seed = if number == 0 { candidate.trial.seed } else { derive(candidate.trial.seed, number as u64) };
    let mut ctx = FitContext::new(seed)
        .with_deadline(deadline.clone())
        .with_cancel(evaluator.cancel.clone())
        .with_pool(&pool)
        .with_monitor(&mut monitor);
    // Steps are counted by reports, and what is reported does not matter: the predictions of one row are made soonest.
    let counted = (candidate.parts.iter().any(|part| part.steps > 0)).then_some(&rows[..1]);
    let fitted = evaluator.fit(learner, &params, &featurized.matrix, (rows, counted), transform.as_ref(), &mut ctx)?;
    if is_over() {
        return Ok(None);
    }
    // The errors are those that the folds made on rows they had not seen.
    let errors = candidate.models.iter().filter_map(|part| part.inverse.as_ref()).flat_map(|inverse| inverse.errors.clone());
    let inverse = transform.map(|transform| Inverse::with_errors(transform, errors.collect()));
    Ok(Some(FittedPart { featurization: featurized.featurization.clone(), model: Arc::from(fitted.model), inverse }))
}

/// The steps of a fit to all rows: the median of those of the folds, and more where they add up.
fn steps(candidate: &Candidate) -> u32 {
    let added = candidate.models.iter().map(|part| part.model.steps()).collect::<Option<Vec<u32>>>();
    let (mut steps, more) = match added {
        Some(steps) => (steps, MORE_STEPS),
        None => (candidate.parts.iter().map(|part| part.steps).collect(), 1.0),
    };
    steps.sort_unstable();
    steps.get(steps.len() / 2).map_or(0, |&median| (more * f64::from(median)).round() as u32)
}
