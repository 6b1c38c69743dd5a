//! What a trial is: a learner fitted on the folds of the split and scored on the rows it did not see.

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
    speeds: Speeds,
    rivals: Rivals,
    under_way: Mutex<HashMap<TrialId, UnderWay>>,
    recorded: Mutex<HashMap<TrialId, Outcome>>,
    candidates: Mutex<BTreeMap<TrialId, Arc<Candidate>>>,
}

/// A trial whose parts are being carried out.
struct UnderWay {
    params: Params,
    slice_s: f64,
    parts: BTreeMap<u32, Fold>,
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
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

    /// The parameters in force for a trial and the seconds that each of its parts may take: settled by
    /// the part that begins first, the same for all of them but for what follows from the features of each. `None`: too
    /// little time is left for it.
    fn settle(
        &self,
        trial: &Trial,
        learner: &dyn DynLearner,
        asked: Params,
        featurized: &Featurized,
    ) -> Result<Option<(Params, f64)>> {
        let directed = self.data.directions.params(learner, &featurized.featurization.features())?;
        let mut under_way = lock(&self.under_way);
        if let Some(settled) = under_way.get(&trial.id) {
            return Ok(Some((settled.params.clone().into_iter().chain(directed).collect(), settled.slice_s)));
        }
        let asked = asked.into_iter().chain(directed).collect();
        let shape = self.shape_for(learner, featurized);
        let needed_s = self.speeds.seconds(learner.id(), learner.cost(&asked, shape)?.work);
        let Some(slice_s) = self.slice_s(trial, needed_s) else { return Ok(None) };
        let work = self.speeds.work(learner.id(), slice_s);
        let in_time = if work.is_finite() { learner.within(&asked, shape, work)? } else { asked };
        let params = self.within_memory(in_time, learner, shape)?;
        under_way.insert(trial.id, UnderWay { params: params.clone(), slice_s, parts: BTreeMap::new() });
        Ok(Some((params, slice_s)))
    }

    /// The seconds that a part of a trial may take that needs so many: a share of what is left, so that others get their
    /// turn, or more where there is enough for the whole trial and not for many others. `None`: what could be made of it in
    /// its time would be a poor copy of what was asked; but the first few trials are made whatever comes of them.
    fn slice_s(&self, trial: &Trial, needed_s: f64) -> Option<f64> {
        const SHARE: f64 = 0.35;
        const SHARE_LAST: f64 = 0.85;
        const NEEDED_MIN: f64 = 0.4;
        const FIRST: usize = 4;
        let rounds = trial.parts.div_ceil(self.threads as u32);
        let left_s = self.deadline.left_s() / f64::from(rounds);
        let slice_s = SHARE * left_s;
        if slice_s.is_infinite() || slice_s >= needed_s || lock(&self.candidates).len() < FIRST {
            return Some(slice_s);
        }
        let whole_s = 1.2 * needed_s;
        if whole_s <= SHARE_LAST * left_s {
            return Some(whole_s);
        }
        (slice_s >= NEEDED_MIN * needed_s).then_some(slice_s)
    }

    /// What a learner is fitted on.
    fn shape_for(&self, learner: &dyn DynLearner, featurized: &Featurized) -> Shape {
        let shape = featurized.matrix.shape(self.data.task.width());
        let fold = self.data.split.folds.first().filter(|_| !self.holds_out_itself(learner));
        Shape { rows: fold.map_or(shape.rows, |fold| fold.train.len()), ..shape }
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
        let is_over = || cancel.is_cancelled() || self.is_over();
        let Some(share) = self.memory.share(self.features_bytes(), is_over)? else { return Ok(None) };
        let watch = Stopwatch::start();
        let featurized = self.features.of(&self.data, &self.registry, (learner, holds_out), &asked.features, Some(part))?;
        drop(share);
        let Some((params, slice_s)) = self.settle(trial, learner, asked.learner, &featurized)? else { return Ok(None) };
        let cost = learner.cost(&params, self.shape_for(learner, &featurized))?;
        let waiting = Stopwatch::start();
        let Some(_share) = self.memory.share(cost.memory_bytes, is_over)? else { return Ok(None) };
        let waited_s = waiting.elapsed_s();
        let (train, valid): (&[u32], &[u32]) = if holds_out {
            (&self.data.whole.train, &self.data.scored)
        } else {
            let fold = self.data.fold(Some(part));
            (&fold.train, &fold.valid)
        };
        let (target, weights) = (self.data.target.select(valid), self.data.weights_of(valid));
        let transform = through::learn(asked.transform, &self.data.target, train)?;
        let mut monitor = EarlyStopping::new(self.data.measure, target, weights, train.len())
            .through(transform.clone())
            .against(self.rivals.to_beat(trial, part));
        let recorded_end = recorded.and_then(|outcome| outcome.parts.get(part as usize)?.stopped_after);
        let deadline = match recorded_end {
            Some(polls) => Deadline::after_polls(polls),
            None => self.deadline.min(&watch.deadline(slice_s + waited_s)),
        };
        let mut ctx = FitContext::new(crate::seed::derive(trial.seed, u64::from(part)))
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
        let fitted = self.fit(learner, &params, &featurized.matrix, (train, judged), transform.as_ref(), &mut ctx)?;
        let stopped_after = ctx.stopped_after();
        self.speeds.note(learner.id(), cost.work, fitting.elapsed_s(), stopped_after.is_some());
        let fit_s = watch.elapsed_s() - waited_s;
        let watch = Stopwatch::start();
        let Reports { curve, best, is_hopeless } = monitor.into_reports();
        let predictions = match (fitted.held_out, best) {
            (Some(held_out), _) if holds_out => through::back(held_out.select(valid), transform.as_ref()),
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
        let params = with_fixed(&trial.params, self.data.params.get(learner.id())).into_iter().chain(done.params).collect();
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
