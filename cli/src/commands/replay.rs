//! `automl replay`: repeat a run from its journal, to the same model.

use automl::{RunConfig, RunFolder, Stopwatch};

use crate::Ending;
use crate::args::{Global, ReplayArgs};
use crate::failure::WithHint;

use super::fit;

/// Repeats, saves and tells about it.
pub fn run(args: &ReplayArgs, global: &Global, started: Stopwatch) -> anyhow::Result<Ending> {
    let hint = || "a run folder is what `automl fit --out` wrote".to_owned();
    let mut config: RunConfig = RunFolder::read_config(&args.run).hint(hint)?;
    fit::check_folder(&args.out, args.force)?;
    let mut builder = automl::replay(&args.run, &args.out, args.force)?;
    // What is shown while it runs: there is no limit in time.
    (config.fit.time_budget_s, config.fit.trials_max) = (None, Some(u32::MAX));
    if let Some(threads) = global.threads {
        builder = builder.threads(threads);
    }
    if let Some(data) = &args.data {
        config.data.clone_from(data);
        builder = builder.data(data.clone());
    }
    fit::carry_out(builder, &config, &args.out, args.events.as_deref(), global, started)
}
