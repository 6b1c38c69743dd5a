//! `automl fit`: search for the best model of a table and save it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use automl::metric::Measure;
use automl::{Cancel, Ended, Error, ErrorKind, FitBuilder, Progress, Registry, RunConfig, RunFolder, Stopwatch, TaskKind};

use serde::de::DeserializeOwned;

use crate::Ending;
use crate::args::{FitArgs, Global, read_flags};
use crate::failure::{self, Hinted, WithHint};
use crate::output::events::{EventLog, is_stderr};
use crate::output::progress::Reporter;
use crate::output::understood::understood;
use crate::output::{self, conclusion, json, plan};

use super::{interrupt, schema_file};

/// Where a run goes that was given no folder.
const OUT_DEFAULT: &str = "automl_run";

/// Fits, saves and tells about it.
pub fn run(args: &FitArgs, global: &Global, started: Stopwatch) -> anyhow::Result<Ending> {
    let config = configuration(args, global)?;
    check_names(&config, &automl::registry())?;
    if args.dry_run {
        return dry_run(&config, global, started);
    }
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(OUT_DEFAULT));
    let was_free = check_folder(&out, args.force)?;
    let fit = builder(&config, started).run_folder(out.clone(), args.force);
    carry_out(fit, &config, &out, args.events.as_deref(), global, started).inspect_err(|error| {
        if was_free && let Some(error) = error.downcast_ref() {
            tidy(&out, error);
        }
    })
}

/// Runs a fit of this configuration, and tells about it while it runs and at its end.
pub fn carry_out(
    builder: FitBuilder,
    config: &RunConfig,
    out: &Path,
    events: Option<&Path>,
    global: &Global,
    started: Stopwatch,
) -> anyhow::Result<Ending> {
    // Where events go to stderr, they are all that goes there.
    let is_quiet = global.quiet || events.is_some_and(is_stderr);
    let events = Arc::new(EventLog::open(events, started)?);
    let cancel = Cancel::new();
    let reporter = Arc::new(Reporter::new(&config.fit, started, is_quiet));
    let answering = Arc::clone(&reporter);
    let told = "stopping: the best model so far will be saved (once more ends at once)";
    interrupt::cancel_on_signal(&cancel, move || answering.remark(told));
    let listener = Listener { config, as_json: global.json, reporter: &reporter, events: &events };
    let result = builder.on_progress(listener.listen()).cancel(cancel).started(started).run();
    reporter.finish();
    events.end(&result, out);
    let fit = match result {
        // A disk that is full: what was tried is not lost.
        Err(error) if error.kind() == ErrorKind::Io && RunFolder::is_unfinished(out) => {
            Err(error).hint(|| format!("when that is mended, `automl resume {}` goes on with the run", out.display()))?
        }
        result => result?,
    };
    if global.json {
        json::print(&conclusion::json(&fit, out, reporter.shape()))?;
    } else {
        output::print(&conclusion::text(&fit, out, &read_flags(&config.read)))?;
    }
    Ok(if fit.ended == Ended::Interrupted { Ending::Interrupted } else { Ending::Done })
}

/// Tells what a fit would do.
fn dry_run(config: &RunConfig, global: &Global, started: Stopwatch) -> anyhow::Result<Ending> {
    let plan = builder(config, started).plan()?;
    if global.json {
        json::print(&plan::json(&plan, &config.data))?;
    } else {
        output::print(&plan::text(&plan, &shown(&config.data)))?;
    }
    Ok(Ending::Done)
}

/// What is asked, whether it is done or only told.
fn builder(config: &RunConfig, started: Stopwatch) -> FitBuilder {
    let builder = automl::fit(config.data.clone(), config.fit.target.clone())
        .config(config.fit.clone())
        .read_options(config.read.clone())
        .started(started);
    match &config.test {
        Some(test) => builder.test(test.clone()),
        None => builder,
    }
}

/// The configuration file, if there is one, under the flags.
fn configuration(args: &FitArgs, global: &Global) -> Result<RunConfig, Hinted> {
    let mut config = match &args.config {
        Some(path) => read(path).hint(|| "the keys are those of config.json in a run folder".to_owned())?,
        None => RunConfig::default(),
    };
    if let Some(path) = &args.schema {
        config.fit.schema = schema_file::read(path)?;
    }
    if let Some(train) = &args.train {
        config.data.clone_from(train);
    }
    config.test = args.test.clone().or(config.test);
    args.apply(&mut config.fit, global.threads);
    args.read.apply(&mut config.read);
    config.read.threads = config.fit.threads;
    if config.data.as_os_str().is_empty() {
        return Err(failure::usage("no table to learn from was given", "automl fit train.csv --target COL"));
    }
    config.fit.validate().hint(|| "automl fit --help explains the flags".to_owned())?;
    Ok(config)
}

/// JSON is YAML, so that one reader does for both.
pub fn read<T: DeserializeOwned>(path: &Path) -> automl::Result<T> {
    let name = path.display();
    let text = fs::read_to_string(path).map_err(|e| Error::usage(format!("{name}: {e}")))?;
    serde_saphyr::from_str(&text).map_err(|e| Error::usage(format!("{name}: {}", e.without_snippet())))
}

/// Finds misspelled names before the table is read.
fn check_names(config: &RunConfig, registry: &Registry) -> Result<(), Hinted> {
    for id in config.fit.learners.iter().chain(&config.fit.exclude_learners) {
        registry.learner(id).hint(|| "`automl list learners` shows them all".to_owned())?;
    }
    for id in config.fit.featurizers.iter().chain(&config.fit.exclude_featurizers) {
        registry.featurizer(id).hint(|| "`automl list featurizers` shows them all".to_owned())?;
    }
    if let Some(metric) = &config.fit.metric {
        let tasks = config.fit.task.map_or(TaskKind::ALL.to_vec(), |task| vec![task]);
        let mut found = tasks.iter().map(|task| Measure::parse(metric, *task, registry.metrics()));
        let first = found.next().unwrap_or_else(|| Err(Error::internal("there is no kind of task")));
        let measure = if first.is_err() { found.find(Result::is_ok).unwrap_or(first) } else { first };
        measure.hint(|| "`automl list metrics` shows them all".to_owned())?;
    }
    Ok(())
}

/// Whether there is nothing yet where the run is to go.
pub fn check_folder(out: &Path, force: bool) -> Result<bool, Hinted> {
    let is_free = match fs::read_dir(out) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => !out.exists(),
    };
    if is_free || force {
        return Ok(is_free);
    }
    Err(failure::usage(format!("{} exists already", out.display()), "--force writes over it, --out DIR goes elsewhere"))
}

/// A run that never began, by a misspelled column for example, leaves no folder in the way of the next one.
/// One that failed later keeps its log.
fn tidy(out: &Path, error: &Error) {
    if matches!(error.kind(), ErrorKind::Usage | ErrorKind::Data | ErrorKind::Interrupted) {
        // If it cannot be removed, the error at hand is still the one to tell about.
        let _ = fs::remove_dir_all(out);
    }
}

/// How messages call a table.
fn shown(data: &Path) -> String {
    if data == Path::new("-") { "stdin".to_owned() } else { data.display().to_string() }
}

/// Who is told of every event.
struct Listener<'a> {
    config: &'a RunConfig,
    as_json: bool,
    reporter: &'a Arc<Reporter>,
    events: &'a Arc<EventLog>,
}

impl Listener<'_> {
    /// What is done with every event: progress, the log, and once, before the search, what was made of the data.
    fn listen(&self) -> impl Fn(&Progress) + Send + Sync + 'static {
        let (reporter, events) = (Arc::clone(self.reporter), Arc::clone(self.events));
        let (data, target) = (shown(&self.config.data), self.config.fit.target.clone());
        let as_json = self.as_json;
        move |event| {
            if !as_json && matches!(event, Progress::Planned { .. }) {
                // A fit is not given up because nobody reads along: the model counts.
                reporter.beside(|| drop(output::print(&(understood(event, &data, &target) + "\n"))));
            }
            reporter.tell(event);
            events.tell(event);
        }
    }
}
