//! `automl::fit(table, target).…​.run()`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use automl_core::clock::{Cancel, Stopwatch};
use automl_core::config::{ClassWeights, Direction, FitConfig, Optimize, Preset};
use automl_core::error::{Error, Result};
use automl_core::fit::{self, Engine, Fit, FitPlan};
use automl_core::frame::{self, Frame, ReadOptions};
use automl_core::portfolio::Portfolio;
use automl_core::progress::Progress;
use automl_core::registry::Registry;
use automl_core::run_folder::RunFolder;
use automl_core::schema::{Finding, Kind, Role, SchemaFile};
use automl_core::task::TaskKind;
use polars::prelude::DataFrame;

use crate::RunConfig;

/// Where a table comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// A file, or `-` for standard input.
    Path(PathBuf),
    /// A table in memory.
    Data(DataFrame),
}

impl Source {
    /// Where it lies, unless in memory.
    fn path(&self) -> Option<PathBuf> {
        match self {
            Source::Path(path) => Some(path.clone()),
            Source::Data(_) => None,
        }
    }
}

impl From<&str> for Source {
    fn from(path: &str) -> Source {
        Source::Path(path.into())
    }
}

impl From<&Path> for Source {
    fn from(path: &Path) -> Source {
        Source::Path(path.into())
    }
}

impl From<PathBuf> for Source {
    fn from(path: PathBuf) -> Source {
        Source::Path(path)
    }
}

impl From<DataFrame> for Source {
    fn from(data: DataFrame) -> Source {
        Source::Data(data)
    }
}

/// A fit of a table, to be refined and then [`run`](FitBuilder::run). The time budget begins here.
pub fn fit(source: impl Into<Source>, target: impl Into<String>) -> FitBuilder {
    FitBuilder {
        source: source.into(),
        config: FitConfig::new(target),
        read: ReadOptions::default(),
        test: None,
        registry: crate::registry(),
        portfolio: crate::portfolio(),
        stopwatch: Stopwatch::start(),
        cancel: Cancel::new(),
        record: None,
        on_progress: Box::new(|_| {}),
    }
}

/// A run that was killed, interrupted or ended by its budget, to go on with: trials that are complete are not done again,
/// those that were under way are, and the model is made of old and new ones.
///
/// The configuration is the one in the folder of the run, with its time budget anew, counted from here. Only what does
/// not change the outcome of a trial may be set before [`run`](FitBuilder::run): the budget in time or trials (those of
/// before count), the target score, the patience, the threads, and whom to tell. A table that lay in memory, and components of your own, have to be given
/// again: [`data`](FitBuilder::data), [`registry`](FitBuilder::registry), [`portfolio`](FitBuilder::portfolio).
///
/// # Errors
/// The path is no folder of a run, or its configuration cannot be read. [`run`](FitBuilder::run) ends with an error if the
/// table is not the same, or if the run still goes on.
pub fn resume(path: impl Into<PathBuf>) -> Result<FitBuilder> {
    let path = path.into();
    let RunConfig { data, test, read, fit: config } = RunFolder::read_config(&path)?;
    let config = FitConfig { time_budget_s: config.time_limit_s(), ..config };
    let record = Some(Record::Begun { path, asked: Box::new(config.clone()) });
    let builder = fit(data, config.target.clone());
    Ok(FitBuilder { config, read, test: test.map(Source::Path), record, ..builder })
}

/// A run once more, in a folder of its own, to the same model: every trial that was complete is fitted again with the
/// parameters and seeds it had, and to where its fits ended, however long that takes on this machine; nothing else is tried.
///
/// A table that lay in memory, and components of your own, have to be given again, as for [`resume()`].
///
/// # Errors
/// The path is no folder of a run, or its configuration cannot be read. [`run`](FitBuilder::run) ends with an error if the
/// table is not the same or no trial was complete. A trial that does not come out the same is told of.
pub fn replay(run: impl Into<PathBuf>, out: impl Into<PathBuf>, force: bool) -> Result<FitBuilder> {
    let (of, path) = (run.into(), out.into());
    let RunConfig { data, test, read, fit: config } = RunFolder::read_config(&of)?;
    let asked = Box::new(config.clone());
    let config = FitConfig { time_budget_s: None, target_score: None, patience: None, ..config };
    let record = Some(Record::Repeated { path, force, of, asked });
    let builder = fit(data, config.target.clone());
    Ok(FitBuilder { config, read, test: test.map(Source::Path), record, ..builder })
}

/// Where a run is recorded.
enum Record {
    /// In a folder that is made for it.
    New { path: PathBuf, force: bool },
    /// In the folder of a run that is gone on with, which was asked this.
    Begun { path: PathBuf, asked: Box<FitConfig> },
    /// In a folder that is made for a run that repeats the one of another folder, which was asked this.
    Repeated { path: PathBuf, force: bool, of: PathBuf, asked: Box<FitConfig> },
}

/// What is asked of a fit.
pub struct FitBuilder {
    source: Source,
    config: FitConfig,
    read: ReadOptions,
    test: Option<Source>,
    registry: Registry,
    portfolio: Portfolio,
    stopwatch: Stopwatch,
    cancel: Cancel,
    record: Option<Record>,
    on_progress: Box<dyn Fn(&Progress) + Send + Sync>,
}

impl FitBuilder {
    /// Everything at once, the target included.
    pub fn config(mut self, config: FitConfig) -> Self {
        self.config = config;
        self
    }

    /// The kind of task; found out from the target if not given.
    pub fn task(mut self, task: TaskKind) -> Self {
        self.config.task = Some(task);
        self
    }

    /// The leading metric.
    pub fn metric(mut self, metric: impl Into<String>) -> Self {
        self.config.metric = Some(metric.into());
        self
    }

    /// The label that binary metrics call positive.
    pub fn positive(mut self, label: impl Into<String>) -> Self {
        self.config.positive = Some(label.into());
        self
    }

    /// Time from [`fit()`] to the result, reading and saving included.
    pub fn time_budget(mut self, budget: Duration) -> Self {
        self.config.time_budget_s = Some(budget.as_secs_f64());
        self
    }

    /// Number of pipelines to try at most.
    pub fn trials_max(mut self, trials: u32) -> Self {
        self.config.trials_max = Some(trials);
        self
    }

    /// Ends the search when a pipeline is at least as good as this in the leading metric.
    pub fn target_score(mut self, score: f64) -> Self {
        self.config.target_score = Some(score);
        self
    }

    /// Ends the search when so many pipelines in a row, by their number, have brought no better score.
    pub fn patience(mut self, trials: u32) -> Self {
        self.config.patience = Some(trials);
        self
    }

    /// Bytes of memory that the process may hold. What is not expected to fit is made smaller, waits, or fails.
    pub fn memory_limit(mut self, bytes: u64) -> Self {
        self.config.memory_limit = Some(bytes);
        self
    }

    /// Threads to use; 0 for as many as the machine has.
    pub fn threads(mut self, threads: usize) -> Self {
        self.config.threads = threads;
        self
    }

    /// Seed of everything random.
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.seed = seed;
        self
    }

    /// How much is spent on the last bit of accuracy.
    pub fn preset(mut self, preset: Preset) -> Self {
        self.config.preset = preset;
        self
    }

    /// What the final model is chosen for: the best score, or the fewest seconds per row or bytes at nearly the best score.
    pub fn optimize(mut self, optimize: Optimize) -> Self {
        self.config.optimize = optimize;
        self
    }

    /// Number of folds; 1 for a holdout.
    pub fn folds(mut self, folds: usize) -> Self {
        self.config.folds = Some(folds);
        self
    }

    /// Uses these learners only.
    pub fn learners<S: Into<String>>(mut self, ids: impl IntoIterator<Item = S>) -> Self {
        self.config.learners = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Has every pipeline ask for these featurizers, besides those that it has anyway.
    pub fn featurizers<S: Into<String>>(mut self, ids: impl IntoIterator<Item = S>) -> Self {
        self.config.featurizers = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Does not use these featurizers.
    pub fn exclude_featurizers<S: Into<String>>(mut self, ids: impl IntoIterator<Item = S>) -> Self {
        self.config.exclude_featurizers = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Does not use these learners.
    pub fn exclude_learners<S: Into<String>>(mut self, ids: impl IntoIterator<Item = S>) -> Self {
        self.config.exclude_learners = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Says what columns mean, as far as it is known; [`column`](FitBuilder::column) and [`role`](FitBuilder::role) win
    /// over it.
    pub fn schema(mut self, schema: SchemaFile) -> Self {
        self.config.schema = schema;
        self
    }

    /// Reads a column as this kind, whatever it looks like.
    pub fn column(mut self, name: impl Into<String>, kind: Kind) -> Self {
        self.config.columns.insert(name.into(), kind);
        self
    }

    /// Gives a column a role.
    pub fn role(mut self, name: impl Into<String>, role: Role) -> Self {
        self.config.roles.insert(name.into(), role);
        self
    }

    /// Lets the prediction only rise, or only fall, with a numeric column: the number, or the probability of the
    /// positive class.
    pub fn monotone(mut self, name: impl Into<String>, direction: Direction) -> Self {
        self.config.monotone.insert(name.into(), direction);
        self
    }

    /// Gives a parameter of a learner or a featurizer the same value in all its pipelines: `.param("gbdt", "loss", "poisson")`.
    pub fn param(mut self, learner: &str, name: &str, value: impl Into<serde_json::Value>) -> Self {
        self.config.params.entry(learner.to_owned()).or_default().insert(name.to_owned(), value.into());
        self
    }

    /// How classes are weighted in fits.
    pub fn class_weights(mut self, weights: ClassWeights) -> Self {
        self.config.class_weights = weights;
        self
    }

    /// Ends the fit before the search, with an error that tells them, if the data raise alerts.
    pub fn strict(mut self, strict: bool) -> Self {
        self.config.strict = strict;
        self
    }

    /// A table to test on: it is compared with the one to learn from, and if it has the target, the final model
    /// is scored on it ([`Fit::test`]). No fit and no choice sees it.
    pub fn test(mut self, source: impl Into<Source>) -> Self {
        self.test = Some(source.into());
        self
    }

    /// The table to learn from, instead of the one that was given.
    pub fn data(mut self, source: impl Into<Source>) -> Self {
        self.source = source.into();
        self
    }

    /// How a file is read.
    pub fn read_options(mut self, options: ReadOptions) -> Self {
        self.read = options;
        self
    }

    /// The components to choose from: those of the library, and your own.
    pub fn registry(mut self, registry: Registry) -> Self {
        self.registry = registry;
        self
    }

    /// The pipelines to try first.
    pub fn portfolio(mut self, portfolio: Portfolio) -> Self {
        self.portfolio = portfolio;
        self
    }

    /// Counts the time budget from this stopwatch instead of from [`fit()`].
    pub fn started(mut self, stopwatch: Stopwatch) -> Self {
        self.stopwatch = stopwatch;
        self
    }

    /// A handle that ends the fit early, with the best model so far.
    pub fn cancel(mut self, cancel: Cancel) -> Self {
        self.cancel = cancel;
        self
    }

    /// Records the run in a folder, which must not be there yet unless `force`.
    pub fn run_folder(mut self, path: impl Into<PathBuf>, force: bool) -> Self {
        self.record = Some(Record::New { path: path.into(), force });
        self
    }

    /// Is told what happens, on the thread that called [`run`](FitBuilder::run).
    pub fn on_progress(mut self, callback: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        self.on_progress = Box::new(callback);
        self
    }

    /// What [`run`](FitBuilder::run) would do, up to the first trial: what the columns mean, what is noticed in the data,
    /// how rows are held out and which pipelines are tried. Fits nothing, and makes no run folder.
    ///
    /// ```
    /// # fn main() -> automl::Result<()> {
    /// let plan = automl::fit(automl_datasets::find("iris")?.frame()?, "species").plan()?;
    /// assert_eq!(plan.task.kind, automl::TaskKind::Multiclass);
    /// println!("{} on {}, {}", plan.pipelines.len(), plan.metric, plan.validation);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// An option, file or table that cannot be used.
    pub fn plan(self) -> Result<FitPlan> {
        self.config.validate()?;
        let test = self.test.map(|test| read(test, self.read.clone(), &self.config)).transpose()?;
        let (frame, findings) = read(self.source, self.read, &self.config)?;
        let engine = Engine {
            registry: self.registry,
            portfolio: self.portfolio,
            stopwatch: self.stopwatch,
            cancel: self.cancel,
            run_folder: None,
            test: test.map(|(frame, _)| frame),
            repeats: false,
            on_progress: &self.on_progress,
        };
        fit::plan(&frame, findings, &self.config, engine)
    }

    /// Fits.
    ///
    /// # Errors
    /// An option, file or table that cannot be used, or no pipeline that could be fitted.
    pub fn run(mut self) -> Result<Fit> {
        self.config.validate()?;
        let run_folder = self.open_folder()?;
        let test = self.test.map(|test| read(test, self.read.clone(), &self.config)).transpose()?;
        let (frame, findings) = read(self.source, self.read, &self.config)?;
        let progress = |p: &Progress| {
            if let Some(folder) = &run_folder {
                folder.log(&format!("{:8.3} s  {p}", self.stopwatch.elapsed_s()));
            }
            (self.on_progress)(p);
        };
        let engine = Engine {
            registry: self.registry,
            portfolio: self.portfolio,
            stopwatch: self.stopwatch,
            cancel: self.cancel,
            run_folder: run_folder.clone(),
            test: test.map(|(frame, _)| frame),
            repeats: matches!(self.record, Some(Record::Repeated { .. })),
            on_progress: &progress,
        };
        let done = fit::fit(&frame, findings, &self.config, engine);
        if let Some(folder) = &run_folder {
            if let Err(e) = &done {
                folder.log(&format!("{:8.3} s  failed: {e}", self.stopwatch.elapsed_s()));
            }
            folder.close();
        }
        done
    }

    /// The folder that records the run, if there is one, with what was asked in it.
    fn open_folder(&mut self) -> Result<Option<RunFolder>> {
        match &self.record {
            None => Ok(None),
            Some(Record::New { path, force }) => {
                let folder = RunFolder::create(path, *force)?;
                let (data, test) = (self.source.path().unwrap_or_default(), self.test.as_ref().and_then(Source::path));
                folder.write_config(&RunConfig { data, test, read: self.read.clone(), fit: self.config.clone() })?;
                Ok(Some(folder))
            }
            Some(Record::Repeated { path, force, of, asked }) => {
                let (folder, trials) = RunFolder::repeat(of, path.clone(), *force)?;
                let (data, test) = (self.source.path().unwrap_or_default(), self.test.as_ref().and_then(Source::path));
                folder.write_config(&RunConfig { data, test, read: self.read.clone(), fit: (**asked).clone() })?;
                self.config.trials_max = Some(trials);
                Ok(Some(folder))
            }
            Some(Record::Begun { path, asked }) => {
                let FitConfig { time_budget_s, trials_max, target_score, patience, threads, .. } = self.config;
                let budget = FitConfig { time_budget_s, trials_max, target_score, patience, threads, ..(**asked).clone() };
                if budget != self.config {
                    let what =
                        "a run that is gone on with is asked what it was asked before; only its budget and threads may change";
                    return Err(Error::usage(what));
                }
                if matches!(&self.source, Source::Path(path) if path.as_os_str().is_empty()) {
                    return Err(Error::usage(format!("the run in {} was of a table in memory; give it again", path.display())));
                }
                RunFolder::open(path).map(Some)
            }
        }
    }
}

fn read(source: Source, mut options: ReadOptions, config: &FitConfig) -> Result<(Frame, Vec<Finding>)> {
    match source {
        Source::Data(data) => Frame::from_data(data),
        Source::Path(path) => {
            // Labels are to come back as they stand in the file.
            options.text_columns.push(config.target.clone());
            options.threads = config.thread_count();
            frame::read(&path, &options)
        }
    }
}
