//! `automl fit`: search for the best model of a table and save it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use automl::metric::Measure;
use automl::{Cancel, Error, ErrorKind, FitBuilder, Progress, Registry, RunConfig, Stopwatch, TaskKind};

use serde::de::DeserializeOwned;

use crate::Ending;
use crate::args::{FitArgs, Global, read_flags};
use crate::failure::{self, Hinted, WithHint};
use crate::output::conclusion;
use crate::output::progress::Reporter;
use crate::output::understood::understood;
use crate::output::{self, json};

use super::{interrupt, schema_file};

/// Where a run goes that was given no folder.
const OUT_DEFAULT: &str = "automl_run";

/// Fits, saves and tells about it.
pub fn run(args: &FitArgs, global: &Global, started: Stopwatch) -> anyhow::Result<Ending> {
    let config = configuration(args, global)?;
    let registry = automl::registry();
    check_names(&config, &registry)?;
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(OUT_DEFAULT));
    let was_free = check_folder(&out, args.force)?;

    let mut builder = automl::fit(config.data.clone(), config.fit.target.clone())
        .config(config.fit.clone())
        .read_options(config.read.clone())
        .registry(registry)
        .run_folder(out.clone(), args.force);
    if let Some(test) = &config.test {
        builder = builder.test(test.clone());
    }
    carry_out(builder, &config, &out, global, started).inspect_err(|error| {
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
    global: &Global,
    started: Stopwatch,
) -> anyhow::Result<Ending> {
    let cancel = Cancel::new();
    interrupt::cancel_on_signal(&cancel, global.quiet);
    let reporter = Arc::new(Reporter::new(&config.fit, started, global.quiet));
    let listener = listener(&config.data, &config.fit.target, global.json, &reporter);
    let result = builder.on_progress(listener).cancel(cancel).started(started).run();
    reporter.finish();
    let fit = result?;
    if global.json {
        json::print(&conclusion::json(&fit, out, reporter.shape()))?;
    } else {
        output::print(&conclusion::text(&fit, out, &read_flags(&config.read)))?;
    }
    Ok(if fit.interrupted { Ending::Interrupted } else { Ending::Done })
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
fn check_folder(out: &Path, force: bool) -> Result<bool, Hinted> {
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

/// What is done with every event: progress, and once, before the search, what was made of the data.
fn listener(data: &Path, target: &str, as_json: bool, reporter: &Arc<Reporter>) -> impl Fn(&Progress) + Send + Sync + 'static {
    let reporter = Arc::clone(reporter);
    let data = if data == Path::new("-") { "stdin".to_owned() } else { data.display().to_string() };
    let target = target.to_owned();
    move |event| {
        if !as_json && matches!(event, Progress::Planned { .. }) {
            // A fit is not given up because nobody reads along: the model counts.
            reporter.beside(|| drop(output::print(&(understood(event, &data, &target) + "\n"))));
        }
        reporter.tell(event);
    }
}
