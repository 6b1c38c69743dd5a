//! The whole flow on one page: a frame and a configuration go in, a model and a leaderboard come out.

mod asked;
mod bargain;
mod calibration;
mod candidate;
mod curve;
mod data;
mod dry_run;
mod early_stopping;
mod estimate;
mod evaluator;
mod features;
mod final_model;
mod first_model;
mod fixed;
mod limits;
mod monotone;
mod plan;
mod ranking;
mod refit;
mod resume;
mod rivals;
mod settle;
mod speed;
mod through;
mod understood;

use std::sync::Arc;

pub use candidate::Candidate;
pub(crate) use candidate::combine_refs;
pub(crate) use data::FitData;
pub use dry_run::{FitPlan, plan};

use crate::clock::{Cancel, Deadline, Stopwatch};
use crate::config::{FitConfig, Optimize};
use crate::ensemble::Estimate;
use crate::error::{Error, Result};
use crate::findings;
use crate::frame::Frame;
use crate::leaderboard::{Entry, Leaderboard};
use crate::memory::Memory;
use crate::metric::Direction;
use crate::model::{Evaluation, Model, Provenance};
use crate::portfolio::{Line, Portfolio};
use crate::progress::Progress;
use crate::registry::Registry;
use crate::run_folder::RunFolder;
use crate::schema::{Finding, Status as FindingStatus};
use crate::search::executor::{Executor, Inline, Threads};
use crate::search::journal::Journal;
use crate::search::pruner::{BelowBaseline, Pruner, Racing};
use crate::search::sampler::{Local, Portfolio as PortfolioSampler, Sequence};
use crate::search::{self, Budget, Choice, Ended, Notice, Status, Study, TrialId};
use crate::task::{Target, Task};
use asked::Asked;
use estimate::estimate;
use evaluator::Evaluator;
use features::Features;
use final_model::FinalModel;
use first_model::FirstModel;
use limits::Limits;
use ranking::{entry, to_combine};
use resume::RunPlan;
use rivals::Rivals;
use speed::Speeds;
use understood::{Understood, approximate_shape, understand};

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
    /// Whether the trials that the run folder tells of are all to be fitted again, to come out the same.
    pub repeats: bool,
    /// Is told what happens.
    pub on_progress: &'a (dyn Fn(&Progress) + 'a),
}

/// What a fit gives.
pub struct Fit {
    /// The final model.
    pub model: Model,
    /// What was tried, best first.
    pub leaderboard: Leaderboard,
    /// What score of the leading metric the final model will have on new rows. The best score of the leaderboard is a little
    /// too good for that: the rows that it is made on had a say in the choice. `None` where time or rows do not suffice.
    pub estimate: Option<Estimate>,
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
    /// Why the search was over.
    pub ended: Ended,
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
    let Understood { data, lines, mut findings, used, strategy, s_per_work } =
        understand(frame, findings, config, &engine, strategy)?;
    let fingerprint = data.frame.fingerprint();
    if let Some(folder) = &engine.run_folder {
        RunPlan::new(strategy, &data, &fingerprint).settle(begun.as_ref(), folder)?;
        folder.write_findings(&findings)?;
    }
    (engine.on_progress)(&planned(&data, &findings));

    let (threads, rows) = (config.thread_count(), data.target.len());
    let evaluator = Arc::new(evaluator(data, &lines, s_per_work, config, &limits, &engine)?);
    let mut study = study(config, &limits, &lines, &evaluator, &engine)?;
    if engine.repeats {
        resume::repeat(&mut study, &evaluator);
    } else {
        go_on(&mut study, &evaluator, engine.on_progress);
    }
    search(&mut study, &evaluator, &limits, (threads, config.optimize), engine.on_progress)?;
    let ended = if engine.repeats { Ended::Repeated } else { plan::ended(&study, config, rows) };
    if engine.repeats {
        evaluator.differences(study.history()).into_iter().for_each(|text| (engine.on_progress)(&Progress::Remark(text)));
    }

    let data = &evaluator.data;
    let is_complete = |c: &Arc<Candidate>| study.history().outcome(c.trial.id).is_some_and(|o| o.status == Status::Complete);
    let mut candidates: Vec<Arc<Candidate>> = evaluator.candidates().into_iter().filter(is_complete).collect();
    if candidates.len() > 1 {
        // The baseline is there to compare with. Where only the order of the rows counts, it would be a harmless
        // member for the metric and a harmful one for the probabilities.
        candidates.retain(|c| c.trial.id != BASELINE);
    }
    (engine.on_progress)(&Progress::Combining { trials: candidates.len(), ended });
    let combined = to_combine(&candidates, data);
    let FinalModel { blend, members, leaderboard } =
        FinalModel::make(&combined, &candidates, (&study, &evaluator, config, &limits), engine.on_progress)?;
    study.combine(final_model::record(&members, &evaluator));
    if let Some(trouble) = study.journal_trouble() {
        (engine.on_progress)(&Progress::Remark(format!("the journal could not be written whole: {trouble}")));
    }
    let predictions = blend.predict(&combined);
    let provenance = Provenance {
        score: leaderboard.score(),
        estimate: estimate(&combined, &blend, data, (config.seed, threads), &limits.estimate),
        validation: data.split.describe(),
        rows,
        seed: config.seed,
        data_fingerprint: fingerprint,
        optimize: config.optimize,
    };
    let model = candidate::combine(&members, data, provenance).finished_by(&blend);
    let scored = data.target.select(&data.scored);
    let numbers: Vec<u32> = data.scored.iter().map(|&row| used[row as usize]).collect();
    findings.push(findings::of_predictions(&data.task, &scored, &predictions, &numbers));
    if let Some(folder) = &engine.run_folder {
        folder.write_model(&model)?;
        folder.write_leaderboard(&leaderboard)?;
        folder.write_findings(&findings)?;
    }
    let test = engine.test.as_ref().filter(|test| test.contains(&data.task.target));
    let test = test.map(|test| model.evaluate(test, engine.registry.metrics(), threads)).transpose()?;
    Ok(Fit {
        estimate: model.provenance.estimate,
        model,
        leaderboard,
        findings,
        test,
        task: data.task.clone(),
        scored,
        elapsed_s: engine.stopwatch.elapsed_s(),
        ended: if engine.cancel.is_cancelled() { Ended::Interrupted } else { ended },
    })
}

/// What carries out the trials of a fit that begins.
fn evaluator(
    data: FitData,
    lines: &[Line],
    s_per_work: f64,
    config: &FitConfig,
    limits: &Limits,
    engine: &Engine<'_>,
) -> Result<Evaluator> {
    let threads = config.thread_count();
    let features = Features::new(threads, config.seed, first_model(lines, &engine.registry, &limits.refit))?;
    let clock = (limits.search.clone(), engine.cancel.clone());
    let resources = (threads, Memory::new(config.memory_limit), Speeds::new(s_per_work));
    let rivals = Rivals::new(lines.len() as u32, limits.search.left_s().is_finite());
    let (registry, folder) = (engine.registry.clone(), engine.run_folder.clone());
    Ok(Evaluator::new(registry, data, features, clock, resources, rivals, folder))
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
            let (defaults, parts) = (learner.default_params(), evaluator.parts_of(learner));
            choices.push(Choice { name: line.learner.clone(), space, defaults, parts });
        }
    }
    if choices.is_empty() {
        return Err(Error::usage(NO_LEARNER));
    }
    let sampler = Sequence::new(vec![Box::new(PortfolioSampler::new(plan::proposals(lines))), Box::new(Local)]);
    let budget = Budget {
        deadline: limits.search.clone(),
        abandon: limits.abandon.clone(),
        trials_max: Some(config.trials_max.unwrap_or_else(|| plan::trials_max(data.target.len()))),
        target_loss: config.target_score.map(|score| data.measure.metric.direction().loss(score)),
        patience: config.patience,
        cancel: engine.cancel.clone(),
    };
    let (records, journal) = match &engine.run_folder {
        Some(folder) => folder.journal().map(|(records, file)| (records, Journal::to(file)))?,
        None => (Vec::new(), Journal::none()),
    };
    let pruners: Vec<Box<dyn Pruner>> = vec![Box::new(BelowBaseline), Box::new(Racing { from: lines.len() as u32 })];
    let mut study = Study::new(choices, Box::new(sampler), Box::new(pruners), budget, config.seed, journal);
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

fn search(
    study: &mut Study,
    evaluator: &Arc<Evaluator>,
    limits: &Limits,
    (threads, optimize): (usize, Optimize),
    on_progress: &dyn Fn(&Progress),
) -> Result<()> {
    let mut look = |notice: Notice<'_>| match notice {
        Notice::Asked(trial) => on_progress(&Progress::Started { trial: trial.id.0, name: trial.name.clone() }),
        Notice::Told(trial, outcome) => {
            limits.leave_for_refits(refit::reserve_s(evaluator, optimize, limits.refit_s_max));
            on_progress(&Progress::Finished(Box::new(entry(evaluator, trial, outcome, 0.0))));
        }
    };
    let mut executor: Box<dyn Executor> = if threads == 1 && study.budget().abandon.left_s().is_infinite() {
        Box::new(Inline::new(evaluator.clone()))
    } else {
        Box::new(Threads::new(threads, evaluator.clone())?)
    };
    search::run(study, &mut *executor, &mut look);
    study.abandon();
    Ok(())
}
