//! Fits to all rows, in parallel, up to a deadline.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::Builder;
use std::time::Duration;

use super::queue::{Queue, Stretch};
use super::{is_due, seconds, whole};
use crate::clock::{Deadline, Stopwatch};
use crate::error::{Error, Result};
use crate::fit::candidate::{Candidate, FittedPart};
use crate::fit::evaluator::{Evaluator, lock};
use crate::search::executor::guarded;

/// A candidate that is to be fitted to all rows.
pub(in crate::fit) struct Wanted {
    pub candidate: Arc<Candidate>,
    /// Its share of the vote.
    pub weight: f64,
    /// How many models of it are wanted; the first one is needed, the others are made as far as the time goes.
    pub models: usize,
}

impl Wanted {
    /// A candidate of which one model is wanted.
    pub fn once(candidate: Arc<Candidate>) -> Wanted {
        Wanted { candidate, weight: 0.0, models: 1 }
    }
}

/// The candidates fitted to all rows, in parallel. One that is not there by the deadline keeps the models of its folds, and
/// so does one that fails; beside the candidates stands what is to be told about them.
///
/// # Errors
/// The system gives no threads.
pub(in crate::fit) fn refit(
    evaluator: &Arc<Evaluator>,
    wanted: Vec<Wanted>,
    deadline: &Deadline,
) -> Result<(Vec<Arc<Candidate>>, Vec<String>)> {
    let candidates: Vec<Arc<Candidate>> = wanted.iter().map(|wanted| wanted.candidate.clone()).collect();
    let due = candidates.iter().filter(|candidate| is_due(evaluator, candidate)).count();
    let at_once = due.clamp(1, evaluator.threads);
    let stretch = |wanted: &Wanted| Stretch {
        weight: wanted.weight,
        // What is not due is done.
        begun: if is_due(evaluator, &wanted.candidate) { 0 } else { wanted.models },
        wanted: wanted.models,
        seconds: seconds(evaluator, &wanted.candidate),
    };
    let queue = Mutex::new(Queue(wanted.iter().map(stretch).collect()));
    let work = Arc::new(Work { candidates: candidates.clone(), queue, threads: evaluator.threads / at_once });
    let (sender, results) = channel();
    for i in 0..at_once {
        let (evaluator, work, deadline, sender) = (evaluator.clone(), work.clone(), deadline.clone(), sender.clone());
        // Not joined: a learner that does not look at the deadline is left behind.
        let thread = Builder::new().name(format!("refit-{i}")).spawn(move || carry_out(&evaluator, &work, &deadline, &sender));
        thread.map_err(|e| Error::io("starting a thread", &e))?;
    }
    drop(sender);
    let mut fitted: Vec<Vec<Numbered>> = candidates.iter().map(|_| Vec::new()).collect();
    while let Some((place, numbered)) = next(&results, deadline) {
        fitted[place].push(numbered);
    }
    let is_cancelled = evaluator.cancel.is_cancelled();
    let mut remarks = Vec::new();
    let refitted = candidates.into_iter().zip(fitted).map(|(candidate, fitted)| match in_order(fitted) {
        Ok(models) if !models.is_empty() => Arc::new(candidate.with_models(models)),
        Ok(_) if !is_due(evaluator, &candidate) => candidate,
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

/// The models by their number, up to the first that is not there: a run that is repeated makes as many.
///
/// # Errors
/// Why there is no first one.
fn in_order(mut fitted: Vec<Numbered>) -> Result<Vec<FittedPart>, String> {
    fitted.sort_by_key(|(number, _)| *number);
    let mut models = Vec::new();
    for (number, model) in fitted {
        match model {
            Ok(Some(model)) if number == models.len() => models.push(model),
            Err(why) if number == 0 => return Err(why),
            _ => break,
        }
    }
    Ok(models)
}

/// A model by its number among those of its candidate. `None`: it did not come to its end in time.
type Numbered = (usize, Result<Option<FittedPart>, String>);

/// What is shared by the threads that fit to all rows.
struct Work {
    candidates: Vec<Arc<Candidate>>,
    queue: Mutex<Queue>,
    /// Threads of each fit.
    threads: usize,
}

/// What each thread does: takes what is next, fits it, says what came of it, and of which candidate.
fn carry_out(evaluator: &Evaluator, work: &Work, deadline: &Deadline, sender: &Sender<(usize, Numbered)>) {
    let left_s = || if evaluator.cancel.is_cancelled() { 0.0 } else { deadline.left_s() };
    let begin = || lock(&work.queue).begin(left_s());
    while let Some((place, number)) = begin() {
        let candidate = &work.candidates[place];
        let watch = Stopwatch::start();
        let is_late = seconds(evaluator, candidate) > deadline.left_s();
        let fitted = guarded(|| match number == 0 && is_late {
            true => Ok(None),
            false => whole::fit(evaluator, candidate, number, deadline, work.threads).map_err(|e| e.to_string()),
        });
        let fitted = fitted.unwrap_or_else(Err);
        lock(&work.queue).end(place, matches!(fitted, Ok(Some(_))).then(|| watch.elapsed_s()));
        if sender.send((place, (number, fitted))).is_err() {
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
