//! One model fitted to all rows instead of one per fold: as many times faster and smaller as there are folds. Where there
//! is a single holdout, it is one that has seen more rows.
//!
//! Nothing is held out, so that nobody can judge it. What the folds have learned about when to stop is used again: as many
//! steps of a path or a schedule, and of a sum of steps a tenth more, as there are more rows (AutoGluon calls it
//! `refit_full`).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::Builder;
use std::time::Duration;

use rayon::ThreadPoolBuilder;
use serde_json::Value;

use super::asked::{Asked, TRAIN_ROWS};
use super::candidate::{Candidate, FittedPart};
use super::data::FitData;
use super::evaluator::Evaluator;
use super::ranking::Chosen;
use super::settle::drawn;
use super::through;
use crate::clock::Deadline;
use crate::config::Optimize;
use crate::error::{Error, Result};
use crate::fit_context::{FitContext, Monitor, Signal};
use crate::predictions::Predictions;
use crate::search::executor::guarded;
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

/// Whether members are to be fitted to all rows: for a model that is fast or small always, and for the best score where
/// models were fitted without the rows of a single holdout, if those are many: to fit once more takes as long as another
/// trial.
pub(super) fn is_planned(optimize: Optimize, data: &FitData) -> bool {
    const SHARE_MIN: f64 = 0.15;
    let holdout = data.split.folds.first().filter(|_| data.split.folds.len() == 1);
    optimize != Optimize::Accuracy || holdout.is_some_and(|fold| fold.valid.len() as f64 >= SHARE_MIN * data.target.len() as f64)
}

/// Whether there is anything to gain: a single model of all rows stays as it is.
fn is_due(evaluator: &Evaluator, candidate: &Candidate) -> bool {
    candidate.models.len() > 1 || !evaluator.holds_out_itself(candidate.learner)
}

/// What a fit to all rows is expected to take: as long as a fold takes, times the rows it has more. A fold goes on past its
/// best step, which pays for the steps that are added.
fn seconds(evaluator: &Evaluator, candidate: &Candidate) -> f64 {
    if !is_due(evaluator, candidate) {
        return 0.0;
    }
    let data = &evaluator.data;
    let fold_rows = data.split.folds.iter().map(|fold| fold.train.len()).sum::<usize>() as f64 / data.split.folds.len() as f64;
    let fold_rows = candidate.params.get(TRAIN_ROWS).and_then(Value::as_f64).map_or(fold_rows, |most| fold_rows.min(most));
    candidate.fit_s() / candidate.parts.len() as f64 * data.target.len() as f64 / fold_rows
}

/// What it is expected to take to fit several to all rows: they share the threads.
pub(super) fn seconds_of_all<'a>(evaluator: &Evaluator, candidates: impl Iterator<Item = &'a Arc<Candidate>>) -> f64 {
    let each: Vec<f64> = candidates.map(|candidate| seconds(evaluator, candidate)).collect();
    let longest = each.iter().copied().fold(0.0, f64::max);
    longest.max(each.iter().sum::<f64>() / evaluator.threads as f64)
}

/// What the search is to leave for fits to all rows: as long as those of the best few would take. Time for those that would
/// take more than `most_s` would be lost.
pub(super) fn reserve_s(evaluator: &Evaluator, optimize: Optimize, most_s: f64) -> f64 {
    const BEST: usize = 3;
    const MARGIN: f64 = 1.25;
    if !is_planned(optimize, &evaluator.data) {
        return 0.0;
    }
    let direction = evaluator.data.measure.metric.direction();
    let mut candidates = evaluator.candidates();
    candidates.retain(|candidate| MARGIN * seconds(evaluator, candidate) <= most_s);
    candidates.sort_by(|a, b| {
        let loss = |candidate: &Candidate| candidate.score.map_or(f64::INFINITY, |score| direction.loss(score));
        loss(a).total_cmp(&loss(b))
    });
    MARGIN * seconds_of_all(evaluator, candidates.iter().take(BEST))
}

/// The candidates fitted to all rows, in parallel. One that is not there by the deadline keeps the models of its folds, and
/// so does one that fails; beside the candidates stands what is to be told about them.
///
/// # Errors
/// The system gives no threads.
pub(super) fn refit(
    evaluator: &Arc<Evaluator>,
    candidates: Vec<Arc<Candidate>>,
    deadline: &Deadline,
) -> Result<(Vec<Arc<Candidate>>, Vec<String>)> {
    let due: Vec<usize> = (0..candidates.len()).filter(|&i| is_due(evaluator, &candidates[i])).collect();
    let at_once = due.len().clamp(1, evaluator.threads);
    let work =
        Arc::new(Work { candidates: candidates.clone(), due, next: AtomicUsize::new(0), threads: evaluator.threads / at_once });
    let (sender, results) = channel();
    for i in 0..at_once {
        let (evaluator, work, deadline, sender) = (evaluator.clone(), work.clone(), deadline.clone(), sender.clone());
        // Not joined: a learner that does not look at the deadline is left behind.
        let thread = Builder::new().name(format!("refit-{i}")).spawn(move || carry_out(&evaluator, &work, &deadline, &sender));
        thread.map_err(|e| Error::io("starting a thread", &e))?;
    }
    let mut models: Vec<Result<Option<FittedPart>, String>> = candidates.iter().map(|_| Ok(None)).collect();
    for _ in &work.due {
        let Some((i, fitted)) = next(&results, deadline) else { break };
        models[i] = fitted;
    }
    let is_cancelled = evaluator.cancel.is_cancelled();
    let mut remarks = Vec::new();
    let refitted = candidates.into_iter().zip(models).map(|(candidate, model)| match model {
        Ok(Some(model)) => Arc::new(candidate.with_models(vec![model])),
        Ok(None) if !is_due(evaluator, &candidate) => candidate,
        other => {
            let why =
                other.err().unwrap_or_else(|| if is_cancelled { "it was interrupted" } else { "the time was over" }.to_owned());
            let (trial, name) = (candidate.trial.id.0, &candidate.trial.name);
            remarks
                .push(format!("trial {trial} (`{name}`) keeps the models of its folds, as it was not fitted to all rows: {why}"));
            candidate
        }
    });
    Ok((refitted.collect(), remarks))
}

/// Members with their shares of the vote, the largest first.
pub(super) fn heaviest_first(mut members: Chosen) -> Chosen {
    members.sort_by(|a, b| b.1.total_cmp(&a.1));
    members
}

/// The members, those that are wanted fitted to all rows as far as the time goes, the first ones first.
///
/// # Errors
/// The system gives no threads.
pub(super) fn refit_members(
    evaluator: &Arc<Evaluator>,
    members: Chosen,
    is_wanted: impl Fn(&Candidate) -> bool,
    deadline: &Deadline,
) -> Result<Chosen> {
    let due: Vec<Arc<Candidate>> = members.iter().map(|(c, _)| c).filter(|c| is_wanted(c)).cloned().collect();
    // A member that keeps the models of its folds is as good as the leaderboard says.
    let (refitted, _) = refit(evaluator, due, deadline)?;
    let mut refitted = refitted.into_iter();
    let member = |(c, weight): (Arc<Candidate>, f64)| (if is_wanted(&c) { refitted.next().unwrap_or(c) } else { c }, weight);
    Ok(members.into_iter().map(member).collect())
}

/// What is shared by the threads that fit to all rows.
struct Work {
    candidates: Vec<Arc<Candidate>>,
    /// Places of those that are to be fitted.
    due: Vec<usize>,
    next: AtomicUsize,
    /// Threads of each fit.
    threads: usize,
}

/// What came of a candidate, by its place.
type Refitted = (usize, Result<Option<FittedPart>, String>);

/// What each thread does: takes the next candidate, fits it, says what came of it.
fn carry_out(evaluator: &Evaluator, work: &Work, deadline: &Deadline, sender: &Sender<Refitted>) {
    while let Some(&i) = work.due.get(work.next.fetch_add(1, Ordering::Relaxed)) {
        let candidate = &work.candidates[i];
        let is_late = seconds(evaluator, candidate) > deadline.left_s();
        let fitted = guarded(|| match is_late {
            true => Ok(None),
            false => fit(evaluator, candidate, deadline, work.threads).map_err(|e| e.to_string()),
        });
        if sender.send((i, fitted.unwrap_or_else(Err))).is_err() {
            return;
        }
    }
}

/// What comes next, if anything does before the deadline.
fn next<T>(results: &Receiver<T>, deadline: &Deadline) -> Option<T> {
    const LONGEST_S: f64 = 3600.0;
    loop {
        match results.recv_timeout(Duration::from_secs_f64(deadline.left_s().min(LONGEST_S))) {
            Ok(result) => return Some(result),
            Err(RecvTimeoutError::Timeout) if !deadline.passed() => {}
            Err(_) => return None,
        }
    }
}

/// The model of a candidate fitted to all rows. `None`: it did not come to its end in time.
fn fit(evaluator: &Evaluator, candidate: &Candidate, deadline: &Deadline, threads: usize) -> Result<Option<FittedPart>> {
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
    let mut ctx = FitContext::new(candidate.trial.seed)
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
