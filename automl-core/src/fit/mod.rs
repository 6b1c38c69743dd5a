//! The whole flow on one page: a frame and a configuration go in, a model and a leaderboard come out.

mod asked;
mod candidate;
mod curve;
mod data;
mod dry_run;
mod early_stopping;
mod evaluator;
mod features;
mod first_model;
mod fixed;
mod monotone;
mod plan;
mod resume;
mod through;

use std::sync::Arc;

pub use candidate::Candidate;
pub(crate) use candidate::combine_refs;
pub(crate) use data::FitData;
pub use dry_run::{FitPlan, plan};

use rayon::ThreadPoolBuilder;

use crate::clock::{Cancel, Deadline, Stopwatch};
use crate::config::FitConfig;
use crate::ensemble;
use crate::error::{Error, Kind, Result};
use crate::findings::{self, Subject};
use crate::frame::Frame;
use crate::leaderboard::{Entry, EntryStatus, Leaderboard};
use crate::matrix::Shape;
use crate::memory::Memory;
use crate::metric::{Direction, Measure};
use crate::model::{Evaluation, Model, Provenance};
use crate::portfolio::{Line, Portfolio};
use crate::predictions::Predictions;
use crate::progress::Progress;
use crate::registry::Registry;
use crate::run_folder::RunFolder;
use crate::schema::{ColumnEntry, Finding, Overrides, Role, Schema, Status as FindingStatus, infer};
use crate::search::executor::{Executor, Inline, Threads};
use crate::search::journal::Journal;
use crate::search::pruner::BelowBaseline;
use crate::search::sampler::{Portfolio as PortfolioSampler, Random, Sequence};
use crate::search::{self, Budget, Choice, Notice, Outcome, Status, Study, Trial, TrialId};
use crate::split::{Split, Strategy};
use crate::task::{Resolved, Target, Task, TaskRequest};
use asked::Asked;
use evaluator::Evaluator;
use features::Features;
use first_model::FirstModel;
use monotone::Directions;
use resume::RunPlan;

/// What a fit may use and whom it tells, besides its data and configuration.
pub struct Engine<'a> {
    /// The components.
    pub registry: Registry,
    /// The pipelines that are tried first.
    pub portfolio: Portfolio,
    /// Started when the time budget began.
    pub stopwatch: Stopwatch,
    /// Ends the run early, with the best model so far.
    pub cancel: Cancel,
    /// Where the run is recorded, if anywhere.
    pub run_folder: Option<RunFolder>,
    /// A table that is compared with the one to learn from, and on which the final model is scored if it has the
    /// target. No fit and no choice sees it.
    pub test: Option<Frame>,
    /// Is told what happens.
    pub on_progress: &'a (dyn Fn(&Progress) + 'a),
}

/// What a fit gives.
pub struct Fit {
    /// The final model.
    pub model: Model,
    /// What was tried, best first.
    pub leaderboard: Leaderboard,
    /// What was noticed in the data.
    pub findings: Vec<Finding>,
    /// How good the final model is on the table that was given to test it, if that has the target.
    pub test: Option<Evaluation>,
    /// What was predicted and how it was judged.
    pub task: Task,
    /// The truth of the rows that pipelines were scored on, in the order of the out-of-fold predictions that a
    /// [`RunFolder`] keeps.
    pub scored: Target,
    /// Seconds since the budget began.
    pub elapsed_s: f64,
    /// Whether somebody asked to stop before the end.
    pub interrupted: bool,
}

/// Fits a model to a frame, inside the budget of the configuration.
///
/// `findings` are those that reading the frame gave; they are passed on.
///
/// # Errors
/// A configuration or data that cannot be used, or no pipeline that could be fitted. A pipeline that fails is
/// no error: it stands on the leaderboard with its reason.
pub fn fit(frame: &Frame, findings: Vec<Finding>, config: &FitConfig, engine: Engine<'_>) -> Result<Fit> {
    config.validate()?;
    let engine = Engine { registry: engine.registry.without_featurizers(&config.exclude_featurizers)?, ..engine };
    let limits = Limits::new(config, &engine.stopwatch);
    let begun: Option<RunPlan> = engine.run_folder.as_ref().map_or(Ok(None), RunFolder::read_plan)?;
    let strategy = begun.as_ref().map(|plan| plan.strategy);
    let Understood { data, lines, mut findings, used, strategy } = understand(frame, findings, config, &engine, strategy)?;
    let fingerprint = data.frame.fingerprint();
    if let Some(folder) = &engine.run_folder {
        RunPlan::new(strategy, &data, &fingerprint).settle(begun.as_ref(), folder)?;
        folder.write_findings(&findings)?;
    }
    (engine.on_progress)(&planned(&data, &findings));

    let (threads, rows) = (config.thread_count(), data.target.len());
    let features = Features::new(threads, config.seed, first_model(&lines, &engine.registry, &limits.search))?;
    let clock = (limits.search.clone(), engine.cancel.clone());
    let memory = Memory::new(config.memory_limit);
    let (registry, folder) = (engine.registry.clone(), engine.run_folder.clone());
    let evaluator = Arc::new(Evaluator::new(registry, data, features, clock, (threads, memory), folder));
    let mut study = study(config, &limits, &lines, &evaluator, &engine)?;
    go_on(&mut study, &evaluator, engine.on_progress);
    search(&mut study, &evaluator, threads, engine.on_progress)?;

    let data = &evaluator.data;
    let is_complete = |c: &Arc<Candidate>| study.history().outcome(c.trial.id).is_some_and(|o| o.status == Status::Complete);
    let mut candidates: Vec<Arc<Candidate>> = evaluator.candidates().into_iter().filter(is_complete).collect();
    if candidates.len() > 1 {
        // The baseline is there to compare with. Where only the order of the rows counts, it would be a harmless
        // member for the metric and a harmful one for the probabilities.
        candidates.retain(|c| c.trial.id != BASELINE);
    }
    (engine.on_progress)(&Progress::Combining { trials: candidates.len() });
    let weights = ensemble_weights(&candidates, data, config.seed, &limits.combine);
    let provenance =
        Provenance { score: None, validation: data.split.describe(), rows, seed: config.seed, data_fingerprint: fingerprint };
    let (leaderboard, chosen) = rank(&study, &evaluator, &candidates, &weights)?;
    let provenance = Provenance { score: leaderboard.best().and_then(|e| e.score), ..provenance };
    let model = candidate::combine(&chosen, data, provenance);
    let scored = data.target.select(&data.scored);
    let numbers: Vec<u32> = data.scored.iter().map(|&row| used[row as usize]).collect();
    findings.push(findings::of_predictions(&data.task, &scored, &blend(&chosen, data), &numbers));
    if let Some(folder) = &engine.run_folder {
        folder.write_model(&model)?;
        folder.write_leaderboard(&leaderboard)?;
        folder.write_findings(&findings)?;
    }
    let test = engine.test.as_ref().filter(|test| test.contains(&data.task.target));
    let test = test.map(|test| model.evaluate(test, engine.registry.metrics(), threads)).transpose()?;
    Ok(Fit {
        model,
        leaderboard,
        findings,
        test,
        task: data.task.clone(),
        scored,
        elapsed_s: engine.stopwatch.elapsed_s(),
        interrupted: engine.cancel.is_cancelled(),
    })
}

/// The first pipeline that is not the baseline, if its learner judges itself by validation rows.
fn first_model(lines: &[Line], registry: &Registry, deadline: &Deadline) -> Option<FirstModel> {
    let line = lines.get(1)?;
    let learner = registry.learner(&line.learner).ok()?;
    let params = Asked::parse(&line.params, registry).ok()?.learner;
    Some(FirstModel { learner, params, deadline: deadline.clone() })
}

const NO_LEARNER: &str = "no learner is left: all were excluded, or none is made for this task";

/// The first trial of every run.
const BASELINE: TrialId = TrialId(0);

/// When the stages of a run have to be over.
struct Limits {
    /// No fit goes on after this.
    search: Deadline,
    /// Trials that have not ended by then are given up.
    abandon: Deadline,
    /// The choice of the ensemble ends by then; what is left is for writing.
    combine: Deadline,
}

impl Limits {
    fn new(config: &FitConfig, stopwatch: &Stopwatch) -> Limits {
        let Some(total_s) = config.time_limit_s() else {
            return Limits { search: Deadline::Never, abandon: Deadline::Never, combine: Deadline::Never };
        };
        // Scoring what was cut off, choosing the ensemble and writing it take longer where more was fitted.
        let reserve_s = (0.05 * total_s).clamp(0.1, 2.0) + 0.1;
        let at = |share: f64| stopwatch.deadline((total_s - share * reserve_s).max(0.3 * total_s));
        Limits { search: at(1.0), abandon: at(0.6), combine: at(0.25) }
    }
}

/// What is known before the first trial.
struct Understood {
    data: FitData,
    /// The pipelines to try first.
    lines: Vec<Line>,
    findings: Vec<Finding>,
    /// The rows of the frame that are fitted on.
    used: Vec<u32>,
    /// How rows are held out.
    strategy: Strategy,
}

/// What the configuration says of columns; kinds and roles that are told one by one win over the schema.
fn overrides(config: &FitConfig) -> Overrides {
    let mut told = monotone::roles(config).fold(Overrides::default(), |told, (column, role)| told.with_role(column, role));
    // The target is the one that the configuration names.
    let of_file = config.schema.columns.iter().cloned();
    told.columns.extend(of_file.map(|entry| ColumnEntry { role: entry.role.filter(|role| *role != Role::Target), ..entry }));
    let told = config.columns.iter().fold(told, |told, (column, kind)| told.with_kind(column, *kind));
    let told = config.roles.iter().fold(told, |told, (column, role)| told.with_role(column, *role));
    told.with_role(&config.target, Role::Target)
}

/// What the data are, what is asked of them, and what will be tried. How rows are held out is decided here, unless it was
/// when the run began.
fn understand(
    frame: &Frame,
    mut findings: Vec<Finding>,
    config: &FitConfig,
    engine: &Engine<'_>,
    strategy: Option<Strategy>,
) -> Result<Understood> {
    let metrics = engine.registry.metrics();
    if !frame.contains(&config.target) {
        return Err(Error::unknown("column", &config.target, frame.names()).with_kind(Kind::Data).context("the target"));
    }
    let pool = ThreadPoolBuilder::new().num_threads(config.thread_count()).build();
    let pool = pool.map_err(|e| Error::internal(format!("no threads: {e}")))?;
    let (mut schema, noticed) = pool.install(|| infer(frame, &overrides(config)))?;
    findings.extend(noticed);
    monotone::read_as_numbers(config, &mut schema);
    let request = TaskRequest {
        target: config.target.clone(),
        kind: config.task,
        metric: config.metric.clone(),
        positive: config.positive.clone(),
    };
    let resolved = Task::resolve(frame, &schema, &request, metrics)?;
    fixed::check(config, &engine.registry, resolved.task.kind)?;
    findings.extend(resolved.findings.iter().cloned());
    let directions = Directions::resolve(config, &schema, &resolved.task)?;
    findings.extend(monotone::left_out(config, &engine.registry, resolved.task.kind)?);
    let subject = Subject::new(frame, &schema, &resolved)?;
    findings.extend(pool.install(|| findings::of_subject(&subject)));
    let shape = approximate_shape(&schema, resolved.target.len(), resolved.task.width());
    let lines = plan::lines(config, &engine.portfolio, &engine.registry, (&schema, &subject.features, &resolved.target))?;
    let fold_s = plan::fold_s(lines.get(1), &engine.registry, shape);
    let left_s = config.time_limit_s().map_or(f64::INFINITY, |total_s| total_s - engine.stopwatch.elapsed_s());
    let strategy = strategy.unwrap_or_else(|| plan::strategy(config, shape.rows, fold_s, left_s));
    let (split, noticed) = Split::plan(&strategy, &resolved.target, &resolved.roles, config.seed)?;
    findings.extend(noticed);
    findings.extend(findings::of_split(&subject, &split));
    if let Some(test) = &engine.test {
        findings.extend(findings::of_test(&subject, test).map_err(|e| e.context("the table to test on"))?);
    }
    if config.strict {
        findings::refuse_alerts(&findings)?;
    }
    let features = subject.features;
    let Resolved { task, target, roles, rows: used, .. } = resolved;
    let measure = Measure::parse(&task.metric, task.kind, metrics)?;
    let scored = split.validated_rows();
    let data = FitData {
        frame: features,
        schema,
        task,
        target,
        roles,
        split,
        scored,
        measure,
        class_weights: config.class_weights,
        directions,
        params: config.params.clone(),
        featurizers: config.featurizers.clone(),
    };
    Ok(Understood { data, lines, findings, used, strategy })
}

fn approximate_shape(schema: &Schema, rows: usize, outputs: usize) -> Shape {
    let columns = schema.features().count();
    Shape { rows, columns, width: columns, nonzeros: 0, outputs }
}

fn planned(data: &FitData, findings: &[Finding]) -> Progress {
    Progress::Planned {
        rows: data.target.len(),
        features: data.schema.features().count(),
        task: data.task.kind.name().to_owned(),
        metric: data.measure.name(),
        higher_is_better: data.measure.metric.direction() == Direction::Maximize,
        validation: data.split.describe(),
        findings: findings.iter().filter(|f| f.status != FindingStatus::Passed).cloned().collect(),
    }
}

fn study(config: &FitConfig, limits: &Limits, lines: &[Line], evaluator: &Evaluator, engine: &Engine<'_>) -> Result<Study> {
    let data = &evaluator.data;
    let shape = approximate_shape(&data.schema, data.target.len(), data.task.width());
    let mut choices: Vec<Choice> = Vec::new();
    for line in lines {
        if !choices.iter().any(|c| c.name == line.learner) {
            let learner = engine.registry.learner(&line.learner)?;
            let of_features = plan::space_of_features(lines, learner, &engine.registry, data);
            let space = learner.space(shape).with("", of_features);
            choices.push(Choice { name: line.learner.clone(), space, parts: evaluator.parts_of(learner) });
        }
    }
    if choices.is_empty() {
        return Err(Error::usage(NO_LEARNER));
    }
    let sampler = Sequence::new(vec![Box::new(PortfolioSampler::new(plan::proposals(lines))), Box::new(Random)]);
    let budget = Budget {
        deadline: limits.search.clone(),
        abandon: limits.abandon.clone(),
        trials_max: Some(config.trials_max.unwrap_or_else(|| plan::trials_max(data.target.len()))),
        cancel: engine.cancel.clone(),
    };
    let (records, journal) = match &engine.run_folder {
        Some(folder) => folder.journal().map(|(records, file)| (records, Journal::to(file)))?,
        None => (Vec::new(), Journal::none()),
    };
    let mut study = Study::new(choices, Box::new(sampler), Box::new(BelowBaseline), budget, config.seed, journal);
    study.replay(records);
    Ok(study)
}

/// Brings back what a run that was begun before has come to; one that begins has nothing to bring back.
fn go_on(study: &mut Study, evaluator: &Evaluator, on_progress: &dyn Fn(&Progress)) {
    let Some(folder) = &evaluator.run_folder else { return };
    let lost = resume::restore(study, evaluator, folder);
    let finished: Vec<Entry> = study.history().finished().map(|(t, o)| entry(evaluator, t, o, 0.0)).collect();
    if !finished.is_empty() || !lost.is_empty() {
        on_progress(&Progress::Resumed { finished });
    }
    lost.into_iter().for_each(|text| on_progress(&Progress::Remark(text)));
}

fn search(study: &mut Study, evaluator: &Arc<Evaluator>, threads: usize, on_progress: &dyn Fn(&Progress)) -> Result<()> {
    let mut look = |notice: Notice<'_>| match notice {
        Notice::Asked(trial) => on_progress(&Progress::Started { trial: trial.id.0, name: trial.name.clone() }),
        Notice::Told(trial, outcome) => on_progress(&Progress::Finished(Box::new(entry(evaluator, trial, outcome, 0.0)))),
    };
    let mut executor: Box<dyn Executor> = if threads == 1 && study.budget().abandon.left_s().is_infinite() {
        Box::new(Inline::new(evaluator.clone()))
    } else {
        Box::new(Threads::new(threads, evaluator.clone())?)
    };
    search::run(study, &mut *executor, &mut look);
    study.abandon();
    if let Some(trouble) = study.journal_trouble() {
        on_progress(&Progress::Remark(format!("what was tried could not all be written to the journal: {trouble}")));
    }
    Ok(())
}

/// The row of the leaderboard for a candidate.
fn entry_of(evaluator: &Evaluator, candidate: &Candidate, weight: f64) -> Entry {
    let bytes = evaluator.run_folder.as_ref().and_then(|f| f.trial_bytes(candidate.trial.id));
    candidate.entry(weight, bytes.unwrap_or(0))
}

/// The row of the leaderboard for a trial that ended.
fn entry(evaluator: &Evaluator, trial: &Trial, outcome: &Outcome, weight: f64) -> Entry {
    if outcome.status == Status::Complete
        && let Some(candidate) = evaluator.candidate(trial.id)
    {
        return entry_of(evaluator, &candidate, weight);
    }
    Entry {
        trial: Some(trial.id.0),
        name: trial.name.clone(),
        learner: trial.choice.clone(),
        params: trial.params.clone(),
        status: if outcome.status == Status::Failed { EntryStatus::Failed } else { EntryStatus::Pruned },
        score: None,
        spread: None,
        metrics: Default::default(),
        fit_s: outcome.parts.iter().map(|p| p.fit_s).sum(),
        predict_s: outcome.parts.iter().map(|p| p.predict_s).sum(),
        model_bytes: 0,
        weight: 0.0,
        message: outcome.message.clone(),
    }
}

/// The weights of the candidates in the final model.
fn ensemble_weights(candidates: &[Arc<Candidate>], data: &FitData, seed: u64, deadline: &Deadline) -> Vec<f64> {
    const STEPS: usize = 25;
    let candidates = ensemble::Candidates {
        predictions: candidates.iter().map(|c| c.predictions.clone()).collect(),
        target: data.target.select(&data.scored),
        weights: data.weights_of(&data.scored),
        measure: data.measure,
        positive: data.task.positive,
    };
    ensemble::select(&candidates, STEPS, seed, deadline)
}

/// The candidates that make the final model, each with its share of the vote.
type Chosen = Vec<(Arc<Candidate>, f64)>;

/// The leaderboard, and the candidates that make the final model.
fn rank(study: &Study, evaluator: &Evaluator, candidates: &[Arc<Candidate>], weights: &[f64]) -> Result<(Leaderboard, Chosen)> {
    let data = &evaluator.data;
    let chosen: Chosen = candidates.iter().cloned().zip(weights.iter().copied()).filter(|(_, w)| *w > 0.0).collect();
    if chosen.is_empty() {
        if evaluator.cancel.is_cancelled() {
            return Err(Error::new(Kind::Interrupted, "stopped before any pipeline was fitted"));
        }
        let reasons = study.history().finished().map(|(t, o)| format!("{}: {}", t.name, o.message));
        let reason = reasons.last().unwrap_or_else(|| "the time was over before the first one".to_owned());
        return Err(Error::new(Kind::NoModel, format!("no pipeline could be fitted ({reason})")));
    }
    let weight_of = |trial: &Trial| chosen.iter().find(|(c, _)| c.trial.id == trial.id).map_or(0.0, |(_, w)| *w);
    let mut entries: Vec<Entry> = study.history().finished().map(|(t, o)| entry(evaluator, t, o, weight_of(t))).collect();
    if chosen.len() > 1 {
        entries.push(ensemble_entry(&chosen, evaluator));
    }
    let mut leaderboard = Leaderboard {
        metric: data.measure.name(),
        higher_is_better: data.measure.metric.direction() == Direction::Maximize,
        validation: data.split.describe(),
        entries,
    };
    leaderboard.rank();
    Ok((leaderboard, chosen))
}

/// What the final model predicts for the scored rows, each by models that had not seen it.
fn blend(chosen: &[(Arc<Candidate>, f64)], data: &FitData) -> Predictions {
    let mut blend = Predictions::zeros(data.scored.len(), data.task.width());
    for (candidate, weight) in chosen {
        blend.add_scaled(&candidate.predictions, *weight);
    }
    blend
}

fn ensemble_entry(chosen: &[(Arc<Candidate>, f64)], evaluator: &Evaluator) -> Entry {
    let data = &evaluator.data;
    let (score, metrics) = candidate::scores(&blend(chosen, data), data, evaluator.registry.metrics());
    let members: Vec<Entry> = chosen.iter().map(|(c, w)| entry_of(evaluator, c, *w)).collect();
    Entry {
        trial: None,
        name: format!("ensemble of {}", members.len()),
        learner: "ensemble".into(),
        params: Default::default(),
        status: EntryStatus::Complete,
        score,
        spread: None,
        metrics,
        fit_s: members.iter().map(|e| e.fit_s).sum(),
        predict_s: members.iter().map(|e| e.predict_s).sum(),
        model_bytes: members.iter().map(|e| e.model_bytes).sum(),
        weight: 1.0,
        message: String::new(),
    }
}
