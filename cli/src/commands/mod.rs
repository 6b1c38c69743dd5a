//! One file per verb: build a configuration, call the library, print.

mod complete;
mod datasets;
mod evaluate;
mod explain;
mod fit;
mod import;
mod inspect;
mod inspect_model;
mod inspect_run;
mod interrupt;
mod leaderboard;
mod list;
mod model;
mod predict;
mod replay;
mod resume;
mod schema_file;
mod shapes;
mod stream;
mod transform;

use automl::Stopwatch;

use crate::Ending;
use crate::args::{Args, Command};

/// Runs what was asked for. `started` is when the process began.
///
/// # Errors
/// Whatever ends the command; [`crate::failure`] makes a message and an exit code of it.
pub fn run(args: Args, started: Stopwatch) -> anyhow::Result<Ending> {
    let global = &args.global;
    match args.command {
        Command::Inspect(ref inspect) => inspect::run(inspect, global)?,
        Command::Fit(ref fit) => return fit::run(fit, global, started),
        Command::Resume(ref resume) => return resume::run(resume, global, started),
        Command::Replay(ref replay) => return replay::run(replay, global, started),
        Command::Predict(ref predict) => predict::run(predict, global)?,
        Command::Evaluate(ref evaluate) => evaluate::run(evaluate, global)?,
        Command::Import(ref import) => import::run(import, global)?,
        Command::Transform(ref transform) => transform::run(transform, global)?,
        Command::Explain(ref explain) => explain::run(explain, global)?,
        Command::Leaderboard(ref leaderboard) => leaderboard::run(leaderboard, global)?,
        Command::List(ref list) => list::run(list, global)?,
        Command::Datasets(ref datasets) => datasets::run(datasets, global)?,
        Command::Completions { shell } => complete::run(shell)?,
    }
    Ok(Ending::Done)
}
