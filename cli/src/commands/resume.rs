//! `automl resume`: go on with a run that was killed, interrupted or ended by its budget.

use std::time::Duration;

use automl::{RunConfig, RunFolder, Stopwatch};

use crate::Ending;
use crate::args::{Global, ResumeArgs};
use crate::failure::WithHint;

use super::fit;

/// Goes on, saves and tells about it.
pub fn run(args: &ResumeArgs, global: &Global, started: Stopwatch) -> anyhow::Result<Ending> {
    let hint = || "a run folder is what `automl fit --out` wrote".to_owned();
    let mut config: RunConfig = RunFolder::read_config(&args.run).hint(hint)?;
    config.fit.time_budget_s = args.time_budget.or(config.fit.time_limit_s());
    config.fit.trials_max = args.max_trials.or(config.fit.trials_max);
    config.fit.target_score = args.target_score.or(config.fit.target_score);
    config.fit.patience = args.patience.or(config.fit.patience);
    let mut builder = automl::resume(&args.run)?;
    if let Some(seconds) = config.fit.time_budget_s {
        builder = builder.time_budget(Duration::from_secs_f64(seconds));
    }
    if let Some(trials) = config.fit.trials_max {
        builder = builder.trials_max(trials);
    }
    if let Some(score) = config.fit.target_score {
        builder = builder.target_score(score);
    }
    if let Some(trials) = config.fit.patience {
        builder = builder.patience(trials);
    }
    if let Some(threads) = global.threads {
        config.fit.threads = threads;
        builder = builder.threads(threads);
    }
    if let Some(data) = &args.data {
        config.data.clone_from(data);
        builder = builder.data(data.clone());
    }
    fit::carry_out(builder, &config, &args.run, args.events.as_deref(), global, started)
}
