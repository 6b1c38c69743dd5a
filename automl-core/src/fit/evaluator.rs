//! What a trial is: a learner fitted on the folds of the split and scored on the rows it did not see.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::ThreadPoolBuilder;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefMutIterator, ParallelIterator};

use super::asked::Asked;
use super::candidate::{Candidate, FittedPart};
use super::curve::{Curve, common_step};
use super::data::FitData;
use super::early_stopping::{EarlyStopping, Reports};
use super::features::{Features, Featurized};
use super::fixed::with_fixed;
use super::rivals::Rivals;
use super::settle::{Settled, drawn};
use super::speed::Speeds;
use super::through;
use crate::clock::{Cancel, Deadline, Stopwatch};
use crate::error::{Error, Result};
use crate::fit_context::FitContext;
use crate::learner::{DynLearner, DynModel, Fitted, TrainData};
use crate::matrix::{Matrix, Shape};
use crate::memory::Memory;
use crate::predictions::Predictions;
use crate::registry::Registry;
use crate::run_folder::RunFolder;
use crate::search::executor::Work;
use crate::search::{History, Outcome, Part, Status, Trial, TrialId};
use crate::seed::derive;
use crate::space::Params;
use crate::target_transform::FittedTransform;

/// Carries out the parts of trials and keeps what came of them.
pub(super) struct Evaluator {
    pub registry: Registry,
    pub data: FitData,
    pub deadline: Deadline,
    pub cancel: Cancel,
    pub threads: usize,
    pub run_folder: Option<RunFolder>,
    pub memory: Memory,
    pub features: Features,
    pub speeds: Speeds,
    rivals: Rivals,
    pub under_way: Mutex<HashMap<TrialId, UnderWay>>,
    recorded: Mutex<HashMap<TrialId, Outcome>>,
    pub candidates: Mutex<BTreeMap<TrialId, Arc<Candidate>>>,
}

/// A trial whose parts are being carried out.
pub(super) struct UnderWay {
    pub settled: Settled,
    parts: BTreeMap<u32, Fold>,
}

impl UnderWay {
    pub fn new(settled: Settled) -> UnderWay {
        UnderWay { settled, parts: BTreeMap::new() }
    }
}

/// What came of one fold. Where there are several, its model may have steps that will be cut off.
pub(super) struct Fold {
    pub rows: Vec<u32>,
    /// Of its best step, until the step of all folds is known.
    pub predictions: Predictions,
    featurized: Arc<Featurized>,
    model: Box<dyn DynModel>,
    /// What the target went through before the fit.
    pub transform: Option<FittedTransform>,
    curve: Curve,
    /// Whether it was stopped because it would not have come near the best trial of its learner.
    is_hopeless: bool,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Evaluator {
    pub fn new(
        registry: Registry,
        data: FitData,
        features: Features,
        (deadline, cancel): (Deadline, Cancel),
        (threads, memory, speeds): (usize, Memory, Speeds),
        rivals: Rivals,
        run_folder: Option<RunFolder>,
    ) -> Evaluator {
        let (under_way, recorded, candidates) = Default::default();
        Evaluator {
            registry,
            data,
            deadline,
            cancel,
            threads,
            run_folder,
            memory,
            features,
            speeds,
            rivals,
            under_way,
            recorded,
            candidates,
        }
    }

    /// The trials that are complete, by number.
    pub fn candidates(&self) -> Vec<Arc<Candidate>> {
        lock(&self.candidates).values().cloned().collect()
    }

    /// One trial, if it is complete.
    pub fn candidate(&self, id: TrialId) -> Option<Arc<Candidate>> {
        lock(&self.candidates).get(&id).cloned()
    }

    /// A trial that was complete once and is to come out the same: its parameters in force, and where its fits ended.
    /// Where time is short it is fitted like any other.
    pub fn repeat(&self, trial: TrialId, outcome: Outcome) {
        lock(&self.recorded).insert(trial, outcome);
    }

    /// Which of those trials did not come out the same.
    pub fn differences(&self, history: &History) -> Vec<String> {
        let recorded = lock(&self.recorded);
        let mut ids: Vec<&TrialId> = recorded.keys().collect();
        ids.sort();
        let loss = |outcome: Option<&Outcome>| outcome.and_then(|outcome| outcome.loss);
        let differs = |id: &&&TrialId| loss(history.outcome(***id)) != loss(recorded.get(**id));
        ids.iter().filter(differs).map(|id| format!("trial {} did not come out as it did the first time", id.0)).collect()
    }

    fn recorded(&self, trial: &Trial) -> Option<Outcome> {
        lock(&self.recorded).get(&trial.id).filter(|_| self.deadline.left_s().is_infinite()).cloned()
    }

    /// Number of parts that a trial of this learner has.
    pub fn parts_of(&self, learner: &dyn DynLearner) -> u32 {
        if self.holds_out_itself(learner) { 1 } else { self.data.split.folds.len() as u32 }
    }

    /// Whether a learner is fitted once, on all rows, because what it predicts for those that it holds out itself is honest.
    pub fn holds_out_itself(&self, learner: &dyn DynLearner) -> bool {
        learner.supports().held_out && self.data.trusts_held_out(learner.id())
    }

    /// Bytes of the features of a trial, as far as they can be known before they are made: a number of 32 bits per cell,
    /// and the same once more in the form that a learner gives it.
    fn features_bytes(&self) -> u64 {
        8 * (self.data.target.len() * self.data.schema.features().count()) as u64
    }

    /// Fits one fold, or all rows where the learner holds out rows itself. `None`: it was to stop before it began.
    fn fit_part(&self, trial: &Trial, part: u32, cancel: &Cancel) -> Result<Option<(Fold, Part)>> {
        let learner = self.registry.learner(&trial.choice)?;
        let holds_out = self.holds_out_itself(learner);
        let recorded = self.recorded(trial);
        let params = recorded.as_ref().map_or(&trial.params, |outcome| &outcome.params);
        let asked = Asked::of(params, learner, &self.data, &self.registry)?;
        if self.is_too_late(trial, learner, &asked)? {
            return Ok(None);
        }
        let is_over = || cancel.is_cancelled() || self.is_over();
        let Some(share) = self.memory.share(self.features_bytes(), is_over)? else { return Ok(None) };
        let watch = Stopwatch::start();
        let featurized = self.features.of(&self.data, &self.registry, (learner, holds_out), &asked.features, Some(part))?;
        drop(share);
        let transform = asked.transform;
        let Some(Settled { params, train_rows, slice_s }) = self.settle(trial, learner, asked, &featurized)? else {
            return Ok(None);
        };
        let (train, valid) = self.rows_of(trial, part, holds_out, train_rows);
        let cost = learner.cost(&params, Shape { rows: train.len(), ..featurized.matrix.shape(self.data.task.width()) })?;
        let waiting = Stopwatch::start();
        let Some(_share) = self.memory.share(cost.memory_bytes, is_over)? else { return Ok(None) };
        let waited_s = waiting.elapsed_s();
        let (target, weights) = (self.data.target.select(valid), self.data.weights_of(valid));
        let transform = through::learn(transform, &self.data.target, &train)?;
        let mut monitor = EarlyStopping::new(self.data.measure, target, weights, train.len())
            .through(transform.clone())
            .against(self.rivals.to_beat(trial, part));
        let recorded_end = recorded.and_then(|outcome| outcome.parts.get(part as usize)?.stopped_after);
        let deadline = match recorded_end {
            Some(polls) => Deadline::after_polls(polls),
            None => self.deadline.min(&watch.deadline(slice_s + waited_s)),
        };
        let mut ctx = FitContext::new(derive(trial.seed, u64::from(part)))
            .with_deadline(deadline)
            .with_cancel(cancel.clone())
            .with_cancel(self.cancel.clone());
        if !holds_out {
            ctx = ctx.with_monitor(&mut monitor);
        }
        let shares_step = trial.parts > 1;
        if shares_step {
            ctx = ctx.with_all_steps();
        }
        let judged = (!holds_out).then_some(valid);
        let fitting = Stopwatch::start();
        let fitted = self.fit(learner, &params, &featurized.matrix, (&train, judged), transform.as_ref(), &mut ctx)?;
        let stopped_after = ctx.stopped_after();
        self.speeds.note(learner.id(), cost.work, fitting.elapsed_s(), stopped_after.is_some());
        let fit_s = watch.elapsed_s() - waited_s;
        let watch = Stopwatch::start();
        let Reports { curve, best, is_hopeless } = monitor.into_reports();
        let predictions = match (fitted.held_out, best) {
            (Some(held_out), _) if holds_out => through::back(held_out.select(&places(valid, &train)), transform.as_ref()),
            (None, _) if holds_out && stopped_after.is_some() => return Ok(None),
            (None, _) if holds_out => return Err(Error::internal(format!("learner `{}` held nothing out", learner.id()))),
            (_, Some(best)) if shares_step => best,
            _ => through::back(fitted.model.predict(featurized.matrix.select(valid)), transform.as_ref()),
        };
        predictions.validate(valid.len(), self.data.task.n_classes())?;
        let loss = self.data.loss(valid, &predictions);
        let (steps, predict_s) = (curve.best_step().unwrap_or(0), watch.elapsed_s());
        let part = Part { loss, steps, stopped_after, fit_s, predict_s };
        let fold = Fold { rows: valid.to_vec(), predictions, featurized, model: fitted.model, transform, curve, is_hopeless };
        Ok(Some((fold, part)))
    }

    /// The rows that a part learns from, and those that it is scored on.
    fn rows_of(&self, trial: &Trial, part: u32, holds_out: bool, train_rows: Option<usize>) -> (Cow<'_, [u32]>, &[u32]) {
        let (train, valid, kept): (&[u32], &[u32], &[u32]) = if holds_out {
            (&self.data.whole.train, &self.data.scored, &self.data.scored)
        } else {
            let fold = self.data.fold(Some(part));
            (&fold.train, &fold.valid, &[])
        };
        let some = train_rows.map(|wanted| drawn(train, wanted, kept, derive(trial.seed, u64::from(part))));
        (some.map_or(Cow::Borrowed(train), Cow::Owned), valid)
    }

    /// Fits a learner to training rows, through a transform of the target if there is one, with rows to judge it by.
    pub fn fit(
        &self,
        learner: &dyn DynLearner,
        params: &Params,
        matrix: &Matrix,
        (train, judged): (&[u32], Option<&[u32]>),
        transform: Option<&FittedTransform>,
        ctx: &mut FitContext<'_>,
    ) -> Result<Fitted<Box<dyn DynModel>>> {
        let target = through::forward(self.data.target.select(train), transform);
        let weights = self.data.fit_weights_of(train);
        let (x, valid) = (matrix.select(train), judged.map(|rows| matrix.select(rows)));
        learner.fit(params, &TrainData { x, target: &target, weights: weights.as_deref(), valid }, ctx)
    }

    fn is_over(&self) -> bool {
        self.deadline.passed() || self.cancel.is_cancelled()
    }

    /// Cuts the models of several folds to the step that is best for all of them together, and predicts again: a
    /// fold that chooses alone chooses what happens to suit the rows that it is scored on. A fold that ended before
    /// that step keeps all its steps; where no step is common to all, each keeps its own best.
    fn share_step(&self, folds: &mut [Fold], parts: &mut [Part]) -> Result<()> {
        if folds.len() < 2 || folds.iter().all(|fold| fold.curve.best_step().is_none()) {
            return Ok(());
        }
        let common = common_step(&folds.iter().map(|fold| &fold.curve).collect::<Vec<_>>());
        let pool = ThreadPoolBuilder::new().num_threads(self.threads.min(folds.len())).build();
        let pool = pool.map_err(|e| Error::internal(format!("no threads: {e}")))?;
        let cut = |(fold, part): (&mut Fold, &mut Part)| match common.or(fold.curve.best_step()) {
            Some(step) => self.cut(fold, part, step.min(fold.curve.last_step())),
            None => Ok(()),
        };
        let all: Vec<Result<()>> = pool.install(|| folds.par_iter_mut().zip(parts).map(cut).collect());
        all.into_iter().collect()
    }

    fn cut(&self, fold: &mut Fold, part: &mut Part, step: u32) -> Result<()> {
        let watch = Stopwatch::start();
        if fold.model.cut(step) {
            part.steps = step;
        }
        fold.predictions = through::back(fold.model.predict(fold.featurized.matrix.select(&fold.rows)), fold.transform.as_ref());
        fold.predictions.validate(fold.rows.len(), self.data.task.n_classes())?;
        part.predict_s = watch.elapsed_s();
        Ok(())
    }

    /// Puts the folds of a trial together and scores all validated rows at once.
    ///
    /// `None`: one of them is hopeless.
    fn assemble(&self, trial: &Trial, parts: &mut [Part]) -> Result<Option<Candidate>> {
        let done = lock(&self.under_way).remove(&trial.id).ok_or_else(|| Error::internal("a trial ended twice"))?;
        let mut folds: Vec<Fold> = done.parts.into_values().collect();
        if folds.iter().any(|fold| fold.is_hopeless) {
            return Ok(None);
        }
        let curves: Vec<Option<f64>> = folds.iter().map(|fold| fold.curve.best_loss()).collect();
        self.share_step(&mut folds, parts)?;
        let inverses = through::inverses(self, &mut folds);
        let predictions = self.out_of_fold(folds.iter().map(|fold| (&fold.rows, &fold.predictions)));
        let models = folds.into_iter().zip(inverses).map(|(fold, inverse)| FittedPart {
            featurization: fold.featurized.featurization.clone(),
            model: Arc::from(fold.model),
            inverse,
        });
        let models = models.collect();
        let learner = self.registry.learner(&trial.choice)?;
        // Those of the features stand in the trial, those of the learner were fitted to the time.
        let params = with_fixed(&trial.params, self.data.params.get(learner.id()));
        let params = done.settled.in_force(params);
        let candidate = Candidate::new(trial, learner, params, predictions, models, parts, &self.data, self.registry.metrics());
        self.rivals.note(trial, candidate.loss(&self.data), curves);
        if let Some(folder) = &self.run_folder {
            folder.save_trial(&candidate, &self.data);
        }
        Ok(Some(candidate))
    }

    /// Takes a complete trial from the folder of the run.
    ///
    /// # Errors
    /// It was not kept, is damaged, or is not this trial.
    pub fn restore(&self, trial: &Trial, outcome: &Outcome, folder: &RunFolder) -> Result<()> {
        let (model, predictions) = folder.reload_trial(trial.id, &self.registry)?;
        predictions.validate(self.data.scored.len(), self.data.task.n_classes())?;
        let member = model.members.iter().find(|m| m.trial == trial.id.0 && m.learner.id() == trial.choice);
        let member = member.ok_or_else(|| Error::artifact("its model is not that of the trial"))?;
        let models = member.models.iter().map(|fold| FittedPart {
            featurization: model.featurizations[fold.featurization].clone(),
            model: fold.model.clone(),
            inverse: fold.inverse.clone(),
        });
        let (models, params, metrics) = (models.collect(), outcome.params.clone(), self.registry.metrics());
        let candidate = Candidate::new(trial, member.learner, params, predictions, models, &outcome.parts, &self.data, metrics);
        lock(&self.candidates).insert(trial.id, Arc::new(candidate));
        Ok(())
    }

    /// The predictions of all scored rows, from those of the folds.
    pub(super) fn out_of_fold<'a>(&self, folds: impl Iterator<Item = (&'a Vec<u32>, &'a Predictions)>) -> Predictions {
        let scored = &self.data.scored;
        let mut all = Predictions::zeros(scored.len(), self.data.task.width());
        for (rows, predictions) in folds {
            for (i, row) in rows.iter().enumerate() {
                if let Ok(at) = scored.binary_search(row) {
                    all.row_mut(at).copy_from_slice(predictions.row(i));
                }
            }
        }
        all
    }
}

/// Where rows stand among others, all rising.
fn places(rows: &[u32], among: &[u32]) -> Vec<u32> {
    rows.iter().filter_map(|row| among.binary_search(row).ok()).map(|place| place as u32).collect()
}

impl Work for Evaluator {
    fn run(&self, trial: &Trial, part: u32, cancel: &Cancel) -> Result<Option<Part>, String> {
        if self.is_over() {
            return Ok(None);
        }
        let Some((fold, result)) = self.fit_part(trial, part, cancel).map_err(|e| e.to_string())? else { return Ok(None) };
        if let Some(under_way) = lock(&self.under_way).get_mut(&trial.id) {
            under_way.parts.insert(part, fold);
        }
        Ok(Some(result))
    }

    fn finish(&self, trial: &Trial, mut parts: Vec<Part>) -> Outcome {
        let judged: Vec<Option<f64>> = parts.iter().map(|part| part.loss).collect();
        let assembled = self.assemble(trial, &mut parts);
        // Whether a trial is pruned may not depend on which of its parts were over in time to be judged: the losses
        // that were reported stand.
        parts.iter_mut().zip(judged).for_each(|(part, loss)| part.loss = loss);
        match assembled {
            Ok(None) => {
                Outcome { parts, ..Outcome::without_score(Status::Pruned, "its learning curve leads too far from the best") }
            }
            Ok(Some(candidate)) => {
                let loss = candidate.loss(&self.data);
                let params = candidate.params.clone();
                lock(&self.candidates).insert(trial.id, Arc::new(candidate));
                Outcome { status: Status::Complete, loss, parts, params, message: String::new() }
            }
            Err(e) => Outcome { parts, ..Outcome::without_score(Status::Failed, e.to_string()) },
        }
    }

    fn forget(&self, trial: &Trial) {
        lock(&self.under_way).remove(&trial.id);
    }
}
